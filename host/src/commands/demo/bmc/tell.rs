//! What happens in the demo, in words.

use std::cell::RefCell;
use std::time::Duration;

use komainu_core::session::Findings;
use komainu_core::types::{ChassisAction, PowerState};

use crate::output::Printer;
use crate::tasks::{Fencing, Step, Voice};

/// What BMCs and fencing are.
pub(super) const OPENING: &str = "\
Every server has a BMC: a small computer of its own that can switch the server on and
off over the network, even when the server hangs. Its language is IPMI. Komainu talks
to BMCs, to make sure that a failed server is really off before another one takes
over its work. That is called fencing.
";

/// Before the discovery.
pub(super) const DISCOVERY: &str = "Discovery: what do they speak? No password is needed for that.";

/// Before the first status.
pub(super) const STATUS: &str = "\
Power status of all, over one socket, at the same time. Komainu logs in to each BMC,
   proves that it knows the password, checks that the BMC knows it too, and asks.";

/// Before the fencing, behind the name of the server.
pub(super) const FENCING: &str = "\
has failed, we say, and is fenced. The BMC's word \"done\" is not enough: only a
   reading of \"off\" counts, and it is read twice. This server takes its time.";

/// At the end.
pub(super) const CLOSING: &str = "
That was the demo; the simulated BMCs are gone. With real ones, you would say:

  komainu bmc node[01-16] discover
  komainu bmc node[01-16] --user admin power status
  komainu fence node07 --plan          (what would be done, and how long it may take)
  komainu fence node07 --user admin

'komainu bmc --help' has the rest.";

/// Tells the steps of a fencing.
pub(super) struct Teller<'a>(pub(super) &'a RefCell<Printer>);

impl Voice for Teller<'_> {
    fn step(&mut self, after: Duration, step: Step) {
        let mut printer = self.0.borrow_mut();
        printer.line(&format!("   {:6.3} s  {}", after.as_secs_f64(), words(step)));
        printer.flush();
    }
}

fn words(step: Step) -> String {
    match step {
        Step::Power(PowerState::On) => "The BMC says: power is on.".to_owned(),
        Step::Power(PowerState::Off) => {
            "The BMC says: power is off. It is asked once more, to be sure.".to_owned()
        }
        Step::Power(PowerState::Unknown) => "The BMC says something without sense.".to_owned(),
        Step::Sent(ChassisAction::On) => {
            "In a new session, it is told to switch the server on again.".to_owned()
        }
        Step::Sent(action) => format!(
            "It is told: {action}. That is sent once and never repeated, so that no late\n\
             {:13}copy of it can hit the server later, when it is needed again.",
            ""
        ),
        Step::Accepted => "The BMC answers: done. That only means that it has heard it.".to_owned(),
        Step::Refused(code) => format!("The BMC refuses with code 0x{code:02x}."),
        Step::Failed(failure) => format!("No answer: {failure}."),
        Step::Fenced(_) => {
            "FENCED. Off was read twice: now another server may take over its work.".to_owned()
        }
    }
}

/// The result of the fencing.
pub(super) fn result(name: &str, fencing: &Fencing, worst: Duration) -> String {
    let on = match fencing.power_on {
        Some(true) => " It is on again.",
        Some(false) => " It did not come on again.",
        None => "",
    };
    format!(
        "   {name} was proved to be off after {:.2} s.{on} As long as a BMC answers, there is a\n\
         {:3}result within {:.0} s, whatever it does: that is known before, from the plan.",
        fencing.fenced_after.as_secs_f64(),
        "",
        worst.as_secs_f64()
    )
}

/// What was found out about a BMC.
pub(super) fn found(findings: &Findings) -> String {
    let Some(round_trip) = findings.round_trip else {
        return "no answer".to_owned();
    };
    let versions = match &findings.capabilities {
        Some(said) => match (said.offers_2_0(), said.offers_1_5()) {
            (true, true) => "IPMI 2.0 and 1.5",
            (true, false) => "IPMI 2.0",
            (false, true) => "IPMI 1.5",
            (false, false) => "no version",
        },
        None => "not IPMI",
    };
    let suites = findings.suites.clone().finish();
    let suites = match suites.len() {
        0 => "no cipher suites".to_owned(),
        count => format!("{count} cipher suites"),
    };
    format!("speaks {versions}, {suites}; answers in {:.1} ms", round_trip.as_secs_f64() * 1e3)
}

/// The power of a server.
pub(super) fn power(on: bool, took: Duration) -> String {
    let power = if on { "on " } else { "off" };
    format!("{power}  login and answer took {:.1} ms", took.as_secs_f64() * 1e3)
}
