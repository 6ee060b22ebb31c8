//! New secrets: 32 random bytes in a file of their own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use komainu_core::limits::CLUSTER_KEY_LEN;
use zeroize::Zeroizing;

/// Writes a new secret as hexadecimal digits into a new file for its owner alone; it is durable
/// afterwards.
///
/// # Errors
/// A file that exists is left alone. Systems whose file rights are not understood are refused.
pub(crate) fn write(path: &Path) -> io::Result<()> {
    let mut file = open(path)?;
    let filled = fill(&mut file);
    if filled.is_err() {
        // Half a secret is of no use to anybody.
        let _ = fs::remove_file(path);
    }
    filled
}

/// A new file that only its owner may read, from its first moment on.
#[cfg(unix)]
pub(crate) fn open(path: &Path) -> io::Result<File> {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;

    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Refuses: file rights of this system are not understood, and an unchecked promise is none.
#[cfg(not(unix))]
pub(crate) fn open(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

fn fill(file: &mut File) -> io::Result<()> {
    let mut key = Zeroizing::new([0; CLUSTER_KEY_LEN]);
    getrandom::fill(&mut *key).map_err(io::Error::other)?;
    let mut text = Zeroizing::new([b'\n'; 2 * CLUSTER_KEY_LEN + 1]);
    for (digits, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(key.iter()) {
        *digits = [byte >> 4, byte & 0xf].map(|digit| b"0123456789abcdef"[usize::from(digit)]);
    }
    file.write_all(&*text)?;
    file.sync_all()
}
