//! New secrets: 32 random bytes in a file of their own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use komainu_core::limits::CLUSTER_KEY_LEN;
use zeroize::Zeroizing;

use crate::private;

/// Writes a new secret as hexadecimal digits into a new file for its owner alone; it is durable
/// afterwards.
///
/// # Errors
/// A file that exists is left alone.
pub(crate) fn write(path: &Path) -> io::Result<()> {
    let mut file = private::new_file(path)?;
    let filled = fill(&mut file);
    if filled.is_err() {
        // Half a secret is of no use to anybody.
        let _ = fs::remove_file(path);
    }
    filled
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
