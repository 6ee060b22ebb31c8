//! Everything that a service does to the world: sockets, disk, log, commands, this host.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use komainu_core::guests;
use komainu_core::time::Instant;

use super::guests::GuestHands;
use super::history::History;
use super::hostdown::HostEnd;
use super::log::Log;
use super::message::{Code, Message};
use super::net::{Line, Listener, Net};
use super::platform::{Interface, Platform, Signal};
use super::power::{Equipment, PowerEffect, PowerEvent, PowerHands, PowerTell};
use super::runner::{End, Ended, Run, Runner, Verb};
use super::store::{Store, Stored};
use crate::guests::GuestEvent;
use crate::mail;
use crate::tell::{Complain, NoticesSetup, Teller, Trouble};

/// How long nothing more is said of datagrams that could not be sent.
const QUIET: Duration = Duration::from_secs(60);

/// Something that happened outside the machine.
#[derive(Debug)]
pub(crate) enum Event {
    /// The record was stored, or not.
    Stored(Stored),
    /// A command has ended.
    Ended(Ended),
    /// Something that was to be done about guests has ended.
    Guests(GuestEvent),
    /// The operator or the service manager wants something.
    Signal(Signal),
    /// The history cannot be written.
    HistoryFailed(String),
    /// Something happened to power.
    Power(PowerEvent),
    /// Somebody could not be told of something.
    Untold(Trouble),
}

/// How long people and programs may take to be told the last things.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a service does things with.
pub(crate) struct Hands {
    /// The sockets.
    pub(super) net: Net,
    /// The record.
    pub(super) store: Store,
    log: Log,
    history: History,
    runner: Option<Runner>,
    guests: Option<GuestHands>,
    host_end: HostEnd,
    platform: Arc<dyn Platform>,
    interfaces: Vec<Interface>,
    /// Interfaces that are known to have no address.
    bare: HashSet<String>,
    /// The disk has refused the record.
    unstored: bool,
    unsent_told: Option<Instant>,
    power: Option<PowerHands>,
    teller: (NoticesSetup, Teller),
    complain: Complain,
    /// What is kept of plans, and whom power tells what happened.
    power_at: (PathBuf, PowerTell),
}

/// What [`Hands`] are made of.
pub(crate) struct Tools {
    /// The record.
    pub(crate) store: Store,
    /// The log.
    pub(crate) log: Log,
    /// The history.
    pub(crate) history: History,
    /// Runs the services' commands; on a member.
    pub(crate) runner: Option<Runner>,
    /// Stops and starts the guests of this host; on a member that has any.
    pub(in crate::service) guests: Option<GuestHands>,
    /// How this host is ended.
    pub(crate) host_end: HostEnd,
    /// The operating system.
    pub(crate) platform: Arc<dyn Platform>,
    /// Ask the kernel for every datagram before anything is done.
    pub(crate) thorough: bool,
    /// What is kept of plans, and whom power tells what happened.
    pub(crate) power: (PathBuf, PowerTell),
    /// Whom it tells what happens, and what tells them.
    pub(crate) teller: (NoticesSetup, Teller),
    /// Hears that somebody could not be told.
    pub(crate) complain: Complain,
}

impl Hands {
    /// Hands without sockets.
    pub(crate) fn new(tools: Tools) -> Self {
        let Tools {
            store,
            log,
            history,
            runner,
            guests,
            host_end,
            platform,
            thorough,
            power,
            teller,
            complain,
        } = tools;
        Self {
            net: Net::new(thorough),
            store,
            log,
            history,
            runner,
            guests,
            host_end,
            platform,
            interfaces: Vec::new(),
            bare: HashSet::new(),
            unstored: false,
            unsent_told: None,
            power: None,
            teller,
            complain,
            power_at: power,
        }
    }

    pub(super) fn platform(&self) -> &dyn Platform {
        &*self.platform
    }

    pub(super) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Says it, and keeps it if it belongs into the history.
    pub(super) fn say(&mut self, message: &Message) {
        self.log.say(message);
        self.teller.1.tell(&message.notice());
        if message.code.is_history() {
            self.history.keep(message);
        }
    }

    /// Listens there and nowhere else.
    pub(super) fn listen(&mut self, listeners: &[Listener]) -> io::Result<()> {
        let waiting = self.net.listen(listeners)?;
        for address in waiting {
            let text = format!("no interface has the address of {address}");
            self.say(&Message::new(Code::NotListening, text).about("address", address));
        }
        Ok(())
    }

    /// Looks which interfaces are up and what addresses they have.
    pub(super) fn look_around(&mut self) {
        // What cannot be looked at stays as it was.
        if let Ok(found) = self.platform.interfaces() {
            self.compare(&found);
            self.interfaces = found;
        }
        for address in self.net.retry() {
            let text = format!("{address} is listened on now");
            self.say(&Message::new(Code::Listening, text).about("address", address));
        }
    }

    /// Tells once of each interface that has no address, and when it has one.
    fn compare(&mut self, found: &[Interface]) {
        let bare = |one: &&Interface| one.addresses.is_empty() && !one.loopback;
        let now: HashSet<String> = found.iter().filter(bare).map(|one| one.name.clone()).collect();
        let before = std::mem::take(&mut self.bare);
        for name in now.difference(&before) {
            let text = format!("interface {name} is up without an address");
            self.say(&Message::new(Code::NoAddress, text).about("interface", name));
        }
        let back = |name: &&String| found.iter().any(|one| one.name == **name);
        for name in before.difference(&now).filter(back) {
            let text = format!("interface {name} has an address");
            self.say(&Message::new(Code::AddressBack, text).about("interface", name));
        }
        self.bare = now;
    }

