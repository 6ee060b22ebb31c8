//! Any answers at any time to the questions of a fencing.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| komainu_fuzz::fence::run(bytes));
