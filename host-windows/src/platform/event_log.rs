//! The event log of Windows.
//!
//! An event has a number and texts; the words around them come from a file that the registry
//! names. That of `eventcreate`, a part of every Windows, has for the numbers 1 to 1000 nothing
//! but the text itself, which is all that is needed here.

use std::io;
use std::ptr::{null, null_mut};

use komainu_host::platform::{Journal, Severity};
use windows_registry::LOCAL_MACHINE;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE,
    RegisterEventSourceW, ReportEventW,
};

use super::{check, wide};

/// What the events are from.
const SOURCE: &str = "Komainu";
/// Where the registry has it.
const KEY: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application\Komainu";
/// The file with the words.
const WORDS: &str = r"%SystemRoot%\System32\EventCreate.exe";
/// Most of a text, in UTF-16 units; Windows takes 31,839.
const LONGEST: usize = 31_000;

/// Has the log know the source.
pub(crate) fn register() -> io::Result<()> {
    let key = LOCAL_MACHINE.create(KEY)?;
    key.set_expand_string("EventMessageFile", WORDS)?;
    let types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    key.set_u32("TypesSupported", types.into())?;
    Ok(())
}

/// Has the log forget the source; what it has written stays.
pub(crate) fn unregister() -> io::Result<()> {
    Ok(LOCAL_MACHINE.remove_tree(KEY)?)
}

/// A way into the log.
pub(super) struct EventLog(HANDLE);

// SAFETY: the log may be written to by any thread, one at a time.
unsafe impl Send for EventLog {}

impl EventLog {
    pub(super) fn open() -> io::Result<Self> {
        let source = wide(SOURCE);
        // SAFETY: the name ends with 0 and outlives the call; without a server it is this machine.
        let handle = unsafe { RegisterEventSourceW(null(), source.as_ptr()) };
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(handle)) }
    }
}

impl Journal for EventLog {
    /// The number of the event is that of the message; whom it is about stands below the text.
    fn write(
        &mut self,
        severity: Severity,
        id: &str,
        text: &str,
        about: &[(&'static str, String)],
    ) -> io::Result<()> {
        let text = about
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text + "\r\n" + name + ": " + value);
        // A NUL would end it.
        let mut text: Vec<u16> = text.replace('\0', " ").encode_utf16().take(LONGEST).collect();
        text.push(0);
        let texts = [text.as_ptr()];
        let (kind, number) = (kind(severity), number(id));
        // SAFETY: there is one text, which ends with 0, and no data; all outlives the call.
        check(unsafe {
            ReportEventW(self.0, kind, 0, number, null_mut(), 1, 0, texts.as_ptr(), null())
        })
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        // SAFETY: it was opened by this value, and is used by nobody else.
        unsafe { DeregisterEventSource(self.0) };
    }
}

const fn kind(severity: Severity) -> u16 {
    match severity {
        Severity::Error | Severity::Decision => EVENTLOG_ERROR_TYPE,
        Severity::Warning => EVENTLOG_WARNING_TYPE,
        Severity::Information => EVENTLOG_INFORMATION_TYPE,
    }
}

/// The number in an id like `KMN206-W`.
pub(super) fn number(id: &str) -> u32 {
    let digits = id.bytes().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'));
    digits.fold(0, |number: u32, digit| number.saturating_mul(10).saturating_add(digit))
}
