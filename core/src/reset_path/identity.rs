//! Who we are, and the nonces that we make.

use core::num::NonZeroU64;
use core::time::Duration;

use crate::crypto::{Hash, HmacKey, MAX_DIGEST};
use crate::rng::Chance;
use crate::secret::Secret;
use crate::time::Instant;
use crate::types::{Epoch, Party};

/// How long an echo of a nonce counts after the nonce was made.
pub const NONCE_VALID: Duration = Duration::from_secs(10);

/// The longest time for which a nonce is the present one.
const LONGEST_TICK: Duration = Duration::from_secs(1);
/// The shortest: it bounds the search for the nonce that an echo is of.
const SHORTEST_TICK: Duration = Duration::from_millis(10);
/// So many nonces are made within a `patrol`, so that the age of an echo tells liveness.
const TICKS_PER_PATROL: u32 = 8;

/// One start of a party of a cluster.
///
/// Nonces are not kept but derived: from a secret of this start, the peer, the path and the time.
#[derive(Debug)]
pub struct Identity {
    party: Party,
    cluster: u16,
    epoch: Epoch,
    secret: Secret<MAX_DIGEST>,
    /// How long a nonce is the present one, in microseconds.
    tick: NonZeroU64,
}

impl Identity {
    /// The start `epoch` of `party`, in a cluster that takes a peer for dead after `patrol`.
    ///
    /// The epoch must be above all earlier ones of this party, and durable. A nonce is new every
    /// eighth of `patrol`, but at least every second and at most every 10 ms.
    pub fn new(
        party: Party,
        cluster: u16,
        epoch: Epoch,
        patrol: Duration,
        chance: &mut impl Chance,
    ) -> Self {
        let mut secret = [0; MAX_DIGEST];
        chance.fill(&mut secret);
        let secret = Secret::from(secret);
        let tick = (patrol / TICKS_PER_PATROL).clamp(SHORTEST_TICK, LONGEST_TICK);
        let micros = u64::try_from(tick.as_micros()).unwrap_or(u64::MAX);
        let tick = NonZeroU64::new(micros).unwrap_or(NonZeroU64::MAX);
        Self { party, cluster, epoch, secret, tick }
    }

    /// Who we are.
    pub const fn party(&self) -> Party {
        self.party
    }

    /// The cluster's number.
    pub const fn cluster(&self) -> u16 {
        self.cluster
    }

    /// This start.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The present nonce for `peer` (`None` = many, or not yet known) on `path`; never 0.
    pub fn nonce(&self, now: Instant, peer: Option<Party>, path: u8) -> u64 {
        derived(&self.key(), peer, path, self.tick_at(now))
    }

    /// When the nonce was made that `peer` echoes on `path`; `None` when it is no nonce that we
    /// made for that party, or for one not yet known, in the last 10 s.
    ///
    /// With `after` only nonces made later than that count.
    pub fn when_made(
        &self,
        now: Instant,
        peer: Party,
        path: u8,
        echo: u64,
        after: Option<Instant>,
    ) -> Option<Instant> {
        if echo == 0 {
            return None;
        }
        let key = self.key();
        let is_ours = |tick| {
            echo == derived(&key, Some(peer), path, tick) || echo == derived(&key, None, path, tick)
        };
        let mut tick = self.tick_at(now);
        loop {
            let made = self.began(tick);
            if now.since(made) > NONCE_VALID || after.is_some_and(|after| made <= after) {
                return None;
            }
            if is_ours(tick) {
                return Some(made);
            }
            tick = tick.checked_sub(1)?;
        }
    }

    fn key(&self) -> HmacKey {
        HmacKey::new(Hash::Sha256, self.secret.expose_padded())
    }

    fn tick_at(&self, now: Instant) -> u64 {
        now.as_micros() / self.tick
    }

    /// The nonce of a tick is made when the tick begins: nobody can have seen it before.
    fn began(&self, tick: u64) -> Instant {
        Instant::from_micros(tick.saturating_mul(self.tick.get()))
    }
}

fn derived(key: &HmacKey, peer: Option<Party>, path: u8, tick: u64) -> u64 {
    let peer = peer.map_or(0, Party::code).to_be_bytes();
    let code = key.code(&[&peer, &[path], &tick.to_be_bytes()]);
    let nonce = code.expose().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    // 0 stands for no nonce.
    nonce.max(1)
}
