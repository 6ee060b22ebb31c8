//! The connector's view of one cluster: who is alive, who may be fenced, and who was.
//!
//! Nothing here knows bytes or keys, and nothing is sent from here. Who drives it tells a
//! [`View`] of the cluster what was heard and read, and asks it what is to be done: which answers
//! and notices are due, whether a command may leave, which host is to be looked at. All state
//! lies in slices that the caller lends: a [`Host`] for each host, in the order of the
//! configuration, and [`RESULTS_PER_HOST`] times as many [`Slot`]s for the questions.
//!
//! The rules are those of the reset path, sections 1.1 and 3.1 to 3.4; each guards against one
//! way in which a service could come to run twice, or a host be shot once too often.

mod acting;
mod anew;
mod feeds;
mod fencing;
mod hearing;
mod host;
mod judge;
mod laws;
mod moment;
mod notices;
mod results;
mod rules;
mod saved;
#[cfg(test)]
mod tests;
mod tokens;

pub use acting::{Acting, ByOrder, MAX_OTHERS, SavedActing};
pub use fencing::{LetBe, Permit, Reading};
pub use hearing::PathReport;
pub use host::{Host, HostIndex, PATH_LOST_AFTER, Path, Phase, SHOWN_SERVICES};
pub use judge::{Asker, Request, Target, Verdict};
#[cfg(any(test, feature = "mutants"))]
pub use laws::Laws;
pub use notices::Notice;
pub use results::{Answer, RESULTS_FOR, RESULTS_PER_HOST, Slot};
pub use rules::{OnIsolation, Rules};
pub use saved::{SavedCluster, SavedHost, SavedTokens};
pub use tokens::Tokens;

use crate::journal::Generations;
use crate::time::Instant;
use crate::types::{ConnectorNumber, Event, Mode, Source, Term, Token};

#[cfg(not(any(test, feature = "mutants")))]
use laws::Laws;
use notices::Due;

/// What a cluster has beside its hosts.
#[derive(Clone, Debug)]
pub struct Cluster {
    rules: Rules,
    laws: Laws,
    acting: ByOrder,
    tokens: Tokens,
    maintenance: bool,
    /// The hosts were told that a plan has some of them.
    planned: bool,
    notice: Option<Due>,
    /// How many notices there were.
    notices: u32,
    /// An answer may be due.
    answers: bool,
}

impl Cluster {
    /// A cluster with those rules; `saved` is what the durable record says of it, `None` when it
    /// says nothing.
    pub fn new(rules: Rules, acting: ByOrder, saved: Option<SavedCluster>) -> Self {
        Self {
            rules,
            laws: Laws::ALL,
            acting,
            tokens: Tokens::new(saved.map(|saved| saved.tokens).unwrap_or_default()),
            maintenance: saved.is_some_and(|saved| saved.maintenance),
            planned: false,
            notice: None,
            notices: 0,
            answers: false,
        }
    }

    /// Has only these laws hold: to show that something notices.
    #[cfg(any(test, feature = "mutants"))]
    pub const fn mutate(&mut self, laws: Laws) {
        self.laws = laws;
        self.tokens.mutate(laws);
    }

    /// Its rules.
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes over changed rules.
    pub const fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// Takes over a changed list of the other connectors. One that acts goes on; with none left it
    /// acts as from a start.
    pub fn set_others(&mut self, others: &[ConnectorNumber]) {
        self.acting.set_others(others);
    }

    /// Who acts.
    pub const fn acting(&self) -> &ByOrder {
        &self.acting
    }

    /// The highest token that was given or that somebody has shown.
    pub const fn token(&self) -> Token {
        self.tokens.last()
    }

    /// Whether no token is given, since the record was lost and not every host that is on has
    /// reported.
    pub const fn tokens_lost(&self) -> bool {
        self.tokens.is_lost()
    }

    /// Whether it is in maintenance.
    pub const fn in_maintenance(&self) -> bool {
        self.maintenance
    }
}

