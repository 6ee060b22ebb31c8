//! A connector of the core, in the words of the shell.

mod names;
mod status;
mod tells;

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::connector::{Answer, ClusterIndex, Order, Restored, Ticket};
use komainu_core::power;
use komainu_core::rng::Seed;
use komainu_core::site::{Action, Config, Input, Site};
use komainu_core::time::{Instant, earliest};

use super::log::unix_ms;
use super::machine::{Around, Effect, Machine};
use super::message::Message;
use super::net::{Line, Listener};
use super::orders::{ConnectorAnswer, ConnectorOrder, Hint, Hinted};
use super::power::{
    self as power_of, Clients, Due, Equipment, Meant, OutageOrder, Outages, PowerEffect,
    PowerEvent, PowerOrder, Standing,
};
use super::runner::{End, Run};
use super::status::ConnectorStatus;
use super::store::Found;
use super::words::Power;
use crate::config::{self, Finding, Occasion};
use crate::ups::Told;
use names::Names;
pub(super) use tells::doing;

/// Longest time for closing the sessions with the BMCs.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// Why a reload is refused in the middle of a plan.
const OTHER_PLACES: &str = "while a plan runs, an order to a UPS stands, or software is in \
    maintenance for it, each UPS, stage and maintenance keeps its place in the file, and new ones \
    come last: put them back, or reload again when 'komainu plan show' tells of none";
/// Room that a record is given at first, in bytes.
const RECORD: usize = 4096;

/// What a connector is told by the configuration.
pub(crate) struct Settings<const N: usize, const C: usize, const U: usize> {
    config: Config<N, C, U>,
    names: Names,
    listeners: Vec<Listener>,
    equipment: Equipment,
    serving: config::Serving,
    occasions: Vec<Occasion>,
}

impl<const N: usize, const C: usize, const U: usize> Settings<N, C, U> {
    /// What the file says of that connector. The text tells everything that is in the way.
    pub(crate) fn of(site: &config::Site, me: &config::Connector) -> Result<Self, String> {
        let told = |findings: Vec<Finding>| {
            let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
            lines.join("\n")
        };
        let connector = site.connector_config(me).map_err(told)?;
        let power = site.power_config(me).map_err(|finding| told(vec![finding]))?;
        let equipment = Equipment::of(site, me).map_err(told)?;
        let serving = site.serving(me).map_err(told)?;
        let config = Config { connector, power };
        let mut listeners = vec![];
        for (at, cluster) in (0..).zip(site.clusters_of(me)) {
            let line = Line::ResetPath(at);
            if me.listen.is_empty() {
                listeners.extend(Listener::everywhere(line, cluster.port));
            }
            let local = |ip: &_| Listener { line, local: (*ip, cluster.port).into() };
            listeners.extend(me.listen.iter().map(local));
        }
        listeners.extend(Listener::everywhere(Line::Bmc, 0));
        let occasions = match site.power_connector() == Some(me.number) {
            true => site.occasions.clone(),
            false => Vec::new(),
        };
        Ok(Self { config, names: Names::of(site, me), listeners, equipment, serving, occasions })
    }
}

/// A connector with the names of what it is about.
pub(crate) struct ConnectorMachine<const N: usize, const C: usize, const U: usize> {
    core: Box<Site<N, C, U>>,
    names: Names,
    listeners: Vec<Listener>,
    equipment: Option<Equipment>,
    clients: Clients,
    outages: Outages,
}

impl<const N: usize, const C: usize, const U: usize> ConnectorMachine<N, C, U> {
    /// A connector that begins now. It is built on the stack first, so its thread needs one that
    /// holds it several times.
    pub(crate) fn new(
        settings: Settings<N, C, U>,
        mut outages: Outages,
        seed: &Seed,
        found: &Found,
        now: Instant,
    ) -> Self {
        let Settings { config, names, listeners, mut equipment, serving, occasions } = settings;
        follow(&mut outages, &occasions);
        let clients = Clients::new(serving);
        clients.equip(&mut equipment);
        let record = found.record.as_deref();
        let restored = Restored { record, damaged: found.is_damaged(), unix_ms: unix_ms() };
        let core = Box::new(Site::new(config, seed, restored, now));
        Self { core, names, listeners, equipment: Some(equipment), clients, outages }
    }

