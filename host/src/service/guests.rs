//! The guests of a member's host, with what there is to say of them.

mod status;

use std::collections::BTreeSet;
use std::sync::Arc;

use komainu_core::guests::{Action, End, Event, Work};

use super::message::{Code, Message};
use super::platform::Platform;
use crate::guests::{GuestEvent, Guests, GuestsSetup, Outcome, Tell};
pub(crate) use status::GuestStatus;

/// The guests, and what was said of them.
pub(crate) struct GuestHands {
    guests: Guests,
    /// The hypervisor does not answer, and that was told.
    silent: bool,
    /// Who was told to be in no table.
    strangers: BTreeSet<String>,
}

impl GuestHands {
    /// Those guests; `tell` is called for everything that has ended.
    pub(super) fn new(setup: &GuestsSetup, platform: Arc<dyn Platform>, tell: Tell) -> Self {
        let guests = Guests::new(setup, platform, tell);
        Self { guests, silent: false, strangers: BTreeSet::new() }
    }

    /// Does what is to be done.
    pub(super) fn carry_out(&self, action: Action) {
        self.guests.carry_out(action);
    }

    /// What there is to say of something that has ended.
    pub(super) fn messages(&mut self, event: &GuestEvent) -> Vec<Message> {
        match &event.outcome {
            Outcome::Seen { strangers, .. } => self.seen(strangers),
            Outcome::Ended(End::Done, _) => Vec::new(),
            Outcome::Ended(End::Failed | End::TimedOut, text) => {
                self.failed(event.action.work, text).into_iter().collect()
            }
        }
    }

    fn seen(&mut self, strangers: &[String]) -> Vec<Message> {
        let mut messages = Vec::new();
        if std::mem::take(&mut self.silent) {
            let text = "the hypervisor tells how the guests are";
            messages.push(Message::new(Code::HypervisorBack, text));
        }
        let known = std::mem::replace(&mut self.strangers, strangers.iter().cloned().collect());
        for name in self.strangers.difference(&known) {
            let text = format!("guest {name} is in no table, and the hypervisor does not start it");
            messages.push(Message::new(Code::GuestStranger, text).about("guest", name));
        }
        messages
    }

    fn failed(&mut self, work: Work, text: &str) -> Option<Message> {
        let (guest, what) = match work {
            Work::List if std::mem::replace(&mut self.silent, true) => return None,
            Work::List => {
                let text = format!("the guests cannot be listed: {text}");
                return Some(Message::new(Code::HypervisorSilent, text));
            }
            // That it is not ready yet is no failure.
            Work::Ready(_) => return None,
            Work::Stop(guest) => (guest, "asked to stop"),
            Work::Kill(guest) => (guest, "switched off"),
            Work::Save(guest) => (guest, "saved"),
            Work::Start(guest) => (guest, "started"),
        };
        let name = self.guests.name(guest);
        let text = format!("guest {name} could not be {what}: {text}");
        Some(Message::new(Code::GuestCommandFailed, text).about("guest", name))
    }
}

/// The message for something that happened to a guest.
pub(super) fn happened(name: &str, event: Event) -> Message {
    let (code, what) = match event {
        Event::Stopped => (Code::GuestStopped, "has stopped"),
        Event::LastResort => (Code::GuestLastResort, "has not stopped in time"),
        Event::StopFailed => (Code::GuestNotStopped, "could not be stopped"),
        Event::Kept => (Code::GuestKept, "has not stopped, and need not any more"),
        Event::Started => (Code::GuestStarted, "has started"),
        Event::StartFailed => (Code::GuestNotStarted, "could not be started in time"),
        Event::BothWays => (Code::GuestBothWays, "is started by the hypervisor and by Komainu"),
        Event::NoWay => (Code::GuestNoWay, "is started by nobody"),
        Event::Missing => (Code::GuestMissing, "is unknown to its hypervisor"),
    };
    Message::new(code, format!("guest {name} {what}")).about("guest", name)
}
