//! Recorded exchanges, replayed: every datagram is read and written again from its fields, and our
//! session walks through every exchange in the client's place.

mod codec;
mod coverage;
mod session;
