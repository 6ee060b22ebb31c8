//! The clock and the entropy of this machine, in the core's terms.

use std::io;

use komainu_core::rng::{Drbg, Seed};
use komainu_core::time::Instant;
use zeroize::Zeroize;

/// Now, on a clock that goes on while the machine sleeps.
///
/// A session that was up before a suspend has outlived the BMC's patience after it, so the time in
/// between has to count.
#[cfg(target_os = "linux")]
pub(crate) fn now() -> Instant {
    use nix::time::{ClockId, clock_gettime};

    let Ok(time) = clock_gettime(ClockId::CLOCK_BOOTTIME) else {
        // Every kernel since 2.6.39 has it.
        unreachable!("the kernel has no boot-time clock")
    };
    let micros = time.tv_sec().unsigned_abs() * 1_000_000 + time.tv_nsec().unsigned_abs() / 1_000;
    Instant::from_micros(micros)
}

/// Now. On Windows the standard clock is the performance counter, which counts suspended time.
#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> Instant {
    use std::sync::OnceLock;

    static ORIGIN: OnceLock<std::time::Instant> = OnceLock::new();
    let elapsed = ORIGIN.get_or_init(std::time::Instant::now).elapsed();
    Instant::from_micros(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
}

/// A generator that nobody else can predict.
pub(crate) fn generator() -> io::Result<Drbg> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let drbg = Drbg::new(&Seed::new(bytes));
    bytes.zeroize();
    Ok(drbg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use komainu_core::rng::Chance;

    #[test]
    fn time_does_not_go_back() {
        let first = now();
        assert!(now() >= first);
    }

    #[test]
    fn two_generators_differ() {
        let [mut a, mut b] = [[0_u8; 16]; 2];
        generator().expect("entropy").fill(&mut a);
        generator().expect("entropy").fill(&mut b);
        assert_ne!(a, b);
    }
}
