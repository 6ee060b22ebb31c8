//! What the file says of supplies: UPSes, what the plan reckons with, and who hangs on what.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use komainu_core::power::{AskBy, Feed, Stage as StageTime, StartBy, Timing};
use komainu_core::time::Millis;
use komainu_core::types::{ConnectorNumber, GroupName, SystemName};

use super::{NutServer, Site};
use crate::config::finding::Place;
use crate::config::kind::NutUps;
use crate::config::reader::Marks;
use crate::config::secret::Secret;
use crate::tls::Trust;

/// Everything about supplies that is no server's.
#[derive(Debug)]
pub(crate) struct Supplies {
    /// The UPSes, in the order of their [`UpsIndex`](komainu_core::types::UpsIndex).
    pub(crate) ups: Vec<Ups>,
    /// Which connector reads and orders them; `None` = the one with the lowest number.
    pub(crate) connector: Option<ConnectorNumber>,
    /// What the plan reckons with.
    pub(crate) timing: Timing,
    /// What the connector's own machine hangs on.
    pub(crate) own: Own,
    /// The stages, the first one stops first; at least one.
    pub(crate) stages: Vec<Stage>,
    /// What is put into maintenance.
    pub(crate) maintenance: Vec<Maintenance>,
    /// The NUT server of ours, if there is one.
    pub(crate) nut_server: Option<NutServer>,
    /// Where the fields of the plan stand.
    pub(crate) marks: Marks,
}

/// The connector's own machine.
#[derive(Debug)]
pub(crate) struct Own {
    /// What feeds it.
    pub(crate) feeds: Vec<Feed>,
    /// In how long it goes down at most.
    pub(crate) stop: Millis,
    /// The server that it is.
    pub(crate) server: Option<SystemName>,
}

/// A UPS.
#[derive(Debug)]
pub(crate) struct Ups {
    /// Its name.
    pub(crate) name: SystemName,
    /// Who speaks for it.
    pub(crate) speaker: Speaker,
    /// How often it is read.
    pub(crate) poll: Millis,
    /// What the core is told of it.
    pub(crate) config: komainu_core::power::UpsConfig,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// Who speaks for a UPS.
#[derive(Debug)]
pub(crate) enum Speaker {
    /// A NUT server.
    Nut(Nut),
    /// Its SNMP card.
    Snmp(Snmp),
    /// An apcupsd.
    Apcupsd(SocketAddr),
}

/// How a NUT server is spoken to.
#[derive(Debug)]
pub(crate) struct Nut {
    /// The UPS there.
    pub(crate) place: NutUps,
    /// Who may order it.
    pub(crate) login: Option<(String, Secret)>,
    /// How it is encrypted.
    pub(crate) tls: Tls,
    /// How the server proves who it is.
    pub(crate) trust: Option<Trust>,
}

/// How an SNMP card is spoken to.
#[derive(Debug)]
pub(crate) struct Snmp {
    /// Where it is.
    pub(crate) at: SocketAddr,
    /// In which version, with what.
    pub(crate) access: SnmpAccess,
    /// Which objects it has.
    pub(crate) mib: Mib,
}

/// How an SNMP card is accessed.
#[derive(Debug)]
pub(crate) enum SnmpAccess {
    /// By a community, in the clear.
    Community {
        /// Version 1, not 2c.
        first: bool,
        /// The community.
        community: Secret,
    },
    /// By a user of SNMP 3.
    User {
        /// Its name.
        name: String,
        /// How it authenticates.
        auth: SnmpAuth,
        /// With what.
        password: Secret,
        /// How it encrypts.
        privacy: Privacy,
        /// With what, if not with the same.
        privacy_password: Option<Secret>,
    },
}

/// Encryption to a NUT server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Nothing without a server that has proved who it is.
    Require,
    /// Where the server has it.
    Try,
    /// None.
    Off,
}

/// Version of SNMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnmpVersion {
    /// 1.
    V1,
    /// 2c.
    V2c,
    /// 3.
    V3,
}

/// How SNMP 3 authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnmpAuth {
    /// HMAC-MD5-96.
    Md5,
    /// HMAC-SHA-96.
    Sha1,
    /// HMAC-SHA-256-192.
    Sha256,
    /// HMAC-SHA-512-384.
    Sha512,
}

