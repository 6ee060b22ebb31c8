//! Simulated BMCs and networks.
//!
//! [`bmc`] is a BMC written from the IPMI specification alone: it shares no line with the session
//! and cipher code that it is there to test, so that one mistake cannot hide in both.  [`net`] is
//! a lossy network on virtual time.  Both are sans-IO: time is an argument, chance comes from a
//! seed.  [`serve`] puts any number of BMCs on real UDP sockets.
//!
//! [`world`] lets real members and connectors live among such BMCs and networks, with everything
//! that can befall them; [`checks`] judges each step of theirs, and [`search`] tries every way in
//! which a few things go wrong. [`outage`] has the power machine live through the loss of mains.
//! [`many`] runs a lot of either at the same time.

#![forbid(unsafe_code)]

pub mod bmc;
pub mod checks;
pub mod many;
pub mod mutants;
pub mod net;
pub mod outage;
mod queue;
pub mod rng;
pub mod search;
pub mod serve;
pub mod world;
