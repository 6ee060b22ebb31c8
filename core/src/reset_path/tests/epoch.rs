//! What starts are called, one after the other.

use crate::reset_path::epoch::next_epoch;
use crate::rng::{Drbg, Seed};
use crate::types::Epoch;

const CLOCK: u64 = 1_700_000_000_000;

#[test]
fn it_is_the_time_and_above_the_last() {
    let mut chance = Drbg::new(&Seed::new([1; 32]));
    let first = next_epoch(Epoch(0), false, CLOCK, &mut chance);
    assert_eq!(first.0 >> 16, CLOCK);
    // The clock was set back meanwhile.
    assert_eq!(next_epoch(first, false, CLOCK - 9, &mut chance), Epoch(first.0 + 1));
    let last = Epoch(u64::MAX);
    assert_eq!(next_epoch(last, true, u64::MAX, &mut chance), last);
}

#[test]
fn a_lost_record_may_have_been_that_of_one_further_start() {
    let mut chance = Drbg::new(&Seed::new([2; 32]));
    let last = Epoch(CLOCK << 16);
    assert_eq!(next_epoch(last, true, CLOCK - 9, &mut chance), Epoch(last.0 + 2));
}
