//! What goes over the control socket besides orders, their answers and the status.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::service::{ConnectorOrder, MemberOrder, PowerOrder, ServerRef, UpsDoing};

/// Who answers at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct About {
    /// Which service.
    pub(crate) service: Party,
    /// Its name.
    pub(crate) name: String,
    /// The version of its program.
    pub(crate) version: String,
}

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Party {
    /// A connector.
    Connector,
    /// A member.
    Member,
}

impl Party {
    /// The word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Member => "member",
        }
    }
}

/// An order, and what makes sure that it is meant.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ordered<O> {
    /// What is ordered.
    #[serde(flatten)]
    pub(super) order: O,
    /// Whom it is about, once more, where a slip would be dangerous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confirm: Option<String>,
}

/// An order that may have to be confirmed.
pub(crate) trait Confirm {
    /// Whom it is about, if that must be named twice: an operator's word stands for a proof.
    fn named_twice(&self) -> Option<&str>;
}

impl Confirm for ConnectorOrder {
    fn named_twice(&self) -> Option<&str> {
        match self {
            Self::ConfirmOff { at } => Some(&at.server),
            // A UPS that is ordered off takes down whatever nobody has told us of.
            Self::Power(PowerOrder::Ups {
                ups,
                what: UpsDoing::Off | UpsDoing::OffUntilMains,
                ..
            }) => Some(ups),
            Self::Power(_)
            | Self::Outage(_)
            | Self::Reset { .. }
            | Self::PowerOn { .. }
            | Self::Drill { .. }
            | Self::AcceptBmc { .. }
            | Self::Maintenance { .. }
            | Self::Act { .. }
            | Self::Resume { .. }
            | Self::NewKey { .. } => None,
        }
    }
}

impl Confirm for MemberOrder {
    fn named_twice(&self) -> Option<&str> {
        match self {
            Self::ItIsOff { host } => Some(host),
            Self::Activate { .. }
            | Self::Deactivate { .. }
            | Self::Swap { .. }
            | Self::Thaw
            | Self::Maintenance { .. }
            | Self::Resume => None,
        }
    }
}

/// Somebody says that something happened to a server's power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct HintBody {
    /// Whose.
    #[serde(flatten)]
    pub(crate) of: Hinted,
    /// What exactly was said, for the log; at most [`MAX_SAID`] bytes count.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) said: String,
}

/// Longest text of a hint, in bytes.
pub(crate) const MAX_SAID: usize = 200;

/// How a server is named by the one who hints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Hinted {
    /// By the address of its BMC or of its member.
    Address {
        /// That address.
        address: IpAddr,
    },
    /// By its name.
    Server(ServerRef),
}

/// What to ask the history for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Latest {
    /// So many entries at most, the latest ones.
    #[serde(default = "usual")]
    pub(super) most: usize,
}

const fn usual() -> usize {
    100
}

/// It is done, and there is nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    /// Always.
    pub(super) done: bool,
}
