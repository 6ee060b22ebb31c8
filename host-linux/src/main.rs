//! Komainu on Linux: fences failed servers and controls their power over IPMI.

use std::process::ExitCode;

fn main() -> ExitCode {
    komainu_host::run(std::env::args_os())
}
