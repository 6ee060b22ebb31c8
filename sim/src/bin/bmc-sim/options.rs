//! The command line, and what it asks for.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use komainu_sim::bmc::{BmcConfig, CATALOGUE, OfferedSuite, Privilege, Quirks, Suite, Versions};
use komainu_sim::net::Faults;

use crate::secrets;

/// Simulated BMCs that answer IPMI 1.5 and 2.0 on real UDP addresses.
///
/// Practise on them with komainu, ipmitool, FreeIPMI or any other client; nothing real is
/// switched.  Without --users they know admin (password: password), operator (operpass) and
/// monitor (monpass).
#[derive(Parser)]
#[command(name = "bmc-sim", version, after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Address and port of the first BMC; ports below 1024 need root
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.16.0.1:623")]
    listen: SocketAddr,

    /// How many BMCs, on consecutive addresses
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u32,

    /// Put the BMCs on consecutive ports of one address instead
    #[arg(long)]
    ports: bool,

    /// Serve all addresses from one socket, which costs least and takes the port on every address
    /// of this machine (IPv4, Linux)
    #[arg(long, conflicts_with = "ports")]
    one_socket: bool,

    /// Users in a file: one line each, NAME PRIVILEGE PASSWORD; - is the null name
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,

    /// The BMC key (Kg) in a file: up to 20 characters, or 0x and hex digits
    #[arg(long, value_name = "FILE")]
    kg_file: Option<PathBuf>,

    /// Cipher suites offered, in this order [default: 0-3, 6-8, 11, 12, 15-17]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = suite)]
    suites: Vec<Suite>,

    /// Versions of IPMI served
    #[arg(long, value_name = "VERSION", default_value = "both")]
    ipmi: Ipmi,

    /// Session slots, half-open sessions included
    #[arg(long, value_name = "N", default_value_t = 4)]
    slots: usize,

    /// Power of the hosts at the start
    #[arg(long, value_name = "STATE", default_value = "on")]
    power: Power,

    /// Milliseconds from an off command to off
    #[arg(long, value_name = "MS", default_value_t = 0)]
    off_delay: u64,

    /// Milliseconds from an on command to on
    #[arg(long, value_name = "MS", default_value_t = 0)]
    on_delay: u64,

    /// Milliseconds from a soft shutdown to off, or "never"
    #[arg(long, value_name = "MS", default_value = "3000", value_parser = soft_delay)]
    soft_delay: SoftDelay,

    /// A deviation of real machines, repeatable; "list" prints them all
    #[arg(long, value_name = "NAME[=VALUE]")]
    quirk: Vec<String>,

    /// Percentage of datagrams lost, each way
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    loss: f64,

    /// Percentage of datagrams that arrive twice, each way
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    duplicate: f64,

    /// Milliseconds that a datagram takes, each way: MS, or MIN-MAX (which reorders)
    #[arg(long, value_name = "MS[-MS]", default_value = "0", value_parser = delay)]
    delay: (Duration, Duration),

    /// Seed of session ids, random numbers and faults; the same seed repeats a run
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print events as JSON, one object a line
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  bmc-sim --count 16
      sixteen BMCs on 127.16.0.1 to 127.16.0.16, port 623
  bmc-sim --listen 127.0.0.1:6230 --count 4 --ports
      four BMCs without root, on ports 6230 to 6233
  bmc-sim --off-delay 4000 --quirk cycle-on --loss 10
      a slow host behind a bad network
  ipmitool -I lanplus -H 127.16.0.1 -U admin -P password chassis power status
      ask the first one";

#[derive(Clone, Copy, ValueEnum)]
enum Ipmi {
    #[value(name = "1.5")]
    V15,
    #[value(name = "2.0")]
    V20,
    Both,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Power {
    On,
    Off,
}

#[derive(Clone, Copy)]
struct SoftDelay(Option<Duration>);

/// What to serve.
pub(crate) struct Plan {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) one_socket: bool,
    pub(crate) config: BmcConfig,
    pub(crate) faults: Option<Faults>,
    pub(crate) seed: u64,
    pub(crate) json: bool,
}

impl Options {
    /// Whether the quirks are to be printed instead of served.
    pub(crate) fn wants_quirk_list(&self) -> bool {
        self.quirk.iter().any(|quirk| quirk == "list")
    }

