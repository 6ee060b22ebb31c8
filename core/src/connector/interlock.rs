//! What a plan and a connector have to do with each other: only who owns both asks for it.

use crate::cluster::{Host, HostIndex, Permit, Phase};
use crate::counters::ResetDiscard;
use crate::fence::{self, Method};
use crate::power::{Facts, Switch, SwitchFailure};
use crate::time::Instant;
use crate::types::{Directive, Epoch, HostAddress, Progress, ServerIndex};
use crate::wire::reset::Message;

use super::Connector;
use super::at::At;
use super::parts::Parts;
use super::server::Work;
use super::words::{Action, ClusterIndex, How, Input};

/// What a connector wants done, or has to tell the plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// To be done.
    Do(Action),
    /// A server that a plan holds, or that somebody wants a proof about, may have changed.
    Stirred(ServerIndex),
    /// What came of [`Connector::switch`].
    Switched { server: ServerIndex, end: Result<(), SwitchFailure> },
}

/// What is to become of the outlets that feed a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlets {
    /// Nothing.
    Leave,
    /// They are to be off: it is being fenced by them.
    Off,
    /// They are to be on again.
    On,
}

/// What a member reports on a directive, in answer to a current nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) server: ServerIndex,
    /// The present start of the member.
    pub(crate) epoch: Epoch,
    pub(crate) progress: Progress,
}

impl<const N: usize, const C: usize> Connector<N, C> {
    /// [`Connector::handle`] that gives back what a member reports.
    pub(crate) fn hear(&mut self, now: Instant, input: Input<'_>) -> Option<Reported> {
        self.parts().handle(now, input)
    }

    /// [`Connector::poll`] that tells what concerns a plan, too.
    pub(crate) fn step(&mut self, now: Instant, out: &mut [u8]) -> Option<Step> {
        self.parts().poll(now, out)
    }

    /// What a plan has to know of a server.
    pub(crate) fn facts(&self, now: Instant, server: ServerIndex) -> Option<Facts> {
        let index = server.0;
        let host = self.hosts.get(server.at())?;
        let server = self.servers.get(server.at())?;
        let line = &self.clusters.get(server.cluster.at())?.line;
        let asks = self.slots.get(line.range()).unwrap_or_default().as_flattened();
        let of = HostIndex(line.place(index));
        let wanted = asks.iter().filter_map(|slot| slot.wanted_since(now, of)).min();
        Some(Facts {
            power: host.power(),
            asked: host.power_asked(),
            heard: host.heard().map(|heard| (heard, host.epoch())),
            fencing: host.phase() == Phase::Fencing,
            wanted: wanted.filter(|_| host.is_wanted()),
            bmc_heard: server.bmc_spoke.get().max(server.dialogue.last_accepted()),
        })
    }

    /// A plan holds a server from now on, or no longer: nobody fences it or takes it over, its
    /// members are told so, and its power-on after a fencing waits.
    pub(crate) fn hold(&mut self, now: Instant, server: ServerIndex, held: bool) {
        self.parts().hold(now, server, held);
    }

    /// The plan is over; the clusters that it concerned are told.
    pub(crate) fn plan_ended(&mut self, now: Instant, called_off: bool) {
        self.parts().plan_ended(now, called_off);
    }

    /// All that a plan holds after a start is held: what else a record says to wait does not.
    pub(crate) fn held_all(&mut self, now: Instant) {
        let mut parts = self.parts();
        for cluster in (0..).map(ClusterIndex).take(parts.clusters.len()) {
            if let Some(mut view) = parts.view(cluster) {
                view.hold_power_on();
            }
            parts.wake_all(now, cluster);
        }
    }

    /// Has the BMC of a server do something; what comes of it is a [`Step::Switched`].
    pub(crate) fn switch(
        &mut self,
        now: Instant,
        server: ServerIndex,
        switch: Switch,
    ) -> Result<(), SwitchFailure> {
        let mut parts = self.parts();
        let begun = parts.at(now, server.0).ok_or(SwitchFailure::Refused)?.switch(switch);
        parts.wake(now, server.0);
        begun
    }

    /// Each feed of a server was read off, and all else that proves it off by that holds: see
    /// [`View::proved_by_feed`](crate::cluster::View::proved_by_feed).
    pub(crate) fn proved_by_feed(&mut self, now: Instant, server: ServerIndex, asked: Instant) {
        self.parts().proved_by_feed(now, server, asked);
    }

    /// What is to become of the outlets that feed a server. `possible`: they can be switched off,
    /// and feed nothing else.
    pub(crate) fn outlets(&mut self, now: Instant, server: ServerIndex, possible: bool) -> Outlets {
        let mut parts = self.parts();
        let Some(mut at) = parts.at(now, server.0) else { return Outlets::Leave };
        let (outlets, moved) = at.outlets(possible);
        if moved {
            parts.wake(now, server.0);
        }
        outlets
    }

    /// The outlets of a server are on again.
    pub(crate) fn feeds_again(&mut self, now: Instant, server: ServerIndex) {
        let mut parts = self.parts();
        if let Some(mut at) = parts.at(now, server.0) {
            let of = at.of;
            at.view().feeds_again(of);
        }
        parts.wake(now, server.0);
    }

    /// Whether each feed of a server reads off: then a silent BMC does not end the wait for proof
    /// at once.
    pub(crate) fn set_dark(&mut self, server: ServerIndex, dark: bool) {
        if let Some(server) = self.servers.get_mut(server.at()) {
            server.dark = dark;
        }
    }

