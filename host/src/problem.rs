//! Why a host has no result: what happened, and what helps.

use std::fmt;

use komainu_core::failure::Failure;
use komainu_core::wire::command::{CompletionCode, NetFn, Privilege};

use crate::exit::Exit;
use crate::names::command_name;

/// Why a host has no result. Says nothing that is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The resolver does not know the name; with its words.
    Unresolved(String),
    /// The address is that of another host of the list, which is asked already.
    SameAddress,
    /// The session found no answer.
    Failed(Failure),
    /// Nothing could be sent to the address; with the system's words.
    NotSent(String),
    /// The BMC refused a command.
    Refused(Refusal),
    /// An answer that does not follow the specification.
    Malformed(Named),
    /// The time for the host was up.
    OutOfTime,
    /// The command was taken, but the power is not as it should be.
    Unconfirmed(String),
    /// The BMC lacks what the verb needs; with what that is.
    Unsupported(&'static str),
    /// A request that does not fit into a message.
    TooLarge,
}

/// A command, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Network function.
    pub(crate) net_fn: NetFn,
    /// Command number.
    pub(crate) code: u8,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match command_name(self.net_fn, self.code) {
            Some(name) => f.write_str(name),
            None => {
                write!(f, "command 0x{:02x} of function 0x{:02x}", self.code, self.net_fn.request())
            }
        }
    }
}

/// A command and the completion code that it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The command.
    pub(crate) command: Named,
    /// Its completion code; not success.
    pub(crate) code: CompletionCode,
    /// The privilege that the specification asks for.
    pub(crate) privilege: Privilege,
}

impl Problem {
    /// The exit code, which is the kind in JSON too.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Unresolved(_) => Exit::Unresolved,
            Self::SameAddress | Self::TooLarge => Exit::Usage,
            Self::Failed(failure) => exit_of(*failure),
            Self::NotSent(_) => Exit::Silent,
            Self::Refused(refusal) if refusal.code == CompletionCode::INSUFFICIENT_PRIVILEGE => {
                Exit::PrivilegeTooLow
            }
            Self::Refused(_) | Self::Unsupported(_) => Exit::Refused,
            Self::Malformed(_) => Exit::Malformed,
            Self::OutOfTime => Exit::Lost,
            Self::Unconfirmed(_) => Exit::Unconfirmed,
        }
    }

    /// The completion code, where the BMC gave one.
    pub(crate) fn completion_code(&self) -> Option<u8> {
        match self {
            Self::Refused(refusal) => Some(refusal.code.0),
            _ => None,
        }
    }

    /// What helps.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Unresolved(_) => "check the spelling, or give the BMC's address",
            Self::SameAddress => "name each BMC once",
            Self::Failed(failure) => remedy_of(*failure),
            Self::NotSent(_) => "check this machine's network and routes",
            Self::Refused(refusal) => refusal.remedy(),
            Self::Malformed(_) => "the BMC deviates from the specification; see --workaround list",
            Self::OutOfTime => "allow more time with --timeout",
            Self::Unconfirmed(_) => "read the power state again; look at the server and its BMC",
            Self::Unsupported(_) => "this BMC cannot do it; its firmware may need an update",
            Self::TooLarge => "send fewer bytes",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved(words) => write!(f, "the name is not known: {words}"),
            Self::SameAddress => f.write_str("another host of the list has the same address"),
            Self::Failed(failure) => failure.fmt(f),
            Self::NotSent(words) => write!(f, "nothing could be sent: {words}"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Malformed(command) => write!(f, "the answer to {command} makes no sense"),
            Self::OutOfTime => f.write_str("the time for this host was up"),
            Self::Unconfirmed(words) => f.write_str(words),
            Self::Unsupported(what) => write!(f, "the BMC has no {what}"),
            Self::TooLarge => f.write_str("the request does not fit into a message"),
        }
    }
}

