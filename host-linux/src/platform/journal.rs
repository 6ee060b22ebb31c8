//! The system's log, in its own protocol: a datagram with one field after the other.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;

use komainu_host::platform::{Journal, Severity};

/// Where the log takes messages.
const PATH: &str = "/run/systemd/journal/socket";

/// A way into the log.
pub(super) struct Socket {
    socket: UnixDatagram,
}

impl Socket {
    /// The log, when standard error leads there anyway; whoever has sent that elsewhere wants the
    /// messages there.
    pub(super) fn open() -> Option<Self> {
        let (device, inode) =
            (std::env::var("JOURNAL_STREAM").ok()?, std::fs::metadata("/dev/stderr").ok()?);
        if device != format!("{}:{}", inode.dev(), inode.ino()) {
            return None;
        }
        Self::to(PATH).ok()
    }

    fn to(path: &str) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(path)?;
        // A log that does not read must not hold a fencing up.
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }
}

impl Journal for Socket {
    fn write(
        &mut self,
        severity: Severity,
        id: &str,
        text: &str,
        about: &[(&'static str, String)],
    ) -> io::Result<()> {
        let mut entry = Vec::new();
        field(&mut entry, "MESSAGE", text);
        field(&mut entry, "PRIORITY", priority(severity));
        field(&mut entry, "SYSLOG_IDENTIFIER", "komainu");
        field(&mut entry, "KOMAINU_ID", id);
        for (name, value) in about {
            let name = name.to_uppercase().replace('-', "_");
            field(&mut entry, &format!("KOMAINU_{name}"), value);
        }
        self.socket.send(&entry).map(|_| ())
    }
}

/// A name and a value. The length stands before it, so that the value may hold line feeds.
fn field(entry: &mut Vec<u8>, name: &str, value: &str) {
    entry.extend_from_slice(name.as_bytes());
    entry.push(b'\n');
    entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}

/// The priorities of syslog(3).
const fn priority(severity: Severity) -> &'static str {
    match severity {
        Severity::Decision => "2",
        Severity::Error => "3",
        Severity::Warning => "4",
        Severity::Information => "6",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_fields() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let log = UnixDatagram::bind(&path).expect("bound");
        let mut socket = Socket::to(path.to_str().expect("text")).expect("connected");
        let about = [("server-name", "node01".to_owned())];
        socket.write(Severity::Warning, "KMN206-W", "two\nlines", &about).expect("written");
        let mut bytes = [0; 512];
        let len = log.recv(&mut bytes).expect("an entry");
        let entry = String::from_utf8_lossy(&bytes[..len]).into_owned();
        assert!(entry.starts_with("MESSAGE\n\u{9}\0\0\0\0\0\0\0two\nlines\n"), "{entry:?}");
        assert!(entry.contains("PRIORITY\n\u{1}\0\0\0\0\0\0\x004\n"), "{entry:?}");
        assert!(entry.contains("KOMAINU_SERVER_NAME\n"), "{entry:?}");
    }
}
