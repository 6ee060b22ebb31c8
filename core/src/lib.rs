//! Komainu's core.
#![no_std]
#![forbid(unsafe_code)]

pub mod counters;
pub mod crypto;
pub mod limits;
pub mod rng;
pub mod secret;
pub mod suite;
pub mod time;
pub mod wire;
