//! One managed server's side of the cluster.

mod config;
mod words;

pub use config::{
    Check, Commands, Config, ConfigError, ConnectorConfig, MAX_PARENTS, MAX_PEERS, OnFailure,
    PeerConfig, ServiceConfig, Timers,
};
pub use words::{Action, Answer, Command, Input, Order, RunEnd, RunId, Tell, Ticket, View, Why};
