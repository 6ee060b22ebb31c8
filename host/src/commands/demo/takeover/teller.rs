//! Tells what happens, in the order of its times and in words for everybody.

use serde::Serialize;

use super::log::{Id, Said, State};
use super::site::Which;
use super::stage::Party;
use crate::cli::{Output, When};
use crate::output::Printer;

/// How long a line waits for an earlier one from another process, in milliseconds.
const SETTLING: u64 = 60;
/// Characters in a line, as far as words allow.
const WIDTH: usize = 78;

/// Tells what happens.
pub(super) struct Teller {
    printer: Printer,
    /// The moment that times are counted from; nothing is told without.
    began: Option<u64>,
    waiting: Vec<Line>,
}

/// Something that happened.
struct Line {
    at: u64,
    /// By which it is put in order.
    place: u64,
    /// The message's id, where a process has logged it.
    id: Option<String>,
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Told<'a> {
    after_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    text: &'a str,
}

impl Teller {
    pub(super) fn new(json: bool) -> Self {
        let output = Output { json, quiet: true, color: When::Auto };
        Self { printer: Printer::new(output, 0), began: None, waiting: Vec::new() }
    }

    /// Says something that has no time; nothing to programs.
    pub(super) fn say(&mut self, text: &str) {
        if !self.printer.is_json() {
            self.printer.line(text);
            self.printer.flush();
        }
    }

    /// Gives programs an object.
    pub(super) fn object(&mut self, object: &impl Serialize) {
        if self.printer.is_json() {
            self.printer.object(object);
            self.printer.flush();
        }
    }

    /// Something was done, by us: times are counted from it.
    pub(super) fn began(&mut self, at: u64, text: String) {
        self.settle(u64::MAX);
        self.began = Some(at);
        self.line(at, None, text);
        self.settle(u64::MAX);
    }

    /// A server has power now, or none.
    pub(super) fn power(&mut self, which: Which, on: bool, at: u64) {
        let name = which.name();
        let text = match on {
            true => format!("{name} has power again: it starts, with nothing of before."),
            false => format!("{name} has no power: nothing runs on it any more."),
        };
        self.line(at, None, text);
    }

    /// The web service answers on that server.
    pub(super) fn serves(&mut self, which: Which, at: u64) {
        let text = format!("The web service answers again: served by {}.", which.name());
        self.line(at, None, text);
    }

    /// The web service does not answer on that server any more.
    pub(super) fn silent(&mut self, which: Which, at: u64) {
        let text = format!("The web service on {} has stopped answering.", which.name());
        self.line(at, None, text);
    }

    /// A process has logged something.
    pub(super) fn said(&mut self, party: Party, said: &Said) {
        if let Some(text) = words(party, said) {
            self.line(said.time_ms, Some(said), text);
        }
    }

    fn line(&mut self, at: u64, said: Option<&Said>, text: String) {
        if self.began.is_some() {
            let place = at + said.map_or(0, lag);
            let id = said.map(|said| said.id.clone());
            self.waiting.push(Line { at, place, id, text });
        }
    }

    /// Tells what nothing earlier can come before any more.
    pub(super) fn settle(&mut self, now: u64) {
        let Some(began) = self.began else { return };
        self.waiting.sort_by_key(|line| line.place);
        let due = |line: &mut Line| now == u64::MAX || line.at + SETTLING <= now;
        let told: Vec<_> = self.waiting.extract_if(.., due).collect();
        for Line { at, id, text, .. } in told {
            let after_ms = at.saturating_sub(began);
            self.object(&Told { after_ms, id: id.as_deref(), text: &text });
            for (number, part) in wrapped(&text).into_iter().enumerate() {
                match number {
                    0 => self.say(&format!("{:8.2} s  {part}", after_ms as f64 / 1e3)),
                    _ => self.say(&format!("{:12}{part}", "")),
                }
            }
        }
    }
}

/// How much later an effect is put, in milliseconds. A process logs what it did after it has done
/// it, and by then another one may have logged what came of it.
fn lag(said: &Said) -> u64 {
    match said.id() {
        Id::Fencing if said.text.ends_with("reads the power") => 3,
        Id::Fencing => 4,
        Id::ServiceChanged | Id::PowerOff | Id::PowerOn => 3,
        _ => 0,
    }
}

/// What a message means, for people who see one for the first time.
fn words(party: Party, said: &Said) -> Option<String> {
    let of = said.server.as_deref().unwrap_or("the other server");
    Some(match (party, said.id()) {
        (Party::Connector, Id::Fencing) => match said.text.rsplit(": ").next()? {
            "reads the power" => {
                format!(
                    "The connector looks first, over the session that it keeps with {of}'s BMC."
                )
            }
            "switches it off and proves it" => {
                format!("It is on. The connector orders {of}'s BMC: power off.")
            }
            _ => return None,
        },
        (Party::Connector, Id::PowerOff) => format!("{of}'s BMC says: power is off."),
        (Party::Connector, Id::PowerOn) => format!("{of}'s BMC says: power is on."),
        (Party::Connector, Id::Fenced) => {
            let how = said.text.rsplit(": ").next()?;
            format!("PROVED: {of} is off ({how}). Only now may its service start elsewhere.")
        }
        (Party::Connector, Id::Refused | Id::FenceFailed)
        | (Party::Server(_), Id::ResetRefused | Id::ServiceWaits | Id::Trouble) => {
            format!("{}. {}", said.text, said.does)
        }
        (Party::Server(me), Id::PeerSuspect) => format!(
            "{} misses {of}. Has it failed, or only the network? {of} may still be at work, so \
             nothing is started yet.",
            me.name()
        ),
        (Party::Server(me), Id::ResetAsked) if said.text.contains("its reset") => {
            format!("{} asks the connector to make sure that {of} is off.", me.name())
        }
        (Party::Server(me), Id::ServiceChanged) => changed(me, said.state?)?,
        (Party::Connector | Party::Server(_), _) => return None,
    })
}

fn changed(me: Which, state: State) -> Option<String> {
    let me = me.name();
    Some(match state {
        State::Starting => format!("{me} starts the web service."),
        State::Stopping => format!("{me} stops the web service."),
        State::Standby => format!("{me} stands by."),
        // Its answers tell.
        State::Active | State::Other => return None,
    })
}

/// The text in lines that are not too long, behind the times.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if 12 + line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
