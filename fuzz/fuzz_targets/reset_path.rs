//! A host and a connector, and a network that repeats, changes and makes up their datagrams.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| komainu_fuzz::reset_path::run(bytes));
