//! `config` and `key`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use komainu_core::types::KeyNumber;

use crate::config::Topology;

/// `komainu config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Tell everything that is wrong in the configuration, what does not fit, and how long a
    /// failover takes at worst
    Check(ConfigCheck),
    /// Make the configuration block of a connector that is an appliance
    #[command(after_help = COMPILE_EXAMPLES)]
    Compile(ConfigCompile),
    /// Show what a configuration block holds, but for its secrets
    Inspect {
        /// The block; '-' is standard input
        #[arg(value_name = "BLOCK")]
        block: PathBuf,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print a whole configuration to begin with
    Example {
        /// Who stands by for whom: one for one, each for the other, one for several, several
        /// for one
        #[arg(long, default_value = "1:1", value_parser = topology())]
        topology: Topology,
    },
    /// Explain a field, the fields of a section, or all fields
    Explain {
        /// A field such as 'patrol' or 'cluster.patrol', or a section such as 'cluster.service'
        field: Option<String>,
        /// One JSON object per line and field
        #[arg(long)]
        json: bool,
    },
}

/// `komainu config check`.
#[derive(Debug, Args)]
pub(crate) struct ConfigCheck {
    /// Configuration file [default: $KOMAINU_CONFIG, or /etc/komainu/komainu.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The connector's status as JSON, '-' is standard input: refuses to take a key away that a
    /// host still needs
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// One JSON object per line and finding, and one for the figures
    #[arg(long)]
    pub(crate) json: bool,
}

const COMPILE_EXAMPLES: &str = "\
Examples:
  komainu config compile --out guard.block
  komainu config compile --config site.toml --connector 1 --out guard.block

The block holds the keys of clusters and the passwords of BMCs: it is written for its owner alone.";

/// `komainu config compile`.
#[derive(Debug, Args)]
pub(crate) struct ConfigCompile {
    /// Configuration file [default: $KOMAINU_CONFIG, or /etc/komainu/komainu.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the block is written; one that is there is replaced as a whole
    #[arg(long, value_name = "BLOCK")]
    pub(crate) out: PathBuf,
    /// Number of the connector [default: the only one that is an appliance]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) connector: Option<u8>,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `komainu key`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyVerb {
    /// Make a new key for a cluster: 32 random bytes in a new file for its owner alone
    New {
        /// The key's number in the cluster, 1 to 255
        #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = key_number)]
        number: KeyNumber,
        /// The file to make; one that exists is left alone
        file: PathBuf,
    },
}

fn topology() -> impl TypedValueParser<Value = Topology> {
    let names = Topology::ALL.iter().map(|topology| topology.name());
    PossibleValuesParser::new(names).try_map(|name| {
        let found = Topology::ALL.iter().find(|topology| topology.name() == name);
        found.copied().ok_or("no such topology")
    })
}

fn key_number(text: &str) -> Result<KeyNumber, &'static str> {
    let number = text.parse().ok().and_then(KeyNumber::new);
    number.ok_or("a key's number is 1 to 255")
}
