//! What operators ask and tell a running connector or member.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{CalendarVerb, OutageVerb, PlanVerb, UpsVerb};
use crate::service::Method;

/// The commands of operators.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorVerb {
    /// Show hosts, services, roles and power, as the connector or member of this machine sees them
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// Show the monitoring paths and the reset path
    #[command(after_help = PATH_EXAMPLES)]
    Path(PathArgs),
    /// Reset a server through the connector: off, proved off, and on again
    #[command(after_help = RESET_EXAMPLES, arg_required_else_help = true)]
    Reset(ResetArgs),
    /// Switch a server on through the connector
    #[command(arg_required_else_help = true)]
    PowerOn(ServerArgs),
    /// Everything of a reset but the shot: login, look, durable record, and the worst case
    #[command(after_help = DRILL_EXAMPLES, arg_required_else_help = true)]
    Drill(ServerArgs),
    /// Give your word that a server is off, where its BMC cannot say so
    #[command(after_help = CONFIRM_EXAMPLES, arg_required_else_help = true)]
    ConfirmOff(ConfirmArgs),
    /// Start a service on this host
    #[command(after_help = SERVICE_EXAMPLES, arg_required_else_help = true)]
    Activate(ServiceArg),
    /// Stop a service on this host; nobody takes it over
    #[command(after_help = SERVICE_EXAMPLES, arg_required_else_help = true)]
    Deactivate(ServiceArg),
    /// Hand a service of this host over to another one
    #[command(after_help = SERVICE_EXAMPLES, arg_required_else_help = true)]
    Swap(SwapArgs),
    /// Hold resets back, or stop holding them back
    #[command(after_help = MAINTENANCE_EXAMPLES, arg_required_else_help = true)]
    Maintenance(MaintenanceArgs),
    /// Take services over on this host again, though a connector has said to hold still
    Thaw(Reach),
    /// Have this connector be the one that acts
    #[command(after_help = ACT_EXAMPLES)]
    Act(ClusterArgs),
    /// Take the BMC that shows itself now for the server's, after a board was replaced
    #[command(arg_required_else_help = true)]
    AcceptBmc(ServerArgs),
    /// Have all send with the cluster's newer key, though a host has not shown that it has it
    NewKey(ClusterArgs),
    /// Show UPSes, test them, and have them cut their output
    #[command(
        after_help = super::plan::UPS_EXAMPLES,
        subcommand_value_name = "VERB",
        subcommand_help_heading = "Verbs",
        arg_required_else_help = true,
        disable_help_subcommand = true
    )]
    Ups {
        /// What to do.
        #[command(subcommand)]
        verb: UpsVerb,
    },
    /// Show, try, begin and end plans: stopping servers in order, and starting them again
    #[command(
        after_help = super::plan::PLAN_EXAMPLES,
        subcommand_value_name = "VERB",
        subcommand_help_heading = "Verbs",
        arg_required_else_help = true,
        disable_help_subcommand = true
    )]
    Plan {
        /// What to do.
        #[command(subcommand)]
        verb: PlanVerb,
    },
    /// Note outages that are known before
    #[command(
        after_help = super::plan::OUTAGE_EXAMPLES,
        subcommand_value_name = "VERB",
        subcommand_help_heading = "Verbs",
        arg_required_else_help = true,
        disable_help_subcommand = true
    )]
    Outage {
        /// What to do.
        #[command(subcommand)]
        verb: OutageVerb,
    },
    /// Show the calendar of planned outages, and pause it
    #[command(
        after_help = super::plan::CALENDAR_EXAMPLES,
        subcommand_value_name = "VERB",
        subcommand_help_heading = "Verbs",
        arg_required_else_help = true,
        disable_help_subcommand = true
    )]
    Calendar {
        /// What to do.
        #[command(subcommand)]
        verb: CalendarVerb,
    },
    /// Show what happened: resets, alerts, orders
    #[command(after_help = HISTORY_EXAMPLES)]
    History(HistoryArgs),
    /// Have the service read its configuration again
    Reload(Reach),
    /// Tell the connector that a server's power may have gone, as hardware managers do
    #[command(after_help = ALERT_EXAMPLES, arg_required_else_help = true)]
    Alert(AlertArgs),
}

