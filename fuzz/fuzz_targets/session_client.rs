//! A session, and a network that forges, changes and repeats what comes from the BMC.
#![no_main]

use komainu_fuzz::{Duel, Side};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| Duel::run(bytes, Side::Console));
