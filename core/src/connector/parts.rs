//! All parts of a connector, whatever its capacity, for the length of a call.

use core::net::SocketAddr;

use heapless::Vec;

use crate::cluster::{Host, HostIndex, RESULTS_PER_HOST, Slot, View};
use crate::counters::Counters;
use crate::journal::{Generations, Mark};
use crate::rng::Drbg;
use crate::time::Instant;
use crate::timers::Timers;
use crate::types::{ConnectorNumber, Epoch, ServerIndex, SystemName};

use super::at::At;
use super::bmc::{Lent, Pin};
use super::index::{self, Guids};
use super::interlock::{Reported, Step};
use super::server::{Second, Server, Work};
use super::words::{Action, Answer, ClusterIndex, Input, Ticket};
use super::{ANSWERS, line};

/// Answers to orders that were not fetched yet, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Answers(Vec<(Ticket, Answer, Mark), ANSWERS>);

impl Answers {
    pub(super) fn put(&mut self, ticket: Ticket, answer: Answer) {
        self.put_after(ticket, answer, Mark::STORED);
    }

    /// Says what was done once that is durable: the operator counts on it.
    pub(super) fn put_durable(&mut self, ticket: Ticket, answer: Answer, journal: &Generations) {
        self.put_after(ticket, answer, journal.mark());
    }

    fn put_after(&mut self, ticket: Ticket, answer: Answer, mark: Mark) {
        if self.0.is_full() {
            self.0.remove(0);
        }
        // There is room now.
        let _ = self.0.push((ticket, answer, mark));
    }

    /// Whether one may be fetched.
    pub(super) fn is_due(&self, journal: &Generations) -> bool {
        self.due(journal).is_some()
    }

    fn due(&self, journal: &Generations) -> Option<usize> {
        self.0.iter().position(|(_, _, mark)| journal.is_stored(*mark))
    }

    fn take(&mut self, journal: &Generations) -> Option<(Ticket, Answer)> {
        let (ticket, answer, _) = self.0.remove(self.due(journal)?);
        Some((ticket, answer))
    }
}

/// What there is once.
pub(super) struct Shared {
    pub(super) number: ConnectorNumber,
    pub(super) name: SystemName,
    pub(super) epoch: Epoch,
    /// When the epoch is durable.
    pub(super) epoch_mark: Mark,
    pub(super) chance: Drbg,
    pub(super) counters: Counters,
    /// Datagrams from addresses of no BMC.
    pub(super) strays: u32,
    pub(super) answers: Answers,
    /// UNIX time at the start.
    pub(super) unix_ms: u64,
    pub(super) started: Instant,
    /// The first cluster that waits for the record.
    pub(super) waiting: Option<ClusterIndex>,
    /// How many BMCs are still to be left, once it stops.
    pub(super) open: Option<u16>,
}

impl Shared {
    /// UNIX time in milliseconds, for people.
    pub(super) fn unix_ms(&self, now: Instant) -> u64 {
        let since = u64::try_from(now.since(self.started).as_millis()).unwrap_or(u64::MAX);
        self.unix_ms.saturating_add(since)
    }
}

/// Deadlines, whatever their number.
pub(super) trait Deadlines {
    fn set(&mut self, key: u16, at: Option<Instant>);
    fn get(&self, key: u16) -> Option<Instant>;
    fn first(&self) -> Option<(Instant, u16)>;
}

impl<const N: usize> Deadlines for Timers<N> {
    fn set(&mut self, key: u16, at: Option<Instant>) {
        Timers::set(self, key, at);
    }

    fn get(&self, key: u16) -> Option<Instant> {
        Timers::get(self, key)
    }

    fn first(&self) -> Option<(Instant, u16)> {
        Timers::first(self)
    }
}

/// A connector without its capacity.
pub(super) struct Parts<'a> {
    pub(super) shared: &'a mut Shared,
    pub(super) journal: &'a mut Generations,
    pub(super) clusters: &'a mut [line::Slot],
    pub(super) servers: &'a mut [Server],
    pub(super) hosts: &'a mut [Host],
    pub(super) slots: &'a mut [[Slot; RESULTS_PER_HOST]],
    pub(super) bmcs: &'a [u16],
    pub(super) names: &'a [u16],
    pub(super) guids: &'a mut dyn Guids,
    pub(super) due: &'a mut dyn Deadlines,
    pub(super) clusters_due: &'a mut dyn Deadlines,
}