/// Which service is asked, and how its answer is shown.
#[derive(Debug, Args)]
pub(crate) struct Reach {
    /// Configuration file [default: $KOMAINU_CONFIG, or /etc/komainu/komainu.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Control address of the service [default: as the configuration says]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) control: Option<SocketAddr>,
    /// File with the service's token [default: control.token in its state folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Answers and failures as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where the appliance is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Its address.
    pub(crate) ip: IpAddr,
    /// The port on which it is asked, where one is given.
    pub(crate) port: Option<u16>,
}

/// An address, or one with a port.
pub(crate) fn place(text: &str) -> Result<Place, &'static str> {
    let alone = text.parse().map(|ip| Place { ip, port: None });
    let both = || {
        let at = text.parse::<SocketAddr>().ok().filter(|at| at.port() != 0);
        at.map(|at| Place { ip: at.ip(), port: Some(at.port()) })
    };
    alone.or_else(|_| both().ok_or("this is no address, alone or with a port"))
}

/// `komainu show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Ask the appliance with this address over the network
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = place,
        conflicts_with_all = ["control", "token_file"])]
    pub(crate) appliance: Option<Place>,
    /// File with the appliance's status key [default: as the configuration says]
    #[arg(long, value_name = "FILE", requires = "appliance")]
    pub(crate) key_file: Option<PathBuf>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu path`.
#[derive(Debug, Args)]
pub(crate) struct PathArgs {
    /// Watch all paths afresh, and forget what was found broken before
    #[arg(long)]
    pub(crate) resume: bool,
    /// Of which cluster, where the connector has several
    #[arg(long, value_name = "NUMBER", requires = "resume")]
    pub(crate) cluster: Option<u16>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// A server of the connector.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// Its system name, or its host address
    pub(crate) host: String,
    /// Its cluster, where two have a server of that name
    #[arg(long, value_name = "NUMBER")]
    pub(crate) cluster: Option<u16>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu reset`.
#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    /// How
    #[arg(long, value_enum, value_name = "METHOD", default_value_t = MethodWord::AsConfigured)]
    pub(crate) method: MethodWord,
    /// Which server.
    #[command(flatten)]
    pub(crate) at: ServerArgs,
}

/// How a server is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodWord {
    /// As the configuration says
    AsConfigured,
    /// Hard reset
    HardReset,
    /// Power cycle
    PowerCycle,
    /// Off, and it stays off
    Off,
    /// Off, proved off, then on
    OffThenOn,
    /// Nothing: read the power only
    LookOnly,
}

impl From<MethodWord> for Method {
    fn from(word: MethodWord) -> Self {
        match word {
            MethodWord::AsConfigured => Self::AsConfigured,
            MethodWord::HardReset => Self::HardReset,
            MethodWord::PowerCycle => Self::PowerCycle,
            MethodWord::Off => Self::Off,
            MethodWord::OffThenOn => Self::OffThenOn,
            MethodWord::LookOnly => Self::LookOnly,
        }
    }
}

/// `komainu confirm-off`.
#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    /// The same name once more: whoever is wrong here lets a service run twice
    #[arg(long, value_name = "HOST", required = true)]
    pub(crate) confirm: String,
    /// Which server.
    #[command(flatten)]
    pub(crate) at: ServerArgs,
}

