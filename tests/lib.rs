//! Tests of the public behaviour.

pub mod recorded;
