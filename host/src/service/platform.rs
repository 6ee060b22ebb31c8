//! What a service needs of its operating system.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// What the service manager is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The service does its work.
    Ready,
    /// It reads its configuration again; [`Phase::Ready`] follows.
    Reloading,
    /// It is ending.
    Stopping,
    /// Its loop turns.
    Alive,
}

/// What the operator or the service manager wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End in good order.
    Stop,
    /// Read the configuration again.
    Reload,
}

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something does not work.
    Error,
    /// Something will not work unless somebody looks at it.
    Warning,
    /// Something happened.
    Information,
    /// The operator has to decide.
    Decision,
}

impl Severity {
    /// The last letter of the message id.
    pub const fn letter(self) -> char {
        match self {
            Self::Error => 'E',
            Self::Warning => 'W',
            Self::Information => 'I',
            Self::Decision => 'D',
        }
    }
}

/// The system's own log.
pub trait Journal: Send {
    /// Writes a message: its id, its text, and what it is about as names and values.
    ///
    /// # Errors
    /// When the log cannot be reached.
    fn write(
        &mut self,
        severity: Severity,
        id: &str,
        text: &str,
        about: &[(&'static str, String)],
    ) -> io::Result<()>;
}

/// A network interface that is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its number, which is the scope of link-local addresses.
    pub index: u32,
    /// It leads nowhere but to this machine.
    pub loopback: bool,
    /// Its addresses; none = it cannot be used yet.
    pub addresses: Vec<InterfaceAddress>,
}

/// An address of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub ip: IpAddr,
    /// Where all of its network are reached; IPv4 only.
    pub broadcast: Option<Ipv4Addr>,
    /// How many leading bits name its network.
    pub prefix: u8,
}

impl InterfaceAddress {
    /// Whether `other` is in this address's network.
    pub fn reaches(&self, other: IpAddr) -> bool {
        match (self.ip, other) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.prefix));
                (a.to_bits() ^ b.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.prefix));
                (a.to_bits() ^ b.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// The operating system, as far as a service needs more of it than files, sockets and time.
///
/// What an implementation cannot do it says with an error; it never pretends.
pub trait Platform: Send + Sync + 'static {
    /// Tells the service manager; nothing happens where there is none.
    fn notify(&self, phase: Phase);

    /// How often the service manager wants to hear [`Phase::Alive`], if at all.
    fn watchdog(&self) -> Option<Duration>;

    /// The folder in which the service manager has put credentials.
    fn credentials(&self) -> Option<PathBuf>;

    /// The system's log, where this process was started to write to it.
    fn journal(&self) -> Option<Box<dyn Journal>>;

    /// Calls `tell` for every signal from now on. Called inside the runtime.
    ///
    /// # Errors
    /// When the system does not let us listen.
    fn watch_signals(&self, tell: Box<dyn Fn(Signal) + Send + Sync>) -> io::Result<()>;

    /// The interfaces that are up.
    ///
    /// # Errors
    /// When the system does not tell.
    fn interfaces(&self) -> io::Result<Vec<Interface>>;

    /// Names this start of the machine: another one after every boot.
    ///
    /// # Errors
    /// When the system does not tell.
    fn boot_id(&self) -> io::Result<String>;

    /// Has the command, with all that it starts, run in a group of its own. Where that takes a
    /// step after its start, it waits for [`Platform::adopt`].
    fn isolate(&self, command: &mut Command);

    /// Puts the command that has this process id, and was isolated, into its group, and lets it
    /// run.
    ///
    /// # Errors
    /// When the system refuses; the command must be ended then.
    fn adopt(&self, leader: u32) -> io::Result<()>;

    /// Ends the group of the command that has this process id, at once.
    ///
    /// # Errors
    /// When the system refuses; not when there is none left.
    fn kill_group(&self, leader: u32) -> io::Result<()>;

    /// Whether something of that group still runs.
    fn group_lives(&self, leader: u32) -> bool;

    /// Switches this machine off at once: no service is stopped, nothing is written.
    ///
    /// # Errors
    /// When the system refuses. Does not return otherwise, or the machine is off moments later.
    fn cut_power(&self) -> io::Result<()>;

    /// Shuts this machine down in good order.
    ///
    /// # Errors
    /// When the system refuses.
    fn shut_down(&self) -> io::Result<()>;
}

/// What the service manager has lent to this process, and the secrets that it was given.
const OURS: [&str; 6] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "CREDENTIALS_DIRECTORY",
    "KOMAINU_PASSWORD",
    "IPMI_PASSWORD",
];

/// Takes from a command's environment what is ours alone.
pub(crate) fn keep_ours(command: &mut Command) {
    for name in OURS {
        command.env_remove(name);
    }
}

/// Starts a command in a group of its own, with nothing in its environment that is ours alone.
///
/// # Errors
/// When it does not start, or gets no group.
pub(crate) fn spawn(
    platform: &dyn Platform,
    mut command: Command,
) -> io::Result<tokio::process::Child> {
    keep_ours(&mut command);
    platform.isolate(&mut command);
    let mut child = tokio::process::Command::from(command).spawn()?;
    let adopted = child.id().map_or(Ok(()), |leader| platform.adopt(leader));
    if adopted.is_err() {
        // One that was ended meanwhile does no harm either.
        let _ = child.start_kill();
    }
    adopted.map(|()| child)
}

#[cfg(all(test, unix))]
pub(crate) mod double;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_the_leading_bits() {
        let address = |ip: &str, prefix| InterfaceAddress {
            ip: ip.parse().expect("an address"),
            broadcast: None,
            prefix,
        };
        let reaches = |from: InterfaceAddress, to: &str| from.reaches(to.parse().expect("one"));
        assert!(reaches(address("10.0.1.7", 24), "10.0.1.200"));
        assert!(!reaches(address("10.0.1.7", 24), "10.0.2.7"));
        assert!(reaches(address("10.0.1.7", 0), "192.0.2.1"));
        assert!(!reaches(address("10.0.1.7", 32), "10.0.1.6"));
        assert!(reaches(address("fd00::1", 64), "fd00::2"));
        assert!(!reaches(address("fd00::1", 64), "fd00:0:0:1::2"));
        assert!(!reaches(address("10.0.1.7", 0), "fd00::2"));
    }
}
