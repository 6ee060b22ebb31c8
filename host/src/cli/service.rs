//! `connector` and `member`.

use std::path::PathBuf;

use clap::Args;

/// `komainu connector`.
#[derive(Debug, Args)]
pub(crate) struct ConnectorArgs {
    /// Which connector this is [default: the one with this machine's name, or the only one]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) number: Option<u8>,
    /// What both services have.
    #[command(flatten)]
    pub(crate) common: ServiceArgs,
}

/// `komainu member`.
#[derive(Debug, Args)]
pub(crate) struct MemberArgs {
    /// Which server this is, by its name [default: the one with this machine's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Of which cluster, where servers of several have that name
    #[arg(long, value_name = "NUMBER")]
    pub(crate) cluster: Option<u16>,
    /// Command that ends this host at once, run with its arguments; without it the power is cut
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true,
          value_terminator = ";")]
    pub(crate) host_down: Option<Vec<String>>,
    /// Command that shuts this host down in good order; without it the system is asked to
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true,
          value_terminator = ";")]
    pub(crate) shut_down: Option<Vec<String>>,
    /// What both services have.
    #[command(flatten)]
    pub(crate) common: ServiceArgs,
}

/// What both services have.
#[derive(Debug, Args)]
pub(crate) struct ServiceArgs {
    /// Configuration file [default: $KOMAINU_CONFIG, or /etc/komainu/komainu.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder for what outlives a restart [default: as the configuration says]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,
    /// Messages as one JSON object per line, on standard error
    #[arg(long)]
    pub(crate) json: bool,
}