    pub(super) fn send(&mut self, now: Instant, line: Line, to: SocketAddr, bytes: &[u8]) {
        let Err(error) = self.net.send(line, to, bytes, &self.interfaces) else { return };
        // A full buffer is the ordinary way of losing a datagram.
        let ordinary = error.kind() == io::ErrorKind::WouldBlock;
        let quiet = self.unsent_told.is_some_and(|told| now.since(told) < QUIET);
        if !ordinary && !quiet {
            self.unsent_told = Some(now);
            let text = format!("nothing can be sent to {to}: {error}");
            self.say(&Message::new(Code::NotSent, text).about("address", to));
        }
    }

    pub(super) fn broadcast(&mut self, line: Line, bytes: &[u8]) {
        // An interface may have come up since the last look.
        if let Ok(found) = self.platform.interfaces() {
            self.compare(&found);
            self.interfaces = found;
        }
        self.net.broadcast(line, bytes, &self.interfaces);
    }

    /// The generation that is durable now.
    pub(super) fn stored(&mut self, stored: Stored) -> Option<u64> {
        match stored {
            Stored::Done(generation) => {
                if std::mem::take(&mut self.unstored) {
                    self.say(&Message::new(Code::StoredAgain, "the record is written again"));
                }
                Some(generation)
            }
            Stored::Failed(text) => {
                if !std::mem::replace(&mut self.unstored, true) {
                    self.say(&Message::new(Code::NotStored, text));
                }
                None
            }
        }
    }

    pub(super) fn run(&mut self, run: Run) {
        if let Some(runner) = &self.runner {
            runner.run(run);
        }
    }

    /// Tells of a command that failed. A check that fails is the machine's business.
    pub(super) fn ended(&mut self, ended: &Ended) {
        let Some(runner) = &self.runner else { return };
        let name = runner.name(ended.run.service).to_owned();
        let verb = ended.run.verb;
        let how = match ended.end {
            End::Done => return,
            End::Failed if verb == Verb::Check => return,
            End::Failed => "failed",
            End::TimedOut => "was ended at its time limit",
        };
        let mut text = format!("the {} command of service {name} {how}", verb.word());
        if !ended.output.is_empty() {
            text = format!("{text}: {}", ended.output.replace('\n', " | "));
        }
        let message = Message::new(Code::CommandFailed, text);
        self.say(&message.about("service", name).about("command", verb.word()));
    }

    /// Does something about the guests of this host.
    pub(super) fn guests(&mut self, action: guests::Action) {
        if let Some(guests) = &self.guests {
            guests.carry_out(action);
        }
    }

    /// Says what there is to be said of it.
    pub(super) fn guests_ended(&mut self, event: &GuestEvent) {
        let messages = self.guests.as_mut().map(|guests| guests.messages(event));
        for message in messages.unwrap_or_default() {
            self.say(&message);
        }
    }

    pub(super) fn host_down(&mut self, why: &str) {
        self.say(&Message::new(Code::HostDown, format!("this host ends at once: {why}")));
        if let Err(error) = self.host_end.at_once(&self.platform) {
            let text = format!("this host cannot be ended: {error}");
            self.say(&Message::new(Code::HostStays, text));
        }
    }

    pub(super) fn shut_down(&mut self) {
        self.say(&Message::new(Code::ShutDown, "a connector has this host shut down"));
        if let Err(error) = self.host_end.in_order(&self.platform) {
            let text = format!("this host cannot be shut down: {error}");
            self.say(&Message::new(Code::HostStays, text));
        }
    }

    /// Says whom nobody could tell something.
    pub(super) fn untold(&mut self, trouble: &Trouble) {
        self.say(&Message::of_trouble(trouble));
    }

    /// What tells those from now on; `None` = nothing has changed. Fails when it cannot work.
    pub(super) fn teller(
        &self,
        notices: NoticesSetup,
    ) -> Result<Option<(NoticesSetup, Teller)>, String> {
        if notices == self.teller.0 {
            return Ok(None);
        }
        let teller = Teller::start(notices.clone(), Arc::clone(&self.complain));
        teller.map(|teller| Some((notices, teller))).map_err(|error| error.to_string())
    }

    /// Tells those from now on. What others wait for is still told to them.
    pub(super) fn tell_by(&mut self, teller: (NoticesSetup, Teller)) {
        let (_, before) = std::mem::replace(&mut self.teller, teller);
        tokio::spawn(before.finish(mail::KEPT));
    }

    /// Tells what still waits.
    pub(super) async fn finish(self) {
        self.teller.1.finish(FAREWELL).await;
    }

    /// Begins to read UPSes, with what a plan needs; what was read before is let go.
    pub(super) fn equip(&mut self, equipment: Equipment) {
        let (folder, tell) = &self.power_at;
        let platform = Arc::clone(&self.platform);
        let before = self.power.take();
        let power = PowerHands::start(before, equipment, folder, platform, Arc::clone(tell));
        self.power = Some(power);
    }

    /// Does what a plan wants.
    pub(super) fn power(&mut self, effect: PowerEffect) {
        if let Some(power) = &self.power {
            power.carry_out(effect);
        }
    }

    /// Says what there is to be said of it. Whether it still means anything.
    pub(super) fn happened(&mut self, event: &PowerEvent) -> bool {
        let Some(power) = self.power.as_ref().filter(|power| power.counts(event)) else {
            return false;
        };
        if let Some(message) = power.message(event) {
            self.say(&message);
        }
        true
    }
}
