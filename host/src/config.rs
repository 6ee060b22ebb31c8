//! What the configuration files say. [`login`] is the one for commands that somebody types,
//! [`site`] the one of connectors and members.

mod appliance;
mod certificates;
mod example;
mod explain;
mod field;
mod file;
mod finding;
mod fit;
mod kind;
mod login;
mod plan;
mod reader;
mod rollover;
mod secret;
mod secrets;
mod serving;
mod setup;
mod site;
mod sources;
mod table;

pub(crate) use certificates::check as unfit_certificates;
pub(crate) use example::{Topology, example};
pub(crate) use explain::{Explained, find as explain};
pub(crate) use file::{FileError, exit_of, load, load_for_service, machine_name, place, read};
pub(crate) use finding::{Finding, Severity};
pub(crate) use fit::{Figures, misfits, seconds};
pub(crate) use login::{Config, ConfigError, Settings};
pub(crate) use plan::PlanFigures;
pub(crate) use rollover::check as early_removals;
pub(crate) use secrets::check as missing_secrets;
pub(crate) use serving::{Going, Serving};
pub(crate) use site::{
    Appliance, Cluster, Connector, Maintenance, Nodes, Occasion, Server, Site, Software, Speaker,
};