const fn exit_of(failure: Failure) -> Exit {
    match failure {
        Failure::Silent => Exit::Silent,
        Failure::LoginSilent => Exit::LoginSilent,
        Failure::UnknownUser => Exit::UnknownUser,
        Failure::WrongPassword => Exit::WrongPassword,
        Failure::WrongKg => Exit::WrongKg,
        Failure::PrivilegeTooLow => Exit::PrivilegeTooLow,
        Failure::SuiteRefused => Exit::SuiteRefused,
        Failure::VersionNotOffered => Exit::VersionNotOffered,
        Failure::NoFreeSession => Exit::NoFreeSession,
        Failure::LoginRefused(_) => Exit::LoginRefused,
        Failure::WrongBmc => Exit::WrongBmc,
        Failure::Unanswered => Exit::Unanswered,
        Failure::Held => Exit::Held,
        Failure::Lost => Exit::Lost,
    }
}

const fn remedy_of(failure: Failure) -> &'static str {
    match failure {
        Failure::Silent => {
            "check the address and port, that IPMI over LAN is enabled on the BMC, and that no \
             firewall drops UDP 623"
        }
        Failure::LoginSilent => {
            "check user and password, which some BMCs meet with silence; or the BMC is busy: try \
             again later"
        }
        Failure::UnknownUser => "check --user, and that the user is enabled for LAN on the BMC",
        Failure::WrongPassword => {
            "check the password and its source; some BMCs lock a user out after several tries"
        }
        Failure::WrongKg => "give the BMC's key with --kg-file or KOMAINU_KG, or leave it out",
        Failure::PrivilegeTooLow => {
            "ask for less with --privilege, or raise the user's limit on the BMC"
        }
        Failure::SuiteRefused => {
            "see what the BMC offers with 'discover', then name a suite with --suite"
        }
        Failure::VersionNotOffered => {
            "see what the BMC offers with 'discover'; choose with --ipmi or --auth"
        }
        Failure::NoFreeSession => "wait a minute for old sessions to end, or end them on the BMC",
        Failure::LoginRefused(_) => {
            "see what the BMC offers with 'discover'; try --ipmi or --suite"
        }
        Failure::WrongBmc => "check the address; if the board was replaced, pin its new GUID",
        Failure::Unanswered => "read the power state before you send it again",
        Failure::Held => {
            "wait a minute until the BMC has forgotten the session before, then try again"
        }
        Failure::Lost => "the BMC may be restarting or its network is shared: try again",
    }
}

impl Refusal {
    fn remedy(&self) -> &'static str {
        match self.code {
            CompletionCode::INSUFFICIENT_PRIVILEGE => match self.privilege {
                Privilege::Administrator => {
                    "needs --privilege administrator, and a user who has that level"
                }
                _ => "needs a higher --privilege, and a user who has that level",
            },
            CompletionCode::INVALID_COMMAND => "this BMC does not have the command",
            CompletionCode::INVALID_FIELD | CompletionCode::OUT_OF_RANGE => {
                "this BMC does not support what was asked for"
            }
            CompletionCode::NOT_IN_THIS_STATE if self.command.net_fn == NetFn::CHASSIS => {
                "not possible in the present power state: read it with 'power status'"
            }
            code if code.is_temporary() => "the BMC is busy: try again a little later",
            _ => "see the BMC's manual for this code",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused: {}", self.command, self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_words_a_remedy_and_a_code_of_its_own() {
        let failures = [
            Failure::Silent,
            Failure::LoginSilent,
            Failure::UnknownUser,
            Failure::WrongPassword,
            Failure::WrongKg,
            Failure::PrivilegeTooLow,
            Failure::SuiteRefused,
            Failure::VersionNotOffered,
            Failure::NoFreeSession,
            Failure::LoginRefused(0x0e),
            Failure::WrongBmc,
            Failure::Unanswered,
            Failure::Held,
            Failure::Lost,
        ];
        let mut seen = Vec::new();
        for failure in failures {
            let problem = Problem::Failed(failure);
            let found = (problem.exit(), problem.to_string(), problem.remedy());
            assert!(!seen.iter().any(|(exit, text, remedy)| {
                *exit == found.0 || *text == found.1 || *remedy == found.2
            }));
            seen.push(found);
        }
    }

    #[test]
    fn a_refusal_names_the_command_and_the_code() {
        let command = Named { net_fn: NetFn::CHASSIS, code: 0x02 };
        let privilege = Privilege::Operator;
        let refusal = Refusal { command, code: CompletionCode::NOT_IN_THIS_STATE, privilege };
        assert_eq!(
            Problem::Refused(refusal).to_string(),
            "Chassis Control refused: 0xd5 (not possible in the present state)"
        );
    }
}
