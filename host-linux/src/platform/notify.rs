//! What the service manager is told (sd_notify(3), without its library).

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use komainu_host::platform::Phase;
use nix::time::{ClockId, clock_gettime};

/// Tells the phase, where somebody listens.
pub(super) fn tell(phase: Phase) {
    if let Some(socket) = env::var_os("NOTIFY_SOCKET") {
        // A service manager that cannot be reached finds out by its own time-outs.
        let _ = send(&socket, &text(phase));
    }
}

/// How often the service manager wants to hear of us, if it does.
pub(super) fn watchdog() -> Option<Duration> {
    let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    let micros = number("WATCHDOG_USEC").filter(|micros| ours && *micros > 0)?;
    Some(Duration::from_micros(micros))
}

fn text(phase: Phase) -> String {
    match phase {
        Phase::Ready => "READY=1".into(),
        Phase::Reloading => {
            let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from);
            format!("RELOADING=1\nMONOTONIC_USEC={}", now.unwrap_or_default().as_micros())
        }
        Phase::Stopping => "STOPPING=1".into(),
        Phase::Alive => "WATCHDOG=1".into(),
    }
}

fn send(socket: &OsStr, text: &str) -> io::Result<()> {
    let address = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        path => SocketAddr::from_pathname(OsStr::from_bytes(path))?,
    };
    UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(listener: &UnixDatagram) -> String {
        let mut bytes = [0; 256];
        let len = listener.recv(&mut bytes).expect("something was sent");
        String::from_utf8_lossy(&bytes[..len]).into_owned()
    }

    #[test]
    fn it_is_heard_at_a_path_and_at_an_abstract_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).expect("bound");
        send(path.as_os_str(), &text(Phase::Ready)).expect("sent");
        assert_eq!(heard(&listener), "READY=1");

        let name = format!("komainu-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let listener = UnixDatagram::bind_addr(&address).expect("bound");
        send(OsStr::new(&format!("@{name}")), &text(Phase::Alive)).expect("sent");
        assert_eq!(heard(&listener), "WATCHDOG=1");
    }

    #[test]
    fn a_reload_tells_when_it_began() {
        let told = text(Phase::Reloading);
        let (first, micros) = told.split_once("\nMONOTONIC_USEC=").expect("two lines");
        assert_eq!(first, "RELOADING=1");
        assert!(micros.parse::<u64>().expect("a number") > 0);
    }
}
