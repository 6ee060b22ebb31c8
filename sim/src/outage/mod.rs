//! Sites that lose their mains: a power machine among UPSes, servers and software that go wrong.
//!
//! The machine is the core's; everything else is written apart from it, from what batteries,
//! cards, operating systems and people do. A world follows from its seed; each step of it is
//! judged, and so is what is left when everything has healed.

mod checks;
pub mod complaints;
mod connector;
mod doing;
mod feeding;
mod judging;
pub mod measure;
mod more;
mod scenario;
pub mod server;
pub mod ups;
mod world;

pub use checks::Broken;
pub use scenario::{Crash, Disturbance, Machine, SERVERS, Scenario, Software, UPSES};
pub use world::{Report, Seen, World};
