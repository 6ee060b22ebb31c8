//! A session that is up: readings, jobs, repeats, replays, farewell.

use super::*;
use crate::time::Millis;

fn warm(interval: Millis) -> (Bench, Fake) {
    let (mut bench, mut bmc) =
        (Bench::new(Profile { keep_warm: Some(interval), ..profile() }), Fake::new());
    assert!(matches!(bench.run(&mut bmc, bench.now + ms(100)), Some(Said::Reading(_))));
    (bench, bmc)
}

#[test]
fn a_warm_session_opens_itself_and_reads_the_power_each_second() {
    let (mut bench, mut bmc) = warm(Millis::from_secs(1));
    let start = bench.now;
    let mut readings = 0;
    while bench.run(&mut bmc, start + ms(9_999)).is_some() {
        readings += 1;
    }
    assert_eq!(readings, 9);
    assert_eq!(bmc.open.len(), 1);
}

#[test]
fn a_job_overtakes_a_reading() {
    let (mut bench, mut bmc) = warm(Millis::from_secs(1));
    let due = bench.session.deadline().unwrap();
    bench.now = due;
    let check = bench.drain();
    assert_eq!(check.len(), 1, "a reading is under way");
    bench.submit(control(ChassisAction::Off));
    let raise = bench.drain();
    assert_eq!(raise.len(), 1, "and the job goes out at once");
    // The late reading is not taken for an answer.
    let reading = bmc.answer(&check[0]).unwrap();
    bench.hear(&reading);
    assert_eq!(bench.said.len(), 1);
    let raised = bmc.answer(&raise[0]).unwrap();
    bench.hear(&raised);
    assert!(is_success(&bench.run(&mut bmc, bench.now + BUDGET).unwrap()));
    assert!(bmc.commands().ends_with(&[fake::STATUS, fake::RAISE, fake::CONTROL]));
}

#[test]
fn a_request_is_repeated_with_new_numbers_and_its_late_answer_counts() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    assert!(is_success(&bench.ask(&mut bmc, status())));
    bench.submit(status());
    let first = bench.drain();
    let second = bench.wait();
    assert_ne!(first, second, "another session sequence number");
    let late = bmc.answer(&first[0]).unwrap();
    bench.hear(&late);
    assert!(is_success(&bench.said.last().unwrap().1));
    let dropped = bench.counters.total();
    let also = bmc.answer(&second[0]).unwrap();
    bench.hear(&also);
    assert_eq!(bench.counters.total(), dropped + 1);
    assert_eq!(bmc.log[1].sequence, bmc.log[2].sequence, "the same request");
}

#[test]
fn replays_and_reflections_are_counted_and_change_nothing() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    assert!(is_success(&bench.ask(&mut bmc, status())));
    bench.submit(status());
    let question = bench.drain();
    let answer = bmc.answer(&question[0]).unwrap();
    let before = (bench.session.snapshot(), bench.session.deadline());
    bench.hear(&question[0]);
    assert_eq!(bench.counters.discarded(Discard::NotOurs), 1);
    bench.hear(&answer);
    assert_eq!(bench.said.len(), 2);
    bench.submit(status());
    bench.drain();
    bench.hear(&answer);
    assert_eq!(bench.counters.discarded(Discard::Replayed), 1);
    assert_eq!((bench.session.snapshot(), bench.said.len()), (before.0, 2));
}

#[test]
fn a_bmc_that_is_busy_is_asked_again() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.codes.push((fake::STATUS, CompletionCode::NODE_BUSY.0));
    bench.submit(status());
    assert_eq!(bench.run(&mut bmc, bench.now + ms(700)), None);
    assert!((3..6).contains(&bmc.log.len()), "every 200 ms: {:?}", bmc.log);
    bmc.codes.clear();
    assert!(is_success(&bench.run(&mut bmc, bench.now + BUDGET).unwrap()));
}

#[test]
fn a_lost_session_is_told_so_and_opened_again_in_the_same_request() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    assert!(is_success(&bench.ask(&mut bmc, status())));
    // As if the BMC had started anew.
    bmc.open.clear();
    let sessions = bench.session.snapshot();
    assert!(is_success(&bench.ask(&mut bmc, status())));
    assert_eq!(bench.session.snapshot(), sessions);
    assert_eq!(bmc.open.len(), 1);
}

#[test]
fn a_request_that_the_user_may_not_make_fails() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.codes.push((fake::RAISE, 0x81));
    let failed = bench.ask(&mut bmc, control(ChassisAction::Off));
    assert_eq!(failed, Said::Failed(Failure::PrivilegeTooLow));
    assert!(!bmc.commands().contains(&fake::CONTROL));
}

#[test]
fn stopping_closes_the_session_even_in_the_middle_of_a_request() {
    for asks_before in [false, true] {
        let (mut bench, mut bmc) = warm(Millis::from_secs(1));
        if asks_before {
            bench.submit(status());
            bench.drain();
        }
        bench.session.close();
        bench.run(&mut bmc, bench.now + Duration::from_secs(60));
        assert!(bench.session.is_cold() && bmc.open.is_empty());
        assert_eq!(bench.session.deadline(), None, "and it stays closed");
        assert_eq!(bench.said.len(), 1, "the request is given up without a word");
    }
}

#[test]
fn a_bmc_that_does_not_answer_the_farewell_does_not_hold_it_up() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    assert!(is_success(&bench.ask(&mut bmc, status())));
    bmc.mute.push(fake::CLOSE);
    bench.session.close();
    bench.run(&mut bmc, bench.now + Duration::from_secs(2));
    assert!(bench.session.is_cold());
}

#[test]
fn a_request_after_the_farewell_has_begun_opens_a_session_of_its_own() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    assert!(is_success(&bench.ask(&mut bmc, status())));
    bench.session.close();
    let farewell = bench.drain();
    bench.submit(status());
    let closed = bmc.answer(&farewell[0]).unwrap();
    bench.hear(&closed);
    assert!(is_success(&bench.run(&mut bmc, bench.now + BUDGET).unwrap()));
    assert_eq!(bmc.open.len(), 1);
    assert!(bench.is_warm());
}
