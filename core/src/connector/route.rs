//! Between a fencing, which knows no bytes, and a session, which knows nothing else.

use core::time::Duration;

use crate::fence::{Ask, Refusal, RefusalKind, Told};
use crate::session::Answer;
use crate::types::PowerState;
use crate::wire::command::chassis::{ChassisControl, GetChassisStatus};
use crate::wire::command::{Command, CompletionCode, Request};
use crate::wire::{Full, Malformed};

/// The request that carries a question to the BMC, and how long the answer may take.
pub fn request_of(ask: Ask) -> Result<(Request, Duration), Full> {
    match ask {
        Ask::Look { budget } => Ok((Request::of(&GetChassisStatus)?, budget)),
        Ask::Act { action, budget } => Ok((Request::of(&ChassisControl(action))?, budget)),
    }
}

/// What a fencing is told of the answer to its question.
pub fn told(ask: Ask, answer: &Answer<'_>) -> Told {
    if !answer.code.is_success() {
        return Told::Refused(refusal(answer.code));
    }
    match ask {
        Ask::Act { .. } => Told::Accepted,
        Ask::Look { .. } => Told::Power(power(answer.data).unwrap_or(PowerState::Unknown)),
    }
}

fn power(data: &[u8]) -> Result<PowerState, Malformed> {
    let status = GetChassisStatus::parse(data)?;
    Ok(if status.power_on { PowerState::On } else { PowerState::Off })
}

/// What a completion code means for a fencing.
pub const fn refusal(code: CompletionCode) -> Refusal {
    let kind = match code {
        CompletionCode::NOT_IN_THIS_STATE => RefusalKind::WrongState,
        CompletionCode::INSUFFICIENT_PRIVILEGE => RefusalKind::Privilege,
        code if code.is_temporary() => RefusalKind::Busy,
        _ => RefusalKind::Other,
    };
    Refusal { code: code.0, kind }
}
