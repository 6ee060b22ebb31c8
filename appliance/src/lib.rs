//! Komainu's connector as firmware.
//!
//! The loop of a connector without an operating system: [`hardware`] says what a board gives,
//! [`lan`] carries datagrams and connections, [`store`] keeps the durable record in flash, [`nut`]
//! reads UPSes, and [`shell`] turns what the core wants into doing. Nothing is allocated, and
//! nothing waits but the loop itself.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

#[cfg(test)]
mod cable;
pub mod hardware;
pub mod lan;
mod message;
pub mod nut;
pub mod shell;
pub mod store;
