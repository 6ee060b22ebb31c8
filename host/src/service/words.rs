//! The core's words as JSON has them, which never change between versions.

use komainu_core::counters::ResetDiscard;
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

pub(super) use mirrored;

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

mirrored! {
    /// How far a session with a BMC is.
    Session of komainu_core::session::Standing {
        /// Nothing is open.
        Cold,
        /// It is asked what it speaks.
        Discovering,
        /// A session is being set up.
        LoggingIn,
        /// A session is up.
        Warm,
        /// It is being closed.
        Closing,
    }
}

mirrored! {
    /// What a member holds of a peer.
    View of komainu_core::member::View {
        /// Not heard since the member's start, or it left as planned.
        Unknown,
        /// Both hear each other.
        Alive,
        /// It was alive, and is silent.
        Suspect,
        /// Its reset was asked for.
        Fencing,
        /// There is proof that it has ended.
        Fenced,
    }
}

/// Why a reset is asked for, for people.
pub(crate) const fn reason(reason: types::Reason) -> &'static str {
    match reason {
        types::Reason::HeartbeatLost => "no heartbeat",
        types::Reason::ServiceFailure => "a service failed there",
        types::Reason::ResourceTimeout => "a service did not end there in its time",
        types::Reason::Operator => "the operator wants it",
        types::Reason::PanicNotice => "it told of its panic",
        types::Reason::PowerOffNotice => "its power is said to be off",
    }
}

/// Why datagrams of the reset path were dropped, for people.
pub(crate) const fn discarded(cause: ResetDiscard) -> &'static str {
    match cause {
        ResetDiscard::Length => "too short or too long",
        ResetDiscard::Magic => "not of this protocol",
        ResetDiscard::BodyLength => "not as long as they say",
        ResetDiscard::Cluster => "of another cluster",
        ResetDiscard::Broadcast => "sent to many, of the other class",
        ResetDiscard::Destination => "for somebody else",
        ResetDiscard::OwnSender => "with our own number as the sender's",
        ResetDiscard::Key => "made with a key that is not accepted",
        ResetDiscard::Tag => "made without the key, or changed on the way",
        ResetDiscard::Sender => "of an unknown sender",
        ResetDiscard::Class => "of a kind that their sender may not send",
        ResetDiscard::Epoch => "of an earlier start of their sender",
        ResetDiscard::Replayed => "seen before",
        ResetDiscard::Body => "with a body that makes no sense",
        ResetDiscard::Overtaken => "overtaken by a newer one",
        ResetDiscard::Stale => "not an answer to anything recent",
        ResetDiscard::Unverified => "of a connector that has not proved its start",
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
