//! How resets are decided in a cluster.

use crate::time::Millis;

/// How resets are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A host that is silent for so long counts as dead. Default 5 s.
    pub patrol: Millis,
    /// A host that was switched on after a fencing is not shot again for so long. Default 300 s.
    pub boot_grace: Millis,
    /// So many hosts must be left. Default 1.
    pub min_survivors: u8,
    /// So many resets run at once. Default 2.
    pub max_resets_in_flight: u8,
    /// What becomes of a host that runs a service and is heard here, but not by its peers.
    pub on_isolation: OnIsolation,
}

/// What becomes of an active host that only the connector hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnIsolation {
    /// It stays.
    #[default]
    Keep,
    /// It is fenced.
    Fence,
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
