//! The services: a connector or a member of the core, its sockets, its disk and its commands.

mod driver;
mod handle;
mod hands;
mod history;
mod hostdown;
mod log;
mod machine;
mod message;
mod net;
mod orders;
mod platform;
mod runner;
mod status;
mod store;
mod timer;
mod words;

pub(crate) use handle::{ConnectorHandle, Gone, Handle, MemberHandle, Request};
pub(crate) use orders::{
    ConnectorAnswer, ConnectorOrder, Hint, MemberAnswer, MemberOrder, ServerRef,
};
