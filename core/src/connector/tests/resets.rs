//! From the request to the confirmed result.

use super::*;

#[test]
fn a_reset_is_carried_out_once_and_its_result_is_pushed() {
    let mut bench = Bench::ready(3);
    bench.tell(2, READ_ON);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    let state = |bench: &Bench| bench.last(1).map(|result| (result.state, result.cause));
    assert_eq!(state(&bench), Some((ResetState::Accepted, Cause::None)));
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    bench.tell(2, Told::Accepted);
    bench.await_question(2);
    bench.tell(2, READ_OFF);
    bench.await_question(2);
    bench.tell(2, READ_OFF);
    assert_eq!(state(&bench), Some((ResetState::Fenced, Cause::None)));
    let token = bench.last(1).expect("told").token;
    assert!(token > Token(0));
    bench.await_question(2);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::On));
    // A repeat is answered from what is held.
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    assert_eq!(bench.last(1).map(|result| result.token), Some(token));
}

#[test]
fn nothing_leaves_before_it_is_durable() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.quick_disk = false;
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    assert_eq!(bench.last(1), None, "the fencing is not durable");
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), None);
    bench.sync();
    bench.drain();
    assert_eq!(bench.last(1).map(|result| result.state), Some(ResetState::Accepted));
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
}
