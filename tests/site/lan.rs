//! Network namespaces joined by bridges: cables that can be pulled.

use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

/// A network of the site. Each is a bridge in the namespace of the switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lan {
    /// The reset path of the first two hosts.
    Reset0,
    /// The reset path of the third host: the management server is on both.
    Reset1,
    /// A monitoring path.
    Monitor0,
    /// The other monitoring path.
    Monitor1,
    /// Where the BMCs are.
    Bmc,
}

impl Lan {
    const ALL: [Self; 5] = [Self::Reset0, Self::Reset1, Self::Monitor0, Self::Monitor1, Self::Bmc];

    /// The name of its bridge, and of every interface that leads to it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reset0 => "reset0",
            Self::Reset1 => "reset1",
            Self::Monitor0 => "mon0",
            Self::Monitor1 => "mon1",
            Self::Bmc => "bmc",
        }
    }

    /// The address of the party of that number: a host's, or [`MANAGEMENT`].
    pub fn address(self, party: u8) -> Ipv4Addr {
        let network = match self {
            Self::Reset0 => 0,
            Self::Reset1 => 1,
            Self::Monitor0 => 10,
            Self::Monitor1 => 11,
            Self::Bmc => 20,
        };
        Ipv4Addr::new(10, 77, network, party)
    }
}

/// The number of the management server on every network.
pub const MANAGEMENT: u8 = 254;

/// Runs a program to its end; its error output is the failure.
pub fn run(program: &str, arguments: &[&str]) -> Result<String, Failed> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} {}: {}", arguments.join(" "), error.trim()).into())
}

/// A namespace, gone when dropped.
pub struct Namespace {
    /// Its name for `ip netns`.
    pub name: String,
}

impl Namespace {
    fn new(name: String) -> Result<Self, Failed> {
        run("ip", &["netns", "add", &name])?;
        let namespace = Self { name };
        run("ip", &["-n", &namespace.name, "link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// A program inside, ready for its arguments.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = run("ip", &["netns", "del", &self.name]);
    }
}

/// All networks, and who is on them.
pub struct Lans {
    switches: Namespace,
    prefix: String,
}

impl Lans {
    /// The networks, with nobody on them. All names begin with `prefix`.
    pub fn new(prefix: &str) -> Result<Self, Failed> {
        let switches = Namespace::new(format!("{prefix}sw"))?;
        for lan in Lan::ALL {
            let at = ["-n", &switches.name, "link"];
            let bridge = ["add", lan.name(), "type", "bridge", "forward_delay", "0"];
            run("ip", &[&at[..], &bridge].concat())?;
            run("ip", &[&at[..], &["set", lan.name(), "up"]].concat())?;
        }
        Ok(Self { switches, prefix: prefix.to_owned() })
    }

    /// A new party with an interface on each of `lans`.
    pub fn join(&self, party: u8, lans: &[Lan]) -> Result<Namespace, Failed> {
        let namespace = Namespace::new(format!("{}p{party}", self.prefix))?;
        for lan in lans {
            let (port, switch) = (port(party, *lan), &self.switches.name);
            let pair = ["link", "add", &port, "netns", switch, "type", "veth", "peer", "name"];
            run("ip", &[&pair[..], &[lan.name(), "netns", &namespace.name]].concat())?;
            run("ip", &["-n", switch, "link", "set", &port, "master", lan.name(), "up"])?;
            let address = format!("{}/24", lan.address(party));
            let inside = ["-n", &namespace.name];
            let add = ["addr", "add", &address, "brd", "+", "dev", lan.name()];
            run("ip", &[&inside[..], &add].concat())?;
            run("ip", &[&inside[..], &["link", "set", lan.name(), "up"]].concat())?;
        }
        Ok(namespace)
    }

    /// A tap on one of the networks, for a machine that is emulated; its name.
    pub fn plug(&self, party: u8, lan: Lan) -> Result<String, Failed> {
        let (tap, switch) = (format!("tap-{party}"), &self.switches.name);
        run("ip", &["-n", switch, "tuntap", "add", "dev", &tap, "mode", "tap"])?;
        run("ip", &["-n", switch, "link", "set", &tap, "master", lan.name(), "up"])?;
        Ok(tap)
    }

    /// A program where the switches are, which is where taps are.
    pub fn at_the_switches(&self, program: &str) -> Command {
        self.switches.command(program)
    }

    /// Pulls a party's cable.
    pub fn cut(&self, party: u8, lan: Lan) -> Result<(), Failed> {
        run("ip", &["-n", &self.switches.name, "link", "set", &port(party, lan), "down"])?;
        Ok(())
    }

    /// Plugs it in again.
    pub fn mend(&self, party: u8, lan: Lan) -> Result<(), Failed> {
        run("ip", &["-n", &self.switches.name, "link", "set", &port(party, lan), "up"])?;
        Ok(())
    }
}

fn port(party: u8, lan: Lan) -> String {
    format!("{}-{party}", lan.name())
}
