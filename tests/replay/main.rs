//! Recorded exchanges and runs, replayed.
//!
//! Of exchanges with BMCs every datagram is read and written again from its fields, and our session
//! walks through every exchange in the client's place. Runs of an appliance's whole site give the
//! same actions each time.

mod codec;
mod coverage;
mod runs;
mod server;
mod session;
mod stage;
mod story;
