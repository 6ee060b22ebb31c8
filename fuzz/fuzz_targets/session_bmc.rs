//! A simulated BMC, and a network that forges, changes and repeats what comes from the console.
#![no_main]

use komainu_fuzz::{Duel, Side};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| Duel::run(bytes, Side::Bmc));
