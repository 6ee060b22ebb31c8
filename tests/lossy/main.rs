//! A session over a network that loses, doubles, reorders and delays, on a virtual clock.
//!
//! Every run follows from its seed. A failure names it; `KOMAINU_SEED=N` runs that one alone.

mod controls;
mod logins;

use std::ops::Range;
use std::time::Duration;

use komainu_sim::net::Faults;

/// The seeds of a test: so many, or the one that the environment names.
fn seeds(count: u64) -> Range<u64> {
    match std::env::var("KOMAINU_SEED") {
        Ok(one) => {
            let one = one.parse().expect("KOMAINU_SEED is a number");
            one..one + 1
        }
        Err(_) => 0..count,
    }
}

/// 30 % lost, 10 % doubled, and each copy takes its own time up to 200 ms, which reorders.
fn bad_network() -> Faults {
    Faults {
        loss_percent: 30.0,
        duplicate_percent: 10.0,
        delay_max: Duration::from_millis(200),
        ..Faults::default()
    }
}
