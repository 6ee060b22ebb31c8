//! How a method of the reset path becomes a plan, and an end of one a cause.

use crate::failure::Failure;
use crate::fence::{Method, Outcome, Plan};
use crate::types::{Cause, ResetMethod};

/// The plan that carries a method out on a server with that configured plan.
///
/// A cycle or reset that cannot be proved goes on with off where the configured plan has off.
pub(super) fn plan_for(method: ResetMethod, configured: &Plan) -> Plan {
    let then_off = |first| {
        let both = [first, Method::Off];
        let methods = if configured.has(Method::Off) { &both[..] } else { &both[..1] };
        Plan::new(methods, true, configured.budgets)
    };
    let off = |power_on| Plan::new(&[Method::Off], power_on, configured.budgets);
    let plan = match method {
        ResetMethod::AsConfigured | ResetMethod::LookOnly => None,
        ResetMethod::HardReset => then_off(Method::Reset),
        ResetMethod::PowerCycle => then_off(Method::Cycle),
        ResetMethod::Off => off(false),
        ResetMethod::OffThenOn => off(true),
    };
    plan.unwrap_or_else(|| configured.clone())
}

/// Why a fencing has failed; `single` when it had one method.
pub(super) fn cause_of(outcome: Outcome, single: bool) -> Cause {
    match outcome {
        Outcome::Fenced { .. } => Cause::None,
        Outcome::Unreachable(failure) | Outcome::BadCredentials(failure) => {
            cause_of_failure(failure)
        }
        Outcome::Refused(_) => Cause::CommandRefused,
        Outcome::Unconfirmed { .. } if !single => Cause::AllTried,
        Outcome::Unconfirmed { .. } => Cause::Unconfirmed,
    }
}

/// Why a reading, or a command, has failed.
pub(super) const fn cause_of_failure(failure: Failure) -> Cause {
    match failure {
        Failure::Silent | Failure::LoginSilent | Failure::NoFreeSession | Failure::Lost => {
            Cause::BmcSilent
        }
        Failure::UnknownUser
        | Failure::WrongPassword
        | Failure::WrongKg
        | Failure::PrivilegeTooLow
        | Failure::SuiteRefused
        | Failure::VersionNotOffered
        | Failure::LoginRefused(_) => Cause::LoginRefused,
        Failure::WrongBmc => Cause::CommandRefused,
        Failure::Unanswered | Failure::Held => Cause::Unconfirmed,
    }
}
