//! Operators' orders to a running service: HTTP and JSON on this machine alone, for whoever holds
//! the token of its state folder. `docs/control.md` describes the routes.

mod api;
mod client;
mod failure;
mod outcome;
mod routes;
mod serve;
// A token's file is private on Unix alone.
#[cfg(all(test, unix))]
mod tests;
mod token;

pub(crate) use api::{About, HintBody, Hinted, Party};
pub(crate) use client::{Client, ClientError};
pub(crate) use outcome::Outcome;
pub(crate) use serve::{Connectors, Control, Members, Settings};
pub(crate) use token::TOKEN;
