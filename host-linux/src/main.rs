//! Komainu on Linux: fences failed servers and controls their power over IPMI.

mod platform;

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    komainu_host::run(std::env::args_os(), Arc::new(platform::Linux))
}
