//! Everything that runs in the demo, and what is known of it.

use std::collections::VecDeque;
use std::io;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use komainu_core::rng::Chance;
use komainu_sim::bmc::{BmcConfig, PowerConfig, Privilege, User};
use komainu_sim::serve::{self, Options, Report};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::asker::Answer;
use super::janitor::Janitor;
use super::log::{self, Id, Said, State};
use super::machine::{self, Machine};
use super::site::{Site, USER, Which};
use super::teller::Teller;
use super::{checker, figures::Figures};
use crate::clock;
use crate::commands::Stop;
use crate::exit::Exit;
use crate::service::platform::{Platform, Signal};
use crate::service::unix_ms;

/// From the command off until a server has ended.
const OFF_DELAY: Duration = Duration::from_millis(300);
/// From the command on until a server starts.
const ON_DELAY: Duration = Duration::from_millis(500);
/// Lines that are kept for the case that the demo fails.
const KEPT: usize = 100;

/// Where events go.
pub(super) type Tell = UnboundedSender<Event>;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Connector,
    Server(Which),
}

/// Something happened; times are milliseconds since 1970.
pub(super) enum Event {
    /// A process said something.
    Said(Party, Said),
    /// A process wrote something else.
    Noise(Party, String),
    /// A process has ended.
    Gone(Party),
    /// The web service of a server was asked.
    Asked { which: Which, answer: Option<Answer>, at: u64 },
    /// A server has power now, or none.
    Power { which: Which, on: bool, at: u64 },
    /// The user wants something; `None` = no more words will come.
    Word(Option<String>),
    /// The user wants to end.
    Stop,
}

/// What runs. The order of the fields is the order in which it ends: nobody starts a server again
/// while the janitor clears up.
pub(super) struct Stage {
    bmcs: serve::Server,
    machines: Arc<[Machine; 2]>,
    _connector: Child,
    pub(super) site: Site,
    events: UnboundedReceiver<Event>,
    pub(super) words: VecDeque<Option<String>>,
    pub(super) teller: Teller,
    pub(super) figures: Figures,
    pub(super) seen: Seen,
    kept: VecDeque<String>,
    _janitor: Janitor,
}

/// What is known of the servers, each at its place.
#[derive(Default)]
pub(super) struct Seen {
    /// What the web service does there, by its member.
    pub(super) states: [Option<State>; 2],
    /// Whether the connector reaches the BMC.
    pub(super) bmcs: [bool; 2],
    /// Who answered last, and still does.
    pub(super) serving: Option<Which>,
}

impl Stage {
    /// Starts everything. Called inside the runtime.
    pub(super) fn set(json: bool, platform: &Arc<dyn Platform>) -> Result<(Self, Tell), Stop> {
        let (tell, events) = unbounded_channel();
        let signals = tell.clone();
        platform.watch_signals(Box::new(move |signal| match signal {
            Signal::Stop | Signal::Reload => drop(signals.send(Event::Stop)),
        }))?;
        let site = Site::new()?;
        let janitor = Janitor::engage(&site.program, &site.folder)?;
        site.furnish()?;
        let machines = Which::ALL.map(|which| Machine::new(&site, which, tell.clone()));
        let machines = Arc::new(machines);
        let bmcs = bmcs(&site, &machines, &tell)?;
        let connector = connector(&site, &tell)?;
        for machine in machines.iter() {
            machine.boot()?;
        }
        for which in Which::ALL {
            checker::watch(which, site.web(which), tell.clone());
        }
        let stage = Self {
            bmcs,
            machines,
            _connector: connector,
            site,
            events,
            words: VecDeque::new(),
            teller: Teller::new(json),
            figures: Figures::default(),
            seen: Seen::default(),
            kept: VecDeque::new(),
            _janitor: janitor,
        };
        Ok((stage, tell))
    }

    pub(super) fn machine(&self, which: Which) -> &Machine {
        &self.machines[which.index()]
    }

    /// Whether the server has power.
    pub(super) fn has_power(&self, which: Which) -> bool {
        self.bmcs.power(which.index())
    }

    /// Presses the server's power button.
    pub(super) fn set_power(&self, which: Which, on: bool) {
        self.bmcs.set_power(which.index(), on);
    }

