//! The event log of Windows.
//!
//! An event has a number and texts; the words around them come from a file that the registry
//! names for the source.

use std::io;
use std::ptr::{null, null_mut};

use crate::platform::{Journal, Severity};
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE,
    RegisterEventSourceW, ReportEventW,
};

use super::{check, wide};

/// What the events are from.
pub const SOURCE: &str = "Komainu";
/// Most of a text, in UTF-16 units; Windows takes 31,839.
const LONGEST: usize = 31_000;

/// A way into the log.
#[derive(Debug)]
pub struct EventLog(HANDLE);

// SAFETY: the log may be written to by any thread, one at a time.
unsafe impl Send for EventLog {}

impl EventLog {
    /// Opens it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open() -> io::Result<Self> {
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
fn number(id: &str) -> u32 {
    let digits = id.bytes().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'));
    digits.fold(0, |number: u32, digit| number.saturating_mul(10).saturating_add(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_number_of_its_message() {
        assert_eq!(number("KMN206-W"), 206);
        assert_eq!(number("KMN"), 0);
    }

    #[test]
    fn the_log_takes_an_event() {
        let mut log = EventLog::open().expect("open");
        let about = [("server", "node01\0".to_owned())];
        log.write(Severity::Information, "KMN200-I", "KMN200-I a test", &about).expect("taken");
    }
}