    /// Reads the files and puts it all together; the error says what to mend.
    pub(crate) fn plan(self) -> Result<Plan, String> {
        let mut config = BmcConfig::default();
        if let Some(path) = &self.users {
            config.users = secrets::read_users(path)?;
        }
        if let Some(path) = &self.kg_file {
            config.kg = Some(secrets::read_kg(path)?);
        }
        if !self.suites.is_empty() {
            let offer =
                |suite: &Suite| OfferedSuite { suite: *suite, limit: Privilege::Administrator };
            config.suites = self.suites.iter().map(offer).collect();
        }
        config.versions = match self.ipmi {
            Ipmi::V15 => Versions::V15,
            Ipmi::V20 => Versions::V20,
            Ipmi::Both => Versions::Both,
        };
        config.session_slots = self.slots;
        config.power.on = self.power == Power::On;
        config.power.off_delay = Duration::from_millis(self.off_delay);
        config.power.on_delay = Duration::from_millis(self.on_delay);
        config.power.soft_delay = self.soft_delay.0;
        let mut quirks = Quirks::default();
        for quirk in &self.quirk {
            quirks.switch_on(quirk).map_err(|error| error.to_string())?;
        }
        config.quirks = quirks;
        let faults = Faults {
            loss_percent: self.loss,
            duplicate_percent: self.duplicate,
            reorder_percent: 0.0,
            delay_min: self.delay.0,
            delay_max: self.delay.1,
        };
        Ok(Plan {
            addresses: self.addresses()?,
            one_socket: self.one_socket,
            config,
            faults: (faults != Faults::default()).then_some(faults),
            seed: self.seed,
            json: self.json,
        })
    }

    fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        (0..self.count)
            .map(|number| if self.ports { self.port(number) } else { self.address(number) })
            .collect()
    }

    fn port(&self, number: u32) -> Result<SocketAddr, String> {
        let port = u32::from(self.listen.port()) + number;
        let port = u16::try_from(port).map_err(|_| "there are no ports above 65535".to_owned())?;
        Ok(SocketAddr::new(self.listen.ip(), port))
    }

    fn address(&self, number: u32) -> Result<SocketAddr, String> {
        let ip = match self.listen.ip() {
            IpAddr::V4(first) => first.to_bits().checked_add(number).map(Ipv4Addr::from_bits),
            IpAddr::V6(_) if number > 0 => {
                return Err("several BMCs on an IPv6 address need --ports".to_owned());
            }
            IpAddr::V6(_) => return Ok(self.listen),
        };
        let ip = ip.ok_or("there are no addresses above 255.255.255.255")?;
        Ok(SocketAddr::new(ip.into(), self.listen.port()))
    }
}

/// All quirks, one line each.
pub(crate) fn quirk_list() -> String {
    let mut text = String::new();
    for quirk in CATALOGUE {
        let (name, about, source) = (quirk.name, quirk.about, quirk.source);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<28} {about} ({source})");
    }
    text
}

fn suite(text: &str) -> Result<Suite, String> {
    let number = text.parse().map_err(|_| "a suite is a number".to_owned())?;
    Suite::from_number(number).ok_or_else(|| {
        let known: Vec<String> = Suite::ALL.iter().map(|suite| suite.number.to_string()).collect();
        format!("suites there are: {}", known.join(", "))
    })
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_millis).map_err(|_| "not a number of milliseconds".to_owned())
}

fn soft_delay(text: &str) -> Result<SoftDelay, String> {
    if text == "never" {
        Ok(SoftDelay(None))
    } else {
        milliseconds(text).map(|d| SoftDelay(Some(d)))
    }
}

fn delay(text: &str) -> Result<(Duration, Duration), String> {
    let (min, max) = text.split_once('-').unwrap_or((text, text));
    let (min, max) = (milliseconds(min)?, milliseconds(max)?);
    if min <= max { Ok((min, max)) } else { Err("the second delay is below the first".to_owned()) }
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "a percentage is a number from 0 to 100".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &[&str]) -> Result<Plan, String> {
        let arguments = ["bmc-sim"].iter().chain(arguments);
        Options::try_parse_from(arguments).map_err(|error| error.to_string())?.plan()
    }

    #[test]
    fn the_command_line_is_consistent() {
        <Options as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn consecutive_addresses_carry_over() {
        let plan = plan(&["--listen", "127.16.0.255:623", "--count", "2"]).unwrap();
        assert_eq!(plan.addresses[1], "127.16.1.0:623".parse().unwrap());
    }

    #[test]
    fn consecutive_ports_end_at_the_last() {
        let ports = ["--ports", "--listen", "127.0.0.1:65535", "--count"];
        assert_eq!(plan(&[&ports[..], &["1"]].concat()).unwrap().addresses.len(), 1);
        assert!(plan(&[&ports[..], &["2"]].concat()).is_err());
    }

    #[test]
    fn options_reach_the_configuration() {
        let arguments =
            ["--suites", "3,17", "--quirk", "late=5", "--delay", "10-20", "--power", "off"];
        let plan = plan(&arguments).unwrap();
        let numbers: Vec<u8> = plan.config.suites.iter().map(|o| o.suite.number).collect();
        assert_eq!(numbers, [3, 17]);
        assert_eq!(plan.config.quirks.late, Some(Duration::from_millis(5)));
        assert_eq!(plan.faults.unwrap().delay_max, Duration::from_millis(20));
        assert!(!plan.config.power.on);
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in [["--suites", "4"], ["--quirk", "none"], ["--loss", "101"], ["--delay", "9-1"]]
        {
            assert!(plan(&wrong).is_err(), "{wrong:?}");
        }
    }
}
