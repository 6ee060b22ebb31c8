//! The command line: definitions and nothing else.

mod config;
mod connect;
mod demo;
mod fence_agent;
mod operator;
mod plan;
mod power;
mod refused;
mod service;
pub(crate) mod values;
mod verb;

pub(crate) use config::{ConfigCheck, ConfigCompile, ConfigVerb, KeyVerb};
pub(crate) use connect::{Auth, Connect, Ipmi, Level, Output, When};
pub(crate) use demo::{DemoArgs, DemoBmcArgs, DemoPart, DemoPowerArgs, WebVerb};
pub(crate) use fence_agent::{AgentAction, FenceAgent, FenceAgentArgs};
#[cfg(test)]
pub(crate) use operator::place;
pub(crate) use operator::{
    AlertArgs, ClusterArgs, ConfirmArgs, HistoryArgs, MaintenanceArgs, OperatorVerb, PathArgs,
    Place, Reach, ResetArgs, ServerArgs, ServiceArg, ShowArgs, SwapArgs, Switch,
};
pub(crate) use plan::{
    CalendarVerb, DryRun, OutagePlanned, OutageVerb, PlanStart, PlanVerb, UpsOff, UpsOutlet,
    UpsVerb,
};
pub(crate) use power::{FenceArgs, MethodName, Power, PowerVerb};
pub(crate) use service::{ConnectorArgs, MemberArgs};
pub(crate) use verb::{
    AlertSetup, AlertVerb, BmcVerb, BootSet, BootVerb, Identify, Raw, SelVerb, WatchdogSet,
    WatchdogVerb,
};

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::exit;

/// Fences failed servers and controls their power over IPMI.
#[derive(Debug, Parser)]
#[command(
    name = "komainu",
    version,
    about = "Fences failed servers and controls their power, over IPMI 1.5 and 2.0",
    after_help = "Try 'komainu demo' first: it needs no hardware, and no rights.",
    after_long_help = exit::table(),
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    /// Configuration file, before the command; the commands read it as if it stood behind them.
    #[arg(id = "config", long = "config", value_name = "FILE", global = true, hide = true)]
    _config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask or tell BMCs something, all of them at the same time
    #[command(
        after_help = BMC_EXAMPLES,
        after_long_help = format!("{BMC_EXAMPLES}\n\n{BMC_MORE}\n\n{}", exit::table()),
        subcommand_value_name = "VERB",
        subcommand_help_heading = "Verbs",
        arg_required_else_help = true,
        disable_help_subcommand = true
    )]
    Bmc(Box<BmcArgs>),
    /// Make sure that a server is off, prove it, and start it again
    #[command(
        after_help = FENCE_EXAMPLES,
        after_long_help = format!("{FENCE_EXAMPLES}\n\n{}", exit::table()),
        arg_required_else_help = true
    )]
    Fence(Box<FenceArgs>),
    /// Watch it work: two servers, a failure and a takeover, all on this machine
    #[command(
        after_help = DEMO_EXAMPLES,
        subcommand_value_name = "PART",
        subcommand_help_heading = "Other parts",
        disable_help_subcommand = true
    )]
    Demo(DemoArgs),
    /// Check, explain and begin the configuration of connectors and members
    #[command(
        after_help = CONFIG_EXAMPLES,
        after_long_help = format!("{CONFIG_EXAMPLES}\n\n{}", exit::table()),
        subcommand_value_name = "VERB",
        subcommand_help_heading = "Verbs",
        arg_required_else_help = true,
        disable_help_subcommand = true
    )]
    Config {
        /// What to do.
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    /// Make keys for clusters
    #[command(
        after_help = KEY_EXAMPLE,
        subcommand_value_name = "VERB",
        subcommand_help_heading = "Verbs",
        arg_required_else_help = true,
        disable_help_subcommand = true
    )]
    Key {
        /// What to do.
        #[command(subcommand)]
        verb: KeyVerb,
    },
    /// Run the connector: answers the members, fences through BMCs, watches their power
    Connector(ConnectorArgs),
    /// Run the member: watches the other hosts, runs the services, asks for resets
    Member(MemberArgs),
    /// The orders of operators.
    #[command(flatten)]
    Operator(OperatorVerb),
    /// Be a fence agent for Pacemaker and others; the program answers to fence_komainu as well
    FenceAgent(FenceAgentArgs),
    /// Print the completions for a shell
    #[command(after_help = COMPLETIONS_EXAMPLE)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the man pages
    Man {
        /// Folder to write them to; without it the main page goes to standard output
        folder: Option<PathBuf>,
    },
}

