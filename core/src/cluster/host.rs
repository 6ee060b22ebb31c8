//! What the connector knows of one host of a cluster.

use heapless::Vec;

use super::moment::Moment;
use super::notices::Due;
use crate::journal::Mark;
use crate::time::{Instant, Millis};
use crate::types::{
    Cause, ChassisAction, Epoch, FenceState, HostAddress, HostState, PowerState, RequestId,
    ResetMethod, ServiceReport, Token,
};

/// Most services of a host that are kept for display. What is decided looks at all of them.
pub const SHOWN_SERVICES: usize = 8;

/// After how long without a valid echo a host's path counts as lost: five of its checks, which
/// come every second, and half of one for delay.
pub const PATH_LOST_AFTER: Millis = Millis::new(5_500);

/// A host's place in its cluster, 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HostIndex(pub u8);

/// How far the fencing of a host is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Phase {
    /// There is none, or the host was seen again since.
    #[default]
    Free,
    /// It is being fenced: off is not confirmed.
    Fencing,
    /// Off is confirmed; a plan or maintenance has the power-on wait.
    OffConfirmed,
    /// Off is confirmed, and it is to be switched on.
    PowerOnDue,
    /// It has ended as fenced.
    Fenced,
    /// It has ended without proof of off.
    Failed,
}

/// How the way to a member is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Path {
    /// Nothing was heard since the start, or since the operator had it watched afresh.
    #[default]
    Unknown,
    /// It answers.
    Alive,
    /// It answered, and no longer does. It heals by itself.
    Lost,
}

/// One host. Every change goes through the [`View`](super::View) of its cluster.
#[derive(Clone, Debug)]
pub struct Host {
    pub(super) address: HostAddress,
    /// When the last datagram with a valid echo came, and when the newest nonce was made that
    /// the host has echoed.
    pub(super) heard: Moment,
    pub(super) echoed: Moment,
    pub(super) path: Path,
    pub(super) epoch: Epoch,
    pub(super) state: Option<HostState>,
    pub(super) digest: Option<u32>,
    pub(super) keys: [u8; 2],
    pub(super) services: Vec<ServiceReport, SHOWN_SERVICES>,
    /// The last word of the host: a service is active there.
    pub(super) active: bool,
    pub(super) in_plan: bool,
    pub(super) power: PowerState,
    pub(super) known: PowerState,
    pub(super) power_asked: Moment,
    pub(super) fencing: Fencing,
    /// A refusal that is not held under the request's id, to be sent.
    pub(super) refusal: Option<(RequestId, Cause)>,
    /// Whether a question about this host is not answered for good.
    pub(super) wanted: bool,
    pub(super) power_notice: Option<Due>,
    pub(super) fence_notice: Option<Due>,
}

/// The last fencing of a host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fencing {
    pub(super) phase: Phase,
    pub(super) method: ResetMethod,
    pub(super) token: Token,
    /// Commands that may have been sent, and whether off was read ([`OFF_READ`]): in all, and in an
    /// earlier run of the connector.
    pub(super) sent: u8,
    pub(super) earlier: u8,
    /// The state of the record that first tells of the commands, or that no more of them follow
    /// after a restart.
    pub(super) mark: Mark,
    /// When the last command of this fencing left that ends the host, if one may have.
    pub(super) commanded: Moment,
    /// Whether a BMC session that carried commands may still be open, of an earlier fencing too.
    pub(super) session: bool,
    /// It goes on since an earlier run of the connector, and nothing of it has left in this one.
    pub(super) resumed: bool,
    /// When it ended, or was resumed; the host is seen again by echoing a nonce made later.
    pub(super) ended: Moment,
    /// When the host was switched on after it.
    pub(super) switched_on: Moment,
    pub(super) by_operator: bool,
}

impl Fencing {
    pub(super) const NONE: Self = Self {
        phase: Phase::Free,
        method: ResetMethod::AsConfigured,
        token: Token(0),
        sent: 0,
        earlier: 0,
        mark: Mark::STORED,
        commanded: Moment::NONE,
        session: false,
        resumed: false,
        ended: Moment::NONE,
        switched_on: Moment::NONE,
        by_operator: false,
    };

    /// Whether an earlier run has read off in it, and may have said so: it is looked at, and not
    /// shot for what was asked then.
    pub(super) const fn only_looks(&self) -> bool {
        self.earlier & OFF_READ != 0
    }
}

