//! Any bytes as what an appliance reads.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| komainu_fuzz::block::run(bytes));
