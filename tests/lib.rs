//! Tests of the public behaviour.
