//! What a connector tells, as messages.

use komainu_core::connector::{ClusterIndex, How, LetBe, ServerIndex, Tell};
use komainu_core::fence::{self, Method, Stage};
use komainu_core::types::{BmcState, Mode, PowerState, Source};

use super::names::Names;
use crate::service::message::{Code, Message};
use crate::service::words;

/// The message for something that a connector tells.
pub(super) fn message(names: &Names, tell: &Tell) -> Message {
    match *tell {
        Tell::Asked { cluster, from, target, reason } => {
            let (from, target) = (names.host(cluster, from), names.host(cluster, target));
            let why = words::reason(reason);
            let text = format!("{from} asks for the reset of {target}: {why}");
            of_cluster(names, cluster, Code::Asked, text).about("server", target)
        }
        Tell::Refused { cluster, from, target, cause } => {
            let from = names.host(cluster, from);
            let target =
                target.map_or("an unknown server".into(), |host| names.host(cluster, host));
            let text = format!("{from} does not get the reset of {target}: {cause}");
            of_cluster(names, cluster, Code::Refused, text).about("server", target)
        }
        Tell::Fencing { server, stage } => {
            let text = format!("fencing of {}: {}", names.name(server), doing(stage));
            of_server(names, server, Code::Fencing, text)
        }
        Tell::Fenced { server, token, how: by } => {
            let text = format!("{} is fenced, token {token}: {}", names.name(server), how(by));
            of_server(names, server, Code::Fenced, text).about("token", token)
        }
        Tell::FenceFailed { server, cause } => {
            let text = format!("{} could not be fenced: {cause}", names.name(server));
            of_server(names, server, Code::FenceFailed, text)
        }
        Tell::LetBe { server, why } => {
            let why = match why {
                LetBe::Active => "it is heard again, and serves",
                LetBe::Unwanted => "nobody asks for it any more",
            };
            let text = format!("{} is not fenced: {why}", names.name(server));
            of_server(names, server, Code::LetBe, text)
        }
        Tell::Power { server, power, source } => of_power(names, server, power, source),
        Tell::Bmc { server, bmc } => of_bmc(names, server, bmc),
        Tell::PathLost { server } => {
            let text = format!("nothing is heard of {} on the reset path", names.name(server));
            of_server(names, server, Code::ServerPathLost, text)
        }
        Tell::PathBack { server } => {
            let text = format!("{} is heard on the reset path", names.name(server));
            of_server(names, server, Code::ServerPathBack, text)
        }
        Tell::WentBack { server } => {
            let text = format!("{} begins with a start before its last one", names.name(server));
            of_server(names, server, Code::WentBack, text)
        }
        Tell::Mode { cluster, mode, term } => of_mode(names, cluster, mode, term.0),
        Tell::Discarded { cluster, cause, count } => {
            let why = words::discarded(cause);
            let text = format!("{count} datagrams were dropped: {why}");
            of_cluster(names, cluster, Code::Discarded, text).about("count", count)
        }
        Tell::DigestDiffers { server } => {
            let text = format!("{} has another configuration of the cluster", names.name(server));
            of_server(names, server, Code::ServerDiffers, text)
        }
        Tell::KeyChanged { cluster, number } => {
            let text = format!("all send with key {number} from now on");
            of_cluster(names, cluster, Code::KeyChanged, text)
        }
    }
}

fn of_server(names: &Names, server: ServerIndex, code: Code, text: String) -> Message {
    let message = Message::new(code, text).about("server", names.name(server));
    message.about("cluster", names.cluster_of(server))
}

fn of_cluster(names: &Names, cluster: ClusterIndex, code: Code, text: String) -> Message {
    let Some(known) = names.at(cluster) else { return Message::new(code, text) };
    Message::new(code, format!("cluster {}: {text}", known.name)).about("cluster", known.number)
}

fn of_power(names: &Names, server: ServerIndex, power: PowerState, source: Source) -> Message {
    let by = match source {
        Source::Poll => "by its own reading",
        Source::Trap => "read after a trap",
        Source::AlertCommand => "read after an alert command",
        Source::Fence => "by the fencing",
        Source::Plan => "by the power plan",
        Source::Operator => "for the operator",
    };
    let text = format!("the power of {} is {power}, {by}", names.name(server));
    of_server(names, server, power_code(power, source), text)
}

/// What a plan has off is what it wanted, and no warning.
const fn power_code(power: PowerState, source: Source) -> Code {
    match (power, source) {
        (PowerState::On, _) => Code::PowerOn,
        (PowerState::Off | PowerState::Unknown, Source::Plan) => Code::PlannedOff,
        (PowerState::Off, _) => Code::PowerOff,
        (PowerState::Unknown, _) => Code::PowerUnknown,
    }
}

fn of_bmc(names: &Names, server: ServerIndex, bmc: BmcState) -> Message {
    let (code, how) = match bmc {
        BmcState::Unknown => (Code::BmcUnknown, "has not been asked yet"),
        BmcState::Answers => (Code::BmcAnswers, "answers"),
        BmcState::Silent => (Code::BmcSilent, "is silent"),
        BmcState::RefusesLogin => (Code::BmcRefuses, "refuses the login"),
        BmcState::NotPinned => (Code::BmcNotPinned, "is not the one that it was"),
    };
    of_server(names, server, code, format!("the BMC of {} {how}", names.name(server)))
}

fn of_mode(names: &Names, cluster: ClusterIndex, mode: Mode, term: u16) -> Message {
    let (code, how) = match mode {
        Mode::Normal => (Code::ModeNormal, "this connector acts"),
        Mode::Maintenance => (Code::ModeMaintenance, "maintenance holds all resets back"),
        Mode::Plan => (Code::ModePlan, "a power plan runs"),
        Mode::Standby => (Code::ModeStandby, "this connector stands by"),
    };
    of_cluster(names, cluster, code, format!("{how}, term {term}"))
}

/// What a fencing does.
pub(in crate::service) fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Looking => "reads the power",
        Stage::Working(method) => doing_method(method),
        Stage::PoweringOn => "switches it on again",
        Stage::Over => "is over",
    }
}

const fn doing_method(method: Method) -> &'static str {
    match method {
        Method::Off => "switches it off and proves it",
        Method::Cycle => "cycles its power and proves it",
        Method::Reset => "resets it and proves it",
        Method::Outlet => "switches its outlets off and proves it",
    }
}

/// How a server came to be known as off.
pub(super) fn how(how: How) -> &'static str {
    match how {
        How::Read(fence::How::AlreadyOff) => "it was off already",
        How::Read(fence::How::Method(Method::Off)) => "switched off and read off twice",
        How::Read(fence::How::Method(Method::Cycle)) => "power cycled and read off twice",
        How::Read(fence::How::Method(Method::Reset)) => "reset and read off twice",
        How::Read(fence::How::Method(Method::Outlet)) => "its outlets switched off and read off",
        How::Operator => "by the operator's word",
        How::Feed => "cut off from every supply, as read",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planned_power_off_is_no_warning() {
        use crate::service::platform::Severity;
        let told = |power, source| Message::new(power_code(power, source), "").notice().severity;
        for power in [PowerState::Off, PowerState::Unknown] {
            assert_eq!(told(power, Source::Plan), Severity::Information);
            assert_eq!(told(power, Source::Poll), Severity::Warning);
            assert_eq!(told(power, Source::Trap), Severity::Warning);
        }
    }
}
