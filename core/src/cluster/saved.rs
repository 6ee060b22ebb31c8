//! What of a cluster is durable.

use super::host::{Fencing, Phase, bit};
use super::moment::Moment;
use super::{Cluster, Host, SavedActing};
use crate::journal::{Get, Mark, Put};
use crate::time::Instant;
use crate::types::{ChassisAction, HostAddress, ResetMethod, Term, Token};

/// The durable part of a [`Cluster`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavedCluster {
    /// Who acts.
    pub acting: SavedActing,
    /// Its tokens.
    pub tokens: SavedTokens,
    /// Whether the operator has ordered maintenance.
    pub maintenance: bool,
}

/// The durable part of the fencing tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavedTokens {
    /// No token above it was given, as far as is known.
    pub ceiling: Token,
    /// Whether that is so: a record that was lost may have told of a higher one.
    pub known: bool,
}

/// The durable part of a [`Host`] whose fencing is not over, or that was not seen again since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedHost {
    /// Which host.
    pub address: HostAddress,
    pub(super) phase: Phase,
    method: ResetMethod,
    sent: u8,
    token: Token,
    by_operator: bool,
}

impl Cluster {
    /// What shall be durable of it.
    pub const fn saved(&self) -> SavedCluster {
        SavedCluster {
            acting: self.acting.saved(),
            tokens: self.tokens.saved(),
            maintenance: self.maintenance,
        }
    }
}

impl Host {
    /// What shall be durable of it, if anything.
    pub fn saved(&self) -> Option<SavedHost> {
        let Fencing { phase, method, sent, token, by_operator, .. } = self.fencing;
        let address = self.address;
        let kept = phase != Phase::Free;
        kept.then_some(SavedHost { address, phase, method, sent, token, by_operator })
    }

    /// Goes on where the record ends. A fencing that was interrupted is working again; every host
    /// in it counts as not seen since now, and the old BMC session as open until
    /// [`View::session_ended`](super::View::session_ended).
    pub fn restore(&mut self, now: Instant, saved: &SavedHost) {
        let SavedHost { address: _, phase, method, sent, token, by_operator } = *saved;
        let on = sent & bit(ChassisAction::On) != 0;
        self.fencing = Fencing {
            phase,
            method,
            token,
            sent,
            earlier: sent,
            mark: Mark::STORED,
            commanded: if sent != 0 { Moment::at(now) } else { Moment::NONE },
            session: sent != 0,
            resumed: phase == Phase::Fencing,
            ended: Moment::at(now),
            switched_on: if on { Moment::at(now) } else { Moment::NONE },
            by_operator,
        };
    }

    /// No BMC session is open that carried commands, whatever the record of the fencing says: it
    /// tells of a command before that leaves, and of the session as long as that may be open.
    pub fn has_no_session(&mut self) {
        self.fencing.session = false;
    }
}

impl SavedCluster {
    /// Puts its fields.
    pub fn put(&self, put: &mut Put<'_>) {
        let flags = u8::from(self.acting.chosen)
            | u8::from(self.maintenance) << 1
            | u8::from(self.tokens.known) << 2;
        put.u8(flags).u16(self.acting.term.0).u16(self.acting.highest.0);
        put.u64(self.tokens.ceiling.0);
    }

    /// Gets its fields; `None` when there are too few.
    pub fn get(get: &mut Get<'_>) -> Option<Self> {
        let flags = get.u8()?;
        let (term, highest) = (Term(get.u16()?), Term(get.u16()?));
        let ceiling = Token(get.u64()?);
        Some(Self {
            acting: SavedActing { term, highest, chosen: flags & 1 != 0 },
            tokens: SavedTokens { ceiling, known: flags & 4 != 0 },
            maintenance: flags & 2 != 0,
        })
    }

    /// The same when it may not be the last that was durable.
    #[must_use]
    pub const fn outdated(mut self) -> Self {
        self.tokens.known = false;
        self
    }
}

/// The number of each phase in the record.
const PHASES: [(Phase, u8); 5] = [
    (Phase::Fencing, 1),
    (Phase::OffConfirmed, 2),
    (Phase::PowerOnDue, 3),
    (Phase::Fenced, 4),
    (Phase::Failed, 5),
];

impl SavedHost {
    /// The same when it may not be the last that was durable: anything may have been sent, and off
    /// been read. So it is looked at, and no more.
    #[must_use]
    pub const fn outdated(mut self) -> Self {
        self.sent = u8::MAX;
        self
    }

    /// Puts its fields.
    pub fn put(&self, put: &mut Put<'_>) {
        let code = PHASES.iter().find(|(phase, _)| *phase == self.phase);
        put.u16(self.address.get()).u8(code.map_or(0, |(_, code)| *code));
        put.u8(self.method.code()).u8(self.sent).u8(u8::from(self.by_operator)).u64(self.token.0);
    }

    /// Gets its fields; `None` when there are too few, or one means nothing.
    pub fn get(get: &mut Get<'_>) -> Option<Self> {
        let address = HostAddress::new(get.u16()?)?;
        let code = get.u8()?;
        let (phase, _) = PHASES.into_iter().find(|(_, known)| *known == code)?;
        let method = ResetMethod::of(get.u8()?)?;
        let (sent, by_operator) = (get.u8()?, get.u8()? != 0);
        Some(Self { address, phase, method, sent, token: Token(get.u64()?), by_operator })
    }
}
