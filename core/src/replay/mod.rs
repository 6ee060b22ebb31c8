//! Recorded runs: what came in at which moment, and a digest of all that a site did about it.
//!
//! The same recording gives the same digest wherever the core runs, byte for byte: in the tests of
//! a service's machine and in the firmware of an appliance, both of which link this.
//!
//! ```text
//! 0   4  "KMNR"
//! 4   1  version: 1
//! 5   8  milliseconds of UNIX time at the start
//! 13 32  the seed of chance
//! 45  2  length of the configuration block
//! 47     the block, then events: microseconds since the event before (4), kind (1), body
//! ```
//!
//! Before each event the site is polled until it has nothing more to do, and so after the last. It
//! is told at once that its record is durable; the record's bytes belong to what it did.

mod event;
#[cfg(test)]
mod tests;

pub use event::{Event, emit};

use core::fmt::Write as _;

use crate::block::{Block, Fault};
use crate::connector::{MAX_OUT, Restored};
use crate::crypto::{Digest, Sha256Sum};
use crate::rng::Seed;
use crate::site::{Action, Input, Misfit, Site};
use crate::time::Instant;

const MAGIC: [u8; 4] = *b"KMNR";
const VERSION: u8 = 1;
const SEED_LEN: usize = 32;
/// More actions than any drain has.
const MOST: usize = 10_000;

/// What a recording begins with.
#[derive(Clone, Copy)]
pub struct Recording<'r> {
    unix_ms: u64,
    seed: &'r [u8; SEED_LEN],
    block: Block<'r>,
    events: &'r [u8],
}

/// Why a recording cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplayable {
    /// It is none, or is cut off.
    Malformed,
    /// Its configuration block is none.
    Block(Fault),
    /// The pieces of its block do not fit to one another.
    Misfit(Misfit),
    /// The site does not come to rest.
    Endless,
    /// Its record does not fit into the buffer.
    Record,
}

/// How a run went.
#[derive(Debug)]
pub struct Played {
    /// SHA-256 over every moment, action, datagram and record, in order.
    pub digest: Digest,
    /// How many actions there were.
    pub actions: u32,
    /// How many events.
    pub events: u32,
}

/// The start of every recording, before its block.
pub fn header(unix_ms: u64, seed: [u8; SEED_LEN]) -> [u8; 13 + SEED_LEN] {
    let mut header = [0; 13 + SEED_LEN];
    let parts: [&[u8]; 4] = [&MAGIC, &[VERSION], &unix_ms.to_be_bytes(), &seed];
    for (to, from) in header.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *from;
    }
    header
}

impl<'r> Recording<'r> {
    /// A recording that lies there.
    pub fn open(bytes: &'r [u8]) -> Result<Self, Unplayable> {
        let parts = || {
            let (magic, rest) = bytes.split_first_chunk::<4>()?;
            let (version, rest) = rest.split_first_chunk::<1>()?;
            let (unix_ms, rest) = rest.split_first_chunk::<8>()?;
            let (seed, rest) = rest.split_first_chunk::<SEED_LEN>()?;
            let (len, rest) = rest.split_first_chunk::<2>()?;
            let (block, events) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
            let known = *magic == MAGIC && *version == [VERSION];
            known.then_some((u64::from_be_bytes(*unix_ms), seed, block, events))
        };
        let (unix_ms, seed, block, events) = parts().ok_or(Unplayable::Malformed)?;
        let block = Block::open(block).map_err(Unplayable::Block)?;
        Ok(Self { unix_ms, seed, block, events })
    }

