//! Power: an outage and the return from it, in order, with proof.
//!
//! It knows supplies and servers, and neither bytes nor keys: whoever owns it reads UPSes, directs
//! members and switches servers for it, and tells it what came of that.

mod config;
mod tell;
mod words;

pub use config::{
    Adapter, AskBy, Config, ConfigError, Cut, Feed, Own, PlannedServer, Stage, StartBy, Timing,
    UpsConfig,
};
pub use tell::{Cause, End, Means, Tell};
pub use words::{
    Action, Answer, Back, Facts, Input, Job, Order, OutageId, RunEnd, RunId, Scope, Servers,
    Switch, SwitchFailure, Ticket, Why,
};
