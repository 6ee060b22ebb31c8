//! A connector of the core, in the words of the shell.

mod names;
mod status;
mod tells;

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::connector::{
    Action, Answer, ClusterIndex, Config, Connector, Input, Order, Restored, Ticket,
};
use komainu_core::rng::Seed;
use komainu_core::time::Instant;

use super::log::unix_ms;
use super::machine::{Around, Effect, Machine};
use super::net::{Line, Listener};
use super::orders::{ConnectorAnswer, ConnectorOrder, Hint};
use super::runner::{End, Run};
use super::status::ConnectorStatus;
use super::store::Found;
use super::words::Power;
use crate::config::{self, Site};
use names::Names;

/// Longest time for closing the sessions with the BMCs.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// Room that a record is given at first, in bytes.
const RECORD: usize = 4096;

/// What a connector is told by the configuration.
pub(crate) struct Settings<const N: usize, const C: usize> {
    config: Config<N, C>,
    names: Names,
    listeners: Vec<Listener>,
}

impl<const N: usize, const C: usize> Settings<N, C> {
    /// What the file says of that connector. The text tells everything that is in the way.
    pub(crate) fn of(site: &Site, me: &config::Connector) -> Result<Self, String> {
        let config = site.connector_config(me).map_err(|findings| {
            let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })?;
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
        Ok(Self { config, names: Names::of(site, me), listeners })
    }
}

/// A connector with the names of what it is about.
pub(crate) struct ConnectorMachine<const N: usize, const C: usize> {
    core: Box<Connector<N, C>>,
    names: Names,
    listeners: Vec<Listener>,
}

impl<const N: usize, const C: usize> ConnectorMachine<N, C> {
    /// A connector that begins now. It is built on the stack first, so its thread needs one that
    /// holds it several times.
    pub(crate) fn new(settings: Settings<N, C>, seed: &Seed, found: &Found, now: Instant) -> Self {
        let Settings { config, names, listeners } = settings;
        let record = found.record.as_deref();
        let restored = Restored { record, damaged: found.is_damaged(), unix_ms: unix_ms() };
        let core = Box::new(Connector::new(config, seed, restored, now));
        Self { core, names, listeners }
    }

    fn core_order(&self, order: &ConnectorOrder) -> Result<Order, ConnectorAnswer> {
        let server = |at| self.names.server(at).ok_or(ConnectorAnswer::NoSuchServer);
        let cluster = |number: &Option<u16>| {
            self.names.cluster(*number).ok_or(ConnectorAnswer::NoSuchCluster)
        };
        Ok(match order {
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
        })
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
        }
    }
}

impl<const N: usize, const C: usize> Machine for ConnectorMachine<N, C> {
    type Order = ConnectorOrder;
    type Answer = ConnectorAnswer;
    type Status = ConnectorStatus;
    type Settings = Settings<N, C>;

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
            Ok(order) => {
                self.core.handle(now, Input::Order { ticket: Ticket(ticket), order });
                None
            }
            Err(answer) => Some(answer),
        }
    }

    fn hint(&mut self, now: Instant, hint: &Hint) -> Option<String> {
        let server = self.names.hinted(&hint.of)?;
        self.core.handle(now, Input::Hint { server, source: hint.source });
        Some(self.names.name(server).to_owned())
    }

    fn persisted(&mut self, now: Instant, generation: u64) {
        self.core.handle(now, Input::Persisted(generation));
    }

    fn finished(&mut self, _: Instant, _: Run, _: End) {}

    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Effect<ConnectorAnswer>> {
        let action = self.core.poll(now, out)?;
        Some(self.effect(action))
    }

    fn deadline(&self) -> Option<Instant> {
        self.core.deadline()
    }

    fn record(&self) -> Vec<u8> {
        grown(|out| self.core.record(out).ok())
    }

    fn status(&self, now: Instant, around: &Around<'_>) -> ConnectorStatus {
        status::of(&self.core.snapshot(now), now, &self.names, around)
    }

    fn reload(&mut self, now: Instant, settings: Settings<N, C>) -> Result<(), String> {
        let Settings { config, names, listeners } = settings;
        self.core.reload(now, config);
        (self.names, self.listeners) = (names, listeners);
        Ok(())
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