    fn restored(&self) -> Restored<'static> {
        Restored { record: None, damaged: false, unix_ms: self.unix_ms }
    }

    /// The site that [`Self::play`] wants. To be built where it stays.
    #[inline(never)]
    pub fn vacant<const N: usize, const C: usize, const U: usize>(
        &self,
    ) -> Result<Site<N, C, U>, Unplayable> {
        let (seed, now) = (Seed::new(*self.seed), Instant::from_micros(0));
        self.block.vacant(&seed, self.restored(), now).map_err(Unplayable::Block)
    }

    /// Plays it to a vacant site; `record` has room for that site's record.
    pub fn play<const N: usize, const C: usize, const U: usize>(
        &self,
        site: &mut Site<N, C, U>,
        record: &mut [u8],
    ) -> Result<Played, Unplayable> {
        self.play_and_look(site, record, &mut |_| {})
    }

    /// The same; `look` is told each event once the site is done with it.
    pub fn play_and_look<const N: usize, const C: usize, const U: usize>(
        &self,
        site: &mut Site<N, C, U>,
        record: &mut [u8],
        look: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Played, Unplayable> {
        let now = Instant::from_micros(0);
        self.block.move_in(site, self.restored(), now).map_err(Unplayable::Misfit)?;
        let mut player = Player::new(site, record);
        let mut rest = self.events;
        player.drain(now, &mut |_, _| {})?;
        let mut now = now;
        while !rest.is_empty() {
            let (since, event, behind) = event::parse(rest).ok_or(Unplayable::Malformed)?;
            rest = behind;
            now = now + since;
            player.take(now, event, &mut |_, _| {})?;
            look(&event);
        }
        Ok(player.end())
    }
}

/// Plays events to a site one by one, and keeps the digest of what it does.
pub struct Player<'p, const N: usize, const C: usize, const U: usize> {
    site: &'p mut Site<N, C, U>,
    record: &'p mut [u8],
    sum: Sha256Sum,
    actions: u32,
    events: u32,
}

impl<'p, const N: usize, const C: usize, const U: usize> Player<'p, N, C, U> {
    /// A player of a site that has begun.
    pub fn new(site: &'p mut Site<N, C, U>, record: &'p mut [u8]) -> Self {
        Self { site, record, sum: Sha256Sum::new(), actions: 0, events: 0 }
    }

    /// Has the site take an event, and do everything that is due before and after; `tell` is told
    /// what it does with which bytes.
    pub fn take(
        &mut self,
        now: Instant,
        event: Event<'_>,
        tell: &mut dyn FnMut(&Action, &[u8]),
    ) -> Result<(), Unplayable> {
        self.drain(now, tell)?;
        self.events = self.events.saturating_add(1);
        // What is opened in place is a copy.
        let mut datagram = [0; MAX_OUT];
        if let Some(input) = event.input(now, &mut datagram) {
            self.site.handle(now, input);
        }
        self.drain(now, tell)
    }

    /// Polls the site until it has nothing more to do.
    pub fn drain(
        &mut self,
        now: Instant,
        tell: &mut dyn FnMut(&Action, &[u8]),
    ) -> Result<(), Unplayable> {
        let mut out = [0; MAX_OUT];
        for _ in 0..MOST {
            let Some(action) = self.site.poll(now, &mut out) else { return Ok(()) };
            let bytes = match action {
                Action::ResetPath { len, .. }
                | Action::Broadcast { len, .. }
                | Action::Bmc { len, .. } => out.get(..len).unwrap_or_default(),
                Action::Persist { .. } => {
                    let len = self.site.record(self.record).map_err(|_| Unplayable::Record)?;
                    self.record.get(..len).unwrap_or_default()
                }
                Action::Answer { .. }
                | Action::Tell(_)
                | Action::ReadUps(_)
                | Action::OrderUps { .. }
                | Action::Run { .. }
                | Action::AnswerPlan { .. }
                | Action::TellPower(_) => &[],
            };
            self.sum.update(&now.as_micros().to_be_bytes());
            // Every word of an action is in its text, which is the same everywhere.
            let _ = write!(Text(&mut self.sum), "{action:?}");
            self.sum.update(bytes);
            self.actions = self.actions.saturating_add(1);
            tell(&action, bytes);
            if let Action::Persist { generation } = action {
                self.site.handle(now, Input::Persisted(generation));
            }
        }
        Err(Unplayable::Endless)
    }

    /// The site itself.
    pub fn site(&self) -> &Site<N, C, U> {
        self.site
    }

    /// How it went.
    pub fn end(mut self) -> Played {
        Played { digest: self.sum.finish(), actions: self.actions, events: self.events }
    }
}

/// Text into a digest.
struct Text<'s>(&'s mut Sha256Sum);

impl core::fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
