//! What we know of one other party on one path (section 2: *Replay*, *Freshness*, *Liveness*).

use core::num::{NonZeroU32, NonZeroU64};
use core::time::Duration;

use super::window::{Place, Window};
use super::{ClusterKeys, Identity, seal};
use crate::counters::ResetDiscard;
use crate::time::{Instant, Millis};
use crate::types::{Epoch, Party};
use crate::wire::Full;
use crate::wire::reset::{Header, Kind, Message};

/// How often a party without a valid echo is given a nonce to echo.
const CHALLENGE_INTERVAL: Millis = Millis::from_secs(1);

/// The state with one other party on one path. A connector has one per host.
#[derive(Debug)]
pub struct Dialogue {
    peer: Party,
    path: u8,
    /// The highest sequence that we have sent to that party alone.
    sent: u64,
    heard: Option<Heard>,
    /// When the newest nonce of ours was made that the party has echoed.
    echoed: Option<Stamp>,
    /// When it was last given a nonce to echo: its present start, and another one. In milliseconds
    /// of which the last 32 bits are kept: an interval is all that is told from them.
    challenged: [Option<NonZeroU32>; 2],
}

/// What the datagrams that were accepted leave behind.
#[derive(Clone, Copy, Debug)]
struct Heard {
    epoch: Epoch,
    /// The highest epoch ever accepted; above the present one after the sender's clock or store
    /// went back, so that captures from between the two do not pass for a restart.
    highest: Epoch,
    direct: Window,
    many: Window,
    /// Their newest nonce; 0 = none.
    nonce: u64,
    at: Instant,
    verified: bool,
}

impl Heard {
    const fn of(epoch: Epoch, highest: Epoch, at: Instant) -> Self {
        let (direct, many) = (Window::new(), Window::new());
        Self { epoch, highest, direct, many, nonce: 0, at, verified: false }
    }
}

/// How new a datagram is that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// When the nonce of ours that it echoes was made; `None` when it echoes none, or one made
    /// more than 10 s ago.
    pub echo: Option<Instant>,
    /// Whether its sequence is the highest accepted from this sender on this path.
    pub newest: bool,
    /// Whether the sender has started anew since its last datagram.
    pub restarted: bool,
    /// Whether its epoch is below the last one: the sender's clock or store went back, which the
    /// operator should be warned of. Proved by the echo.
    pub went_back: bool,
    /// Whether a PathStatus with a valid echo has shown this epoch of the sender.
    pub verified: bool,
}

impl Freshness {
    /// Whether a message of `kind` that came so counts; otherwise why it does not.
    ///
    /// A Directive is to be tested again when it is acted on: its echo may have become too old.
    pub const fn check(&self, kind: Kind) -> Result<(), ResetDiscard> {
        let (newest, fresh) = match kind {
            Kind::PathCheck | Kind::PathStatus | Kind::Heartbeat => (false, false),
            Kind::ResetRequest | Kind::Directive | Kind::Handover => (true, true),
            Kind::ResetResult | Kind::Report => (false, true),
            Kind::Notice if self.verified => (false, false),
            Kind::Notice => return Err(ResetDiscard::Unverified),
        };
        if newest && !self.newest {
            Err(ResetDiscard::Overtaken)
        } else if fresh && self.echo.is_none() {
            Err(ResetDiscard::Stale)
        } else {
            Ok(())
        }
    }
}

impl Dialogue {
    /// Nothing was heard from `peer` on `path`, nor sent.
    pub const fn new(peer: Party, path: u8) -> Self {
        Self { peer, path, sent: 0, heard: None, echoed: None, challenged: [None; 2] }
    }

    /// With whom.
    pub const fn peer(&self) -> Party {
        self.peer
    }

    /// 0 = reset path, 1 to 255 = that monitoring path.
    pub const fn path(&self) -> u8 {
        self.path
    }

    /// Holds the header of an authentic datagram against what was heard before. When it is
    /// refused, nothing has changed.
    pub fn accept(
        &mut self,
        identity: &Identity,
        now: Instant,
        header: &Header,
    ) -> Result<Freshness, ResetDiscard> {
        if header.sender != self.peer || header.path != self.path {
            return Err(ResetDiscard::Sender);
        }
        let mut heard = self.in_epoch(identity, now, header)?;
        let window = match header.destination {
            Some(_) => &mut heard.direct,
            None => &mut heard.many,
        };
        let place = window.place(header.sequence).ok_or(ResetDiscard::Replayed)?;
        window.mark(header.sequence);
        let newest = matches!(place, Place::Ahead);
        if newest && header.nonce != 0 {
            heard.nonce = header.nonce;
        }
        let echo = self.when_made(identity, now, header, None);
        heard.verified |= header.kind == Kind::PathStatus && echo.is_some();
        heard.at = now;
        let before = self.epoch();
        self.heard = Some(heard);
        self.echoed = self.echoed.max(echo.map(Stamp::of));
        Ok(Freshness {
            echo,
            newest,
            restarted: before.is_some_and(|before| heard.epoch > before),
            went_back: before.is_some_and(|before| heard.epoch < before),
            verified: heard.verified,
        })
    }

