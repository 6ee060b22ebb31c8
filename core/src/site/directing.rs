//! What members are directed to do, until they have reported (section 3.5 of the reset path).

use core::time::Duration;

use crate::power::{Input as PowerInput, PlannedServer};
use crate::time::Instant;
use crate::types::{Directed, Directive, DirectiveId, Epoch, GroupName, Progress, ServerIndex};

/// How often a directive is repeated until its member reports.
const REPEAT: Duration = Duration::from_secs(1);
/// After so long without a further report it is asked for: a member reports every second, and
/// answers a directive that it knows with a report.
const SILENT: Duration = Duration::from_secs(3);

/// What a member is directed to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Direction {
    id: DirectiveId,
    action: Directed,
    seconds: u32,
    group: Option<u8>,
    /// The start of the member that is meant.
    epoch: Option<Epoch>,
    until: Instant,
    next: Instant,
}

impl Direction {
    pub(super) fn new(
        now: Instant,
        id: DirectiveId,
        (action, seconds, group): (Directed, u32, Option<u8>),
        epoch: Option<Epoch>,
    ) -> Self {
        let until = now + Duration::from_secs(u64::from(seconds));
        Self { id, action, seconds, group, epoch, until, next: now }
    }

    /// When to come back to it.
    pub(super) fn due(&self) -> Instant {
        self.next
    }

    /// Whether it is not sent any more, to a member of that start: its time is over, or it would
    /// shut down a host that has come up since.
    pub(super) fn is_over(&self, now: Instant, epoch: Option<Epoch>) -> bool {
        let late = now > self.until && self.next > self.until;
        let other = self.epoch.is_some() && self.epoch != epoch;
        late || other && self.action == Directed::ShutDown
    }

    /// Whether it stops something: then nobody wants it any more when the plan lets the server go,
    /// or switches it.
    pub(super) const fn stops(&self) -> bool {
        match self.action {
            Directed::Freeze
            | Directed::StopGuests
            | Directed::StopServices
            | Directed::ShutDown
            | Directed::EnterMaintenance => true,
            Directed::Thaw
            | Directed::LeaveMaintenance
            | Directed::StartGuests
            | Directed::StartServices => false,
        }
    }

    /// The directive to send now; `None` when its group is none of the server's.
    pub(super) fn send(
        &mut self,
        now: Instant,
        planned: Option<&PlannedServer>,
    ) -> Option<Directive> {
        self.next = now + REPEAT;
        let group = match self.group {
            None => GroupName::default(),
            Some(at) => planned?.groups.get(usize::from(at))?.clone(),
        };
        Some(Directive { id: self.id, action: self.action, deadline: self.seconds, group })
    }

    /// What a report on it means to the plan; `None` when it is on another one.
    pub(super) fn reported(
        &mut self,
        now: Instant,
        (server, epoch): (ServerIndex, Epoch),
        progress: &Progress,
    ) -> Option<PowerInput> {
        let Progress { id, state, done, of, cause } = *progress;
        if id != self.id {
            return None;
        }
        self.next = now + SILENT;
        Some(PowerInput::Reported { server, epoch, action: self.action, state, done, of, cause })
    }
}
