//! UPSes: who speaks for them, and how they are read and ordered.
//!
//! A [`Reader`] is a task that reads the UPSes of one [`Source`] and hands orders on. What it
//! finds goes into one channel as [`Told`]. [`server`] is the other direction: a NUT server of
//! ours, for the `upsmon` of other machines.

pub mod apcupsd;
pub mod nut;
mod polled;
mod reader;
pub mod server;
pub mod setup;
pub mod snmp;

pub use polled::{Card, Polled};
pub use reader::{Command, Reader, Source, Told};
