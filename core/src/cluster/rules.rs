//! What the operator decides about a cluster.

use crate::time::Millis;

/// What becomes of a host that nobody hears on the monitoring paths, but that says on the reset
/// path that it is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OnIsolation {
    /// It goes on; the requester is refused.
    Keep,
    /// It is fenced.
    Fence,
}

/// The rules of a cluster that its configuration sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// For how long a host counts as alive by its last word. Default 5 s; the members' own.
    pub patrol: Millis,
    /// For how long a host that was switched on after a fencing, and was not heard since, is not
    /// fenced again. Default 300 s; longer than any host takes from power-on to its member.
    pub boot_grace: Millis,
    /// How many hosts must be left when one is fenced, the requester among them. Default 1.
    pub min_survivors: u8,
    /// How many hosts may be at once on their way from the request to the confirmation of off.
    /// Default 2.
    pub max_resets_in_flight: u8,
    /// Whether a host that is isolated, but alive and active, is fenced. Default: it is kept.
    pub on_isolation: OnIsolation,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            patrol: Millis::from_secs(5),
            boot_grace: Millis::from_secs(300),
            min_survivors: 1,
            max_resets_in_flight: 2,
            on_isolation: OnIsolation::Keep,
        }
    }
}
