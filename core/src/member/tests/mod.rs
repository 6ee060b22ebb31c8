//! Members against one another and a scripted connector, on a virtual clock.

extern crate std;

mod chaos;
mod checks;
mod connector;
mod directive;
mod guests;
mod handover;
mod host;
mod hypervisor;
mod laws;
mod takeover;
mod world;
