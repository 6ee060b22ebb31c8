//! Tests of the public behaviour.

pub mod recorded;
pub mod site;
pub mod suite;
pub mod world;
