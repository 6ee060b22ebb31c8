//! Lines of NUT and conversations in them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| komainu_fuzz::nut::run(bytes));
