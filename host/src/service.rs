//! The services: a connector or a member of the core, its sockets, its disk and its commands.

mod handle;
mod orders;
mod status;
mod words;

pub(crate) use handle::{ConnectorHandle, Gone, Handle, MemberHandle, Request};
pub(crate) use orders::{
    ConnectorAnswer, ConnectorOrder, Hint, MemberAnswer, MemberOrder, ServerRef,
};
