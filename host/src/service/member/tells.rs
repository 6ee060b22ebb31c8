//! What a member tells, as messages.

use komainu_core::member::{Command, Tell};
use komainu_core::types::{
    Cause, ConnectorNumber, Generation, HostAddress, ServiceNumber, ServiceState,
};

use super::names::Names;
use crate::service::guests;
use crate::service::message::{Code, Message};
use crate::service::words;

/// The message for something that a member tells.
pub(super) fn message(names: &Names, tell: &Tell) -> Message {
    let of_host = |code, host, text: &str| of_host(names, code, host, text);
    match *tell {
        Tell::PeerAlive { host } => of_host(Code::PeerAlive, host, "is heard"),
        Tell::PeerSuspect { host } => {
            of_host(Code::PeerSuspect, host, "is not heard, or said to be off")
        }
        Tell::PeerLeft { host } => of_host(Code::PeerLeft, host, "has left as planned"),
        Tell::Asked { host, reason, look_only } => {
            let what = if look_only { "power" } else { "reset" };
            let text = format!("is asked about, its {what}: {}", words::reason(reason));
            of_host(Code::ResetAsked, host, &text)
        }
        Tell::Refused { host, cause: Cause::None } => {
            of_host(Code::ResetRefused, host, "was asked about, and no answer came")
        }
        Tell::Refused { host, cause } => {
            of_host(Code::ResetRefused, host, &format!("is not proved off: {cause}"))
        }
        Tell::Fenced { host, token } => {
            of_host(Code::PeerFenced, host, &format!("has ended, token {token}"))
        }
        Tell::PathLost { path, host } => {
            let text = format!("is not heard on monitoring path {path}");
            of_host(Code::PeerPathLost, host, &text).about("path", path)
        }
        Tell::PathBack { path, host } => {
            let text = format!("is heard on monitoring path {path}");
            of_host(Code::PeerPathBack, host, &text).about("path", path)
        }
        Tell::WentBack { host } => {
            of_host(Code::WentBack, host, "begins with a start before its last one")
        }
        Tell::DigestDiffers { host: Some(host) } => {
            of_host(Code::PartyDiffers, host, "has another configuration of the cluster")
        }
        Tell::DigestDiffers { host: None } => {
            Message::new(Code::PartyDiffers, "a connector has another configuration of the cluster")
        }
        Tell::Service { number, state, generation } => of_service(names, number, state, generation),
        Tell::ServiceFailed { number, command } => failed(names, number, command),
        Tell::Guest { guest, event } => guests::happened(&names.of_guest(guest), event),
        Tell::Frozen => Message::new(Code::Frozen, "nothing is taken over here"),
        Tell::Thawed => Message::new(Code::Thawed, "services are taken over here again"),
        Tell::ConnectorLost { number } => of_connector(Code::ConnectorLost, number, "is silent"),
        Tell::ConnectorBack { number } => of_connector(Code::ConnectorBack, number, "answers"),
        Tell::Discarded { cause, count } => {
            let text = format!("{count} datagrams were dropped: {}", words::discarded(cause));
            Message::new(Code::MemberDiscarded, text).about("count", count)
        }
    }
}

fn of_host(names: &Names, code: Code, host: HostAddress, text: &str) -> Message {
    let name = names.of_host(host);
    Message::new(code, format!("{name} {text}")).about("server", name)
}

fn of_connector(code: Code, ConnectorNumber(number): ConnectorNumber, text: &str) -> Message {
    Message::new(code, format!("connector {number} {text}")).about("connector", number)
}

fn of_service(
    names: &Names,
    number: ServiceNumber,
    state: ServiceState,
    generation: Generation,
) -> Message {
    let name = names.of_service(number);
    let waits = state == ServiceState::Waiting;
    let code = if waits { Code::ServiceWaits } else { Code::ServiceChanged };
    let text = format!("service {name} is {state} here, generation {generation}");
    Message::new(code, text).about("service", name).about("state", state)
}

fn failed(names: &Names, number: ServiceNumber, command: Command) -> Message {
    let name = names.of_service(number);
    let what = match command {
        Command::Start => "could not be started",
        Command::Stop => "could not be stopped",
        Command::Check => "was found not running",
    };
    Message::new(Code::ServiceFailed, format!("service {name} {what}")).about("service", name)
}
