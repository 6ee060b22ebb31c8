//! Measurements of Komainu, alone and beside its peers: what they share.

pub mod allocations;
pub mod errand;
pub mod site;
pub mod stopwatch;
