//! What the configuration files say. [`login`] is the one for commands that somebody types,
//! [`site`] the one of connectors and members.

mod field;
mod finding;
mod kind;
mod login;
mod reader;
mod secret;
mod setup;
mod site;
mod table;

pub(crate) use login::{Config, ConfigError, Settings};
pub(crate) use site::{Cluster, Connector, Server, Site};