/// How SNMP 3 encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privacy {
    /// AES with 128 bits.
    Aes128,
    /// AES with 256 bits, by a key extended in Blumenthal's way.
    Aes256,
    /// The same in Reeder's way.
    Aes256Reeder,
    /// DES.
    Des,
    /// Not at all.
    None,
}

/// Objects of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mib {
    /// Whatever the card answers to.
    Auto,
    /// Those of RFC 1628.
    Rfc1628,
    /// APC's.
    PowerNet,
}

/// How an output is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CutWay {
    /// Not at all.
    Never,
    /// With a delay that may be called off.
    Delayed,
    /// With a delay that may not.
    Final,
}

/// A stage.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Its name.
    pub(crate) name: String,
    /// When it begins.
    pub(crate) time: StageTime,
}

/// Software that can be put into maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaintenanceKind {
    /// Pacemaker.
    Pacemaker,
    /// Windows Server Failover Clustering.
    Wsfc,
    /// Whatever the commands speak to.
    Command,
}

/// Software that is put into maintenance.
#[derive(Clone, Debug)]
pub(crate) struct Maintenance {
    /// Its name.
    pub(crate) name: SystemName,
    /// What it is, and how it is told.
    pub(crate) software: Software,
    /// What stands before each command.
    pub(crate) through: Vec<String>,
    /// What the software calls the machines; empty = as the servers are called.
    pub(crate) machines: Vec<SystemName>,
    /// Longest time for entering.
    pub(crate) enter_limit: Millis,
    /// Longest time for leaving.
    pub(crate) leave_limit: Millis,
    /// Where it begins.
    pub(crate) at: Place,
}

/// What is put into maintenance, and how it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Software {
    /// Pacemaker, by its own program.
    Pacemaker(Option<PathBuf>),
    /// Windows Server Failover Clustering, by PowerShell.
    Wsfc(Option<PathBuf>, Nodes),
    /// Any, by commands; `{machine}` in one stands for the machine.
    Commands {
        /// Enters.
        enter: Vec<String>,
        /// Leaves.
        leave: Vec<String>,
        /// Tells whether it is in.
        look: Option<Vec<String>>,
    },
}

/// What is done with the nodes of a cluster of Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nodes {
    /// They take no role over.
    Suspend,
    /// The same, and their roles move to others.
    Drain,
    /// The whole cluster is stopped.
    Stop,
}

/// What a server hangs on, and how it stops and starts.
#[derive(Debug)]
pub(crate) struct Powered {
    /// What feeds it; none = no plan touches it.
    pub(crate) feeds: Vec<Feed>,
    /// So many are needed.
    pub(crate) needed: u8,
    /// The place of its stage.
    pub(crate) stage: u8,
    /// Who asks it to shut down.
    pub(crate) ask_by: AskBy,
    /// By which command.
    pub(crate) command: Option<Vec<String>>,
    /// Who starts it.
    pub(crate) start_by: StartBy,
    /// Its groups of guests.
    pub(crate) groups: Vec<GroupName>,
    /// Bit n: the maintenance of that place covers it.
    pub(crate) adapters: u16,
    /// How long each step may take.
    pub(crate) limits: Limits,
}

/// How long the steps of a server may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Freezing.
    pub(crate) freeze: Millis,
    /// Each group of guests.
    pub(crate) guests: Millis,
    /// Its services.
    pub(crate) services: Millis,
    /// Its shutdown.
    pub(crate) shutdown: Millis,
    /// Being forced off.
    pub(crate) force: Millis,
    /// Coming back.
    pub(crate) boot: Millis,
    /// Waiting before it is switched on.
    pub(crate) start_wait: Millis,
}

impl Site {
    /// The connector that reads the UPSes and carries plans out; `None` without any UPS.
    pub(crate) fn power_connector(&self) -> Option<ConnectorNumber> {
        let lowest = || self.connectors.iter().map(|connector| connector.number).min();
        let any = !self.supplies.ups.is_empty();
        any.then(|| self.supplies.connector.or_else(lowest)).flatten()
    }
}

impl fmt::Display for CutWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::Delayed => "delayed",
            Self::Final => "final",
        })
    }
}
