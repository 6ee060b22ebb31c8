//! `demo`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConnectorArgs, MemberArgs, When};

/// `komainu demo`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DemoArgs {
    /// End after the story; without it a terminal stays for you to play on
    #[arg(long)]
    pub(crate) once: bool,
    /// The story as one JSON object per line, and one for the figures; ends after it
    #[arg(long)]
    pub(crate) json: bool,
    /// Another part.
    #[command(subcommand)]
    pub(crate) part: Option<DemoPart>,
}

/// The other demos, and the parts that the demo's processes play.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoPart {
    /// BMCs alone: how they are discovered, asked and fenced
    Bmc(DemoBmcArgs),
    /// An outage: three servers on two UPSes, and the mains back in the middle of it
    Power(DemoPowerArgs),
    /// The connector.
    #[command(hide = true)]
    Connector(ConnectorArgs),
    /// A member.
    #[command(hide = true)]
    Member(MemberArgs),
    /// What is done with the web service of a server.
    #[command(hide = true)]
    Web {
        /// What is done.
        #[command(subcommand)]
        verb: WebVerb,
    },
    /// Clears up when its standard input ends.
    #[command(hide = true)]
    Janitor {
        /// The folder of the demo.
        folder: PathBuf,
    },
}

/// What is done with the web service.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum WebVerb {
    /// Start it, and wait until it answers.
    Start,
    /// Stop it, and wait until it does not.
    Stop,
    /// Whether it answers.
    Check,
    /// Serve.
    Serve,
}

/// `komainu demo bmc`.
#[derive(Debug, Args)]
pub(crate) struct DemoBmcArgs {
    /// Simulated BMCs to start, 2 to 64
    #[arg(long, value_name = "NUMBER", default_value_t = 6,
          value_parser = clap::value_parser!(u16).range(2..=64))]
    pub(crate) bmcs: u16,
    /// No pauses for reading between the steps
    #[arg(long)]
    pub(crate) fast: bool,
    /// Colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub(crate) color: When,
}

/// `komainu demo power`.
#[derive(Debug, Args)]
pub(crate) struct DemoPowerArgs {
    /// No pauses for reading
    #[arg(long)]
    pub(crate) fast: bool,
    /// One JSON object per message, and one for the end
    #[arg(long)]
    pub(crate) json: bool,
}