/// Beside the commands' bits: off was read once in this fencing. Whoever waits may have been
/// told *fenced* then, so that after a restart there is only a look.
pub(super) const OFF_READ: u8 = 1 << 7;

/// Beside them too: its outlets may have been switched off for it, and not on again.
pub(super) const CUT: u8 = 1 << 6;

const _: () = assert!(ChassisAction::ALL.len() < 7);

pub(super) const fn bit(action: ChassisAction) -> u8 {
    1 << action as u8
}

impl Host {
    /// A host of which nothing is known.
    pub const fn new(address: HostAddress) -> Self {
        Self {
            address,
            heard: Moment::NONE,
            echoed: Moment::NONE,
            path: Path::Unknown,
            epoch: Epoch(0),
            state: None,
            digest: None,
            keys: [0; 2],
            services: Vec::new(),
            active: false,
            in_plan: false,
            power: PowerState::Unknown,
            known: PowerState::Unknown,
            power_asked: Moment::NONE,
            fencing: Fencing::NONE,
            refusal: None,
            wanted: false,
            power_notice: None,
            fence_notice: None,
        }
    }

    /// Its host address.
    pub const fn address(&self) -> HostAddress {
        self.address
    }

    /// When it was heard last with a valid echo.
    pub fn heard(&self) -> Option<Instant> {
        self.heard.get()
    }

    /// How the way to it is.
    pub const fn path(&self) -> Path {
        self.path
    }

    /// The epoch of the start that it last proved.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How far it says it is.
    pub const fn state(&self) -> Option<HostState> {
        self.state
    }

    /// The digest of its configuration.
    pub const fn digest(&self) -> Option<u32> {
        self.digest
    }

    /// The numbers of the keys that it accepts; 0 = none.
    pub const fn keys(&self) -> [u8; 2] {
        self.keys
    }

    /// The first [`SHOWN_SERVICES`] services that it reported.
    pub fn services(&self) -> &[ServiceReport] {
        &self.services
    }

    /// Its power by the last reading.
    pub const fn power(&self) -> PowerState {
        self.power
    }

    /// When that reading was asked for: it was read then, or a little later.
    pub fn power_asked(&self) -> Option<Instant> {
        self.power_asked.get()
    }

    /// How far its last fencing is.
    pub const fn phase(&self) -> Phase {
        self.fencing.phase
    }

    /// How it is to be fenced, or was, as it was asked for.
    pub const fn method(&self) -> ResetMethod {
        self.fencing.method
    }

    /// The token of its last fencing; 0 = none.
    pub const fn token(&self) -> Token {
        self.fencing.token
    }

    /// Whether an action may have been sent in its last fencing, by this run or an earlier one.
    pub const fn was_sent(&self, action: ChassisAction) -> bool {
        self.fencing.sent & bit(action) != 0
    }

    /// Whether its outlets may have been switched off for its last fencing, and not on again.
    pub const fn was_cut(&self) -> bool {
        self.fencing.sent & CUT != 0
    }

    /// Whether a question about it is not answered for good.
    pub const fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Whether it takes part in a power plan that runs.
    pub const fn in_plan(&self) -> bool {
        self.in_plan
    }

    /// Its fencing, for display.
    pub fn fence_state(&self) -> FenceState {
        match self.fencing.phase {
            Phase::Free => FenceState::None,
            Phase::Fencing if self.fencing.commanded == Moment::NONE => FenceState::Asked,
            Phase::Fencing => FenceState::Working,
            Phase::Failed => FenceState::Failed,
            Phase::OffConfirmed | Phase::PowerOnDue | Phase::Fenced => {
                if self.fencing.by_operator {
                    FenceState::ConfirmedByOperator
                } else {
                    FenceState::Fenced
                }
            }
        }
    }

    /// Whether it was fenced, or that was tried, and it was not seen again since: it asks for
    /// nothing, and nobody counts on it (rules 3 and 6).
    pub fn is_barred(&self) -> bool {
        self.fencing.phase != Phase::Free
    }

    /// Whether it was heard with a valid echo in the last `span`.
    pub(super) fn heard_within(&self, now: Instant, span: Millis) -> bool {
        self.heard.get().is_some_and(|heard| now <= heard + span)
    }
}