impl Parts<'_> {
    /// Takes in what happened. What a member reports on a directive is given back.
    pub(super) fn handle(&mut self, now: Instant, input: Input<'_>) -> Option<Reported> {
        match input {
            Input::ResetPath { cluster, from, datagram } => {
                return self.hear_member(now, cluster, from, datagram);
            }
            Input::Bmc { from, datagram } => self.hear_bmc(now, from, datagram),
            Input::Hint { server, source } => {
                if let Some(server) = self.servers.get_mut(server.at()) {
                    server.bmc.hint(source);
                }
                self.wake(now, server.0);
            }
            Input::Order { ticket, order } => self.order(now, ticket, order),
            Input::Persisted(generation) => self.persisted(now, generation),
        }
        None
    }

    fn hear_bmc(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) {
        let Some(index) = index::by_bmc(self.bmcs, self.servers, from.into()) else {
            self.shared.strays = self.shared.strays.saturating_add(1);
            return;
        };
        let Some(server) = self.servers.get_mut(usize::from(index)) else { return };
        server.bmc_spoke = Second::after(now);
        let Shared { chance, counters, .. } = self.shared;
        let outcome = server.bmc.handle(Lent { now, chance, counters }, datagram);
        if let Some(outcome) = outcome {
            self.pin(index);
            if let Some(mut at) = self.at(now, index) {
                at.told(outcome);
                // What is to be written is known before the next poll has it written.
                while at.ask() {}
            }
        }
        self.wake(now, index);
    }

    /// Pins the id that a BMC shows first.
    fn pin(&mut self, index: u16) {
        let place = usize::from(index);
        let Some(guid) = self.servers.get(place).and_then(|server| server.bmc.unpinned()) else {
            return;
        };
        let other = self.guids.claim(self.servers, guid, index);
        let pin = match other {
            Some(other) => {
                if let Some(other) = self.servers.get_mut(usize::from(other)) {
                    other.bmc.set_pin(Pin::Doubled);
                }
                Pin::Doubled
            }
            None => Pin::Pinned,
        };
        if let Some(server) = self.servers.get_mut(place) {
            server.bmc.set_pin(pin);
        }
        self.journal.change();
    }

    /// More of the record is durable: what waits for it goes on.
    fn persisted(&mut self, now: Instant, generation: u64) {
        self.journal.persisted(generation);
        let mut next = self.shared.waiting.take();
        while let Some(cluster) = next {
            let Some(slot) = self.clusters.get_mut(cluster.at()) else { return };
            slot.line.waits = false;
            next = slot.line.next_waiting.take();
            if let Some(mut view) = self.view(cluster) {
                view.stored(now);
            }
            self.stir(now, cluster);
            self.wake_all(now, cluster);
        }
    }

    pub(super) fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Step> {
        loop {
            if let Some(generation) = self.journal.write() {
                return Some(Step::Do(Action::Persist { generation }));
            }
            if let Some((ticket, answer)) = self.shared.answers.take(self.journal) {
                return Some(Step::Do(Action::Answer { ticket, answer }));
            }
            let due = |first: Option<(Instant, u16)>| first.filter(|(at, _)| *at <= now);
            if let Some((_, cluster)) = due(self.clusters_due.first()) {
                let cluster = ClusterIndex(cluster);
                if let Some(action) = self.poll_cluster(now, cluster, out) {
                    return Some(Step::Do(action));
                }
                let deadline = self.cluster_deadline(cluster);
                self.clusters_due.set(cluster.0, deadline);
                self.note_waiting(cluster);
            } else if let Some((_, server)) = due(self.due.first()) {
                let step = self.poll_server(now, server, out);
                if step.is_some() {
                    return step;
                }
            } else {
                return None;
            }
        }
    }

    fn poll_server(&mut self, now: Instant, index: u16, out: &mut [u8]) -> Option<Step> {
        let mut at = self.at(now, index)?;
        let action = at.poll(out);
        at.end_drill();
        // A notice about it is the cluster's to send.
        let of = at.of;
        let switched = if action.is_none() { at.take_switched() } else { None };
        let concerns_plan = at.concerns_plan();
        at.line.stir |= at.view().deadline(of).is_some_and(|due| due <= now);
        let (stirred, cluster) = (core::mem::take(&mut at.line.stir), at.line.index);
        if stirred {
            self.stir(now, cluster);
        }
        self.note_waiting(cluster);
        let server = ServerIndex(index);
        if let Some(end) = switched {
            return Some(Step::Switched { server, end });
        }
        if let Some(action) = action.or_else(|| self.say(now, index, out)) {
            return Some(Step::Do(action));
        }
        let deadline = self.at(now, index).and_then(|mut at| at.deadline());
        self.due.set(index, deadline);
        self.note_stopped(index);
        concerns_plan.then_some(Step::Stirred(server))
    }

    /// A cluster with changes that are not durable is told when they are.
    fn note_waiting(&mut self, cluster: ClusterIndex) {
        let clean = self.journal.is_clean();
        let Some(slot) = self.clusters.get_mut(cluster.at()) else { return };
        if !clean && !slot.line.waits {
            slot.line.waits = true;
            slot.line.next_waiting = self.shared.waiting.replace(cluster);
        }
    }

    fn note_stopped(&mut self, index: u16) {
        let Some(open) = &mut self.shared.open else { return };
        let server = self.servers.get_mut(usize::from(index));
        if server.is_some_and(|server| server.bmc.note_stopped()) {
            *open = open.saturating_sub(1);
        }
    }

    /// Leaves all BMCs.
    pub(super) fn stop(&mut self, now: Instant) {
        self.shared.open.get_or_insert(self.servers.len() as u16);
        for index in (0_u16..).take(self.servers.len()) {
            if let Some(server) = self.servers.get_mut(usize::from(index)) {
                server.work = Work::Idle(None);
                server.bmc.stop();
            }
            self.wake(now, index);
        }
    }

    /// Looks at a server at the next poll.
    pub(super) fn wake(&mut self, now: Instant, index: u16) {
        if usize::from(index) < self.servers.len() {
            let due = self.due.get(index).map_or(now, |due| due.min(now));
            self.due.set(index, Some(due));
        }
    }

    /// Looks at all servers of a cluster.
    pub(super) fn wake_all(&mut self, now: Instant, cluster: ClusterIndex) {
        let Some(slot) = self.clusters.get(cluster.at()) else { return };
        for index in slot.line.range() {
            self.wake(now, index as u16);
        }
    }

    /// Looks at a cluster.
    pub(super) fn stir(&mut self, now: Instant, cluster: ClusterIndex) {
        if cluster.at() < self.clusters.len() {
            let due = self.clusters_due.get(cluster.0).map_or(now, |due| due.min(now));
            self.clusters_due.set(cluster.0, Some(due));
            self.note_waiting(cluster);
        }
    }

    /// The arbiter of a cluster.
    pub(super) fn view(&mut self, cluster: ClusterIndex) -> Option<View<'_>> {
        let slot = self.clusters.get_mut(cluster.at())?;
        let range = slot.line.range();
        let hosts = self.hosts.get_mut(range.clone())?;
        let slots = self.slots.get_mut(range)?.as_flattened_mut();
        Some(View::new(&mut slot.cluster, hosts, slots, self.journal))
    }

    /// A server and all that its doings are lent.
    pub(super) fn at(&mut self, now: Instant, index: u16) -> Option<At<'_>> {
        let server = self.servers.get_mut(usize::from(index))?;
        let slot = self.clusters.get_mut(server.cluster.at())?;
        let range = slot.line.range();
        let of = HostIndex(slot.line.place(index));
        Some(At {
            now,
            index: ServerIndex(index),
            of,
            server,
            hosts: self.hosts.get_mut(range.clone())?,
            slots: self.slots.get_mut(range)?.as_flattened_mut(),
            line: &mut slot.line,
            cluster: &mut slot.cluster,
            journal: self.journal,
            chance: &mut self.shared.chance,
            counters: &mut self.shared.counters,
            answers: &mut self.shared.answers,
        })
    }
}
