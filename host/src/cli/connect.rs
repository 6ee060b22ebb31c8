//! Options that every BMC command has: how to log in, and how to show results.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use komainu_core::session::{Version, Workaround};
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::session::AuthType;
use serde::Deserialize;

use super::refused::{Never, Refused};
use super::values::{WorkaroundParser, duration, suite};

/// How to log in.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Login")]
pub(crate) struct Connect {
    /// User name on the BMC, up to 16 characters; '' is the null user
    #[arg(short, long, global = true, value_name = "NAME", short_alias = 'U')]
    pub(crate) user: Option<String>,
    /// File with the password in its first line; '-' is standard input
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// File with the BMC's key Kg: text or 0x and hexadecimal digits, up to 20 bytes
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kg_file: Option<PathBuf>,
    /// Cipher suites to offer, in order [default: 17,3]
    ///
    /// 0 to 3, 6 to 8, 11, 12 and 15 to 17. Those that authenticate nothing (0, 1, 6, 15) are used
    /// only when they are named here. xRC4 (4, 5, 9, 10, 13, 14) is not built.
    #[arg(long, global = true, value_name = "NUMBERS", value_delimiter = ',', value_parser = suite)]
    pub(crate) suite: Vec<u8>,
    /// Version of IPMI [default: auto]
    #[arg(long, global = true, value_enum, value_name = "VERSION")]
    pub(crate) ipmi: Option<Ipmi>,
    /// Authentication types to allow for IPMI 1.5 [default: md5,md2]
    #[arg(long, global = true, value_enum, value_name = "TYPES", value_delimiter = ',')]
    pub(crate) auth: Vec<Auth>,
    /// Highest privilege of the session [default: what the verb needs]
    #[arg(
        long,
        short = 'L',
        global = true,
        value_enum,
        value_name = "LEVEL",
        hide_short_help = true
    )]
    pub(crate) privilege: Option<Level>,
    /// Time for each host, login included [default: 20s; fencing and --wait take what they need]
    #[arg(short, long, global = true, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Forgive a deviation of the BMC; may be repeated. 'list' shows all
    #[arg(long, global = true, value_name = "NAME", value_parser = WorkaroundParser,
          hide_possible_values = true)]
    pub(crate) workaround: Vec<Workaround>,
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(short, long, short_alias = 'P', global = true, hide = true, num_args = 0..=1,
          default_missing_value = "", value_parser = Refused::Password, action = ArgAction::Set)]
    password: Option<Never>,
    #[arg(short = 'k', long = "kg", short_alias = 'y', global = true, hide = true,
          num_args = 0..=1, default_missing_value = "", value_parser = Refused::Kg,
          action = ArgAction::Set)]
    kg: Option<Never>,
}

/// Which version of IPMI to speak.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ipmi {
    /// Ask the BMC; 2.0 where it is offered
    #[value(name = "auto")]
    #[serde(rename = "auto")]
    Auto,
    /// Only 1.5
    #[value(name = "1.5")]
    #[serde(rename = "1.5")]
    V15,
    /// Only 2.0, without asking first
    #[value(name = "2.0")]
    #[serde(rename = "2.0")]
    V20,
}

impl From<Ipmi> for Version {
    fn from(ipmi: Ipmi) -> Self {
        match ipmi {
            Ipmi::Auto => Self::Auto,
            Ipmi::V15 => Self::V15,
            Ipmi::V20 => Self::V20,
        }
    }
}

/// Authentication type of IPMI 1.5.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Auth {
    /// Nothing proves who asks
    None,
    /// MD2 over password and message
    Md2,
    /// MD5 over password and message
    Md5,
    /// The password itself, in the clear
    Straight,
}

impl From<Auth> for AuthType {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::None => Self::None,
            Auth::Md2 => Self::Md2,
            Auth::Md5 => Self::Md5,
            Auth::Straight => Self::Straight,
        }
    }
}

/// Privilege level.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// May only start a callback
    Callback,
    /// May read
    User,
    /// May control power
    Operator,
    /// May change the configuration
    #[value(alias = "admin")]
    Administrator,
    /// Defined by the manufacturer
    Oem,
}

impl From<Level> for Privilege {
    fn from(level: Level) -> Self {
        match level {
            Level::Callback => Self::Callback,
            Level::User => Self::User,
            Level::Operator => Self::Operator,
            Level::Administrator => Self::Administrator,
            Level::Oem => Self::Oem,
        }
    }
}

/// How to show results.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// One JSON object per line and host, and one for the summary
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No summary, no progress bar
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub(crate) color: When,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