    fn plan_order(&self, order: &PowerOrder) -> Result<power::Order, ConnectorAnswer> {
        let server = |at: &_| self.names.server(at);
        let ups = |name: &str| self.names.power.find_ups(name);
        Meant { server: &server, ups: &ups }.order(order)
    }

    /// Notes an outage that is known before, or strikes one off.
    fn note(&mut self, now: Instant, order: &OutageOrder) -> ConnectorAnswer {
        if let OutageOrder::Plan { scope, cut, .. } = order {
            let (scope, cut) = (scope.clone(), *cut);
            let stop = PowerOrder::Stop { scope, cut, back: power_of::Back::OnOrder };
            if let Err(answer) = self.plan_order(&stop) {
                return answer;
            }
        }
        self.outages.order(now, order, unix_ms())
    }

    /// Begins or ends an outage that is known before, if its time has come.
    fn planned(&mut self, now: Instant) -> Option<Message> {
        if let Some(lost) = self.outages.lost() {
            return Some(lost);
        }
        let due = self.outages.due(now, unix_ms())?;
        let (ticket, order) = match &due {
            Due::Begins { ticket, scope, cut, .. } => {
                let (scope, cut) = (scope.clone(), *cut);
                let stop = PowerOrder::Stop { scope, cut, back: power_of::Back::OnOrder };
                (*ticket, self.plan_order(&stop).ok())
            }
            Due::Over { ticket, .. } => (*ticket, Some(power::Order::Return { now: false })),
            Due::Missed { .. } => (0, None),
        };
        let standing = match (order, &due) {
            (Some(order), _) => {
                let ticket = power::Ticket(ticket);
                self.core.handle(now, Input::OrderPlan { ticket, order });
                Standing::Asked
            }
            (None, Due::Missed { .. }) => Standing::Asked,
            // The configuration has changed since it was noted.
            (None, Due::Begins { .. } | Due::Over { .. }) => Standing::Unknown,
        };
        Some(self.outages.message(&due, standing))
    }

    /// Shows the NUT server's clients how things stand now.
    fn renew_board(&mut self, now: Instant) {
        let Self { core, clients, names, .. } = self;
        if clients.is_stale() {
            core.show_power(now, |shown| clients.renew(&shown, &names.power));
        }
    }

    /// What came of an order that an outage known before has given.
    fn planned_answer(&mut self, ticket: u64, answer: power::Answer) -> Option<Message> {
        let names = |server| self.names.name(server).to_owned();
        match power_of::answered(answer, names) {
            ConnectorAnswer::NotNow { why } | ConnectorAnswer::InVain { why } => {
                self.outages.refused(ticket, &why)
            }
            _ => None,
        }
    }

    fn core_order(&self, order: &ConnectorOrder) -> Result<Wanted, ConnectorAnswer> {
        let server = |at| self.names.server(at).ok_or(ConnectorAnswer::NoSuchServer);
        let cluster = |number: &Option<u16>| {
            self.names.cluster(*number).ok_or(ConnectorAnswer::NoSuchCluster)
        };
        let order = match order {
            ConnectorOrder::Power(order) => return self.plan_order(order).map(Wanted::Plan),
            ConnectorOrder::Outage(order) => return Ok(Wanted::Outage(order.clone())),
            ConnectorOrder::Reset { at, method } => {
                Order::Reset { server: server(at)?, method: (*method).into() }
            }
            ConnectorOrder::PowerOn { at } => Order::PowerOn { server: server(at)? },
            ConnectorOrder::Drill { at } => Order::Drill { server: server(at)? },
            ConnectorOrder::ConfirmOff { at } => Order::ConfirmOff { server: server(at)? },
            ConnectorOrder::AcceptBmc { at } => Order::AcceptBmc { server: server(at)? },
            ConnectorOrder::Maintenance { cluster: of, on } => {
                Order::Maintenance { cluster: cluster(of)?, on: *on }
            }
            ConnectorOrder::Act { cluster: of } => Order::Act { cluster: cluster(of)? },
            ConnectorOrder::Resume { cluster: of } => Order::Resume { cluster: cluster(of)? },
            ConnectorOrder::NewKey { cluster: of } => Order::NewKey { cluster: cluster(of)? },
        };
        Ok(Wanted::Connector(order))
    }

