//! `fence_komainu`, a fence agent by the FenceAgentAPI; also `komainu fence-agent`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};

use super::values::duration;

/// The command line of `fence_komainu`.
#[derive(Debug, Parser)]
#[command(
    name = "fence_komainu",
    version,
    about = "Fence agent that has a Komainu connector fence servers",
    after_help = FENCE_AGENT_HELP
)]
pub(crate) struct FenceAgent {
    /// The options.
    #[command(flatten)]
    pub(crate) args: FenceAgentArgs,
}

/// What a fence agent is told; without any option on the command line it reads them from standard
/// input, as names and values.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub(crate) struct FenceAgentArgs {
    /// What to do [default: reboot]
    #[arg(short = 'o', long, value_enum)]
    pub(crate) action: Option<AgentAction>,
    /// The server, by its system name or host address
    #[arg(short = 'n', long, visible_alias = "port", value_name = "SERVER")]
    pub(crate) plug: Option<String>,
    /// The server, where no plug is given
    #[arg(short = 'N', long, value_name = "SERVER")]
    pub(crate) nodename: Option<String>,
    /// The server's cluster, where two have a server of that name
    #[arg(long, value_name = "NUMBER")]
    pub(crate) cluster: Option<u16>,
    /// Address of the connector's control socket [default: as the configuration says]
    #[arg(short = 'a', long, value_name = "ADDRESS")]
    pub(crate) ip: Option<IpAddr>,
    /// Port of the connector's control socket [default: as the configuration says]
    #[arg(short = 'u', long, value_name = "PORT")]
    pub(crate) ipport: Option<u16>,
    /// File with the connector's token [default: control.token in its state folder]
    #[arg(short = 'k', long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Configuration file [default: $KOMAINU_CONFIG, or /etc/komainu/komainu.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// This node's system name [default: this machine's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Wait so long before a server is switched
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) delay: Option<Duration>,
    /// More words on standard error
    #[arg(short = 'v', long)]
    pub(crate) verbose: bool,
}

/// What an agent can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgentAction {
    /// Switch a server on
    On,
    /// Switch a server off, and prove that it is off
    Off,
    /// The same, and switch it on again
    Reboot,
    /// Read a server's power: 0 is on, 2 is off, 1 is unknown
    Status,
    /// Whether the connector answers and can fence
    Monitor,
    /// The servers
    List,
    /// The servers and their power
    ListStatus,
    /// Describe the agent
    Metadata,
    /// Whether the options make sense
    ValidateAll,
}

const FENCE_AGENT_HELP: &str = "\
Examples:
  fence_komainu -o monitor
  fence_komainu -o off -n node07
  printf 'action=reboot\\nplug=node07\\n' | fence_komainu

Exit codes: 0 done, or on; 2 off (status alone); 1 failed, or unknown; 3 the token is not accepted;
4 the connector does not answer. 'off' and 'reboot' end with 0 only when the BMC was read and said
\"off\" after the request.";
