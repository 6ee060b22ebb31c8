//! Operations on a connector, members and BMCs; what goes to the member is meddled with.
#![no_main]

use komainu_fuzz::{Parties, Party};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| Parties::run(bytes, Party::Member));
