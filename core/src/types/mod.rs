//! Words that all parts share.
//!
//! Every number here that travels on the reset path has its code in one place: beside its name.

mod directive;
mod host;
mod notice;
mod path;
mod power;
mod reset;
mod service;
mod supply;
mod system;

pub use directive::{
    Directed, Directive, DirectiveId, GroupName, Progress, ReportCause, ReportState,
};
pub use host::{
    ConnectorNumber, HostAddress, HostState, NameError, Party, ServerIndex, SystemName,
};
pub use notice::{Event, NoticeId, Source};
pub use path::{ConfigDigest, KeyNumber};
pub use power::{ChassisAction, PowerState};
pub use reset::{Cause, Epoch, Reason, RequestId, ResetMethod, ResetState, Term, Token};
pub use service::{
    Generation, HandoverStep, ServiceNumber, ServiceReport, ServiceRole, ServiceState,
};
pub use supply::{Outlet, Supply, UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};
pub use system::{BmcState, FenceState, Mode, SystemReport};

/// An enum whose every variant has a number on the wire.
macro_rules! coded {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[repr(u8)]
        pub enum $name { $($(#[$what])* $variant = $code,)+ }

        impl $name {
            /// All of them, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number on the wire.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// What that number means; `None` for one that is not listed.
            pub const fn of(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use coded;
