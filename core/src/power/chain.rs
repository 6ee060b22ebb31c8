//! One server on its way down, and up again.

use crate::journal::Mark;
use crate::time::Instant;
use crate::types::Epoch;

use super::budget::Steps;
use super::words::{RunId, SwitchFailure};

/// What a server is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// In no plan.
    Free,
    /// In the plan; its stage has not begun.
    Up,
    /// Failover is frozen, and maintenance entered.
    Freezing,
    /// That group of guests is stopped.
    Guests(u8),
    /// The services are stopped.
    Services,
    /// It was asked to shut down by that means.
    ShuttingDown(Means),
    /// It is forced off.
    Forcing,
    /// It reads off.
    Off,
    /// It was forced off in vain, or nobody can say.
    NotProved,
    /// It is this machine, and goes with it.
    Last,
    /// It waits to be started.
    Waiting,
    /// It is switched on.
    Starting,
    /// It reads on, and its member is not heard yet.
    Booting,
    /// The services are started.
    ServicesBack,
    /// That group of guests is started.
    GuestsBack(u8),
    /// Maintenance is left, then failover thawed.
    Leaving,
    /// It did not come back; while the order never arrived, it is given again.
    Dropped,
    /// It has come back after it was given up: its services are started, or that group of guests.
    Late(Option<u8>),
}

impl At {
    /// Whether it brings a server down.
    pub(super) const fn orders(self) -> bool {
        matches!(self, Self::Guests(_) | Self::Services | Self::ShuttingDown(_) | Self::Forcing)
    }
}

/// By what a server is asked to shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    Member,
    Command,
    Bmc,
}

/// How far what a step asks for is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Not asked for; to be asked for from that moment on.
    Due(Instant),
    /// Asked for at that moment: of the member of that epoch, or as that run.
    Sent { at: Instant, to: Option<Epoch>, run: Option<RunId> },
    /// Done, as was said.
    Done { to: Option<Epoch> },
    /// In vain; told or not.
    Failed { why: Option<SwitchFailure>, at: Instant },
}

/// A server that is to go down rejoins the plan so often.
const REJOINS: u8 = 3;

/// What a plan knows of one server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub(super) at: At,
    /// Since when.
    pub(super) since: Instant,
    /// The record that says so.
    pub(super) mark: Mark,
    pub(super) ask: Ask,
    /// How often the present step was asked for.
    pub(super) tries: u8,
    /// It was on when the plan came to it, or was owed a start.
    pub(super) was_on: bool,
    /// It has read off, or was forced off, since the plan came to it.
    pub(super) fell: bool,
    /// The start of its member when the plan came to it, or the one that was told to go since.
    pub(super) member: Option<Epoch>,
    /// How often it has rejoined the plan in the middle of going down.
    pub(super) rejoined: u8,
    /// When it came into the plan.
    pub(super) joined: Instant,
    /// When it was first ordered on.
    pub(super) ordered_on: Option<Instant>,
    /// [`Action::Hold`](super::Action::Hold) was said.
    pub(super) held: bool,
    /// The thaw was said.
    pub(super) thawed: bool,
    /// Its member was told to stop something, and not yet to start it again.
    pub(super) owed: bool,
    /// Is to be told that it is not proved off.
    pub(super) told: bool,
    /// When the first reading of off was asked for, of those without an on between them.
    pub(super) off_read: Option<Instant>,
    /// When the newest reading that was looked at was asked for; in peace, the newest of on.
    pub(super) looked: Option<Instant>,
    /// How long each step took.
    pub(super) steps: Steps,
    /// Since when its BMC says that a supply input has failed.
    pub(super) witness: Option<Instant>,
    /// The proof by feed.
    pub(super) proof: Proof,
}

/// A proof of off by its feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Proof {
    /// Readings that say that each feed is off: when the first and the last was asked for.
    pub(super) dark: Option<(Instant, Instant)>,
    /// The request that was answered.
    pub(super) answered: Option<Instant>,
    /// It ran though each feed read off: that was told, and is durable, until one reads on.
    pub(super) told: bool,
}

impl Proof {
    /// Whether something was seen that ends when power is back.
    pub(super) const fn is_open(&self) -> bool {
        self.dark.is_some() || self.told
    }
}

impl Chain {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            at: At::Free,
            since: now,
            mark: Mark::STORED,
            ask: Ask::Due(now),
            tries: 0,
            was_on: false,
            fell: false,
            member: None,
            rejoined: 0,
            joined: now,
            ordered_on: None,
            held: false,
            thawed: true,
            owed: false,
            told: false,
            off_read: None,
            looked: None,
            steps: Steps::default(),
            witness: None,
            proof: Proof::default(),
        }
    }

    /// Goes over to another step.
    pub(super) fn go(&mut self, at: At, now: Instant, mark: Mark) {
        self.at = at;
        self.since = now;
        self.mark = mark;
        self.ask = Ask::Due(now);
        self.tries = 0;
        self.off_read = None;
        self.looked = None;
    }

    /// It has asked for what the step wants.
    pub(super) fn sent(&mut self, now: Instant, to: Option<Epoch>, run: Option<RunId>) {
        self.ask = Ask::Sent { at: now, to, run };
        self.tries = self.tries.saturating_add(1);
    }

    /// Whether nothing was asked of it in this step yet, by this start of the machine.
    pub(super) const fn is_unasked(&self) -> bool {
        matches!(self.ask, Ask::Due(_)) && self.tries == 0
    }

    /// Whether a plan is concerned with it.
    pub(super) const fn in_plan(&self) -> bool {
        !matches!(self.at, At::Free | At::Dropped | At::Late(_))
    }

    /// Whether it was touched: beyond waiting for its stage.
    pub(super) const fn begun(&self) -> bool {
        self.in_plan() && !matches!(self.at, At::Up)
    }

    /// Whether nothing more can be done to bring it down.
    pub(super) const fn is_down(&self) -> bool {
        matches!(self.at, At::Off | At::NotProved | At::Last | At::Waiting)
    }

    /// Whether it was asked to go down, so that it cannot be kept up.
    pub(super) const fn is_falling(&self) -> bool {
        matches!(self.at, At::ShuttingDown(_) | At::Forcing)
    }

    /// Whether it may still rejoin the plan: one whose member dies each time that it is told to go
    /// goes in the end.
    pub(super) const fn may_rejoin(&self) -> bool {
        self.rejoined < REJOINS
    }

    /// Whether it runs, with nothing of the plan left on it but maintenance.
    pub(super) const fn is_back(&self) -> bool {
        matches!(self.at, At::Free | At::Up | At::Leaving | At::Dropped | At::Late(_))
    }
}