/// One cluster, for the length of a call: what it has, its hosts, the questions, and the journal
/// that tells which changes are durable.
#[derive(Debug)]
pub struct View<'a> {
    cluster: &'a mut Cluster,
    hosts: &'a mut [Host],
    slots: &'a mut [Slot],
    journal: &'a mut Generations,
}

impl<'a> View<'a> {
    /// The view of a cluster. Of more than 64 hosts the others are not seen.
    pub fn new(
        cluster: &'a mut Cluster,
        hosts: &'a mut [Host],
        slots: &'a mut [Slot],
        journal: &'a mut Generations,
    ) -> Self {
        Self { cluster, hosts, slots, journal }
    }

    /// A host; `None` when there is none of that place.
    pub fn host(&self, of: HostIndex) -> Option<&Host> {
        self.hosts.get(usize::from(of.0))
    }

    fn host_mut(&mut self, of: HostIndex) -> Option<&mut Host> {
        self.hosts.get_mut(usize::from(of.0))
    }

    /// Whether this connector acts.
    pub fn acts(&self) -> bool {
        self.cluster.acting.acts(self.journal) || !self.cluster.laws.standby_refuses()
    }

    /// The mode that a host is shown.
    pub fn mode(&self, of: HostIndex) -> Mode {
        if !self.acts() {
            Mode::Standby
        } else if self.cluster.maintenance {
            Mode::Maintenance
        } else if self.host(of).is_some_and(Host::in_plan) {
            Mode::Plan
        } else {
            Mode::Normal
        }
    }

    /// The operator wants this connector to act: it does, with the next term, once that is
    /// durable. `false` when it acts already.
    pub fn act(&mut self) -> bool {
        let ordered = self.cluster.acting.order(self.journal);
        if ordered {
            self.cluster.tokens.reserve(self.cluster.acting.term(), self.journal);
        }
        ordered
    }

    /// Another connector has answered: with that term, and whether it acts.
    pub fn connector_answered(&mut self, from: ConnectorNumber, term: Term, acts: bool) {
        self.cluster.acting.answered(from, term, acts, self.journal);
    }

    /// The machine of another connector was confirmed off.
    pub fn connector_off(&mut self, other: ConnectorNumber) {
        self.cluster.acting.confirmed_off(other);
    }

    /// Begins or ends maintenance. A fencing that runs ends at the confirmation of off; the
    /// power-on waits for the end of maintenance.
    pub fn set_maintenance(&mut self, now: Instant, on: bool) {
        if self.cluster.maintenance == on {
            return;
        }
        self.cluster.maintenance = on;
        self.journal.change();
        let event = if on { Event::MaintenanceOn } else { Event::MaintenanceOff };
        self.notify_cluster(now, event, Source::Operator);
        self.hold_power_on();
    }

    /// A power plan that runs takes a host in, or lets it go. With the first one the cluster is
    /// told that a plan has begun.
    pub fn set_in_plan(&mut self, now: Instant, of: HostIndex, in_plan: bool) {
        let Some(host) = self.host_mut(of) else { return };
        host.in_plan = in_plan;
        self.hold_power_on_of(of);
        if in_plan && !core::mem::replace(&mut self.cluster.planned, true) {
            self.notify_cluster(now, Event::PlanStarted, Source::Plan);
        }
    }

    /// The power plan is over; `called_off`: nothing had gone down. Told where it had begun.
    pub fn plan_ended(&mut self, now: Instant, called_off: bool) {
        if core::mem::take(&mut self.cluster.planned) {
            let event = if called_off { Event::PlanCalledOff } else { Event::PlanDone };
            self.notify_cluster(now, event, Source::Plan);
        }
    }

    /// The operator vouches that no host knows of a higher token than the cluster has shown.
    pub fn vouch_for_tokens(&mut self, now: Instant) {
        self.cluster.tokens.found(self.cluster.acting.term(), self.journal);
        self.grant_all(now);
    }

    /// More of the record is durable than before: what waited for it goes on.
    pub fn stored(&mut self, now: Instant) {
        self.cluster.tokens.reserve(self.cluster.acting.term(), self.journal);
        self.cluster.answers = true;
        self.grant_all(now);
    }
}
