//! Names of objects that are not about one kind of UPS.

/// What kind of thing the agent is (RFC 3418): sysObjectID.
pub(super) const SYS_OBJECT: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 2, 0];
/// Below this, everything is of APC.
pub(super) const APC: &[u32] = &[1, 3, 6, 1, 4, 1, 318];
