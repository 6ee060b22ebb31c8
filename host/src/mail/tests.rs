//! Mail to a real server: it encrypts, logs in, fails, and refuses.

mod server;

use std::sync::{Arc, Mutex};

use tokio::time::sleep;

use super::letter::subject;
use super::*;
use crate::platform::Severity;
use crate::tell::{NoticesSetup, Teller};
use server::{AUTHORITY, Came, Manners, Server};

const GOOD: Manners = Manners { starttls: true, busy: 0, unknown: "" };

fn setup(server: &Server) -> Setup {
    let recipient = |address: &str, least| Recipient { address: address.to_owned(), least };
    Setup {
        server: "localhost".to_owned(),
        port: server.port,
        security: Security::StartTls,
        authorities: Some(AUTHORITY.to_vec()),
        login: Some(("lion".to_owned(), Zeroizing::new("s3cret".to_owned()))),
        from: "Komainu <komainu@example.com>".to_owned(),
        to: vec![
            recipient("all@example.com", Least::Information),
            recipient("errors@example.com", Least::Error),
        ],
        timeout: Duration::from_secs(5),
        gather: Duration::from_millis(500),
    }
}

fn notice(id: &str, severity: Severity, text: &str) -> Notice {
    let about = [("ups", "ups-a".to_owned())].into();
    let (does, advice) = ("It counts the runtime down.", "Look at the mains.");
    Notice {
        time_ms: 1_795_000_000_000,
        id: id.into(),
        severity,
        text: text.into(),
        does,
        advice,
        about,
    }
}

type Troubles = Arc<Mutex<Vec<Trouble>>>;

fn complain(troubles: &Troubles) -> Complain {
    let troubles = Arc::clone(troubles);
    Arc::new(move |trouble| troubles.lock().expect("whole").push(trouble))
}

fn teller(mail: Setup, troubles: &Troubles) -> Teller {
    let setup = NoticesSetup { name: "lion".into(), mail: Some(mail), commands: Vec::new() };
    Teller::start(setup, complain(troubles)).expect("a setup")
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(test)
}

