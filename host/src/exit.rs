//! Exit codes: one for each thing that helps against it.

use std::process::ExitCode;

/// How the program, or the request to one host, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, on every host.
    Ok = 0,
    /// Something on this machine failed: a file, a socket, the terminal.
    Local = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Several hosts failed, not all of them for the same reason.
    Mixed = 3,
    /// There is no password or key, or it may not be used.
    Credentials = 4,
    /// The password or Kg is longer than IPMI allows.
    TooLong = 5,
    /// The name of the host is not known.
    Unresolved = 6,
    /// No answer at all.
    Silent = 10,
    /// The BMC answers, but not the login.
    LoginSilent = 11,
    /// The BMC does not know the user.
    UnknownUser = 12,
    /// The password is wrong.
    WrongPassword = 13,
    /// Kg is wrong or missing.
    WrongKg = 14,
    /// The user, or the session, has too low a privilege.
    PrivilegeTooLow = 15,
    /// The BMC refuses every cipher suite that is offered.
    SuiteRefused = 16,
    /// The BMC does not speak the version of IPMI that is asked for.
    VersionNotOffered = 17,
    /// Every session of the BMC is taken.
    NoFreeSession = 18,
    /// The BMC refuses the login for another reason.
    LoginRefused = 19,
    /// Another BMC answers than the one with the GUID that is pinned.
    WrongBmc = 20,
    /// Sent once, as it must be, and not answered: it may have been carried out.
    Unanswered = 21,
    /// The BMC stopped answering, or the time was up.
    Lost = 22,
    /// The BMC refuses the command.
    Refused = 23,
    /// The BMC's answer makes no sense.
    Malformed = 24,
    /// The BMC took the command, but the power did not follow.
    Unconfirmed = 25,
    /// Not sent, since an earlier power command may still be on its way.
    Held = 26,
    /// No connector or member answers on its control socket.
    NoService = 30,
    /// The control socket does not accept the token.
    NotAllowed = 31,
    /// The service does not carry the order out.
    OrderRefused = 32,
    /// The service tried to carry the order out.
    OrderFailed = 33,
    /// There is no server, service, cluster, UPS or outage of that name.
    NoSuch = 34,
    /// Ended by Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// Every code, in order.
    pub(crate) const ALL: [Self; 30] = [
        Self::Ok,
        Self::Local,
        Self::Usage,
        Self::Mixed,
        Self::Credentials,
        Self::TooLong,
        Self::Unresolved,
        Self::Silent,
        Self::LoginSilent,
        Self::UnknownUser,
        Self::WrongPassword,
        Self::WrongKg,
        Self::PrivilegeTooLow,
        Self::SuiteRefused,
        Self::VersionNotOffered,
        Self::NoFreeSession,
        Self::LoginRefused,
        Self::WrongBmc,
        Self::Unanswered,
        Self::Lost,
        Self::Refused,
        Self::Malformed,
        Self::Unconfirmed,
        Self::Held,
        Self::NoService,
        Self::NotAllowed,
        Self::OrderRefused,
        Self::OrderFailed,
        Self::NoSuch,
        Self::Interrupted,
    ];

    /// The word for it in JSON output, which stays the same from version to version.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Local => "local",
            Self::Usage => "usage",
            Self::Mixed => "mixed",
            Self::Credentials => "credentials",
            Self::TooLong => "too-long",
            Self::Unresolved => "unresolved",
            Self::Silent => "silent",
            Self::LoginSilent => "login-silent",
            Self::UnknownUser => "unknown-user",
            Self::WrongPassword => "wrong-password",
            Self::WrongKg => "wrong-kg",
            Self::PrivilegeTooLow => "privilege-too-low",
            Self::SuiteRefused => "suite-refused",
            Self::VersionNotOffered => "version-not-offered",
            Self::NoFreeSession => "no-free-session",
            Self::LoginRefused => "login-refused",
            Self::WrongBmc => "wrong-bmc",
            Self::Unanswered => "unanswered",
            Self::Lost => "lost",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Unconfirmed => "unconfirmed",
            Self::Held => "held",
            Self::NoService => "no-service",
            Self::NotAllowed => "not-allowed",
            Self::OrderRefused => "order-refused",
            Self::OrderFailed => "order-failed",
            Self::NoSuch => "no-such",
            Self::Interrupted => "interrupted",
        }
    }

    /// The id of its message, under which `docs/operating.md` explains it.
    pub(crate) fn id(self) -> String {
        format!("KMN1{:02}-E", self as u8)
    }

    /// What it means, for the help.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done, on every host",
            Self::Local => "something on this machine failed: a file, a socket, the terminal",
            Self::Usage => "the command line or the configuration file is wrong",
            Self::Mixed => "several hosts failed, for different reasons",
            Self::Credentials => "no password or key was found, or its file is not safe",
            Self::TooLong => "password or Kg longer than IPMI allows",
            Self::Unresolved => "the name of the host is not known",
            Self::Silent => "no answer at all",
            Self::LoginSilent => "the BMC answers, but not the login",
            Self::UnknownUser => "the BMC does not know the user",
            Self::WrongPassword => "wrong password",
            Self::WrongKg => "wrong or missing Kg",
            Self::PrivilegeTooLow => "the user's or the session's privilege is too low",
            Self::SuiteRefused => "the BMC refuses every cipher suite offered",
            Self::VersionNotOffered => "the BMC does not speak this version of IPMI",
            Self::NoFreeSession => "every session of the BMC is taken",
            Self::LoginRefused => "the BMC refuses the login for another reason",
            Self::WrongBmc => "another BMC answers than the pinned one",
            Self::Unanswered => "sent once, not answered: it may have been carried out",
            Self::Lost => "the BMC stopped answering, or the time was up",
            Self::Refused => "the BMC refuses the command",
            Self::Malformed => "the BMC's answer makes no sense",
            Self::Unconfirmed => "the BMC took the command, but the power did not follow",
            Self::Held => "not sent: an earlier power command may still be on its way",
            Self::NoService => "no connector or member answers here",
            Self::NotAllowed => "the connector or member does not accept the token",
            Self::OrderRefused => "the connector or member does not carry the order out",
            Self::OrderFailed => "the order was tried, and failed",
            Self::NoSuch => "no server, service, cluster, UPS or outage of that name",
            Self::Interrupted => "ended by Ctrl-C",
        }
    }

    /// The code of a whole run, one host's after another's.
    ///
    /// 0 if none failed, the code of the failures if they are alike, [`Exit::Mixed`] otherwise.
    pub(crate) fn and(self, next: Self) -> Self {
        match (self, next) {
            (Self::Ok, other) | (other, Self::Ok) => other,
            (a, b) if a == b => a,
            _ => Self::Mixed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The table of all codes, for help and man page.
pub(crate) fn table() -> String {
    let lines = Exit::ALL.iter().map(|exit| format!("  {:>3}  {}\n", *exit as u8, exit.meaning()));
    format!("Exit codes:\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_and_words_are_all_different() {
        let codes: HashSet<_> = Exit::ALL.iter().map(|exit| *exit as u8).collect();
        let words: HashSet<_> = Exit::ALL.iter().map(|exit| exit.word()).collect();
        assert_eq!((codes.len(), words.len()), (Exit::ALL.len(), Exit::ALL.len()));
        assert!(Exit::ALL.is_sorted_by_key(|exit| *exit as u8));
    }

    #[test]
    fn the_operating_page_explains_each() {
        let page = include_str!("../../docs/operating.md");
        for exit in Exit::ALL {
            let id = match exit {
                Exit::Ok | Exit::Interrupted => String::new(),
                exit => exit.id(),
            };
            let row = format!("| {} | {id} | {} |", exit as u8, exit.word()).replace("  ", " ");
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn a_run_has_the_code_that_its_failures_share() {
        let run = |exits: &[Exit]| exits.iter().fold(Exit::Ok, |run, exit| run.and(*exit));
        assert_eq!(run(&[]), Exit::Ok);
        assert_eq!(run(&[Exit::Ok, Exit::Silent, Exit::Ok, Exit::Silent]), Exit::Silent);
        assert_eq!(run(&[Exit::Silent, Exit::WrongKg, Exit::WrongKg]), Exit::Mixed);
    }
}
