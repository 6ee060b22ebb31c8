//! Calls of Windows in safe words, for the shell that runs there.

mod end;
mod event_log;
mod groups;
mod interfaces;
mod registry;
pub mod services;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

pub use end::{cut_power, shut_down};
pub use event_log::{EventLog, SOURCE};
pub use groups::{Groups, IN_GROUP};
pub use interfaces::up as interfaces;
pub use registry::{boot_id, forget_source, register_source};
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, HIGH_PRIORITY_CLASS, SetPriorityClass, TerminateProcess,
};
use windows_sys::Win32::UI::Shell::CommandLineToArgvW;

/// Exit code of a process that has ended itself because it hangs.
const HUNG: u32 = 3;

/// Has this process run before others, so that a busy machine does not look like a dead one. What
/// it starts runs as usual.
///
/// # Errors
/// When the system refuses; it goes on as before then.
pub fn raise_priority() -> io::Result<()> {
    // SAFETY: the handle of this process always counts.
    check(unsafe { SetPriorityClass(GetCurrentProcess(), HIGH_PRIORITY_CLASS) })
}

/// Ends this process at once. An abort would have Windows write a report of it first, which takes
/// its time and may hold secrets; an orderly end waits for whoever hangs.
pub fn end_process() -> ! {
    // SAFETY: the handle of this process always counts; nothing is done after it.
    unsafe { TerminateProcess(GetCurrentProcess(), HUNG) };
    std::process::abort()
}

/// The words of a command line, the program first; none of an empty one.
pub fn words(line: &OsStr) -> Vec<OsString> {
    let line: Vec<u16> = line.encode_wide().chain([0]).collect();
    let mut count = 0;
    if line.len() == 1 {
        // It would answer with this program.
        return Vec::new();
    }
    // SAFETY: the line ends with 0, and the count is written to.
    let first = unsafe { CommandLineToArgvW(line.as_ptr(), &raw mut count) };
    if first.is_null() {
        return Vec::new();
    }
    let word = |at: usize| {
        // SAFETY: there are that many words, each of which ends with 0, where this ends too.
        let word = unsafe { *first.add(at) };
        // SAFETY: as above.
        let units = (0..).map(|unit| unsafe { *word.add(unit) }).take_while(|unit| *unit != 0);
        OsString::from_wide(&units.collect::<Vec<_>>())
    };
    let words = (0..usize::try_from(count).unwrap_or(0)).map(word).collect();
    // SAFETY: the system has handed it out with that duty, and nothing points into it any more.
    unsafe { LocalFree(first.cast()) };
    words
}

/// A program of Windows itself, below its folder for them. Whoever may write to another folder of
/// the search path puts nothing in its place.
pub(crate) fn system_program(name: &str) -> PathBuf {
    let windows = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    PathBuf::from(windows).join("System32").join(name)
}

/// What a call of the system has said that answers with 0 for a failure.
pub(crate) fn check(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Text as Windows takes it.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_has_words() {
        let line = r#""C:\Program Files\a.exe" service run member -- --config "C:\b c\d.toml""#;
        let expected = [
            r"C:\Program Files\a.exe",
            "service",
            "run",
            "member",
            "--",
            "--config",
            r"C:\b c\d.toml",
        ];
        assert_eq!(words(OsStr::new(line)), expected);
        assert!(words(OsStr::new("")).is_empty());
    }
}
