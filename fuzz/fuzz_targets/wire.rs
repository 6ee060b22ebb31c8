//! Any bytes as every message there is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| komainu_fuzz::wire::run(bytes));
