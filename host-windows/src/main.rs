//! Komainu on Windows: fences failed servers and controls their power over IPMI.

mod platform;
mod service;

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    if args.nth(1).is_some_and(|verb| verb == "service") {
        return service::run();
    }
    komainu_host::run(std::env::args_os(), Arc::new(platform::Windows::new(None)))
}
