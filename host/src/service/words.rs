//! The core's words as JSON has them, which never change between versions.

use komainu_core::types;
use serde::{Deserialize, Serialize};

/// An enum of the core that is written and read in kebab case.
macro_rules! mirrored {
    ($(#[$about:meta])* $name:ident of $core:path { $($(#[$what:meta])* $variant:ident,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum $name { $($(#[$what])* $variant,)+ }

        impl From<$core> for $name {
            fn from(word: $core) -> Self {
                use $core as Core;
                match word { $(Core::$variant => Self::$variant,)+ }
            }
        }

        impl From<$name> for $core {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant,)+ }
            }
        }
    };
}

mirrored! {
    /// What is known of a server's power.
    Power of types::PowerState {
        /// The BMC says that it is on.
        On,
        /// The BMC says that it is off.
        Off,
        /// Nobody has said.
        Unknown,
    }
}

mirrored! {
    /// How a BMC behaves.
    Bmc of types::BmcState {
        /// Nobody has asked it yet.
        Unknown,
        /// It answers.
        Answers,
        /// It is silent.
        Silent,
        /// It refuses the login.
        RefusesLogin,
        /// It is not the pinned one.
        NotPinned,
    }
}

mirrored! {
    /// How far a server's fencing is.
    Fence of types::FenceState {
        /// There is none.
        None,
        /// It was asked for.
        Asked,
        /// It runs.
        Working,
        /// It is confirmed.
        Fenced,
        /// It failed.
        Failed,
        /// The operator confirmed it.
        ConfirmedByOperator,
    }
}

mirrored! {
    /// How a connector works.
    Mode of types::Mode {
        /// As configured.
        Normal,
        /// Nobody is fenced but by the operator.
        Maintenance,
        /// A power plan runs.
        Plan,
        /// Another connector acts.
        Standby,
    }
}

mirrored! {
    /// How far a host is.
    HostState of types::HostState {
        /// It finds out what runs where.
        Starting,
        /// It takes part.
        Running,
        /// It is being stopped as planned.
        Leaving,
        /// The operator has taken it out.
        Maintenance,
    }
}

mirrored! {
    /// Who starts a service first by definition.
    Role of types::ServiceRole {
        /// The host that starts it first.
        Primary,
        /// A host that stands by for it.
        Secondary,
    }
}

mirrored! {
    /// What a service does on a host.
    ServiceState of types::ServiceState {
        /// It does not run here.
        Stopped,
        /// It does not run here; this host would take it over.
        Standby,
        /// Its start command runs.
        Starting,
        /// It runs here.
        Active,
        /// Its stop command runs.
        Stopping,
        /// No proof yet that it has ended elsewhere: the operator may decide.
        Waiting,
    }
}

mirrored! {
    /// How a host is to be ended.
    Method of types::ResetMethod {
        /// As the configuration says.
        AsConfigured,
        /// Hard reset.
        HardReset,
        /// Power cycle.
        PowerCycle,
        /// Off, and it stays off.
        Off,
        /// Off, confirmed, then on.
        OffThenOn,
        /// Read the power only.
        LookOnly,
    }
}

/// Why something was refused or failed: the protocol's number, and words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cause {
    /// The number of the reset path (spec 3.2).
    pub(crate) code: u8,
    /// What it means.
    pub(crate) text: String,
}

impl From<types::Cause> for Cause {
    fn from(cause: types::Cause) -> Self {
        Self { code: cause.code(), text: cause.to_string() }
    }
}
