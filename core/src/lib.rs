//! Komainu's core.
#![no_std]
#![forbid(unsafe_code)]

pub mod backoff;
pub mod connector;
pub mod counters;
pub mod crypto;
pub mod failure;
pub mod fence;
pub mod limits;
pub mod rng;
pub mod secret;
pub mod session;
pub mod suite;
pub mod time;
pub mod types;
pub mod wire;