    fn effect(&self, action: Action) -> Effect<ConnectorAnswer> {
        match action {
            Action::ResetPath { cluster: ClusterIndex(at), to, len } => {
                Effect::Send { line: Line::ResetPath(at), to, len }
            }
            Action::Broadcast { cluster: ClusterIndex(at), len } => {
                Effect::Broadcast { line: Line::ResetPath(at), len }
            }
            Action::Bmc { to, len } => Effect::Send { line: Line::Bmc, to, len },
            Action::Persist { generation } => Effect::Persist { generation },
            Action::Answer { ticket: Ticket(ticket), answer } => {
                Effect::Answer { ticket, answer: answered(answer) }
            }
            Action::Tell(tell) => Effect::Tell(tells::message(&self.names, &tell)),
            Action::ReadUps(ups) => Effect::Power(PowerEffect::Read(ups)),
            Action::OrderUps { run, ups, order } => {
                Effect::Power(PowerEffect::Order { run, ups, order })
            }
            Action::Run { run, job, limit } => Effect::Power(PowerEffect::Job { run, job, limit }),
            Action::AnswerPlan { ticket: power::Ticket(ticket), answer } => {
                let name = |server| self.names.name(server).to_owned();
                Effect::Answer { ticket, answer: power_of::answered(answer, name) }
            }
            Action::TellPower(tell) => {
                let names = |server| self.names.both(server);
                Effect::Tell(power_of::message(&self.names.power, &names, &tell))
            }
        }
    }
}

/// An order in the words of whichever part of the core carries it out.
enum Wanted {
    Connector(Order),
    Plan(power::Order),
    Outage(OutageOrder),
}

impl<const N: usize, const C: usize, const U: usize> Machine for ConnectorMachine<N, C, U> {
    type Order = ConnectorOrder;
    type Answer = ConnectorAnswer;
    type Status = ConnectorStatus;
    type Settings = Settings<N, C, U>;

    const THOROUGH: bool = false;

    fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    fn datagram(&mut self, now: Instant, line: Line, from: SocketAddr, datagram: &mut [u8]) {
        let input = match line {
            Line::ResetPath(at) => Input::ResetPath { cluster: ClusterIndex(at), from, datagram },
            Line::Bmc => Input::Bmc { from, datagram },
            // A connector has no such socket.
            Line::Monitoring(_) => return,
        };
        self.core.handle(now, input);
    }

    fn order(
        &mut self,
        now: Instant,
        ticket: u64,
        order: &ConnectorOrder,
    ) -> Option<ConnectorAnswer> {
        match self.core_order(order) {
            Ok(Wanted::Connector(order)) => {
                self.core.handle(now, Input::Order { ticket: Ticket(ticket), order });
                None
            }
            Ok(Wanted::Plan(order)) => {
                let ticket = power::Ticket(ticket);
                self.core.handle(now, Input::OrderPlan { ticket, order });
                None
            }
            Ok(Wanted::Outage(order)) => Some(self.note(now, &order)),
            Err(answer) => Some(answer),
        }
    }

    fn hint(&mut self, now: Instant, hint: &Hint) -> Option<String> {
        if let Hinted::Ups(ups) = hint.of {
            self.core.handle(now, Input::HintUps(ups));
            return Some(self.names.power.ups(ups).to_owned());
        }
        let server = self.names.hinted(&hint.of)?;
        self.core.handle(now, Input::Hint { server, source: hint.source });
        if let Some(lost) = hint.lost_input {
            self.core.handle(now, Input::Witness { server, lost });
        }
        Some(self.names.name(server).to_owned())
    }

    fn persisted(&mut self, now: Instant, generation: u64) {
        self.core.handle(now, Input::Persisted(generation));
    }

