//! UPSes with a network card that speaks SNMP: the standard UPS objects (RFC 1628) and those of
//! APC (PowerNet).
//!
//! Versions 1 and 2c send the community, and with it every order, in the clear; version 3 with
//! authentication and privacy does not. A card that does not know a community or an address says
//! nothing. To a wrong user or key of version 3 it answers, but cannot prove that it is the card
//! that does, so that this is not believed. All of this is [`UpsFailure::Silent`].

mod link;
mod oids;
mod powernet;
mod rfc1628;
mod setup;
#[cfg(test)]
mod tests;
mod values;

use std::time::Duration;

use komainu_core::types::{UpsAnswer, UpsFailure, UpsOrder, UpsReading};
use tokio::sync::OnceCell;

use link::Link;
use powernet::PowerNet;
pub use setup::{Access, Digest, Mib, Privacy, Setup, SetupError};

/// How long one request may wait for its answer, by default; it is sent twice.
pub const TIMEOUT: Duration = Duration::from_millis(800);

/// Fewest bytes of a password of version 3 (RFC 3414, section 11.2).
pub(crate) const MIN_PASSWORD: usize = 8;

/// A UPS behind an SNMP agent.
#[derive(Debug)]
pub struct Snmp {
    link: Link,
    mib: OnceCell<Mib>,
    powernet: PowerNet,
    groups: u8,
}

/// Why an order was not taken, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Miss {
    /// It was not, for this reason.
    Not(UpsFailure),
    /// It may have been.
    Perhaps,
}

impl From<UpsFailure> for Miss {
    fn from(failure: UpsFailure) -> Self {
        Self::Not(failure)
    }
}

impl Snmp {
    /// The UPS of that setup. Nothing is sent before it is read.
    ///
    /// # Errors
    /// When a password is too short for version 3, which wants 8 characters.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        let mib = setup.mib.map_or_else(OnceCell::new, |mib| OnceCell::new_with(Some(mib)));
        let groups = setup.groups;
        Ok(Self { link: Link::new(setup)?, mib, powernet: PowerNet::default(), groups })
    }

    /// What the UPS says of itself at this moment.
    ///
    /// # Errors
    /// `Silent` when no answer comes in time, also because community, user or key are wrong;
    /// `AccessDenied` when they may not read this, `UnknownUps` when the agent has no UPS, `Stale`
    /// when it has lost it, `Garbled` when an object is not what the standard says.
    pub async fn read(&self) -> Result<UpsReading, UpsFailure> {
        let read = match self.mib().await? {
            Mib::Rfc1628 => rfc1628::read(&self.link).await,
            Mib::PowerNet => self.powernet.read(&self.link, self.groups).await,
        };
        if read.is_err() {
            self.link.forget();
        }
        read
    }

    /// Has the UPS do it, and reads back whether it will.
    pub async fn order(&self, order: UpsOrder) -> UpsAnswer {
        match self.carry_out(order).await {
            Ok(()) => UpsAnswer::Accepted,
            Err(Miss::Not(failure)) => UpsAnswer::Failed(failure),
            Err(Miss::Perhaps) => UpsAnswer::Unknown,
        }
    }

    /// Whether orders travel so that whoever listens on the network can give them too.
    pub fn orders_in_the_clear(&self) -> bool {
        self.link.orders_in_the_clear()
    }

    async fn carry_out(&self, order: UpsOrder) -> Result<(), Miss> {
        match self.mib().await? {
            Mib::Rfc1628 => rfc1628::order(&self.link, order).await,
            Mib::PowerNet => self.powernet.order(&self.link, self.groups, order).await,
        }
    }

    /// Which objects the card has: those it was set up with, else what it shows when first asked.
    async fn mib(&self) -> Result<Mib, UpsFailure> {
        self.mib.get_or_try_init(|| self.detect()).await.copied()
    }

    /// PowerNet first where the card is of APC: its runtime is finer than whole minutes.
    async fn detect(&self) -> Result<Mib, UpsFailure> {
        let asked = [oids::SYS_OBJECT, rfc1628::SOURCE, powernet::OUTPUT];
        let found = self.link.get(&asked).await?;
        let apc = found.object(oids::SYS_OBJECT)?.is_some_and(|id| id.starts_with(oids::APC));
        let (powernet, standard) = (found.has(powernet::OUTPUT), found.has(rfc1628::SOURCE));
        match (powernet, standard) {
            (true, _) if apc => Ok(Mib::PowerNet),
            (_, true) => Ok(Mib::Rfc1628),
            (true, false) => Ok(Mib::PowerNet),
            (false, false) => Err(UpsFailure::UnknownUps),
        }
    }
}

/// Whole seconds that are not less than the delay.
fn seconds(delay: komainu_core::time::Millis) -> i32 {
    i32::try_from(delay.secs_up()).unwrap_or(i32::MAX)
}