    /// What was heard in the datagram's epoch, if that is one to accept.
    fn in_epoch(
        &self,
        identity: &Identity,
        now: Instant,
        header: &Header,
    ) -> Result<Heard, ResetDiscard> {
        let epoch = header.epoch;
        match self.heard {
            None => Ok(Heard::of(epoch, epoch, now)),
            Some(heard) if epoch == heard.epoch => Ok(heard),
            Some(heard) if epoch > heard.highest => Ok(Heard::of(epoch, epoch, now)),
            // No capture holds a nonce that was made after the last datagram was accepted. But
            // what the sender said earlier in that epoch may have been heard before, if a capture
            // of a higher one came in between, so the window begins here.
            Some(heard) => self
                .when_made(identity, now, header, Some(heard.at))
                .map(|_| Heard {
                    direct: Window::from(header.sequence),
                    ..Heard::of(epoch, heard.highest, now)
                })
                .filter(|_| header.destination.is_some())
                .ok_or(ResetDiscard::Epoch),
        }
    }

    fn when_made(
        &self,
        identity: &Identity,
        now: Instant,
        header: &Header,
        after: Option<Instant>,
    ) -> Option<Instant> {
        identity.when_made(now, self.peer, self.path, header.echo, after)
    }

    /// Seals a message for this party alone, and says how long the datagram is.
    pub fn seal(
        &mut self,
        identity: &Identity,
        keys: &ClusterKeys,
        now: Instant,
        message: &Message,
        out: &mut [u8],
    ) -> Result<usize, Full> {
        let echo = self.heard.map_or(0, |heard| heard.nonce);
        self.seal_across(identity, keys, now, message, echo, out)
    }

    /// The same, echoing a nonce that came by another path: for a party that is not heard on this
    /// one, though it may hear us there.
    pub fn seal_across(
        &mut self,
        identity: &Identity,
        keys: &ClusterKeys,
        now: Instant,
        message: &Message,
        echo: u64,
        out: &mut [u8],
    ) -> Result<usize, Full> {
        let header = Header {
            kind: message.kind(),
            many: false,
            cluster: identity.cluster(),
            sender: identity.party(),
            destination: Some(self.peer),
            key_number: keys.sends_with(),
            path: self.path,
            epoch: identity.epoch(),
            sequence: self.sent.saturating_add(1),
            echo,
            nonce: identity.nonce(now, Some(self.peer), self.path),
        };
        let len = seal(keys.sending(), &header, message, out)?;
        self.sent = header.sequence;
        Ok(len)
    }

    /// The newest nonce that came by this path, to be echoed, and when something last came.
    pub fn to_echo(&self) -> Option<(u64, Instant)> {
        self.heard.map(|heard| (heard.nonce, heard.at))
    }

    /// Whether the peer hears us and we hear it: it has echoed a nonce of ours that is younger
    /// than `patrol`. Ends at [`Dialogue::alive_until`].
    pub fn is_alive(&self, now: Instant, patrol: Duration) -> bool {
        self.alive_until(patrol).is_some_and(|until| now < until)
    }

    /// Until when the peer counts as alive on this path, if it has ever been.
    pub fn alive_until(&self, patrol: Duration) -> Option<Instant> {
        self.echoed().map(|made| made + patrol)
    }

    /// When the newest nonce of ours was made that the peer has echoed in time.
    pub fn echoed(&self) -> Option<Instant> {
        self.echoed.map(Stamp::instant)
    }

    /// The present start of the peer; `None` while nothing was accepted.
    pub fn epoch(&self) -> Option<Epoch> {
        self.heard.map(|heard| heard.epoch)
    }

    /// The present start of the peer, if a PathStatus with a valid echo has shown it.
    pub fn verified_epoch(&self) -> Option<Epoch> {
        self.heard.filter(|heard| heard.verified).map(|heard| heard.epoch)
    }

    /// When the last datagram was accepted.
    pub fn last_accepted(&self) -> Option<Instant> {
        self.heard.map(|heard| heard.at)
    }

    /// The highest sequence accepted of those sent to us alone in the present epoch; 0 = none.
    pub fn highest_sequence(&self) -> u64 {
        self.heard.map_or(0, |heard| heard.direct.highest())
    }

    /// Whether an authentic PathCheck of the epoch `of` without a valid echo may now be answered
    /// with a nonce to echo; notes it as answered if so. At most once per second, and once for
    /// what is not of the present epoch: a capture shall not use up the present start's.
    pub fn may_challenge(&mut self, now: Instant, of: Epoch) -> bool {
        let is_present = self.epoch() == Some(of);
        let [present, another] = &mut self.challenged;
        let last = if is_present { present } else { another };
        let now = NonZeroU32::MIN.saturating_add((now.as_micros() / 1000) as u32);
        let since = |last: NonZeroU32| now.get().wrapping_sub(last.get());
        let may = last.is_none_or(|last| since(last) >= CHALLENGE_INTERVAL.get());
        if may {
            *last = Some(now);
        }
        may
    }
}

/// A moment that leaves room for "never" in eight bytes. It is one microsecond short at the end
/// of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp(NonZeroU64);

impl Stamp {
    const fn of(instant: Instant) -> Self {
        Self(NonZeroU64::MIN.saturating_add(instant.as_micros()))
    }

    const fn instant(self) -> Instant {
        Instant::from_micros(self.0.get() - 1)
    }
}

const _: () = assert!(size_of::<Dialogue>() <= 112, "a connector has one per host");