    /// Sends a directive to the member of a server. `None` when that cannot be reached, or this
    /// connector does not speak to it.
    pub(crate) fn direct(
        &mut self,
        now: Instant,
        server: ServerIndex,
        directive: Directive,
        out: &mut [u8],
    ) -> Option<Action> {
        self.parts().direct(now, server, directive, out)
    }

    /// A report on a directive that nobody waits for.
    pub(crate) fn drop_report(&mut self, server: ServerIndex) {
        let cluster = self.servers.get(server.at()).map(|server| server.cluster);
        if let Some(cluster) = cluster {
            self.parts().discard(cluster, ResetDiscard::Stale);
        }
    }

    /// Whether a plan holds a server.
    pub(crate) fn is_held(&self, server: ServerIndex) -> bool {
        self.hosts.get(server.at()).is_some_and(Host::in_plan)
    }

    /// What a server is known by across a reload: the number of its cluster, and its address.
    pub(crate) fn name_of(&self, server: ServerIndex) -> Option<(u16, HostAddress)> {
        let cluster = self.servers.get(server.at())?.cluster;
        let number = self.clusters.get(cluster.at())?.line.number;
        Some((number, self.hosts.get(server.at())?.address()))
    }
}

impl Parts<'_> {
    fn hold(&mut self, now: Instant, server: ServerIndex, held: bool) {
        let speaks = self.speaks();
        let Some(mut at) = self.at(now, server.0) else { return };
        let of = at.of;
        at.view().set_in_plan(now, of, held);
        // The member learns at once what it would with its next check.
        at.server.owes_status = speaks && at.server.member.is_some();
        let cluster = at.line.index;
        self.wake(now, server.0);
        self.stir(now, cluster);
    }

    fn plan_ended(&mut self, now: Instant, called_off: bool) {
        for cluster in (0..).map(ClusterIndex).take(self.clusters.len()) {
            if let Some(mut view) = self.view(cluster) {
                view.plan_ended(now, called_off);
            }
            self.stir(now, cluster);
        }
    }

    fn proved_by_feed(&mut self, now: Instant, server: ServerIndex, asked: Instant) {
        let Some(mut at) = self.at(now, server.0) else { return };
        let of = at.of;
        let before = (at.host().map(Host::token), at.phase());
        let cutting = matches!(&at.server.work, Work::Fence(course) if course.is_cutting());
        let powers_on = matches!(&at.server.work, Work::Fence(course) if course.powers_on());
        at.view().proved_by_feed(now, of, asked, cutting && powers_on);
        if (at.host().map(Host::token), at.phase()) != before {
            at.fed_off(cutting);
        }
        at.sync();
        let cluster = at.line.index;
        self.wake(now, server.0);
        self.stir(now, cluster);
    }

    fn direct(
        &mut self,
        now: Instant,
        server: ServerIndex,
        directive: Directive,
        out: &mut [u8],
    ) -> Option<Action> {
        if !self.speaks() {
            return None;
        }
        let mut at = self.at(now, server.0)?;
        if !at.view().acts() {
            return None;
        }
        let (cluster, to) = (at.line.index, at.server.member?);
        let message = Message::Directive(directive);
        let (line, dialogue) = (&*at.line, &mut at.server.dialogue);
        let len = dialogue.seal(&line.identity, &line.keys, now, &message, out).ok()?;
        Some(Action::ResetPath { cluster, to: to.into(), len })
    }
}

impl At<'_> {
    /// Whether a plan, or whoever owns outlets, has to know of a change.
    pub(super) fn concerns_plan(&self) -> bool {
        let cuts = matches!(&self.server.work, Work::Fence(course) if course.wants_cut());
        let host = self.host();
        cuts || host.is_some_and(|host| host.in_plan() || host.is_wanted() || host.was_cut())
    }

    /// What is to become of the outlets, and whether the fencing has moved on for it.
    fn outlets(&mut self, possible: bool) -> (Outlets, bool) {
        let (now, of) = (self.now, self.of);
        let wanted = matches!(&self.server.work, Work::Fence(course) if course.wants_cut());
        if wanted {
            let permit = if possible { self.view().permit_cut(now, of) } else { Permit::Spent };
            if let Permit::LetBe(why) = permit {
                self.let_be(why);
            }
            let Work::Fence(course) = &mut self.server.work else { return (Outlets::Leave, false) };
            match permit {
                Permit::Granted => course.cut(&self.server.plan.budgets, now),
                Permit::Waiting => return (Outlets::Leave, false),
                Permit::Spent | Permit::Denied | Permit::LetBe(_) => course.skip_cut(),
            }
            self.follow();
        }
        let outlets = match (&self.server.work, self.phase()) {
            (Work::Fence(course), Phase::Fencing) if course.is_cutting() => Outlets::Off,
            (Work::On(_) | Work::PlannedOn(_), _)
            | (_, Phase::Free | Phase::PowerOnDue | Phase::Failed)
                if self.host().is_some_and(Host::was_cut) =>
            {
                Outlets::On
            }
            _ => Outlets::Leave,
        };
        (outlets, wanted)
    }

    /// Each feed is off, and that has proved something.
    fn fed_off(&mut self, cut: bool) {
        self.server.how = match cut {
            true => How::Read(fence::How::Method(Method::Outlet)),
            false => How::Feed,
        };
        let now = self.now;
        if let Work::Fence(course) = &mut self.server.work
            && cut
        {
            course.proved_by_feed(&self.server.plan.budgets, now);
            self.follow();
        }
    }
}
