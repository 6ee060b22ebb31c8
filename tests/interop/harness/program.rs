//! The programs that take part, and where they are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A program that a test starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// OpenIPMI's BMC.
    IpmiSim,
    Ipmitool,
    /// FreeIPMI's power control.
    Ipmipower,
    /// FreeIPMI's chassis control.
    IpmiChassis,
    /// FreeIPMI's device information.
    BmcInfo,
    /// FreeIPMI's query of authentication capabilities.
    Ipmiping,
    /// FreeIPMI's presence ping.
    Rmcpping,
    FenceIpmilan,
    /// A Python that has pyghmi, its client and its BMC.
    Pyghmi,
    /// Our BMC.
    BmcSim,
    /// Our client.
    Komainu,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IpmiSim => "ipmi_sim",
            Self::Ipmitool => "ipmitool",
            Self::Ipmipower => "ipmipower",
            Self::IpmiChassis => "ipmi-chassis",
            Self::BmcInfo => "bmc-info",
            Self::Ipmiping => "ipmiping",
            Self::Rmcpping => "rmcpping",
            Self::FenceIpmilan => "fence_ipmilan",
            Self::Pyghmi => "pyghmi",
            Self::BmcSim => "bmc-sim",
            Self::Komainu => "komainu",
        }
    }

    /// How it comes onto this machine.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::IpmiSim => "apt install openipmi",
            Self::Ipmitool => "apt install ipmitool",
            Self::Ipmipower
            | Self::IpmiChassis
            | Self::BmcInfo
            | Self::Ipmiping
            | Self::Rmcpping => "apt install freeipmi-tools",
            Self::FenceIpmilan => "apt install fence-agents",
            Self::Pyghmi => "apt install python3-pyghmi",
            Self::BmcSim => "cargo build -p komainu-sim",
            Self::Komainu => "cargo build -p komainu",
        }
    }

    /// Whether it is built from this tree, so that its absence is never an excuse.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::BmcSim | Self::Komainu)
    }

    /// Where it is, if it is anywhere.
    pub(crate) fn find(self) -> Option<PathBuf> {
        match self {
            Self::Pyghmi => python(),
            Self::BmcSim | Self::Komainu => built(self.name()),
            _ => installed(self.name()),
        }
    }

    /// Ready for its arguments; the case has made sure that it is there.
    pub(crate) fn command(self) -> Command {
        Command::new(self.find().unwrap_or_else(|| self.name().into()))
    }
}

/// A path below `tests/peers`.
pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(path)
}

/// FreeIPMI and the fence agents live where only root's search path leads.
fn installed(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(system).map(|folder| folder.join(name)).find(|p| p.is_file())
}

/// Programs of this workspace are built into the folder above that of the tests.
fn built(name: &str) -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    let program = test.parent()?.parent()?.join(name);
    program.is_file().then_some(program)
}

/// The first Python that has pyghmi: one that is chosen, the usual one, the distribution's.
fn python() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let has_pyghmi = |python: &PathBuf| {
        Command::new(python)
            .args(["-c", "import pyghmi.ipmi.bmc"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let chosen = || env::var_os("KOMAINU_PYTHON").map(PathBuf::from);
    let usual = || installed("python3").into_iter().chain([PathBuf::from("/usr/bin/python3")]);
    FOUND.get_or_init(|| chosen().into_iter().chain(usual()).find(has_pyghmi)).clone()
}
