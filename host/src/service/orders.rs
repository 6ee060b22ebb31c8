//! What operators order, and what comes of it. All of it is JSON as well.

use serde::{Deserialize, Serialize};

use super::power::{OutageOrder, PowerOrder};
use super::words::{Cause, Method, Power};

/// A server of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ServerRef {
    /// Its cluster's number; needed only where two clusters have a server of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<u16>,
    /// Its system name, or its host address as a number.
    pub(crate) server: String,
}

/// What a connector's operator orders. Where `cluster` is left out, there must be only one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "order")]
pub(crate) enum ConnectorOrder {
    /// Reset a server, or look at it with proof.
    Reset {
        /// Which.
        #[serde(flatten)]
        at: ServerRef,
        /// How.
        method: Method,
    },
    /// Switch a server on.
    PowerOn {
        /// Which.
        #[serde(flatten)]
        at: ServerRef,
    },
    /// All of a reset but the shot.
    Drill {
        /// Which.
        #[serde(flatten)]
        at: ServerRef,
    },
    /// The operator's word that a server is off.
    ConfirmOff {
        /// Which.
        #[serde(flatten)]
        at: ServerRef,
    },
    /// Takes the BMC for the server's that shows itself now.
    AcceptBmc {
        /// Which.
        #[serde(flatten)]
        at: ServerRef,
    },
    /// Maintenance of a cluster on or off.
    Maintenance {
        /// Which.
        #[serde(default)]
        cluster: Option<u16>,
        /// On.
        on: bool,
    },
    /// This connector acts for the cluster from now on.
    Act {
        /// Which.
        #[serde(default)]
        cluster: Option<u16>,
    },
    /// Watch all paths of the cluster afresh.
    Resume {
        /// Which.
        #[serde(default)]
        cluster: Option<u16>,
    },
    /// All send with the newer key, though a host has not confirmed it.
    NewKey {
        /// Which.
        #[serde(default)]
        cluster: Option<u16>,
    },
    /// Something about a plan or a UPS.
    Power(PowerOrder),
    /// Something about outages that are known before.
    Outage(OutageOrder),
}

/// What came of a connector's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "answer")]
pub(crate) enum ConnectorAnswer {
    /// Done.
    Done,
    /// The server is proved off.
    Fenced {
        /// The fencing token, as people read it: the term, a dot, the count.
        token: String,
        /// How that is known.
        how: String,
    },
    /// The power was read.
    PowerIs {
        /// What it is.
        power: Power,
    },
    /// It is not done.
    Refused {
        /// Why.
        cause: Cause,
    },
    /// It was tried.
    Failed {
        /// Why it failed.
        cause: Cause,
        /// How the fencing ended, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    /// The drill went well.
    Drilled {
        /// How long look, login and durable write took, in milliseconds.
        took_ms: u64,
        /// Longest time of a real reset while the BMC answers, in milliseconds.
        worst_answering_ms: u64,
        /// The same when it falls silent after every action.
        worst_silent_ms: u64,
    },
    /// A plan has begun.
    Begun {
        /// The name of its outage.
        outage: u64,
    },
    /// A planned outage is noted.
    Noted {
        /// Its number.
        number: u64,
    },
    /// No planned outage of that number.
    NoSuchOutage,
    /// An order about power is not carried out, and nothing has changed.
    NotNow {
        /// Why.
        why: String,
    },
    /// An order about power was tried.
    InVain {
        /// Why it failed.
        why: String,
    },
    /// No UPS of that name, or no such outlet.
    NoSuchUps,
    /// The order does not apply to this connector.
    NoSuchOrder,
    /// No server of that name; or several, and no cluster was named.
    NoSuchServer,
    /// No cluster of that number; or several, and none was named.
    NoSuchCluster,
}

/// What a member's operator orders. Services and hosts are named by name or number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "order", deny_unknown_fields)]
pub(crate) enum MemberOrder {
    /// Start a service here.
    Activate {
        /// Which.
        service: String,
    },
    /// Stop a service here.
    Deactivate {
        /// Which.
        service: String,
    },
    /// Hand a service over.
    Swap {
        /// Which.
        service: String,
        /// To whom; without it to the next in line.
        #[serde(default)]
        to: Option<String>,
    },
    /// The operator's word that a host is off, where no connector can prove it.
    ItIsOff {
        /// Which.
        host: String,
    },
    /// Take over again, though a connector has said freeze.
    Thaw,
    /// Maintenance of this host on or off.
    Maintenance {
        /// On.
        on: bool,
    },
    /// Watch all paths afresh.
    Resume,
}

/// What came of a member's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
pub(crate) enum MemberAnswer {
    /// Done.
    Done,
    /// It is not done.
    Refused {
        /// Why.
        why: String,
    },
    /// It was tried.
    Failed {
        /// Why it failed.
        why: String,
    },
    /// This host has no such service.
    NoSuchService,
    /// The cluster has no such host.
    NoSuchHost,
}

/// Somebody says that something happened to a server's power, or to a UPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// Whose.
    pub(crate) of: Hinted,
    /// Who says so.
    pub(crate) source: komainu_core::types::Source,
    /// What exactly was said, for the log; empty where there is no more to it.
    pub(crate) said: String,
    /// The server's BMC says that its supply has lost the mains, or has them again: a witness
    /// where its UPSes are silent.
    pub(crate) lost_input: Option<bool>,
}

/// How the one who hints names what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hinted {
    /// By its name.
    Server(ServerRef),
    /// By the address of its BMC or of its member, as traps and hardware managers do.
    Address(std::net::IpAddr),
    /// A UPS, by its place in the configuration.
    Ups(komainu_core::types::UpsIndex),
}