/// A service of this host.
#[derive(Debug, Args)]
pub(crate) struct ServiceArg {
    /// Its name or number
    pub(crate) service: String,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu swap`.
#[derive(Debug, Args)]
pub(crate) struct SwapArgs {
    /// To which host [default: the next in line]
    #[arg(long, value_name = "HOST")]
    pub(crate) to: Option<String>,
    /// Which service.
    #[command(flatten)]
    pub(crate) of: ServiceArg,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// It begins
    On,
    /// It ends
    Off,
}

/// `komainu maintenance`.
#[derive(Debug, Args)]
pub(crate) struct MaintenanceArgs {
    /// Begin or end it
    pub(crate) switch: Switch,
    /// Of a whole cluster, on the connector; without it of the connector's only cluster, or of this
    /// host where a member runs
    #[arg(long, value_name = "NUMBER")]
    pub(crate) cluster: Option<u16>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// A cluster of the connector.
#[derive(Debug, Args)]
pub(crate) struct ClusterArgs {
    /// Which cluster, where the connector has several
    #[arg(long, value_name = "NUMBER")]
    pub(crate) cluster: Option<u16>,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu history`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// So many entries, the latest ones
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) most: usize,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu alert`.
#[derive(Debug, Args)]
pub(crate) struct AlertArgs {
    /// Address of the server's BMC or of the server, or its name (%I)
    pub(crate) address: String,
    /// Date of the alert (%D)
    pub(crate) date: String,
    /// Time of the alert (%T)
    pub(crate) time: String,
    /// Number of the alert, such as 0xFE91 (%A)
    pub(crate) alert_id: String,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  komainu show
  komainu show --appliance 192.0.2.7
  komainu show --json | jq '.clusters[].servers[] | {name, power, fence}'

On a management server the connector answers, on a managed server its member. Who may read the
service's control.token may ask it.";

const PATH_EXAMPLES: &str = "\
Examples:
  komainu path
  komainu path --resume

Paths heal by themselves; --resume saves waiting for the next look.";

const RESET_EXAMPLES: &str = "\
Examples:
  komainu reset node07
  komainu reset node07 --method off
  komainu reset node07 --method look-only

It ends with 0 only when the BMC was read and said \"off\" after the order. Everything else means:
do not take the server's work over on the strength of this.";

const DRILL_EXAMPLES: &str = "\
Example:
  komainu drill node07

Nothing happens to the server. Do it for each one after every change of hardware or passwords.";

const CONFIRM_EXAMPLES: &str = "\
Example:
  komainu confirm-off node07 --confirm node07

Go and look first. The power is read again: the order is refused while that reads on, or while the
host is heard. What you say is kept in the history. On the connector it counts as proof for the
whole cluster; on a member, for services that wait there while no connector can be reached.";

const SERVICE_EXAMPLES: &str = "\
Examples:
  komainu activate shop
  komainu deactivate shop
  komainu swap shop
  komainu swap shop --to node02

These speak to the member of this host. A service starts only with proof, or with the word of every
other host, that it does not run there.";

const MAINTENANCE_EXAMPLES: &str = "\
Examples:
  komainu maintenance on                   on the management server: nobody is reset
  komainu maintenance on --cluster 7410    the same where the connector has several clusters
  komainu maintenance off                  on a managed server: this host takes part again

While it is on, members' requests for resets are refused; an operator's are still carried out.";

const ACT_EXAMPLES: &str = "\
Example:
  komainu act

With several connectors one acts and the others keep their sessions warm. The order is durable, and
members follow it; the connector that acted before stands by.";

const HISTORY_EXAMPLES: &str = "\
Examples:
  komainu history
  komainu history --most 1000 --json | jq 'select(.id == \"KMN233-W\")'";

const ALERT_EXAMPLES: &str = "\
Example, as the action of a hardware manager's power-off alert:
  komainu alert %I %D %T %A
  komainu alert 10.0.3.7 20261122 093000 0xFE91

An alert proves nothing: the connector reads the power at once, and tells the hosts what the BMC
says. The program answers to the name PowerOffAlertTransfer as well, with the same four arguments.";