    fn finished(&mut self, _: Instant, _: Run, _: End) {}

    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Effect<ConnectorAnswer>> {
        if let Some(message) = self.planned(now) {
            return Some(Effect::Tell(message));
        }
        loop {
            let Some(action) = self.core.poll(now, out) else {
                self.renew_board(now);
                return None;
            };
            match action {
                Action::AnswerPlan { ticket: power::Ticket(ticket), answer }
                    if Outages::is_own(ticket) =>
                {
                    if let Some(message) = self.planned_answer(ticket, answer) {
                        return Some(Effect::Tell(message));
                    }
                }
                action => {
                    if matches!(action, Action::TellPower(_) | Action::OrderUps { .. }) {
                        self.clients.happened();
                    }
                    return Some(self.effect(action));
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(self.core.deadline(), self.outages.look())
    }

    fn record(&self) -> Vec<u8> {
        grown(|out| self.core.record(out).ok())
    }

    fn status(&self, now: Instant, around: &Around<'_>) -> ConnectorStatus {
        let names = |server| self.names.both(server);
        let power = self.names.power.any().then(|| {
            self.core.show_power(now, |shown| {
                let (outages, at) = (&self.outages, unix_ms());
                power_of::status_of(&shown, &self.names.power, &names, outages, at)
            })
        });
        status::of(&self.core.snapshot(now), now, &self.names, around, power)
    }

    fn reload(&mut self, now: Instant, settings: Settings<N, C, U>) -> Result<(), String> {
        let Settings { config, names, listeners, mut equipment, serving, occasions } = settings;
        if !names.power.keeps_places(&self.names.power)
            && self.core.show_power(now, |shown| power_of::is_by_places(&shown))
        {
            return Err(OTHER_PLACES.to_owned());
        }
        follow(&mut self.outages, &occasions);
        self.core.reload(now, config);
        self.clients.follow(serving, names.power.same_ups(&self.names.power));
        self.clients.equip(&mut equipment);
        (self.names, self.listeners) = (names, listeners);
        self.equipment = Some(equipment);
        Ok(())
    }

    fn power(&mut self, now: Instant, event: PowerEvent) {
        if let PowerEvent::Told { told, .. } = &event {
            self.clients.heard(told);
        }
        let input = match event {
            PowerEvent::Told { told, .. } => match told {
                Told::Reading { ups, asked, reading } => Input::Reading { ups, asked, reading },
                Told::Ordered { run, answer } => Input::Ordered { run, answer },
                // They are for people.
                Told::Account { .. } | Told::Detail { .. } | Told::Restarted { .. } => return,
            },
            PowerEvent::Ran { run, end, .. } => Input::Ran { run, end },
            PowerEvent::Said(_) => return,
        };
        self.core.handle(now, input);
    }

    fn equipment(&mut self) -> Option<Equipment> {
        self.equipment.take()
    }

    fn stop(&mut self, now: Instant) {
        self.core.stop(now);
    }

    fn is_stopped(&self) -> bool {
        self.core.is_stopped()
    }

    fn stop_limit(&self) -> Duration {
        STOP_LIMIT
    }
}

/// Follows the calendar, whose names were told apart when the file was read.
fn follow(outages: &mut Outages, occasions: &[Occasion]) {
    let followed = outages.follow(occasions);
    debug_assert!(followed.is_ok(), "{followed:?}");
}

/// A record in a buffer that grows until it fits.
pub(super) fn grown(write: impl Fn(&mut [u8]) -> Option<usize>) -> Vec<u8> {
    let mut buffer = vec![0; RECORD];
    loop {
        if let Some(len) = write(&mut buffer) {
            buffer.truncate(len);
            return buffer;
        }
        buffer.resize(buffer.len() * 2, 0);
    }
}

fn answered(answer: Answer) -> ConnectorAnswer {
    match answer {
        Answer::Done => ConnectorAnswer::Done,
        Answer::Fenced { token, how } => {
            ConnectorAnswer::Fenced { token: token.to_string(), how: tells::how(how).into() }
        }
        Answer::PowerIs(power) => ConnectorAnswer::PowerIs { power: Power::from(power) },
        Answer::Refused(cause) => ConnectorAnswer::Refused { cause: cause.into() },
        Answer::Failed { cause, outcome } => ConnectorAnswer::Failed {
            cause: cause.into(),
            outcome: outcome.map(|outcome| outcome.to_string()),
        },
        Answer::Drilled { took, worst } => ConnectorAnswer::Drilled {
            took_ms: millis(took.duration()),
            worst_answering_ms: millis(worst.answering),
            worst_silent_ms: millis(worst.silent),
        },
        Answer::NoSuchOrder => ConnectorAnswer::NoSuchOrder,
    }
}

/// Whole milliseconds.
pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
