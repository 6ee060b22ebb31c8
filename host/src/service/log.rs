//! Where messages go: to the system's log, or to standard error as lines for people or programs.

use std::io::{self, IsTerminal, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::message::Message;
use super::platform::{Journal, Severity};

/// Where messages go.
pub(crate) struct Log {
    sink: Sink,
}

enum Sink {
    Journal(Box<dyn Journal>),
    Lines { coloured: bool },
    Json,
}

/// A message as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    time_ms: u64,
    id: &'a str,
    text: &'a str,
    does: &'static str,
    advice: &'static str,
    #[serde(flatten)]
    about: std::collections::BTreeMap<&'static str, &'a str>,
}

impl Log {
    /// The system's log where there is one; else standard error, with colours on a terminal.
    pub(crate) fn open(json: bool, journal: Option<Box<dyn Journal>>) -> Self {
        let sink = match (json, journal) {
            (true, _) => Sink::Json,
            (false, Some(journal)) => Sink::Journal(journal),
            (false, None) => {
                let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                Sink::Lines { coloured: !plain && io::stderr().is_terminal() }
            }
        };
        Self { sink }
    }

    /// Says it. A log that cannot be written to stops nothing.
    pub(crate) fn say(&mut self, message: &Message) {
        let id = message.code.id();
        let severity = message.code.row().severity;
        let text = match &mut self.sink {
            Sink::Journal(journal) => {
                let text = message.to_string();
                if journal.write(severity, &id, &format!("{id} {text}"), &message.about).is_ok() {
                    return;
                }
                format!("{id} {text}\n")
            }
            Sink::Lines { coloured } => {
                let (on, off) = if *coloured { (colour(severity), "\x1b[0m") } else { ("", "") };
                format!("{on}{id}{off} {message}\n")
            }
            Sink::Json => json(&id, message) + "\n",
        };
        // One call for the whole line, so that lines of several processes do not mix.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn json(id: &str, message: &Message) -> String {
    let row = message.code.row();
    let about = message.about.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = &message.text;
    let line = Line { time_ms: unix_ms(), id, text, does: row.does, advice: row.advice, about };
    // Strings and numbers alone cannot fail.
    serde_json::to_string(&line).unwrap_or_default()
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[33m",
        Severity::Information => "\x1b[2m",
        Severity::Decision => "\x1b[1;35m",
    }
}

/// The time of day, for people and for epochs; 0 when the clock is before 1970.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::message::Code;

    #[test]
    fn a_line_of_json_has_everything() {
        let message = Message::new(Code::NoAddress, "\"eth1\" has none").about("interface", "eth1");
        let line: serde_json::Value =
            serde_json::from_str(&json("KMN206-W", &message)).expect("JSON");
        assert_eq!(line["id"], "KMN206-W");
        assert_eq!(line["text"], "\"eth1\" has none");
        assert_eq!(line["interface"], "eth1");
        assert!(line["time_ms"].as_u64() > Some(1_700_000_000_000));
    }

    #[test]
    fn the_systems_log_is_told_id_and_severity() {
        use std::sync::{Arc, Mutex};

        type Written = Arc<Mutex<Vec<(Severity, String)>>>;
        struct Told(Written);
        impl Journal for Told {
            fn write(
                &mut self,
                severity: Severity,
                id: &str,
                text: &str,
                about: &[(&'static str, String)],
            ) -> io::Result<()> {
                let line = format!("{id}|{text}|{about:?}");
                self.0.lock().expect("whole").push((severity, line));
                Ok(())
            }
        }
        let written = Written::default();
        let mut log = Log::open(false, Some(Box::new(Told(Arc::clone(&written)))));
        log.say(&Message::new(Code::Started, "it runs"));
        let told = written.lock().expect("whole").clone();
        assert_eq!(told, [(Severity::Information, "KMN200-I|KMN200-I it runs.|[]".to_owned())]);
    }
}
