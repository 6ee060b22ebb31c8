//! A member of the core, in the words of the shell.

mod names;
mod status;
mod tells;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::member::{
    Action, Answer, Command, Config, Input, Member, Order, Restored, RunEnd, RunId, Ticket,
};
use komainu_core::rng::Seed;
use komainu_core::time::Instant;
use komainu_core::types::ServiceNumber;

use super::connector::grown;
use super::log::unix_ms;
use super::machine::{Around, Effect, Machine};
use super::net::{Line, Listener};
use super::orders::{Hint, MemberAnswer, MemberOrder};
use super::runner::{End, Run, Verb, Whereabouts, Workload};
use super::status::MemberStatus;
use super::store::Found;
use super::words;
use crate::config::{Cluster, Server, Site};
use crate::guests::{GuestEvent, GuestsSetup};
use names::Names;

/// How long handing a service over may take besides its commands.
const HANDOVER: Duration = Duration::from_secs(10);

/// What a member is told by the configuration.
pub(crate) struct Settings {
    config: Config,
    names: Names,
    listeners: Vec<Listener>,
    workloads: BTreeMap<u16, Workload>,
    guests: Option<GuestsSetup>,
    stop_limit: Duration,
}

impl Settings {
    /// What the file says of that host. The text tells everything that is in the way.
    pub(crate) fn of(site: &Site, cluster: &Cluster, me: &Server) -> Result<Self, String> {
        let mut config = site.member_config(cluster, me).map_err(|findings| {
            let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })?;
        if let Some(guests) = &me.guests {
            config.set_guests(guests.config()?);
        }
        let services = cluster.services_of(me);
        let workloads = services.iter().map(|service| {
            let workload = Workload {
                name: service.name.to_string(),
                start: service.start.clone(),
                stop: service.stop.clone(),
                check: service.check.as_ref().map(|check| check.command.clone()),
            };
            (service.number.0, workload)
        });
        let limits = services.iter().map(|service| service.stop_limit.duration());
        Ok(Self {
            config,
            names: Names::of(cluster, me),
            listeners: listeners(cluster, me),
            workloads: workloads.collect(),
            guests: me.guests.clone(),
            stop_limit: limits.fold(HANDOVER, Duration::saturating_add),
        })
    }

    /// Where this is, for the commands of the services.
    pub(crate) fn whereabouts(&self) -> Whereabouts {
        Whereabouts {
            host: self.names.own.clone(),
            address: self.names.host.get(),
            cluster: self.names.cluster,
        }
    }

    /// The guests of this host.
    pub(crate) fn guests(&self) -> Option<GuestsSetup> {
        self.guests.clone()
    }

    /// The services' commands, by number.
    pub(crate) fn workloads(&self) -> BTreeMap<u16, Workload> {
        self.workloads.clone()
    }
}

/// On the reset path everywhere, so that a connector may be heard on any network that leads to
/// it; on a monitoring path only at the address that it has, since that is what it watches. An
/// address that never leaves the machine tells members apart that share one.
fn listeners(cluster: &Cluster, me: &Server) -> Vec<Listener> {
    let line = Line::ResetPath(0);
    let mut listeners = match me.address.filter(|address| address.ip().is_loopback()) {
        Some(local) => vec![Listener { line, local }],
        None => Listener::everywhere(line, cluster.port).into(),
    };
    let paths = (1..).zip(&me.paths);
    listeners.extend(
        paths.map(|(number, local)| Listener { line: Line::Monitoring(number), local: *local }),
    );
    listeners
}

/// A member with the names of what it is about.
pub(crate) struct MemberMachine {
    core: Box<Member>,
    names: Names,
    listeners: Vec<Listener>,
    workloads: BTreeMap<u16, Workload>,
    guests: Option<GuestsSetup>,
    stop_limit: Duration,
}

impl MemberMachine {
    /// A member that begins now.
    pub(crate) fn new(settings: Settings, seed: &Seed, found: &Found, now: Instant) -> Self {
        let Settings { config, names, listeners, workloads, guests, stop_limit } = settings;
        let record = found.record.as_deref();
        let restored = Restored { record, damaged: found.is_damaged(), unix_ms: unix_ms() };
        let core = Box::new(Member::new(config, seed, restored, now));
        Self { core, names, listeners, workloads, guests, stop_limit }
    }

