//! What became of an order: its exit code and its status of HTTP.

use axum::http::StatusCode;

use crate::exit::Exit;
use crate::service::{ConnectorAnswer, MemberAnswer};

/// What came of an order.
pub(crate) trait Outcome {
    /// The exit code of a command that gave the order.
    fn exit(&self) -> Exit;

    /// The status of the answer, so that scripts see by `curl --fail` what failed.
    fn status(&self) -> StatusCode {
        match self.exit() {
            Exit::Ok => StatusCode::OK,
            Exit::OrderRefused => StatusCode::CONFLICT,
            Exit::NoSuch => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_GATEWAY,
        }
    }
}

impl Outcome for ConnectorAnswer {
    fn exit(&self) -> Exit {
        match self {
            Self::Done
            | Self::Fenced { .. }
            | Self::PowerIs { .. }
            | Self::Drilled { .. }
            | Self::Begun { .. }
            | Self::Noted { .. } => Exit::Ok,
            Self::Refused { .. } | Self::NotNow { .. } | Self::NoSuchOrder => Exit::OrderRefused,
            Self::Failed { .. } | Self::InVain { .. } => Exit::OrderFailed,
            Self::NoSuchServer | Self::NoSuchCluster | Self::NoSuchUps | Self::NoSuchOutage => {
                Exit::NoSuch
            }
        }
    }
}

impl Outcome for MemberAnswer {
    fn exit(&self) -> Exit {
        match self {
            Self::Done => Exit::Ok,
            Self::Refused { .. } => Exit::OrderRefused,
            Self::Failed { .. } => Exit::OrderFailed,
            Self::NoSuchService | Self::NoSuchHost => Exit::NoSuch,
        }
    }
}
