use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsFailure, UpsIndex, UpsReading};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::board::{Board, Going};
use super::session::{Answer, Session, Then};
use super::shared::Shared;
use crate::clock;
use crate::ups::setup::{ServerEncryption, ServerSetup, ServerUser, ShownUps};

const A: UpsIndex = UpsIndex(0);
const B: UpsIndex = UpsIndex(5);

struct World {
    board: watch::Sender<Option<Board>>,
    shared: Arc<Shared>,
}

impl World {
    fn new(anonymous: bool) -> Self {
        let user = |name: &str, password: &str| ServerUser {
            name: name.to_owned(),
            password: Zeroizing::new(password.as_bytes().to_vec()),
        };
        let shown = |ups, name: &str| ShownUps {
            ups,
            name: name.to_owned(),
            description: format!("feed \"{name}\"\nLOGOUT"),
        };
        let setup = ServerSetup {
            listen: vec![],
            upses: vec![shown(A, "a"), shown(B, "b")],
            users: vec![user("db", "one"), user("web", "two")],
            anonymous,
            encryption: ServerEncryption::Off,
            clients: 4,
        };
        let (board, seen) = watch::channel(None);
        let shared = Arc::new(Shared::new(&setup, seen).expect("it could work"));
        Self { board, shared }
    }

    /// One whose UPSes were read: `a` on the mains, `b` on its battery.
    fn read(anonymous: bool) -> Self {
        let world = Self::new(anonymous);
        let mut board = Board::default();
        let low = UpsReading {
            low: true,
            forced: true,
            charge: Some(40),
            runtime: Some(Millis::from_secs(300)),
            ..UpsReading::of(Supply::Battery)
        };
        board.read(A, clock::now(), Ok(UpsReading::of(Supply::Mains)));
        board.read(B, clock::now(), Ok(low));
        world.board.send_replace(Some(board));
        world
    }

    /// Sends those users of those UPSes down, and nobody else.
    fn sends_down(&self, going: &[(&str, UpsIndex)]) {
        let one = |(user, ups): &(&str, UpsIndex)| Going { ups: *ups, user: (*user).to_owned() };
        let going = going.iter().map(one).collect();
        self.change(|board| assert!(board.send_down(going), "it is news"));
    }

    fn change(&self, change: impl FnOnce(&mut Board)) {
        self.board.send_modify(|board| change(board.get_or_insert_default()));
    }

