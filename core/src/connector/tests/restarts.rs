//! What a connector still knows after a crash.

use super::*;

/// A fencing of host 2 for host 1, in which off was sent; and the disk.
fn shot() -> Bench {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    bench
}

fn restarted(bench: &Bench) -> Bench {
    Bench::restored(2, &bench.disk, bench.now + ms(500))
}

#[test]
fn an_interrupted_fencing_goes_on_with_a_look() {
    let before = shot();
    let mut bench = restarted(&before);
    assert!(matches!(bench.question(2), Some(Ask::Look { .. })));
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    let fence = |bench: &Bench| {
        let snapshot = bench.machine.snapshot(bench.now);
        snapshot.servers(ClusterIndex(0)).nth(1).map(|server| server.fence)
    };
    assert_eq!(fence(&bench), Some(FenceState::Fenced));
    bench.wait_for(2);
    assert_eq!(bench.is_acting(2), None, "the old session may carry a command yet");
}

#[test]
fn off_is_repeated_only_when_the_old_session_is_gone() {
    let mut bench = restarted(&shot());
    let start = bench.now;
    bench.meet();
    bench.tell(2, READ_ON);
    while bench.is_acting(2).is_none() {
        bench.now = bench.machine.deadline().expect("it waits");
        assert!(bench.now.since(start) < Duration::from_secs(100));
        bench.request(1, 78, 2, ResetMethod::AsConfigured);
        if let Some(Ask::Look { .. }) = bench.question(2) {
            bench.tell(2, READ_ON);
        }
    }
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    assert!(bench.now.since(start) >= Duration::from_secs(60));
}

#[test]
fn off_is_not_repeated_when_nobody_asks_for_it_any_more() {
    let mut bench = restarted(&shot());
    bench.meet();
    let let_be = Tell::LetBe { server: ServerIndex(1), why: LetBe::Unwanted };
    while !bench.done.tells.contains(&let_be) {
        if bench.question(2).is_some() {
            assert_eq!(bench.is_acting(2), None);
            bench.tell(2, READ_ON);
        }
        bench.now = bench.machine.deadline().expect("it waits");
        bench.drain();
    }
}

#[test]
fn what_was_read_off_is_not_shot_again() {
    let mut before = shot();
    before.tell(2, Told::Accepted);
    before.tell(2, READ_OFF);
    // It dies before the second reading, or just after it has said *fenced*.
    let mut bench = restarted(&before);
    bench.meet();
    bench.tell(2, READ_ON);
    for _ in 0..400 {
        bench.now = bench.machine.deadline().expect("it waits");
        bench.drain();
        assert_eq!(bench.is_acting(2), None, "somebody has switched it on");
        if bench.question(2).is_some() {
            bench.tell(2, READ_ON);
        }
    }
    let failed = |tell: &Tell| matches!(tell, Tell::FenceFailed { cause: Cause::Unconfirmed, .. });
    assert!(bench.done.tells.iter().any(failed), "{:?}", bench.done.tells);
}

#[test]
fn fenced_is_said_once_no_restart_would_shoot_again() {
    let mut bench = shot();
    bench.quick_disk = false;
    bench.tell(2, Told::Accepted);
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    let state = |bench: &Bench| bench.last(1).map(|result| result.state);
    assert_eq!(state(&bench), Some(ResetState::Accepted));
    bench.sync();
    bench.drain();
    assert_eq!(state(&bench), Some(ResetState::Fenced), "the write of the first reading is enough");
}

#[test]
fn a_power_on_that_was_sent_is_not_repeated() {
    let mut bench = shot();
    bench.tell(2, Told::Accepted);
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::On));
    let mut bench = restarted(&bench);
    for _ in 0..400 {
        bench.now = bench.machine.deadline().expect("it waits");
        bench.drain();
        assert_eq!(bench.is_acting(2), None);
        if bench.question(2).is_some() {
            bench.tell(2, READ_OFF);
        }
    }
}

#[test]
fn tokens_and_epochs_grow_across_a_restart() {
    let fenced = |bench: &mut Bench| {
        bench.tell(2, READ_OFF);
        bench.request(1, 78, 2, ResetMethod::LookOnly);
        bench.tell(2, READ_OFF);
        bench.wait_for(2);
        bench.tell(2, READ_OFF);
        bench.last(1).map(|result| (result.state, result.token))
    };
    let mut bench = Bench::ready(2);
    let (_, first) = fenced(&mut bench).expect("answered");
    let epoch = bench.machine.snapshot(bench.now).connector().epoch;
    let mut bench = restarted(&bench);
    assert!(bench.machine.snapshot(bench.now).connector().epoch > epoch);
    bench.meet();
    let (state, second) = fenced(&mut bench).expect("answered");
    assert_eq!(state, ResetState::Fenced);
    assert!(second > first && first > Token(0));
}

#[test]
fn nothing_is_said_before_the_epoch_is_durable() {
    let mut bench = Bench::new(2);
    let restored = Restored { record: None, damaged: false, unix_ms: 5 };
    bench.machine = Small::new(config(2), &Seed::new([2; 32]), restored, bench.now);
    bench.quick_disk = false;
    bench.drain();
    bench.check(1);
    assert!(bench.members[0].heard.is_empty());
    bench.sync();
    bench.check(1);
    assert_eq!(bench.members[0].heard.len(), 1);
}

#[test]
fn after_a_damaged_record_no_token_comes_twice() {
    let fenced = |bench: &mut Bench, id| {
        bench.tell(2, READ_OFF);
        bench.request(1, id, 2, ResetMethod::LookOnly);
        bench.tell(2, READ_OFF);
        bench.wait_for(2);
        bench.tell(2, READ_OFF);
    };
    let mut before = Bench::ready(2);
    let older = before.disk.clone();
    fenced(&mut before, 78);
    let first = before.last(1).expect("answered").token;
    let mut bench = Bench::started(2, &older, true, before.now + ms(500));
    bench.check(1);
    bench.check(1);
    bench.request(1, 79, 2, ResetMethod::LookOnly);
    bench.tell(2, READ_ON);
    assert_eq!(bench.last(1).map(|result| result.state), Some(ResetState::Refused));
    assert!(bench.machine.clusters[0].cluster.tokens_lost(), "host 2 is on and has not reported");
    // Now it goes off, so nobody is left who could know of a token.
    bench.pass(ms(1000));
    bench.request(1, 80, 2, ResetMethod::LookOnly);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    let again = bench.last(1).expect("answered");
    assert_eq!(again.state, ResetState::Fenced);
    assert!(again.token > first, "{} after {first}", again.token);
}

#[test]
fn after_a_damaged_record_nothing_that_it_may_have_told_is_repeated() {
    // The fencing may have ended since, and the server been switched on.
    let before = shot();
    let mut bench = Bench::started(2, &before.disk, true, before.now + ms(500));
    for _ in 0..400 {
        if bench.question(2).is_some() {
            assert_eq!(bench.is_acting(2), None);
            bench.tell(2, READ_ON);
        }
        bench.now = bench.machine.deadline().expect("it waits");
        bench.drain();
    }
    // Of a command that nothing tells of the session may still be open.
    let bench = Bench::started(2, &Bench::ready(2).disk, true, before.now);
    let carried = |server: &Server| server.carried == server::Carried::Somewhere;
    assert!(bench.machine.servers.iter().all(carried));
}
