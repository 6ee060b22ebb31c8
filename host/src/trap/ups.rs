//! Traps of UPSes: they have the UPS read at once, and prove nothing.
//!
//! Whatever trap comes from the address of a UPS's card, it is worth a look; so nothing in it is
//! believed, and a trap of version 3 is not even opened.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::ber::Heard;

/// A UPS is read for traps once in so long; one that comes meanwhile is not lost but waits.
const QUIET: Duration = Duration::from_millis(100);

/// 1.3.6.1.2.1.33.2, below which are the traps of RFC 1628.
const STANDARD: [u8; 7] = [0x2b, 6, 1, 2, 1, 33, 2];
/// 1.3.6.1.4.1.318.
const APC: [u8; 7] = [0x2b, 6, 1, 4, 1, 0x82, 0x3e];
/// The generic kind of traps that only their enterprise explains.
const SPECIFIC: u32 = 6;

/// Wakes whoever reads a UPS. A bell that rings during a reading has it read once more.
pub(crate) type Bell = Arc<Notify>;

/// The UPSes, by the addresses of their cards. It changes when the configuration is read again.
#[derive(Debug, Default)]
pub(super) struct Bells(Mutex<HashMap<IpAddr, Rung>>);

#[derive(Debug, Default)]
struct Rung {
    bells: Vec<Bell>,
    next: Option<Instant>,
}

/// What a trap has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Struck {
    /// The UPSes behind that address are read at once.
    Now,
    /// They were read a moment ago, and are again a moment later.
    Soon,
    /// No UPS is there.
    Nobody,
}

impl Bells {
    /// From now on these.
    pub(super) fn renew(&self, bells: impl IntoIterator<Item = (IpAddr, Bell)>) {
        let mut all: HashMap<IpAddr, Rung> = HashMap::new();
        for (address, bell) in bells {
            all.entry(address.to_canonical()).or_default().bells.push(bell);
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }

    /// Rings for the UPSes behind any of those addresses. Called inside the runtime.
    pub(super) fn ring(&self, of: &[IpAddr]) -> Struck {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = of.iter().map(IpAddr::to_canonical).find(|one| all.contains_key(one));
        let Some(rung) = known.and_then(|address| all.get_mut(&address)) else {
            return Struck::Nobody;
        };
        let now = Instant::now();
        match rung.next {
            // One more is on its way already.
            Some(next) if next > now + QUIET => Struck::Soon,
            Some(next) if next > now => {
                rung.next = Some(next + QUIET);
                let bells = rung.bells.clone();
                tokio::spawn(async move {
                    tokio::time::sleep_until(next).await;
                    bells.iter().for_each(|bell| bell.notify_one());
                });
                Struck::Soon
            }
            _ => {
                rung.next = Some(now + QUIET);
                rung.bells.iter().for_each(|bell| bell.notify_one());
                Struck::Now
            }
        }
    }
}

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