    /// Lets things happen until `done`; whether that came within the limit.
    pub(super) async fn until(
        &mut self,
        limit: Duration,
        done: impl Fn(&Self) -> bool,
    ) -> Result<bool, Stop> {
        let end = Instant::now() + limit;
        while !done(self) {
            match timeout_at(end, self.events.recv()).await {
                Ok(Some(event)) => self.take(event)?,
                Ok(None) | Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    fn take(&mut self, event: Event) -> Result<(), Stop> {
        match event {
            Event::Said(party, said) => {
                self.keep(party, &format!("{} {}", said.id, said.text));
                self.learn(party, &said);
                self.figures.said(party, &said);
                self.teller.said(party, &said);
            }
            Event::Noise(party, line) => self.keep(party, &line),
            Event::Gone(Party::Connector) => {
                return Err(self.failure("the connector has ended"));
            }
            Event::Gone(Party::Server(which)) => self.seen.states[which.index()] = None,
            Event::Asked { which, answer, at } => self.asked(which, answer, at),
            Event::Power { which, on, at } => self.teller.power(which, on, at),
            Event::Word(word) => self.words.push_back(word),
            Event::Stop => return Err(Stop::new(Exit::Interrupted, "interrupted")),
        }
        self.teller.settle(unix_ms());
        Ok(())
    }

    fn learn(&mut self, party: Party, said: &Said) {
        match (party, said.id()) {
            (Party::Server(which), Id::ServiceChanged | Id::ServiceWaits) => {
                self.seen.states[which.index()] = said.state;
            }
            (Party::Connector, Id::BmcAnswers) => {
                if let Some(which) = said.server.as_deref().and_then(Which::named) {
                    self.seen.bmcs[which.index()] = true;
                }
            }
            (Party::Connector | Party::Server(_), _) => {}
        }
    }

    fn asked(&mut self, which: Which, answer: Option<Answer>, at: u64) {
        match answer {
            Some(answer) => {
                if self.seen.serving != Some(which) {
                    self.teller.serves(which, at);
                }
                self.seen.serving = Some(which);
                self.figures.answered(which, answer, at);
            }
            None if self.seen.serving == Some(which) => {
                self.seen.serving = None;
                self.teller.silent(which, at);
            }
            None => {}
        }
    }

    fn keep(&mut self, party: Party, line: &str) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        let who = match party {
            Party::Connector => "connector",
            Party::Server(which) => which.name(),
        };
        self.kept.push_back(format!("  {who}: {line}"));
    }

    /// The demo has failed; with what its processes have said.
    pub(super) fn failure(&self, what: &str) -> Stop {
        let said = self.kept.iter().map(|line| format!("\n{line}")).collect::<String>();
        Stop::new(Exit::Local, format!("the demo has failed: {what}; what was said before:{said}"))
    }
}

/// A BMC for each server. Off means that nothing runs any more before it can be read.
fn bmcs(site: &Site, machines: &Arc<[Machine; 2]>, tell: &Tell) -> Result<serve::Server, Stop> {
    let mut seed = [0; 8];
    clock::generator()?.fill(&mut seed);
    let user = User::new(USER, &site.password, Privilege::Operator)
        .ok_or_else(|| Stop::new(Exit::Local, "the password does not fit a BMC"))?;
    let power = PowerConfig { off_delay: OFF_DELAY, on_delay: ON_DELAY, ..PowerConfig::default() };
    let config = BmcConfig { users: vec![user], power, ..BmcConfig::default() };
    let addresses = Which::ALL.map(|which| site.bmc(which));
    let (machines, tell) = (Arc::clone(machines), tell.clone());
    let observer = move |address, report| {
        let which = Which::ALL.into_iter().find(|which| addresses[which.index()] == address);
        if let (Report::Power(on), Some(which)) = (report, which) {
            let (machine, at) = (&machines[which.index()], unix_ms());
            // A server that does not start shows that by itself.
            let _ = if on { machine.boot() } else { machine.end() };
            let _ = tell.send(Event::Power { which, on, at });
        }
    };
    let options = Options { observer: Some(Arc::new(observer)), ..Options::default() };
    let configs = addresses.map(|address| (address, config.clone()));
    Ok(serve::spawn_with(configs.into(), u64::from_le_bytes(seed), options)?)
}

fn connector(site: &Site, tell: &Tell) -> io::Result<Child> {
    let mut command = Command::new(&site.program);
    command.args(["demo", "connector", "--json", "--config"]);
    command.arg(site.config_of(Which::Alpha));
    machine::prepare(&mut command, site);
    let mut child = command.spawn()?;
    if let Some(pipe) = child.stderr.take() {
        log::listen(Party::Connector, pipe, tell.clone());
    }
    Ok(child)
}
