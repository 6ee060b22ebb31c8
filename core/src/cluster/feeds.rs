//! Hosts without power: whose feeds are off, and who stays off while a plan or maintenance holds
//! it.

use super::fencing::Permit;
use super::host::{CUT, Host, Phase};
use super::moment::Moment;
use super::results::State;
use super::{HostIndex, View};
use crate::time::Instant;
use crate::types::ChassisAction;

impl View<'_> {
    /// Has the power-on of confirmed fencings wait while a plan or maintenance holds it, and come
    /// due again afterwards.
    pub fn hold_power_on(&mut self) {
        for at in (0..).map(HostIndex).take(self.hosts.len()) {
            self.hold_power_on_of(at);
        }
    }

    pub(super) fn hold_power_on_of(&mut self, of: HostIndex) {
        let held = self.power_on_is_held(of);
        let Some(host) = self.hosts.get_mut(usize::from(of.0)) else { return };
        let phase = match host.fencing.phase {
            Phase::PowerOnDue if held && !host.was_sent(ChassisAction::On) => Phase::OffConfirmed,
            Phase::OffConfirmed if !held => Phase::PowerOnDue,
            other => other,
        };
        if phase != host.fencing.phase {
            host.fencing.phase = phase;
            self.journal.change();
        }
    }

    pub(super) fn power_on_is_held(&self, of: HostIndex) -> bool {
        let planned = self.host(of).is_some_and(Host::in_plan);
        self.cluster.maintenance || planned && self.cluster.laws.plan_keeps_off()
    }

    /// Asks whether the outlets of a host may be switched off now for its fencing, and notes that
    /// they are.
    pub fn permit_cut(&mut self, now: Instant, of: HostIndex) -> Permit {
        let acts = self.acts();
        let Some(Host { fencing, .. }) = self.host(of) else { return Permit::Denied };
        if fencing.phase != Phase::Fencing || fencing.only_looks() || !acts {
            return Permit::Denied;
        }
        if let Err(otherwise) = self.judge_anew(now, of) {
            return otherwise;
        }
        let Some(Host { fencing, .. }) = self.hosts.get_mut(usize::from(of.0)) else {
            return Permit::Denied;
        };
        if fencing.sent & CUT == 0 {
            fencing.sent |= CUT;
            fencing.mark = self.journal.change();
        }
        if !self.journal.is_stored(fencing.mark) {
            return Permit::Waiting;
        }
        (fencing.commanded, fencing.resumed) = (Moment::at(now), false);
        self.settle(now, of, |held| {
            if let State::Open { look: None, off_at } = &mut held.state {
                (held.acted, held.proved, *off_at) = (true, false, Moment::NONE);
            }
            None
        });
        Permit::Granted
    }

    /// The outlets that were switched off for a host's fencing are on again.
    pub fn feeds_again(&mut self, of: HostIndex) {
        if let Some(host) = self.hosts.get_mut(usize::from(of.0)) {
            host.fencing.sent &= !CUT;
            self.journal.change();
        }
    }

    /// The host is off, since each of its feeds was read off: asked for at `asked` or later, the
    /// hold-up time is over, and nothing was heard of it or its BMC since (section 3.4, b). This
    /// settles all questions that came before `asked`. `power_on`: its feeds can be switched on
    /// again, and are to be.
    pub fn proved_by_feed(&mut self, now: Instant, of: HostIndex, asked: Instant, power_on: bool) {
        let mut proved = false;
        if !self.acts() {
            return;
        }
        self.settle(now, of, |held| {
            let counts = held.arrived <= asked;
            (held.proved, proved) = (held.proved || counts, proved || counts);
            None
        });
        if !proved {
            return;
        }
        if self.host(of).is_some_and(|host| host.phase() == Phase::Fencing) {
            self.confirmed(now, of, power_on);
        } else {
            self.grant(now, of);
        }
    }
}