    fn core_order(&self, order: &MemberOrder) -> Result<Order, MemberAnswer> {
        let service = |name: &str| self.names.service(name).ok_or(MemberAnswer::NoSuchService);
        let host = |name: &str| self.names.host(name).ok_or(MemberAnswer::NoSuchHost);
        Ok(match order {
            MemberOrder::Activate { service: name } => Order::Activate { service: service(name)? },
            MemberOrder::Deactivate { service: name } => {
                Order::Deactivate { service: service(name)? }
            }
            MemberOrder::Swap { service: name, to } => {
                let to = to.as_deref().map(host).transpose()?;
                Order::Swap { service: service(name)?, to }
            }
            MemberOrder::ItIsOff { host: name } => Order::ItIsOff { host: host(name)? },
            MemberOrder::Thaw => Order::Thaw,
            MemberOrder::Maintenance { on } => Order::Maintenance(*on),
            MemberOrder::Resume => Order::Resume,
        })
    }

    fn effect(&self, action: Action) -> Effect<MemberAnswer> {
        match action {
            Action::Guests(action) => Effect::Guests(action),
            Action::Send { path, to, len } => Effect::Send { line: line(path), to, len },
            Action::Broadcast { len } => Effect::Broadcast { line: line(0), len },
            Action::Run { run: RunId(id), service: ServiceNumber(service), command, limit } => {
                let verb = match command {
                    Command::Start => Verb::Start,
                    Command::Stop => Verb::Stop,
                    Command::Check => Verb::Check,
                };
                Effect::Run(Run { id, service, verb, limit: limit.duration() })
            }
            Action::HostDown { reason } => {
                Effect::HostDown { why: words::reason(reason).to_owned() }
            }
            Action::ShutDown => Effect::ShutDown,
            Action::Persist { generation } => Effect::Persist { generation },
            Action::Answer { ticket: Ticket(ticket), answer } => {
                Effect::Answer { ticket, answer: answered(answer) }
            }
            Action::Tell(tell) => Effect::Tell(tells::message(&self.names, &tell)),
        }
    }
}

impl Machine for MemberMachine {
    type Order = MemberOrder;
    type Answer = MemberAnswer;
    type Status = MemberStatus;
    type Settings = Settings;

    // What was sent before the last moment counts before anything is started or shut down.
    const THOROUGH: bool = true;

    fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    fn datagram(&mut self, now: Instant, line: Line, from: SocketAddr, datagram: &mut [u8]) {
        let path = match line {
            Line::ResetPath(_) => 0,
            Line::Monitoring(path) => path,
            // A member has no such socket.
            Line::Bmc => return,
        };
        self.core.handle(now, Input::Datagram { path, from, datagram });
    }

    fn order(&mut self, now: Instant, ticket: u64, order: &MemberOrder) -> Option<MemberAnswer> {
        match self.core_order(order) {
            Ok(order) => {
                self.core.handle(now, Input::Order { ticket: Ticket(ticket), order });
                None
            }
            Err(answer) => Some(answer),
        }
    }

    fn hint(&mut self, _: Instant, _: &Hint) -> Option<String> {
        None
    }

    fn persisted(&mut self, now: Instant, generation: u64) {
        self.core.handle(now, Input::Persisted(generation));
    }

    fn finished(&mut self, now: Instant, run: Run, end: End) {
        let end = match end {
            End::Done => RunEnd::Done,
            End::Failed => RunEnd::Failed,
            End::TimedOut => RunEnd::TimedOut,
        };
        self.core.handle(now, Input::Finished { run: RunId(run.id), end });
    }

    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Effect<MemberAnswer>> {
        let action = self.core.poll(now, out)?;
        Some(self.effect(action))
    }

    fn deadline(&self) -> Option<Instant> {
        self.core.deadline()
    }

    fn record(&self) -> Vec<u8> {
        grown(|out| self.core.record(out).ok())
    }

    fn status(&self, now: Instant, around: &Around<'_>) -> MemberStatus {
        status::of(&self.core.snapshot(now), now, &self.names, around)
    }

    fn reload(&mut self, _: Instant, settings: Settings) -> Result<(), String> {
        if settings.names == self.names
            && settings.listeners == self.listeners
            && settings.workloads == self.workloads
            && settings.guests == self.guests
        {
            return Ok(());
        }
        Err("a member takes changes over when it is started again; its services run on".into())
    }

    fn stop(&mut self, now: Instant) {
        self.core.stop(now);
    }

    fn is_stopped(&self) -> bool {
        self.core.is_stopped()
    }

    fn stop_limit(&self) -> Duration {
        self.stop_limit
    }

    fn guests(&mut self, now: Instant, event: GuestEvent) {
        self.core.handle(now, Input::Guests(event.input()));
    }
}

fn line(path: u8) -> Line {
    if path == 0 { Line::ResetPath(0) } else { Line::Monitoring(path) }
}

fn answered(answer: Answer) -> MemberAnswer {
    match answer {
        Answer::Done => MemberAnswer::Done,
        Answer::Refused(why) => MemberAnswer::Refused { why: why.to_string() },
        Answer::Failed(why) => MemberAnswer::Failed { why: why.to_string() },
    }
}
