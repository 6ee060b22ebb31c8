//! Our server, with NUT's own clients.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_core::time::Instant as Moment;
use komainu_core::types::{Supply, UpsFailure, UpsIndex, UpsReading};
use komainu_host::ups::server::{Attached, Board, Counts, Going, Server};
use komainu_host::ups::setup::{ServerEncryption, ServerSetup, ServerUser, ShownUps};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::Case;
use crate::monitor::Monitor;
use crate::tls::Identity;
use crate::upsd::program;

pub(crate) const CASES: &[Case] = &[
    ("upsc reads what we show", upsc),
    ("upsmon goes down at its stage, and not again after the outage", stage),
    ("upsmon is told again by a connector that was restarted in mid-plan", restart),
    ("upsmon does not go down for what the plan has not decided", undecided),
    ("upsmon comes by TLS and proves us", upsmon_tls),
    ("hostile clients are counted, and others served", hostile),
];

const UPS: UpsIndex = UpsIndex(4);
/// Longer than `upsmon` takes to act on what it sees.
const LONG: Duration = Duration::from_secs(15);

pub(crate) struct Ours {
    server: Server,
    board: watch::Sender<Option<Board>>,
    // Last, for the server ends in it.
    _runtime: Runtime,
}

fn user(name: &str, password: &str) -> ServerUser {
    ServerUser { name: name.to_owned(), password: password.as_bytes().to_vec().into() }
}

impl Ours {
    fn start(listen: SocketAddr, encryption: ServerEncryption) -> Self {
        let setup = ServerSetup {
            listen: vec![listen],
            upses: vec![ShownUps {
                ups: UPS,
                name: "feed-a".to_owned(),
                description: "rack 3, left".to_owned(),
            }],
            users: vec![user("db", "one"), user("web", "two")],
            anonymous: true,
            encryption,
            clients: 16,
        };
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (board, seen) = watch::channel(None);
        let server = runtime.block_on(Server::start(&setup, seen)).expect("a server");
        Self { server, board, _runtime: runtime }
    }

    fn plain() -> Self {
        Self::start(SocketAddr::from(([127, 0, 0, 1], 0)), ServerEncryption::Off)
    }

    fn port(&self) -> u16 {
        self.server.addresses()[0].port()
    }

    fn says(&self, reading: Result<UpsReading, UpsFailure>) {
        self.board.send_modify(|board| {
            board.get_or_insert_default().read(UPS, Moment::from_micros(0), reading);
        });
    }

    fn sends_down(&self, going: &[&str]) {
        let one = |user: &&str| Going { ups: UPS, user: (*user).to_owned() };
        let going = going.iter().map(one).collect();
        self.board.send_if_modified(|board| board.get_or_insert_default().send_down(going));
    }

    fn attached(&self, want: usize) -> Vec<Attached> {
        let begun = Instant::now();
        while self.server.attached().len() != want && begun.elapsed() < LONG {
            sleep(Duration::from_millis(50));
        }
        self.server.attached()
    }

    /// An `upsmon` that has logged in.
    fn monitor(&self, name: &str, password: &str) -> Monitor {
        let monitor = Monitor::start("feed-a", self.port(), name, password, "");
        let attached = self.attached(1);
        assert_eq!(attached.len(), 1, "{}", monitor.log());
        assert_eq!((attached[0].user.as_str(), attached[0].ups), (name, UPS));
        monitor
    }
}

fn on(supply: Supply) -> Result<UpsReading, UpsFailure> {
    Ok(UpsReading { charge: Some(77), ..UpsReading::of(supply) })
}

