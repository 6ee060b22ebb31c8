//! Members against one another and a scripted connector, on a virtual clock.

extern crate std;

mod chaos;
mod connector;
mod directive;
mod handover;
mod laws;
mod takeover;
mod world;
