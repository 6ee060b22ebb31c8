//! A NUT server of ours: the `upsmon` of other machines attach to it as secondaries, unchanged.
//!
//! It shows what the connector has read, and tells a client to go down (`FSD OB LB`) when the
//! plan has reached the client's stage, and only then:
//!
//! - A low battery, and what other software orders, are not passed on: `upsmon` would take either
//!   as an order, and when who goes down is for the plan to say.
//! - A UPS that cannot be read any more keeps its last status, with `ALARM`: `upsmon` takes a
//!   silent UPS on battery for a dead one.
//! - The order stands on the [`Board`], which follows from the plan, and not in the server. It
//!   ends with its outage, and a restart of the connector does not lose it: nothing is served
//!   before there is a board.
//!
//! Nobody can order anything here, neither commands nor variables. That a client has logged out
//! says only that it does not listen any more.

mod board;
mod client;
mod listen;
mod session;
mod shared;
#[cfg(test)]
mod tests;
mod variables;

pub use board::{Board, Going};
pub use listen::{Server, ServerError};
pub use shared::{Attached, Counts};
