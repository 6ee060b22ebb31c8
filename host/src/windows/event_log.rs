//! The event log of Windows.
//!
//! An event has a number and texts; the words around them come from a file that the registry
//! names for the source.

use std::io;
use std::ptr::{null, null_mut};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

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
/// Most events that wait for the log.
const WAITING: usize = 1024;
/// So long is waited at the end for the log to take what waits.
const FAREWELL: Duration = Duration::from_secs(2);

/// A way into the log. A thread of its own writes to it: the log is another process, and one that
/// hangs must not hold a fencing up.
#[derive(Debug)]
pub struct EventLog {
    queue: Option<SyncSender<Event>>,
    /// Nobody is at its other end any more once all is written.
    written: Receiver<()>,
}

/// What the log is given.
#[derive(Debug)]
struct Event {
    kind: u16,
    number: u32,
    /// Ends with 0.
    text: Vec<u16>,
}

/// The log, as the system has opened it.
#[derive(Debug)]
struct Source(HANDLE);

// SAFETY: the log may be written to by any thread, one at a time.
unsafe impl Send for Source {}

impl EventLog {
    /// Opens it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open() -> io::Result<Self> {
        let source = Source::open()?;
        // One that cannot be written has no other place to be said.
        Self::through(move |event| drop(source.write(event)))
    }

    fn through(mut write: impl FnMut(&Event) + Send + 'static) -> io::Result<Self> {
        let (queue, events) = sync_channel::<Event>(WAITING);
        let (writes, written) = channel();
        let run = move || {
            events.into_iter().for_each(|event| write(&event));
            drop(writes);
        };
        thread::Builder::new().name("event log".into()).spawn(run)?;
        Ok(Self { queue: Some(queue), written })
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
        let event = Event { kind: kind(severity), number: number(id), text };
        let sent = self.queue.as_ref().is_some_and(|queue| queue.try_send(event).is_ok());
        if sent { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        drop(self.queue.take());
        // It ends with an error either way: all is written, or the time is up.
        let _ = self.written.recv_timeout(FAREWELL);
    }
}

impl Source {
    fn open() -> io::Result<Self> {
        let source = wide(SOURCE);
        // SAFETY: the name ends with 0 and outlives the call; without a server it is this machine.
        let handle = unsafe { RegisterEventSourceW(null(), source.as_ptr()) };
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(handle)) }
    }

    fn write(&self, event: &Event) -> io::Result<()> {
        let texts = [event.text.as_ptr()];
        let (kind, number) = (event.kind, event.number);
        // SAFETY: there is one text, which ends with 0, and no data; all outlives the call.
        check(unsafe {
            ReportEventW(self.0, kind, 0, number, null_mut(), 1, 0, texts.as_ptr(), null())
        })
    }
}

impl Drop for Source {
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
        let source = Source::open().expect("open");
        let text = wide("KMN200-I a test");
        let event = Event { kind: kind(Severity::Information), number: 200, text };
        source.write(&event).expect("taken");
    }

    #[test]
    fn what_waits_is_written_before_the_end() {
        let (tell, told) = channel();
        let log = EventLog::through(move |event| drop(tell.send(event.text.clone())));
        let mut log = log.expect("a log");
        let about = [("server", "node01\0".to_owned())];
        log.write(Severity::Warning, "KMN206-W", "two", &about).expect("taken");
        drop(log);
        let texts: Vec<_> = told.iter().collect();
        assert_eq!(texts, [wide("two\r\nserver: node01 ")]);
    }

    #[test]
    fn a_log_that_hangs_holds_nobody_up() {
        let (release, hangs) = channel::<()>();
        let mut log = EventLog::through(move |_| _ = hangs.recv()).expect("a log");
        let refused = |log: &mut EventLog| {
            log.write(Severity::Information, "KMN200-I", "one of many", &[]).is_err()
        };
        assert!((0..2 * WAITING).any(|_| refused(&mut log)), "not all of them wait");
        let began = std::time::Instant::now();
        drop(log);
        assert!(began.elapsed() < 4 * FAREWELL);
        drop(release);
    }
}