fn upsc() {
    let ours = Ours::plain();
    ours.says(on(Supply::Mains));
    let at = format!("127.0.0.1:{}", ours.port());
    let run = |words: &[&str]| {
        let done = Command::new(program("upsc")).args(words).output().expect("upsc");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    assert!(run(&["-L", &at]).contains("feed-a: rack 3, left"));
    let variables = run(&[&format!("feed-a@{at}")]);
    for line in ["battery.charge: 77", "device.type: ups", "ups.status: OL"] {
        assert!(variables.lines().any(|have| have == line), "{variables}");
    }
    assert_eq!(run(&[&format!("feed-a@{at}"), "ups.status"]), "OL\n");
}

fn stage() {
    let ours = Ours::plain();
    ours.says(on(Supply::Mains));
    let db = ours.monitor("db", "one");
    ours.says(on(Supply::Battery));
    ours.sends_down(&["web"]);
    assert!(!db.goes_down(Duration::from_secs(5)), "it is another's turn: {}", db.log());
    ours.sends_down(&["web", "db"]);
    assert!(db.goes_down(LONG), "{}", db.log());
    drop(db);
    assert_eq!(ours.attached(0), []);
    // The outage is over, and its order with it.
    ours.says(on(Supply::Mains));
    ours.sends_down(&[]);
    let again = ours.monitor("db", "one");
    assert!(!again.goes_down(Duration::from_secs(5)), "{}", again.log());
}

fn restart() {
    let ours = Ours::plain();
    ours.says(on(Supply::Battery));
    let address = ours.server.addresses()[0];
    let db = ours.monitor("db", "one");
    drop(ours);
    sleep(Duration::from_secs(1));
    let ours = Ours::start(address, ServerEncryption::Off);
    // The plan goes on where it was; before that, nobody is told anything.
    assert!(!db.goes_down(Duration::from_secs(2)), "{}", db.log());
    ours.says(on(Supply::Battery));
    ours.sends_down(&["db"]);
    assert!(db.goes_down(LONG), "{}", db.log());
}

fn undecided() {
    let ours = Ours::plain();
    ours.says(on(Supply::Mains));
    let db = ours.monitor("db", "one");
    let low = UpsReading { low: true, forced: true, ..UpsReading::of(Supply::Battery) };
    ours.says(Ok(low));
    sleep(Duration::from_secs(2));
    ours.says(Err(UpsFailure::Silent));
    assert!(!db.goes_down(Duration::from_secs(8)), "{}", db.log());
    assert!(db.log().contains("on battery"), "it has seen the outage: {}", db.log());
}

fn upsmon_tls() {
    let identity = Identity::new();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let ours = Ours::start(address, ServerEncryption::Require(identity.server()));
    ours.says(on(Supply::Battery));
    let store = identity.nss_store();
    let more = format!("CERTPATH {}\nCERTVERIFY 1\nFORCESSL 1", store.display());
    let db = Monitor::start("feed-a", ours.port(), "db", "one", &more);
    assert_eq!(ours.attached(1).len(), 1, "{} {:?}", db.log(), ours.server.counts());
    ours.sends_down(&["db"]);
    assert!(db.goes_down(LONG), "{}", db.log());
    drop(db);
    // In the clear nothing is to be had.
    let mut plain = TcpStream::connect(ours.server.addresses()[0]).expect("a connection");
    writeln!(plain, "GET VAR feed-a ups.status\nLOGOUT").expect("room");
    let mut answer = String::new();
    plain.read_to_string(&mut answer).expect("an answer");
    assert_eq!(answer, "ERR ACCESS-DENIED\nOK Goodbye\n");
}

fn hostile() {
    let ours = Ours::plain();
    ours.says(on(Supply::Mains));
    let address = ours.server.addresses()[0];
    let connect = || {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        stream
    };
    // Noise, to its end.
    let mut noisy = connect();
    let noise: Vec<u8> = (0..100_000_u32).map(|at| (at * 7919 % 251) as u8).collect();
    let _ = noisy.write_all(&noise);
    let _ = noisy.read_to_end(&mut Vec::new());
    // A guess at a password costs time, and the connection.
    let begun = Instant::now();
    let mut guess = connect();
    writeln!(guess, "USERNAME db\nPASSWORD two\nLOGIN feed-a\nLOGIN feed-a").expect("room");
    let mut answer = String::new();
    let _ = guess.read_to_string(&mut answer);
    assert_eq!(answer, "OK\nOK\nERR ACCESS-DENIED\n");
    assert!(begun.elapsed() >= Duration::from_secs(1));
    // More connections than one address may have, once those are gone.
    sleep(Duration::from_millis(500));
    let many: Vec<_> = (0..20).map(|_| connect()).collect();
    sleep(Duration::from_millis(500));
    let mut refused = 0_u32;
    for mut stream in many {
        let _ = writeln!(stream, "NETVER\nLOGOUT");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        refused += u32::from(answer.is_empty());
    }
    // Eight may stay; on a busy machine one that has gone may still be counted, or one come late.
    assert!((8..=16).contains(&refused), "{refused}");
    let counts = ours.server.counts();
    let Counts { turned_away, garbled, denied, .. } = counts;
    assert_eq!((turned_away, denied), (u64::from(refused), 1), "{counts:?}");
    assert!(garbled > 0, "{counts:?}");
    let mut fair = connect();
    writeln!(fair, "GET VAR feed-a ups.status\nLOGOUT").expect("room");
    let mut answer = String::new();
    fair.read_to_string(&mut answer).expect("an answer");
    assert_eq!(answer, "VAR feed-a ups.status \"OL\"\nOK Goodbye\n");
}
