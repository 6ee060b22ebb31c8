//! The line protocol of Network UPS Tools (RFC 9271, protocol version 1.3), both directions.
//!
//! A line holds words, each bare or in double quotes; a backslash takes the byte behind it as it
//! is. What a client sends is a [`Request`], what a server sends a [`Response`]; [`LineBuffer`]
//! cuts a stream into lines. Keywords are read in either case and written in capitals. What this
//! crate does not know stays representable: [`Request::Unknown`], [`Response::Text`],
//! [`Response::UnknownErr`].
//!
//! What a UPS says of itself arrives as variables; [`Variables`] makes a reading of them, and
//! [`Status`] holds the one that counts most.

mod keyword;
mod line;
mod name;
mod refusal;
mod request;
mod response;
mod status;
#[cfg(test)]
mod tests;
mod variables;
mod word;

pub use line::{LineBuffer, MAX_LINE, TooLong};
pub use name::{MAX_UPS_NAME, UpsName, UpsNameError};
pub use refusal::Refusal;
pub use request::{Get, Hidden, List, Request};
pub use response::{Done, Named, Response, TrackingState};
pub use status::{Status, StatusWord};
pub use variables::Variables;
pub use word::{Word, Words};
