//! Kinds of messages, and who sends which to whom (section 3).

use crate::types::{Party, coded};

coded! {
    /// The kind of a message, by its number.
    Kind {
        /// [`PathCheck`](super::PathCheck), from a host to the connector.
        PathCheck = 1,
        /// [`PathStatus`](super::PathStatus), from the connector to a host.
        PathStatus = 2,
        /// [`ResetRequest`](super::ResetRequest), from a host to the connector.
        ResetRequest = 3,
        /// [`ResetResult`](super::ResetResult), from the connector to a host.
        ResetResult = 4,
        /// [`Notice`](super::Notice), from the connector to all hosts.
        Notice = 5,
        /// [`Directive`](crate::types::Directive), from the connector to a host.
        Directive = 6,
        /// [`Progress`](crate::types::Progress), from a host to the connector.
        Report = 7,
        /// [`Heartbeat`](super::Heartbeat), from host to host.
        Heartbeat = 8,
        /// [`Handover`](super::Handover), from host to host.
        Handover = 9,
    }
}

impl Kind {
    /// Whether `party` is of the class that sends this kind.
    pub const fn is_sent_by(self, party: Party) -> bool {
        match self {
            Self::PathCheck
            | Self::ResetRequest
            | Self::Report
            | Self::Heartbeat
            | Self::Handover => {
                matches!(party, Party::Host(_))
            }
            Self::PathStatus | Self::ResetResult | Self::Notice | Self::Directive => {
                matches!(party, Party::Connector(_))
            }
        }
    }

    /// Whether `party` is of the class that this kind is for.
    pub const fn is_for(self, party: Party) -> bool {
        match self {
            Self::PathCheck | Self::ResetRequest | Self::Report => {
                matches!(party, Party::Connector(_))
            }
            Self::PathStatus
            | Self::ResetResult
            | Self::Notice
            | Self::Directive
            | Self::Heartbeat
            | Self::Handover => matches!(party, Party::Host(_)),
        }
    }

    /// Whether the kind may go without a destination: to many, or to one not yet known.
    pub const fn may_lack_destination(self) -> bool {
        matches!(self, Self::PathCheck | Self::Notice)
    }
}
