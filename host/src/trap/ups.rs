//! Traps of UPSes: they have the UPS read at once, and prove nothing.
//!
//! Whatever trap comes from the address of a UPS's card, it is worth a look; so nothing in it is
//! believed, and a trap of version 3 is not even opened.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use komainu_core::types::UpsIndex;
use tokio::time::Instant;

use super::ber::Heard;

/// A UPS is hinted at once in so long; a trap that comes meanwhile is not lost but waits.
const QUIET: Duration = Duration::from_millis(200);

/// 1.3.6.1.2.1.33.2, below which are the traps of RFC 1628.
const STANDARD: [u8; 7] = [0x2b, 6, 1, 2, 1, 33, 2];
/// 1.3.6.1.4.1.318.
const APC: [u8; 7] = [0x2b, 6, 1, 4, 1, 0x82, 0x3e];
/// The generic kind of traps that only their enterprise explains.
const SPECIFIC: u32 = 6;

/// Whether it is a UPS's trap by its name. Version 1 has the number beside the name, later ones at
/// its end, with or without a 0 between: vendors differ.
pub(super) fn is_of_ups(heard: &Heard<'_>) -> bool {
    let name = match heard {
        Heard::V1(trap) if trap.generic == SPECIFIC => trap.enterprise,
        Heard::V2([name @ .., _]) => name,
        Heard::V1(_) | Heard::V2(_) | Heard::V3 => return false,
    };
    let name = name.strip_suffix(&[0]).unwrap_or(name);
    [STANDARD, APC].iter().any(|family| name == family)
}

/// Spaces the hints about each UPS, so that a storm of traps is none of hints.
#[derive(Debug, Default)]
pub(super) struct Spacing {
    /// When each UPS may be hinted at again, and whether that is wanted.
    next: BTreeMap<UpsIndex, (Instant, bool)>,
}

impl Spacing {
    /// Whether a trap of that UPS is a hint now. If not, it is one later.
    pub(super) fn strike(&mut self, ups: UpsIndex, now: Instant) -> bool {
        let (next, wanted) = self.next.entry(ups).or_insert((now, false));
        if *next > now || *wanted {
            *wanted = true;
            return false;
        }
        *next = now + QUIET;
        true
    }

    /// When the next one that waits is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.next.values().filter(|(_, wanted)| *wanted).map(|(next, _)| *next).min()
    }

    /// One that has waited long enough.
    pub(super) fn take(&mut self, now: Instant) -> Option<UpsIndex> {
        let ready = |(next, wanted): &(Instant, bool)| *wanted && *next <= now;
        let (ups, state) = self.next.iter_mut().find(|(_, state)| ready(state))?;
        *state = (now + QUIET, false);
        Some(*ups)
    }
}
