//! What a connector shows of a managed server. For display: no takeover is decided from it.

use super::{HostAddress, PowerState, coded};

coded! {
    /// How the server's BMC behaves.
    BmcState {
        /// Nobody has asked it yet.
        Unknown = 0,
        /// It answers.
        Answers = 1,
        /// It is silent.
        Silent = 2,
        /// It refuses the login.
        RefusesLogin = 3,
        /// It is not the pinned one.
        NotPinned = 4,
    }
}

coded! {
    /// How far the server's fencing is.
    FenceState {
        /// There is none.
        None = 0,
        /// It was asked for.
        Asked = 1,
        /// It runs.
        Working = 2,
        /// It is confirmed.
        Fenced = 3,
        /// It failed.
        Failed = 4,
        /// The operator confirmed it.
        ConfirmedByOperator = 5,
    }
}

coded! {
    /// How a connector works.
    Mode {
        /// As configured.
        Normal = 0,
        /// Maintenance: nobody is fenced but by the operator.
        Maintenance = 1,
        /// A power plan runs for this host.
        Plan = 2,
        /// Another connector acts.
        Standby = 3,
    }
}

/// One managed server, as a connector shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SystemReport {
    /// Which.
    pub host: HostAddress,
    /// Its power.
    pub power: PowerState,
    /// Its BMC.
    pub bmc: BmcState,
    /// Its fencing.
    pub fence: FenceState,
}
