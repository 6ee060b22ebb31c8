//! How this machine is ended.

use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::sys::reboot::{RebootMode, reboot};

/// How long the kernel has to cut the power before it is told to restart without ado.
const PATIENCE: Duration = Duration::from_secs(2);

/// Cuts the power. Nothing is stopped and nothing is written before.
pub(super) fn cut_power() -> io::Result<()> {
    // The kernel asks its drivers first. One that hangs must not keep the services here running.
    let restart = || {
        thread::sleep(PATIENCE);
        // Without the right to, there is nothing left to try.
        let _ = fs::write("/proc/sysrq-trigger", "b");
    };
    let waiting = thread::Builder::new().name("host-down".into()).spawn(restart).map(|_| ());
    match reboot(RebootMode::RB_POWER_OFF) {
        Ok(never) => match never {},
        Err(refused) => waiting.and(Err(refused.into())),
    }
}

/// Has the service manager shut this machine down.
pub(super) fn shut_down() -> io::Result<()> {
    let start = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).stdin(Stdio::null()).spawn().map(|_| ())
    };
    start("systemctl", &["poweroff", "--no-block"]).or_else(|_| start("shutdown", &["-h", "now"]))
}
