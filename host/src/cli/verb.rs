//! What BMCs are asked or told.

use std::net::Ipv4Addr;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use komainu_core::wire::command::NetFn;
use komainu_core::wire::command::boot_flags::BootDevice;
use komainu_core::wire::command::restart::RestorePolicy;
use komainu_core::wire::command::watchdog::TimeoutAction;

use super::Power;
use super::values::{byte, duration, net_fn};

/// What BMCs are asked or told.
#[derive(Debug, Subcommand)]
pub(crate) enum BmcVerb {
    /// Whether it is there (ASF presence ping); needs no user
    Ping,
    /// What it speaks: versions, authentication types, cipher suites; needs no user
    Discover,
    /// What it is: device, firmware, GUID, address, chassis status, last restart
    Info,
    /// Power: read or switch it
    Power(Power),
    /// Light the identify lamp
    Identify(Identify),
    /// What happens when mains power returns: show or set it
    Policy(Policy),
    /// System event log
    #[command(subcommand, arg_required_else_help = true)]
    Sel(SelVerb),
    /// Boot device of the next start
    #[command(subcommand, arg_required_else_help = true)]
    Boot(BootVerb),
    /// Watchdog timer of the BMC
    #[command(subcommand, arg_required_else_help = true)]
    Watchdog(WatchdogVerb),
    /// SNMP alerts when the server goes off
    #[command(subcommand, arg_required_else_help = true)]
    Alert(AlertVerb),
    /// Send any command, and show the bytes of its answer
    Raw(Raw),
}

/// `identify`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Identify {
    /// Seconds, 1 to 255 [default: as the BMC does, 15 as a rule]
    #[arg(value_name = "SECONDS")]
    pub(crate) seconds: Option<NonZeroU8>,
    /// Until it is switched off
    #[arg(long, conflicts_with_all = ["seconds", "off"])]
    pub(crate) force: bool,
    /// Switch it off
    #[arg(long, conflicts_with = "seconds")]
    pub(crate) off: bool,
}

/// `policy`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Policy to set; without it the present one is shown
    #[arg(value_enum, value_name = "POLICY")]
    pub(crate) policy: Option<PolicyName>,
}

/// What the chassis does when mains power returns.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PolicyName {
    /// It stays off
    StayOff,
    /// As it was when power was lost
    Previous,
    /// It powers up
    PowerUp,
}

impl From<PolicyName> for RestorePolicy {
    fn from(policy: PolicyName) -> Self {
        match policy {
            PolicyName::StayOff => Self::StayOff,
            PolicyName::Previous => Self::Previous,
            PolicyName::PowerUp => Self::PowerUp,
        }
    }
}

/// `sel`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum SelVerb {
    /// How many entries there are, and how much room is left
    Info,
    /// All entries
    List,
    /// Erase them all
    Clear,
}

/// `boot`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum BootVerb {
    /// The boot device that is set
    Show,
    /// Set it, for the next start within 60 seconds
    Set(BootSet),
}

/// `boot set`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct BootSet {
    /// Where to boot from
    #[arg(value_enum, value_name = "DEVICE")]
    pub(crate) device: BootDeviceName,
    /// For every start to come, not only the next
    #[arg(long)]
    pub(crate) persistent: bool,
    /// EFI boot instead of the legacy PC boot
    #[arg(long)]
    pub(crate) efi: bool,
}

/// Where to boot from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BootDeviceName {
    /// No override: as the BIOS is set up
    None,
    /// Network
    Pxe,
    /// First hard disk
    Disk,
    /// First hard disk, safe mode
    Safe,
    /// Diagnostic partition
    Diag,
    /// CD or DVD
    Cdrom,
    /// Setup of the BIOS
    Bios,
    /// Floppy or first removable medium
    Floppy,
}

impl From<BootDeviceName> for BootDevice {
    fn from(device: BootDeviceName) -> Self {
        match device {
            BootDeviceName::None => Self::None,
            BootDeviceName::Pxe => Self::Pxe,
            BootDeviceName::Disk => Self::Disk,
            BootDeviceName::Safe => Self::DiskSafeMode,
            BootDeviceName::Diag => Self::Diagnostic,
            BootDeviceName::Cdrom => Self::Cd,
            BootDeviceName::Bios => Self::BiosSetup,
            BootDeviceName::Floppy => Self::Floppy,
        }
    }
}

/// `watchdog`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum WatchdogVerb {
    /// What it is set to, and how much time is left
    Show,
    /// Set it, without starting it
    Set(WatchdogSet),
    /// Stop it
    Stop,
    /// Start it, or start it over
    Reset,
}

/// `watchdog set`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct WatchdogSet {
    /// Time to count down, up to 6553.5 s, in steps of 100 ms
    #[arg(value_name = "TIME", value_parser = duration)]
    pub(crate) time: Duration,
    /// What happens at the end
    #[arg(long, value_enum, default_value_t = TimerAction::Reset)]
    pub(crate) action: TimerAction,
    /// Make no entry in the event log at the end
    #[arg(long)]
    pub(crate) no_log: bool,
    /// Start it as well
    #[arg(long)]
    pub(crate) start: bool,
}

/// What happens when the watchdog runs out.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TimerAction {
    /// Nothing
    None,
    /// Hard reset
    Reset,
    /// Power off
    PowerOff,
    /// Power cycle
    PowerCycle,
}

impl From<TimerAction> for TimeoutAction {
    fn from(action: TimerAction) -> Self {
        match action {
            TimerAction::None => Self::None,
            TimerAction::Reset => Self::Reset,
            TimerAction::PowerOff => Self::PowerOff,
            TimerAction::PowerCycle => Self::PowerCycle,
        }
    }
}

/// `alert`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AlertVerb {
    /// Destinations, filters and policies that are set
    Show,
    /// Send an SNMP trap when the server goes off
    Setup(AlertSetup),
}

/// `alert setup`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AlertSetup {
    /// Who gets the trap
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) destination: Ipv4Addr,
    /// Place in the BMC's list of destinations
    #[arg(long, value_name = "NUMBER", default_value_t = 1,
          value_parser = clap::value_parser!(u8).range(1..=15))]
    pub(crate) number: u8,
    /// Alert policy to use
    #[arg(long, value_name = "NUMBER", default_value_t = 1,
          value_parser = clap::value_parser!(u8).range(1..=15))]
    pub(crate) policy: u8,
    /// The BMC's number of the LAN channel [default: as it tells, or else 1]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=11))]
    pub(crate) channel: Option<u8>,
    /// File with the SNMP community, up to 18 characters; without it the BMC's stays
    #[arg(long, value_name = "FILE")]
    pub(crate) community_file: Option<PathBuf>,
}

/// `raw`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Raw {
    /// Network function: even, up to 0x3e
    #[arg(value_name = "NETFN", value_parser = net_fn)]
    pub(crate) net_fn: NetFn,
    /// Command
    #[arg(value_name = "CMD", value_parser = byte)]
    pub(crate) command: u8,
    /// Data, up to 64 bytes; decimal, or hexadecimal with 0x
    #[arg(value_name = "BYTES", value_parser = byte)]
    pub(crate) data: Vec<u8>,
    /// Logical unit, 0 to 3
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) lun: u8,
    /// Send it again while it is unanswered; only for commands that may act twice
    #[arg(long)]
    pub(crate) repeat: bool,
}
