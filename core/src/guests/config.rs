//! What is configured of the guests of a host.

use core::fmt;
use core::time::Duration;

use heapless::Vec;

use crate::limits::MAX_GUESTS;
use crate::time::Millis;
use crate::types::GroupName;

use super::set::{GuestIndex, GuestSet};

/// What names a guest for good: it outlives a change of the configuration, in which a guest may
/// get another place. Whoever knows the names chooses it, one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GuestId(pub u64);

/// Who starts and stops a guest with its host. The two ways exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Way {
    /// The hypervisor, by its own automatic actions when the host starts and shuts down. Komainu
    /// only watches.
    Hypervisor,
    /// Komainu, in the configured order. The hypervisor's automatic start is off.
    Komainu,
}

/// What is done to a guest that is still there at its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LastResort {
    /// It is switched off.
    Off,
    /// Its state is saved to the disk.
    Save,
    /// Nothing: it is left to the shutdown of its host, and counts as failed.
    Leave,
}

/// A guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestConfig {
    /// Names it for good.
    pub id: GuestId,
    /// The group that a directive may be about; empty = it is only in the group of all.
    pub group: GroupName,
    /// Guests that are started, and ready, before it is, and stopped after it.
    pub after: GuestSet,
    /// Who starts and stops it.
    pub way: Way,
    /// How long it has for stopping, from the first time that it is asked. 120 s by default.
    pub stop_limit: Millis,
    /// How long it has for starting, until it is ready. 300 s by default.
    pub start_limit: Millis,
    /// What is done when it has not stopped by then. [`LastResort::Off`] by default.
    pub last_resort: LastResort,
    /// Whether it says when it is ready; otherwise it is so as soon as it is on. Off by default.
    pub ready: bool,
}

impl GuestConfig {
    /// A guest in no group, that needs no other, with the defaults.
    pub fn new(id: GuestId) -> Self {
        Self {
            id,
            group: GroupName::default(),
            after: GuestSet::EMPTY,
            way: Way::Komainu,
            stop_limit: Millis::from_secs(120),
            start_limit: Millis::from_secs(300),
            last_resort: LastResort::Off,
            ready: false,
        }
    }
}

/// The guests of a host. They fit together: that was checked.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(super) guests: Vec<GuestConfig, MAX_GUESTS>,
    /// Every guest behind those that it needs.
    pub(super) order: Vec<u8, MAX_GUESTS>,
    /// After so long a guest that has not stopped is asked again; none = it is asked once.
    pub(super) ask_again: Option<Millis>,
}

impl Config {
    /// No guests.
    pub const NONE: Self = Self { guests: Vec::new(), order: Vec::new(), ask_again: None };

    /// Those guests, by their places.
    ///
    /// A guest that is asked to stop and has not done so is asked again after `ask_again`: it may
    /// have been too early in its own start to hear.
    pub fn new(guests: &[GuestConfig], ask_again: Option<Millis>) -> Result<Self, ConfigError> {
        let guests = Vec::from_slice(guests).map_err(|_| ConfigError::Full)?;
        if ask_again.is_some_and(|again| again.duration() == Duration::ZERO) {
            return Err(ConfigError::AskAgain);
        }
        for (at, guest) in guests.iter().enumerate() {
            check(&guests, at, guest)?;
        }
        let order = sorted(&guests)?;
        Ok(Self { guests, order, ask_again })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.guests.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.guests.is_empty()
    }
}

fn index(at: usize) -> GuestIndex {
    GuestIndex(u8::try_from(at).unwrap_or(u8::MAX))
}

fn check(guests: &[GuestConfig], at: usize, guest: &GuestConfig) -> Result<(), ConfigError> {
    let own = index(at);
    if guests.iter().skip(at + 1).any(|other| other.id == guest.id) {
        return Err(ConfigError::SameId(own));
    }
    let zero = |limit: Millis| limit.duration() == Duration::ZERO;
    if zero(guest.stop_limit) || zero(guest.start_limit) {
        return Err(ConfigError::Limit(own));
    }
    for needed in guest.after.iter() {
        let other = guests.get(usize::from(needed.0));
        let other = other.ok_or(ConfigError::Unknown(own, needed))?;
        if other.way != Way::Komainu || guest.way != Way::Komainu {
            return Err(ConfigError::OtherWay(own, needed));
        }
    }
    Ok(())
}

/// Every guest behind those that it needs.
fn sorted(guests: &[GuestConfig]) -> Result<Vec<u8, MAX_GUESTS>, ConfigError> {
    let mut order = Vec::new();
    let mut placed = GuestSet::EMPTY;
    while order.len() < guests.len() {
        let free = |(at, guest): &(usize, &GuestConfig)| {
            !placed.contains(index(*at)) && guest.after.iter().all(|other| placed.contains(other))
        };
        let Some((at, _)) = guests.iter().enumerate().find(free) else {
            return Err(ConfigError::Circle(circle(guests, placed)));
        };
        placed.insert(index(at));
        // There are no more than guests.
        let _ = order.push(index(at).0);
    }
    Ok(order)
}

/// A circle among those that could not be placed: each of them needs another one of them.
fn circle(guests: &[GuestConfig], placed: GuestSet) -> Circle {
    let waits = |at: &GuestIndex| !placed.contains(*at);
    let mut path: Vec<GuestIndex, MAX_GUESTS> = Vec::new();
    let mut next = (0..guests.len()).map(index).find(waits);
    while let Some(at) = next {
        if let Some(start) = path.iter().position(|seen| *seen == at) {
            let round = path.get(start..).unwrap_or_default();
            return Circle(Vec::from_slice(round).unwrap_or_default());
        }
        // Nobody is in it twice.
        let _ = path.push(at);
        next = guests.get(usize::from(at.0)).and_then(|guest| guest.after.iter().find(waits));
    }
    Circle(path)
}

/// Guests that need one another: each the next, the last the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle(Vec<GuestIndex, MAX_GUESTS>);

impl Circle {
    /// The guests.
    pub fn guests(&self) -> &[GuestIndex] {
        &self.0
    }
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// More guests than a host may have.
    Full,
    /// The time after which a guest is asked again is zero.
    AskAgain,
    /// Another guest has the id of this one.
    SameId(GuestIndex),
    /// A limit of that guest is zero.
    Limit(GuestIndex),
    /// The first comes after the second, which is not configured.
    Unknown(GuestIndex, GuestIndex),
    /// The first comes after the second, and not both are started and stopped by Komainu.
    OtherWay(GuestIndex, GuestIndex),
    /// Guests need one another.
    Circle(Circle),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(f, "more than {MAX_GUESTS} guests: leave some to the hypervisor"),
            Self::AskAgain => f.write_str("a guest cannot be asked again after no time at all"),
            Self::SameId(guest) => write!(f, "guest {} has the id of another", guest.0),
            Self::Limit(guest) => write!(f, "the limits of guest {} must not be zero", guest.0),
            Self::Unknown(guest, other) => {
                write!(f, "guest {} comes after guest {}, which is unknown", guest.0, other.0)
            }
            Self::OtherWay(guest, other) => write!(
                f,
                "guest {} comes after guest {}, but the hypervisor keeps no order: have Komainu \
                 start and stop both",
                guest.0, other.0
            ),
            Self::Circle(circle) => {
                f.write_str("guests come after one another in a circle:")?;
                for guest in circle.guests() {
                    write!(f, " {}", guest.0)?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for ConfigError {}
