//! How events become a mail.

use std::error::Error;
use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};

use crate::tell::{Least, Notice};

/// Longest subject, in characters.
const SUBJECT: usize = 120;

/// Tells mail programs that nobody reads an answer (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// One mail about all of them.
pub(super) fn letter(
    name: &str,
    (from, to): (Mailbox, Mailbox),
    notices: &[&Notice],
    left_out: u64,
) -> Result<Message, String> {
    Message::builder()
        .from(from)
        .to(to)
        .subject(subject(name, notices))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .body(body(notices, left_out))
        .map_err(|error| error.to_string())
}

/// The worst event, and how many others there are.
pub(super) fn subject(name: &str, notices: &[&Notice]) -> String {
    let rank = |notice: &&&Notice| {
        [Least::Warning, Least::Error].iter().filter(|least| least.takes(notice.severity)).count()
    };
    // The first one of the worst: the later ones follow from it.
    let Some(worst) = notices.iter().rev().max_by_key(rank) else { return String::new() };
    let more = match notices.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let text = format!("[{name}] {} {}", worst.id, worst.text);
    let short: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SUBJECT).collect();
    short + &more
}

fn body(notices: &[&Notice], left_out: u64) -> String {
    let mut body = String::new();
    for notice in notices {
        // Writing into a string cannot fail.
        let _ = writeln!(body, "{}  {}\n{}.", when(notice.time_ms), notice.id, notice.text);
        for (who, what) in [("Komainu", notice.does), ("You", notice.advice)] {
            if !what.is_empty() {
                let _ = writeln!(body, "{who}: {what}");
            }
        }
        for (name, value) in &notice.about {
            let _ = writeln!(body, "  {name}: {value}");
        }
        body.push('\n');
    }
    if left_out > 0 {
        let _ = writeln!(body, "{left_out} more could not be told; the history has them.");
    }
    body
}

/// Local time, with what it is off from UTC.
fn when(time_ms: u64) -> String {
    let millis = i64::try_from(time_ms).unwrap_or(i64::MAX);
    match Timestamp::from_millisecond(millis) {
        Ok(time) => time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        Err(_) => format!("{time_ms} ms"),
    }
}
