//! A conversation with a server that speaks for UPSes, without its socket.
//!
//! [`Client`] is NUT's client: it says when to connect and what to send, takes what came, and
//! gives readings and the answers to orders. Whoever owns it carries bytes, and TLS where that is
//! wanted.

mod answers;
mod client;
mod config;
mod order;
mod polling;
#[cfg(test)]
mod tests;

pub use client::{Action, Client, MAX_SEND};
pub use config::{Account, Config, MAX_UPSES, MAX_USER, ReadFrom, Tls};
pub use order::OrderId;
