//! What a service says: each message has an id, a severity, and a line in `docs/operating.md`.

use std::fmt;

use super::platform::Severity;

/// A message: what happened, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Which message.
    pub(crate) code: Code,
    /// What happened, as a clause without a full stop.
    pub(crate) text: String,
    /// Whom it is about, as names and values for programs.
    pub(crate) about: Vec<(&'static str, String)>,
}

impl Message {
    /// That message, about nobody in particular.
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), about: Vec::new() }
    }

    /// The same message, also about that.
    pub(crate) fn about(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.about.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Message {
    /// What happened, what Komainu does, what the operator should do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.code.row();
        write!(f, "{}.", self.text)?;
        for more in [row.does, row.advice] {
            if !more.is_empty() {
                write!(f, " {more}")?;
            }
        }
        Ok(())
    }
}

/// What is known of a message before it is said.
pub(crate) struct Row {
    /// Its number.
    pub(crate) number: u16,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What it means.
    #[cfg_attr(not(test), expect(dead_code, reason = "the operating page is held to it"))]
    pub(crate) meaning: &'static str,
    /// What Komainu does now, as a sentence; empty where nothing is to be said.
    pub(crate) does: &'static str,
    /// What the operator should do, likewise.
    pub(crate) advice: &'static str,
}

/// The messages: name, number, severity, meaning, what Komainu does, what to do.
macro_rules! codes {
    ($($name:ident = $number:literal $severity:ident $meaning:literal
        $does:literal $advice:literal;)+) => {
        /// Which message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Code { $($name,)+ }

        impl Code {
            /// All of them, in the order of their numbers.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What is known of it.
            pub(crate) const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        number: $number,
                        severity: Severity::$severity,
                        meaning: $meaning,
                        does: $does,
                        advice: $advice,
                    },)+
                }
            }
        }
    };
}

codes! {
    Started = 200 Information "the service runs" "" "";
    Stopping = 201 Information "the service is ending in good order" "" "";
    Stopped = 202 Information "the service has ended" "" "";
    CutShort = 203 Warning "the service has ended before it was done with stopping"
        "What was not closed ends by its own time-out."
        "";
    Reloaded = 204 Information "the changed configuration counts from now on" "" "";
    ReloadRefused = 205 Error "the changed configuration is wrong"
        "The one before goes on to count."
        "Correct it, check it with `komainu config check`, and reload again.";
    NoAddress = 206 Warning "an interface is up but has no address"
        "It is left out, and used as soon as it has one."
        "Give it an address, or take it down.";
    AddressBack = 207 Information "an interface has an address now, and is used" "" "";
    NotListening = 208 Warning "an address to listen on belongs to no interface"
        "It is tried again every few seconds."
        "Give the address to an interface, or correct the configuration.";
    Listening = 209 Information "an address to listen on is there now" "" "";
    FirstStart = 210 Information "there is no record from an earlier start" "" "";
    RecordCorrupt = 211 Error "a record on the disk is damaged"
        "The last whole one counts."
        "Look after the disk. If this was a connector: was a server fenced since the record \
         that counts? Then look at it.";
    RecordLost = 212 Error "every record on the disk is damaged"
        "This start begins without one."
        "Look after the disk.";
    NotStored = 213 Error "the record cannot be written"
        "It is tried again every second; nothing that depends on it is sent before."
        "Make room on the disk, or replace it.";
    StoredAgain = 214 Information "the record can be written again" "" "";
    NoHistory = 215 Warning "the history cannot be written"
        "Everything else goes on."
        "Make room on the disk.";
    Order = 216 Information "an operator has given an order" "" "";
    OrderEnded = 217 Information "an operator's order has been answered" "" "";
    NotSent = 218 Warning "a datagram could not be sent"
        "It counts as lost on the way. This is said once a minute."
        "Look at this machine's network and routes.";
    CommandFailed = 219 Warning "a command of a service failed"
        "" "Its output is in the state folder, under services.";
    HostDown = 220 Error "this host is ended at once"
        "Another host takes its services over when it is fenced."
        "Look for the reason before you start it again.";
    HostStays = 221 Error "this host could not be ended"
        "The connector fences it when it is silent or asked for."
        "End it yourself.";
    ShutDown = 222 Information "this host is shut down as a connector has told it" "" "";
}

impl Code {
    /// Its id.
    pub(crate) fn id(self) -> String {
        let row = self.row();
        format!("KMN{}-{}", row.number, row.severity.letter())
    }

    /// Whether the history keeps it: what happened to servers and services, and what operators
    /// ordered.
    pub(crate) const fn is_history(self) -> bool {
        self.row().number >= 216
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_and_texts_are_sentences() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.row().number < b.row().number));
        for code in Code::ALL {
            let row = code.row();
            for sentence in [row.does, row.advice] {
                let whole = sentence.is_empty() || sentence.ends_with(['.', '?']);
                assert!(whole, "{}: {sentence}", code.id());
            }
            let wants_help = matches!(row.severity, Severity::Error | Severity::Decision);
            assert!(!wants_help || !row.advice.is_empty(), "{} leaves people alone", code.id());
        }
    }

    #[test]
    fn the_operating_page_explains_each() {
        let page = include_str!("../../../docs/operating.md");
        for code in Code::ALL {
            let row = code.row();
            let does = [row.does, row.advice].join(" ");
            let line = format!("| {} | {} | {} |", code.id(), row.meaning, does.trim());
            assert!(page.contains(&line), "missing in docs/operating.md:\n{line}");
        }
    }

    #[test]
    fn a_message_says_what_happens_now() {
        let message = Message::new(Code::NotStored, "the disk is full").about("file", "record.0");
        assert_eq!(
            message.to_string(),
            "the disk is full. It is tried again every second; nothing that depends on it is sent \
             before. Make room on the disk, or replace it."
        );
        assert_eq!(Code::NotStored.id(), "KMN213-E");
        assert_eq!(message.about, [("file", "record.0".to_owned())]);
    }
}
