//! Calls of Windows in safe words, for the shell that runs there.

mod end;
mod event_log;
mod groups;
mod interfaces;

use std::io;

pub use end::{cut_power, shut_down};
pub use event_log::{EventLog, SOURCE};
pub use groups::{Groups, IN_GROUP};
pub use interfaces::up as interfaces;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, HIGH_PRIORITY_CLASS, SetPriorityClass,
};

/// Has this process run before others, so that a busy machine does not look like a dead one. What
/// it starts runs as usual.
///
/// # Errors
/// When the system refuses; it goes on as before then.
pub fn raise_priority() -> io::Result<()> {
    // SAFETY: the handle of this process always counts.
    check(unsafe { SetPriorityClass(GetCurrentProcess(), HIGH_PRIORITY_CLASS) })
}

/// What a call of the system has said that answers with 0 for a failure.
pub(crate) fn check(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Text as Windows takes it.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}