    fn session(&self, number: u64) -> Session {
        Session::new(Arc::clone(&self.shared), number, IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// A client that has proved who it is.
    fn user(&self, name: &str, password: &str) -> Session {
        let mut session = self.session(u64::from(name.as_bytes()[0]));
        say(&mut session, &format!("USERNAME {name}"));
        say(&mut session, &format!("PASSWORD {password}"));
        session
    }
}

fn heard(session: &mut Session, line: &str) -> (String, Then) {
    let mut answer = Answer::new();
    let then = session.hear(line.as_bytes(), &mut answer);
    (String::from_utf8_lossy(answer.bytes()).into_owned(), then)
}

fn say(session: &mut Session, line: &str) -> String {
    heard(session, line).0
}

fn status(session: &mut Session, ups: &str) -> String {
    let line = say(session, &format!("GET VAR {ups} ups.status"));
    line.split('"').nth(1).map_or(line.clone(), str::to_owned)
}

#[test]
fn what_was_read_is_shown() {
    let mut anyone = World::read(true).session(1);
    let list = say(&mut anyone, "LIST UPS");
    let upses = ["UPS a \"feed \\\"a\\\" LOGOUT\"", "UPS b \"feed \\\"b\\\" LOGOUT\""];
    let want = format!("BEGIN LIST UPS\n{}\nEND LIST UPS\n", upses.join("\n"));
    assert_eq!(list, want);
    let list = say(&mut anyone, "list var B");
    for line in [
        "BEGIN LIST VAR B\n",
        "VAR b battery.charge \"40\"\n",
        "VAR b battery.runtime \"300\"\n",
        "VAR b ups.status \"OB DISCHRG\"\n",
        "VAR b ups.timer.shutdown \"-1\"\n",
        "END LIST VAR B\n",
    ] {
        assert!(list.contains(line), "{list}");
    }
    assert_eq!(say(&mut anyone, "GET TYPE b battery.charge"), "TYPE b battery.charge NUMBER\n");
    assert_eq!(say(&mut anyone, "GET VAR b nonsense"), "ERR VAR-NOT-SUPPORTED\n");
    assert_eq!(say(&mut anyone, "GET VAR c ups.status"), "ERR UNKNOWN-UPS\n");
    assert_eq!(say(&mut anyone, "LIST CMD a"), "BEGIN LIST CMD a\nEND LIST CMD a\n");
    assert_eq!(say(&mut anyone, "NETVER"), "1.3\n");
}

#[test]
fn who_may_not_read_reads_nothing() {
    let world = World::read(false);
    for line in ["LIST UPS", "LIST VAR a", "GET VAR a ups.status", "GET NUMLOGINS a"] {
        assert_eq!(say(&mut world.session(1), line), "ERR USERNAME-REQUIRED\n");
        let (said, then) = heard(&mut world.user("db", "two"), line);
        assert_eq!((said.as_str(), then), ("ERR ACCESS-DENIED\n", Then::Denied), "{line}");
        assert!(!say(&mut world.user("db", "one"), line).starts_with("ERR"), "{line}");
    }
    let open = World::read(true);
    let (said, _) = heard(&mut open.user("db", "two"), "LIST UPS");
    assert_eq!(said, "ERR ACCESS-DENIED\n", "who says who they are has to be that");
    assert_eq!(open.shared.counters.now().denied, 1);
}

#[test]
fn logins_are_seen_and_forgotten() {
    let world = World::read(true);
    let (mut db, mut web) = (world.user("db", "one"), world.user("web", "two"));
    assert_eq!(say(&mut db, "LOGIN a"), "OK\n");
    assert_eq!(say(&mut web, "LOGIN A"), "OK\n");
    assert_eq!(say(&mut db, "LOGIN b"), "ERR ALREADY-LOGGED-IN\n");
    assert_eq!(say(&mut db, "GET NUMLOGINS a"), "NUMLOGINS a 2\n");
    let list = "BEGIN LIST CLIENT a\nCLIENT a 127.0.0.1\nCLIENT a 127.0.0.1\nEND LIST CLIENT a\n";
    assert_eq!(say(&mut db, "LIST CLIENT a"), list);
    let users: Vec<_> = world.shared.attached().into_iter().map(|who| who.user).collect();
    assert_eq!(users, ["db", "web"]);
    assert_eq!(heard(&mut web, "LOGOUT"), ("OK Goodbye\n".to_owned(), Then::Close));
    drop(web);
    assert_eq!(say(&mut db, "GET NUMLOGINS a"), "NUMLOGINS a 1\n");
    assert_eq!(say(&mut world.session(1), "LOGIN a"), "ERR USERNAME-REQUIRED\n");
    assert_eq!(say(&mut world.user("nobody", "one"), "LOGIN a"), "ERR ACCESS-DENIED\n");
}

#[test]
fn a_client_goes_down_at_its_stage_and_not_with_others() {
    let world = World::read(true);
    let (mut db, mut web) = (world.user("db", "one"), world.user("web", "two"));
    say(&mut db, "LOGIN a");
    say(&mut web, "LOGIN a");
    world.sends_down(&[("web", A)]);
    assert_eq!(status(&mut web, "a"), "FSD OB LB");
    assert_eq!(status(&mut web, "b"), "OB DISCHRG", "it may live on that one");
    assert_eq!(status(&mut db, "a"), "OL");
    world.sends_down(&[("web", A), ("db", A)]);
    assert_eq!(status(&mut db, "a"), "FSD OB LB");
    assert_eq!(status(&mut db, "b"), "OB DISCHRG");
    let mut liar = world.session(9);
    say(&mut liar, "USERNAME web");
    world.sends_down(&[("web", A)]);
    assert_eq!(status(&mut liar, "a"), "ERR PASSWORD-REQUIRED\n");
}

#[test]
fn the_order_ends_with_its_outage() {
    let world = World::read(true);
    let mut db = world.user("db", "one");
    world.sends_down(&[("db", A)]);
    assert_eq!(status(&mut db, "a"), "FSD OB LB");
    world.sends_down(&[]);
    assert_eq!(status(&mut db, "a"), "OL");
    assert_eq!(status(&mut world.user("db", "one"), "a"), "OL", "also who comes back later");
}

#[test]
fn what_clients_take_as_an_order_is_not_passed_on() {
    let world = World::read(true);
    assert_eq!(status(&mut world.session(1), "b"), "OB DISCHRG", "it is low, and forced");
    world.change(|board| board.read(B, clock::now(), Err(UpsFailure::Stale)));
    assert_eq!(status(&mut world.session(1), "b"), "OB DISCHRG ALARM");
    let alarm = say(&mut world.session(1), "GET VAR b ups.alarm");
    assert!(alarm.contains("cannot be read since"), "{alarm}");
}

#[test]
fn nobody_hears_of_a_ups_before_it_is_known() {
    let world = World::new(true);
    let mut anyone = world.session(1);
    assert_eq!(say(&mut anyone, "GET VAR a ups.status"), "ERR DRIVER-NOT-CONNECTED\n");
    assert_eq!(say(&mut anyone, "LIST VAR a"), "ERR DRIVER-NOT-CONNECTED\n");
    world.change(|board| board.read(A, clock::now(), Err(UpsFailure::Silent)));
    assert_eq!(say(&mut anyone, "GET VAR a ups.status"), "ERR DRIVER-NOT-CONNECTED\n");
    world.sends_down(&[("db", A)]);
    let mut db = world.user("db", "one");
    assert_eq!(status(&mut db, "a"), "FSD OB LB", "the plan knows why");
}

#[test]
fn nobody_orders_anything() {
    let world = World::read(true);
    for (line, want) in [
        ("FSD a", "ERR ACCESS-DENIED\n"),
        ("PRIMARY a", "ERR ACCESS-DENIED\n"),
        ("MASTER a", "ERR ACCESS-DENIED\n"),
        ("INSTCMD a load.off", "ERR CMD-NOT-SUPPORTED\n"),
        ("SET VAR a ups.status OL", "ERR READONLY\n"),
        ("SET TRACKING ON", "ERR FEATURE-NOT-CONFIGURED\n"),
        ("STARTTLS", "ERR FEATURE-NOT-CONFIGURED\n"),
        ("DANCE", "ERR UNKNOWN-COMMAND\n"),
        ("", "ERR UNKNOWN-COMMAND\n"),
    ] {
        assert_eq!(heard(&mut world.user("db", "one"), line), (want.to_owned(), Then::GoOn));
    }
    for line in ["FSD a", "INSTCMD a load.off", "SET VAR a ups.status OL"] {
        assert_eq!(say(&mut world.session(1), line), "ERR USERNAME-REQUIRED\n");
    }
    assert_eq!(status(&mut world.session(1), "a"), "OL");
}

#[test]
fn who_talks_nonsense_is_shown_the_door() {
    let world = World::read(true);
    let mut session = world.session(1);
    for _ in 0..19 {
        assert_eq!(heard(&mut session, "LIST \"").1, Then::GoOn);
    }
    let last = heard(&mut session, "DANCE");
    assert_eq!(last, ("ERR UNKNOWN-COMMAND\n".to_owned(), Then::Close));
    assert_eq!(world.shared.counters.now().garbled, 20);
}