/// `komainu bmc`.
#[derive(Debug, Args)]
pub(crate) struct BmcArgs {
    /// BMCs: names, addresses, ranges, ports; commas between them
    #[arg(value_name = "HOSTS", long_help = HOSTS_HELP)]
    pub(crate) hosts: String,
    /// What to ask or tell them.
    #[command(subcommand)]
    pub(crate) verb: BmcVerb,
    /// How to log in.
    #[command(flatten)]
    pub(crate) connect: Connect,
    /// How to show results.
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The definitions, for completions and man pages.
pub(crate) fn definitions() -> clap::Command {
    Cli::command()
}

const HOSTS_HELP: &str = "\
BMCs: names, addresses, ranges, ports; commas between them

node[01-64,70] are 65 names, their zeros kept. 10.0.0.5:6230 has a port other than 623. IPv6 with a
port takes brackets: [2001:db8::1]:623. Ranges may stand anywhere and more than once:
rack[1-4]-node[01-16].";

const BMC_EXAMPLES: &str = "\
Examples:
  komainu bmc node[01-64] ping
  komainu bmc node[01-64] -u admin --password-file pw power status
  komainu bmc node07 -u admin power cycle --wait
  komainu bmc 10.0.0.5:6230,node[1-4] -u admin sel list --json";

const BMC_MORE: &str = "\
Passwords come from --password-file, from KOMAINU_PASSWORD (or IPMI_PASSWORD), from the
configuration file, or are asked for on the terminal, in this order. They are never taken from the
command line, where every user of the machine can read them. Kg comes from --kg-file or KOMAINU_KG.

Configuration: --config FILE, else ~/.config/komainu/config.toml, else /etc/komainu/config.toml.

  [defaults]
  user = \"admin\"
  password-file = \"/etc/komainu/password\"

  [[host]]
  match = \"node[01-16]\"
  suite = [3]
  workaround = [\"unchecked-sums\"]";

const FENCE_EXAMPLES: &str = "\
Examples:
  komainu fence node07 --plan
  komainu fence node07 -u admin --password-file pw
  komainu fence node07 -u admin --methods off,cycle --no-power-on

Success means that the BMC was read and said \"off\" after the request, never that it merely took
the command, and never that it was silent.";

const DEMO_EXAMPLES: &str = "\
Examples:
  komainu demo
  komainu demo --once
  komainu demo power
  komainu demo bmc

It needs no hardware and no rights, and leaves nothing behind. On a terminal it stays for you to
kill, hang and revive the servers, until 'quit' or Ctrl-C.";

const CONFIG_EXAMPLES: &str = "\
Examples:
  komainu config example --topology mutual >/etc/komainu/komainu.toml
  komainu config check
  komainu config explain patrol

Configuration: --config FILE, else the variable KOMAINU_CONFIG, else /etc/komainu/komainu.toml.
'bmc' and 'fence' have a file of their own: see 'komainu bmc --help'.";

const KEY_EXAMPLE: &str = "\
Example:
  komainu key new /etc/komainu/shop.key";

const COMPLETIONS_EXAMPLE: &str = "\
Example:
  komainu completions bash >~/.local/share/bash-completion/completions/komainu";

#[cfg(test)]
mod tests;
