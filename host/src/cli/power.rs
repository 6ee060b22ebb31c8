//! Power and fencing.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use komainu_core::wire::command::device::Guid;

use super::values::{duration, guid};
use super::{Connect, Output};

/// `power`.
#[derive(Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Power {
    /// What to do with the power.
    #[command(subcommand)]
    pub(crate) verb: PowerVerb,
}

/// What to do with the power.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum PowerVerb {
    /// Whether it is on or off
    Status,
    /// Switch it on
    On(Wait),
    /// Switch it off at once; the operating system is not asked
    Off(Wait),
    /// Ask the operating system to shut down
    Soft(Wait),
    /// Off, a pause, and on again
    Cycle(Wait),
    /// Reset without switching off
    Reset,
    /// Pulse the diagnostic interrupt (NMI), which makes many systems write a dump
    Diag,
}

/// Whether to wait for proof.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Wait {
    /// Read the power until it has followed, and fail if it does not
    #[arg(short, long)]
    pub(crate) wait: bool,
}

/// `komainu fence`.
#[derive(Args, Debug)]
pub(crate) struct FenceArgs {
    /// The BMC of the server: name or address, with :PORT if it is not 623
    #[arg(value_name = "HOST")]
    pub(crate) host: String,
    /// Print the steps and the longest time they can take, and touch nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Ways to do it, in order [default: off,cycle,reset]
    #[arg(long, value_enum, value_name = "METHODS", value_delimiter = ',')]
    pub(crate) methods: Vec<MethodName>,
    /// Leave the server off afterwards
    #[arg(long)]
    pub(crate) no_power_on: bool,
    /// Time for the power to follow a command
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) step_timeout: Option<Duration>,
    /// The BMC's GUID, as 'info' shows it: no other BMC is accepted at the address
    #[arg(long, value_name = "GUID", value_parser = guid)]
    pub(crate) guid: Option<Guid>,
    /// How to log in.
    #[command(flatten)]
    pub(crate) connect: Connect,
    /// How to show results.
    #[command(flatten)]
    pub(crate) output: Output,
}

/// A way to fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    /// Power off, read "off", power on
    Off,
    /// Power cycle, and read that it was off in between
    Cycle,
    /// Hard reset, which leaves no proof in the power state
    Reset,
}
