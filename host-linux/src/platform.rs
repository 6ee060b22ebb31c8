//! What the services need of Linux.

mod end;
mod interfaces;
mod journal;
mod notify;

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use komainu_host::platform::{Interface, Journal, Phase, Platform, Signal};
use nix::errno::Errno;
use nix::sys::signal::{Signal as Unix, killpg};
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};

/// Linux, with systemd where it is there.
pub(crate) struct Linux;

impl Platform for Linux {
    fn notify(&self, phase: Phase) {
        notify::tell(phase);
    }

    fn watchdog(&self) -> Option<Duration> {
        notify::watchdog()
    }

    fn credentials(&self) -> Option<PathBuf> {
        std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
    }

    fn journal(&self) -> Option<Box<dyn Journal>> {
        let socket = journal::Socket::open()?;
        Some(Box::new(socket))
    }

    fn watch_signals(&self, tell: Box<dyn Fn(Signal) + Send + Sync>) -> io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        tokio::spawn(async move {
            loop {
                tell(tokio::select! {
                    _ = terminate.recv() => Signal::Stop,
                    _ = interrupt.recv() => Signal::Stop,
                    _ = hang_up.recv() => Signal::Reload,
                });
            }
        });
        Ok(())
    }

    fn interfaces(&self) -> io::Result<Vec<Interface>> {
        interfaces::up()
    }

    fn boot_id(&self) -> io::Result<String> {
        Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
    }

    fn isolate(&self, command: &mut Command) {
        command.process_group(0);
    }

    /// The group is made by the start itself.
    fn adopt(&self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn kill_group(&self, leader: u32) -> io::Result<()> {
        match killpg(group(leader)?, Unix::SIGKILL) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn group_lives(&self, leader: u32) -> bool {
        // What may not be signalled lives as well.
        group(leader).is_ok_and(|group| killpg(group, None) != Err(Errno::ESRCH))
    }

    fn cut_power(&self) -> io::Result<()> {
        end::cut_power()
    }

    fn shut_down(&self) -> io::Result<()> {
        end::shut_down()
    }
}

/// Numbers that name no group would reach everybody, or ourselves.
fn group(leader: u32) -> io::Result<Pid> {
    match i32::try_from(leader) {
        Ok(leader) if leader > 1 => Ok(Pid::from_raw(leader)),
        Ok(_) | Err(_) => Err(io::ErrorKind::InvalidInput.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_dies_as_one() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 60 & sleep 60"]);
        Linux.isolate(&mut command);
        let mut child = command.spawn().expect("a shell");
        assert!(Linux.group_lives(child.id()));
        Linux.kill_group(child.id()).expect("killed");
        let status = child.wait().expect("reaped");
        assert!(!status.success());
        let began = std::time::Instant::now();
        while Linux.group_lives(child.id()) {
            assert!(began.elapsed() < Duration::from_secs(20), "something of it lives");
            std::thread::sleep(Duration::from_millis(5));
        }
        Linux.kill_group(child.id()).expect("nothing is left, which is no failure");
    }

    #[test]
    fn nobody_else_is_ever_killed() {
        for leader in [0, 1, u32::MAX] {
            assert!(Linux.kill_group(leader).is_err(), "{leader}");
            assert!(!Linux.group_lives(leader), "{leader}");
        }
    }

    #[test]
    fn each_start_of_the_machine_has_a_name() {
        assert_eq!(Linux.boot_id().expect("a name").len(), 36);
    }
}