async fn until(server: &Server, count: usize) -> Vec<Came> {
    for _ in 0..1500 {
        if server.came().len() >= count {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    server.came()
}

#[test]
fn a_burst_is_one_mail_encrypted_and_to_each_what_it_takes() {
    run(async {
        let server = Server::start(GOOD).await;
        let troubles = Troubles::default();
        let teller = teller(setup(&server), &troubles);
        teller.tell(&notice("KMN400-I", Severity::Information, "UPS ups-a is read"));
        teller.tell(&notice("KMN410-E", Severity::Error, "UPS ups-a is on battery"));
        teller.tell(&notice("KMN411-W", Severity::Warning, "the load of ups-a is high"));
        let mut came = until(&server, 2).await;
        came.sort_by(|a, b| a.to.cmp(&b.to));
        let [all, errors] = &came[..] else { panic!("{came:?}") };
        assert!(all.to.contains("all@") && errors.to.contains("errors@"));
        for mail in [all, errors] {
            assert!(mail.encrypted);
            // NUL lion NUL s3cret.
            assert_eq!(mail.login.as_deref(), Some("AGxpb24AczNjcmV0"));
            assert!(mail.text.contains("Auto-Submitted: auto-generated"), "{}", mail.text);
            assert!(mail.text.contains("UPS ups-a is on battery."), "{}", mail.text);
            assert!(mail.text.contains("You: Look at the mains."), "{}", mail.text);
        }
        let subject = "Subject: [lion] KMN410-E UPS ups-a is on battery";
        assert!(all.text.contains(&format!("{subject} (and 2 more)")), "{}", all.text);
        assert!(errors.text.contains(&format!("{subject}\n")), "{}", errors.text);
        assert!(!errors.text.contains("KMN400") && !errors.text.contains("KMN411"));
        assert_eq!(*troubles.lock().expect("whole"), []);
    });
}

#[test]
fn a_server_that_is_busy_is_tried_again_and_both_are_told() {
    run(async {
        let server = Server::start(Manners { busy: 1, ..GOOD }).await;
        let troubles = Troubles::default();
        let mut setup = setup(&server);
        setup.to.truncate(1);
        let teller = teller(setup, &troubles);
        teller.tell(&notice("KMN410-E", Severity::Error, "first"));
        sleep(2 * TOGETHER).await;
        teller.tell(&notice("KMN410-E", Severity::Error, "second"));
        let came = until(&server, 1).await;
        assert_eq!(came.len(), 1, "{:?}", troubles.lock());
        assert!(came[0].text.contains("first.") && came[0].text.contains("second."));
        let told = troubles.lock().expect("whole").clone();
        let to = "all@example.com".to_owned();
        assert!(
            matches!(&told[..], [Trouble::Mail { to: one, why }, ..]
            if *one == to && why.contains("421")),
            "{told:?}"
        );
        teller.finish(Duration::from_secs(2)).await;
        let told = troubles.lock().expect("whole").clone();
        assert!(told.contains(&Trouble::MailWorks { to }), "{told:?}");
    });
}

#[test]
fn a_recipient_who_is_unknown_delays_nobody_else() {
    run(async {
        let server = Server::start(Manners { unknown: "all@", ..GOOD }).await;
        let troubles = Troubles::default();
        let teller = teller(setup(&server), &troubles);
        teller.tell(&notice("KMN410-E", Severity::Error, "something"));
        let came = until(&server, 1).await;
        assert!(came[0].to.contains("errors@"), "{came:?}");
        teller.finish(Duration::from_millis(500)).await;
        let told = troubles.lock().expect("whole").clone();
        assert!(
            matches!(&told[..], [Trouble::Mail { why, .. }] if why.contains("550")),
            "{told:?}"
        );
    });
}

/// Sends one mail; what goes wrong with it.
fn wrong(manners: Manners, change: impl FnOnce(&mut Setup)) -> String {
    run(async {
        let server = Server::start(manners).await;
        let troubles = Troubles::default();
        let mut setup = setup(&server);
        setup.to.truncate(1);
        change(&mut setup);
        let teller = teller(setup, &troubles);
        teller.tell(&notice("KMN410-E", Severity::Error, "something"));
        teller.finish(Duration::from_secs(3)).await;
        assert_eq!(server.came(), []);
        let told = troubles.lock().expect("whole").clone();
        match &told[..] {
            [Trouble::Mail { why, .. }] => why.clone(),
            _ => panic!("{told:?}"),
        }
    })
}

#[test]
fn nothing_goes_to_a_server_that_does_not_prove_who_it_is() {
    let stranger = wrong(GOOD, |setup| setup.authorities = None);
    assert!(stranger.to_lowercase().contains("certificate"), "{stranger}");
    let other = wrong(GOOD, |setup| setup.server = "127.0.0.1".to_owned());
    assert!(other.to_lowercase().contains("certificate"), "{other}");
    let bare = wrong(Manners { starttls: false, ..GOOD }, |_| {});
    assert!(bare.to_lowercase().contains("starttls") || bare.contains("STARTTLS"), "{bare}");
    for text in [stranger, other, bare] {
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn a_setup_that_cannot_work_is_refused() {
    let address = || "nobody".to_owned();
    run(async {
        let server = Server::start(GOOD).await;
        let bad = |change: fn(&mut Setup)| {
            let mut setup = setup(&server);
            change(&mut setup);
            assert!(!format!("{setup:?}").contains("s3cret"));
            open(setup, "lion").err()
        };
        assert_eq!(bad(|setup| setup.from = "nobody".into()), Some(MailError::Address(address())));
        let login = bad(|setup| setup.security = Security::None);
        assert_eq!(login, Some(MailError::LoginInTheClear));
        assert_eq!(bad(|_| ()), None);
        let authorities =
            bad(|setup| setup.authorities = Some(b"-----BEGIN CERTIFICATE-----\nx".to_vec()));
        assert!(matches!(authorities, Some(MailError::Authorities(_))), "{authorities:?}");
    });
}

#[test]
fn what_waits_has_an_end_and_the_loss_is_counted() {
    let mut pending = Pending::default();
    run(async {
        for number in 0..MOST + 7 {
            pending.add(notice("KMN400-I", Severity::Information, &number.to_string()));
        }
    });
    assert_eq!((pending.notices.len(), pending.left_out), (MOST, 7));
    assert_eq!(pending.notices.front().map(|(_, first)| first.text.as_str()), Some("7"));
}

#[test]
fn a_subject_names_the_first_of_the_worst_in_one_line() {
    let quiet = notice("KMN400-I", Severity::Information, "quiet");
    let worst = notice("KMN410-E", Severity::Error, "line\r\nBcc: somebody@example.com");
    let later = notice("KMN411-D", Severity::Decision, "later");
    let text = subject("lion", &[&quiet, &worst, &later]);
    assert_eq!(text, "[lion] KMN410-E line  Bcc: somebody@example.com (and 2 more)");
}
