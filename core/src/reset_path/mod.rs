//! What every datagram of the reset path has to pass before what it says counts (section 2).
//!
//! A datagram goes through three hands. [`open`] holds it against who we are and against the
//! cluster's keys, and changes nothing. The [`Dialogue`] with its sender tells whether it is new,
//! and how fresh. [`Frame::message`] reads the body. On the way out a [`Dialogue`] seals what goes
//! to one party, and [`ToMany`] what goes to many, or to one whose number is not yet known.
//!
//! A party has one [`Identity`] and one set of [`ClusterKeys`] per cluster, and one [`Dialogue`]
//! per other party and path.

mod dialogue;
mod epoch;
mod frame;
mod identity;
mod keys;
#[cfg(test)]
mod tests;
mod to_many;
mod window;

pub use dialogue::{Dialogue, Freshness};
pub(crate) use epoch::next_epoch;
pub use frame::{Frame, open, seal};
pub use identity::{Identity, NONCE_VALID};
pub use keys::{ClusterKeys, KeyTaken};
pub use to_many::ToMany;
