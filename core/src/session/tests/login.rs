//! Logging in: repeats, refusals, suites, wrong keys.

use super::*;
use crate::suite::Suite;
use crate::wire::rakp::Status;

/// A session that has asked once, and the BMC's true answer.
fn asked(bmc: &mut Fake) -> (Bench, Vec<u8>) {
    let mut bench = Bench::new(profile());
    bench.submit(status());
    let sent = bench.drain();
    assert_eq!(sent.len(), 1);
    let answer = bmc.answer(&sent[0]).unwrap();
    bench.now = bench.now + WAY + WAY;
    (bench, answer)
}

#[test]
fn every_message_is_repeated_and_then_the_login_starts_over() {
    let mut bench = Bench::new(profile());
    bench.submit(status());
    bench.drain();
    (0..5).for_each(|_| assert_eq!(bench.wait().len(), 1));
    assert_eq!(bench.pauses(), [250, 375, 375, 375, 375]);
    assert!(bench.sent.iter().all(|(_, sent)| *sent == bench.sent[0].1), "the same bytes");
    let again = bench.wait();
    assert_ne!(again[0], bench.sent[0].1, "another id and tag");
}

#[test]
fn a_bmc_that_says_nothing_is_silent_after_six_seconds() {
    let mut bench = Bench::new(profile());
    let start = bench.now;
    bench.submit(status());
    while bench.said.is_empty() {
        bench.drain();
        bench.now = bench.session.deadline().unwrap_or(bench.now);
    }
    assert_eq!(bench.said, [(start + Duration::from_secs(6), Said::Failed(Failure::Silent))]);
    bench.drain();
    assert!(bench.session.is_cold());
}

#[test]
fn a_forged_refusal_loses_against_the_true_answer() {
    let mut bmc = Fake::new();
    let (mut bench, truth) = asked(&mut bmc);
    let mut forged = truth.clone();
    // The status of the Open Session Response.
    forged[rmcp::HEADER_LEN + 12 + 1] = Status::NO_SUITE.0;
    bench.hear(&forged);
    assert_eq!(bench.drain(), Vec::<Vec<u8>>::new(), "nothing is done for the moment");
    bench.hear(&truth);
    assert!(is_success(&bench.run(&mut bmc, bench.now + BUDGET).unwrap()));
    assert_eq!(bench.session.snapshot().suite, Suite::from_id(17));
}

#[test]
fn a_refused_suite_is_followed_by_the_next_one() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.suites = [3].into();
    assert!(is_success(&bench.ask(&mut bmc, status())));
    assert_eq!(bench.session.snapshot().suite, Suite::from_id(3));
}

#[test]
fn with_every_suite_refused_the_request_fails_and_a_later_one_tries_again() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.suites.clear();
    assert_eq!(bench.ask(&mut bmc, status()), Said::Failed(Failure::SuiteRefused));
    bmc.suites.push(17);
    assert!(is_success(&bench.ask(&mut bmc, status())));
}

#[test]
fn another_suite_than_asked_for_is_not_taken() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bench.session = Session::new(Profile { suites: Suites::new(&[17]).unwrap(), ..profile() });
    bmc.forces = Some(3);
    assert_eq!(bench.ask(&mut bmc, status()), Said::Failed(Failure::SuiteRefused));
    assert!(bench.counters.discarded(Discard::Mismatch) > 0);
    assert!(bmc.log.is_empty(), "nothing was said in a session");
}

#[test]
fn refusals_are_believed_when_they_are_repeated() {
    for (status_code, failure) in [
        (Status::UNAUTHORIZED_NAME, Failure::UnknownUser),
        (Status::UNAUTHORIZED_ROLE, Failure::PrivilegeTooLow),
        (Status::NO_RESOURCES, Failure::NoFreeSession),
        (Status(0x7e), Failure::LoginRefused(0x7e)),
    ] {
        let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
        bmc.refuses = Some(status_code);
        assert_eq!(bench.ask(&mut bmc, status()), Said::Failed(failure));
        bmc.refuses = None;
        assert!(is_success(&bench.ask(&mut bmc, status())), "after {failure:?}");
    }
}

#[test]
fn a_refusal_that_ends_is_forgotten() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.refuses = Some(Status::UNAUTHORIZED_NAME);
    bench.submit(status());
    bench.run(&mut bmc, bench.now + ms(6));
    bmc.refuses = None;
    assert!(is_success(&bench.run(&mut bmc, bench.now + BUDGET).unwrap()));
}

#[test]
fn a_refusal_that_silence_follows_is_still_named() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.refuses = Some(Status::UNAUTHORIZED_NAME);
    bench.submit(status());
    bench.run(&mut bmc, bench.now + ms(6));
    while bench.said.is_empty() {
        bench.drain();
        bench.now = bench.session.deadline().unwrap_or(bench.now);
    }
    assert_eq!(bench.said[0].1, Said::Failed(Failure::UnknownUser));
}

#[test]
fn a_wrong_password_is_seen_by_us() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.profile.password = Some(KeyId(1));
    assert_eq!(bench.ask(&mut bmc, status()), Said::Failed(Failure::WrongPassword));
    assert_eq!(bench.counters.discarded(Discard::BadCode), 2);
    assert!(bmc.open.is_empty(), "no RAKP 3 was sent");
}

#[test]
fn a_missing_kg_is_told_from_a_wrong_password_and_the_session_is_closed() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.profile.kg = Some(KeyId(2));
    assert_eq!(bench.ask(&mut bmc, status()), Said::Failed(Failure::WrongKg));
    let mut profile = profile();
    profile.kg = Some(KeyId(2));
    let mut bench = Bench::new(profile);
    assert!(is_success(&bench.ask(&mut bmc, status())));
}

#[test]
fn another_guid_than_the_pinned_one_is_another_bmc() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    assert!(is_success(&bench.ask(&mut bmc, status())));
    bench.session.close();
    bench.run(&mut bmc, bench.now + BUDGET);
    assert!(bench.session.is_cold() && bmc.open.is_empty());
    bmc.guid = [0xcd; 16];
    assert_eq!(bench.ask(&mut bmc, status()), Said::Failed(Failure::WrongBmc));
    bench.run(&mut bmc, bench.now + BUDGET);
    assert!(bmc.open.is_empty(), "its session is closed again");
}

#[test]
fn version_and_guid_are_learned_from_the_bmc() {
    let mut bmc = Fake::new();
    let mut bench = Bench::new(Profile { version: Version::Auto, ..profile() });
    assert!(is_success(&bench.ask(&mut bmc, status())));
    let snapshot = bench.session.snapshot();
    assert_eq!(snapshot.guid, Some(Guid(bmc.guid)));
    assert_eq!(snapshot.kg_set, Some(false));
}

#[test]
fn a_version_that_is_not_offered_fails_the_request() {
    let mut bmc = Fake::new();
    let mut bench = Bench::new(Profile { version: Version::V15, ..profile() });
    assert_eq!(bench.ask(&mut bmc, status()), Said::Failed(Failure::VersionNotOffered));
}

#[test]
fn a_login_that_nobody_wants_any_more_takes_its_session_along() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bench.submit(status());
    let mut sent = bench.drain();
    for _ in 0..2 {
        let answer = bmc.answer(&sent[0]).unwrap();
        bench.hear(&answer);
        sent = bench.drain();
    }
    // The answer to RAKP 3 is lost.
    bmc.answer(&sent[0]).unwrap();
    assert_eq!(bmc.open.len(), 1);
    bench.session.close();
    bench.run(&mut bmc, bench.now + BUDGET);
    assert!(bench.session.is_cold() && bmc.open.is_empty());
}
