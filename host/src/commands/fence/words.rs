//! The steps of a fencing, in words or as JSON.

use std::cell::RefCell;
use std::time::Duration;

use komainu_core::fence::{How, Method};
use komainu_core::types::{ChassisAction, PowerState};
use komainu_core::wire::command::CompletionCode;
use serde::Serialize;

use crate::output::Printer;
use crate::tasks::{Step, Voice};

/// Tells each step as it happens.
pub(crate) struct Narrator<'a> {
    host: &'a str,
    printer: &'a RefCell<Printer>,
}

impl<'a> Narrator<'a> {
    /// Tells of `host` through `printer`.
    pub(crate) fn new(host: &'a str, printer: &'a RefCell<Printer>) -> Self {
        Self { host, printer }
    }
}

#[derive(Serialize)]
struct Event<'a> {
    host: &'a str,
    event: &'static str,
    text: String,
    seconds: f64,
}

impl Voice for Narrator<'_> {
    fn step(&mut self, after: Duration, step: Step) {
        let mut printer = self.printer.borrow_mut();
        let (host, seconds) = (self.host, after.as_secs_f64());
        let text = words(step);
        if printer.is_json() {
            printer.object(&Event { host, event: word(step), text, seconds });
        } else if !printer.is_quiet() {
            printer.line(&format!("{seconds:8.3} s  {text}"));
        }
    }
}

/// The kind of a step, for JSON.
const fn word(step: Step) -> &'static str {
    match step {
        Step::Power(_) => "power",
        Step::Sent(_) => "sent",
        Step::Accepted => "accepted",
        Step::Refused(_) => "refused",
        Step::Failed(_) => "unanswered",
        Step::Fenced(_) => "fenced",
    }
}

/// A step as a sentence.
pub(crate) fn words(step: Step) -> String {
    match step {
        Step::Power(PowerState::On) => "the BMC reads: power is on".to_owned(),
        Step::Power(PowerState::Off) => "the BMC reads: power is off".to_owned(),
        Step::Power(PowerState::Unknown) => "the BMC's reading makes no sense".to_owned(),
        Step::Sent(ChassisAction::On) => "sending the command: power on".to_owned(),
        Step::Sent(action) => format!("sending the command, once: {action}"),
        Step::Accepted => "the BMC accepts it; that is no proof yet".to_owned(),
        Step::Refused(code) => format!("the BMC refuses: {}", CompletionCode(code)),
        Step::Failed(failure) => format!("no answer: {failure}"),
        Step::Fenced(how) => {
            format!(
                "FENCED: off was read twice, {}",
                match how {
                    How::AlreadyOff => "without a command: it was off already",
                    How::Method(_) => "after the command",
                }
            )
        }
    }
}

/// How a server came to be off, in a word.
pub(crate) const fn how_word(how: How) -> &'static str {
    match how {
        How::AlreadyOff => "already off",
        How::Method(Method::Off) => "off",
        How::Method(Method::Cycle) => "cycle",
        How::Method(Method::Reset) => "reset",
        How::Method(Method::Outlet) => "outlet",
    }
}
