//! Recorded exchanges between BMCs and clients, and the walk of our session through them.
//!
//! `vectors/README.md` tells the form of the files.

mod beside;
mod datagram;
mod numbers;
mod plan;
mod vector;
mod walk;

pub use beside::{Difference, Sent};
pub use datagram::{Datagram, Direction, Kind, Packet};
pub use plan::{End, Plan};
pub use vector::{Auth, Case, Keys, Vector, load, load_all, load_attempts};
pub use walk::{Standstill, Walk};
