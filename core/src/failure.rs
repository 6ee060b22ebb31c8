//! Why a request has no answer, told apart by what helps against it.

use core::fmt;

/// Why a session could not get an answer to what it was asked.
///
/// A refusal of the command itself is not here: that is an answer, with a completion code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Failure {
    /// Nothing at all came back.
    Silent,
    /// The BMC answers, but not the login: it is overloaded, or it is one of those that meet a
    /// wrong name or password with silence.
    LoginSilent,
    /// The BMC does not know the user, or the user is disabled.
    UnknownUser,
    /// The password is wrong, by the BMC's code or by its word.
    WrongPassword,
    /// The user's key is right, but the session keys differ: Kg is wrong or missing.
    WrongKg,
    /// The user, or the suite, is not allowed the privilege that was asked for.
    PrivilegeTooLow,
    /// The BMC refuses every cipher suite that is offered.
    SuiteRefused,
    /// The BMC does not speak the version of IPMI, or the authentication type, that is asked for.
    VersionNotOffered,
    /// Every session of the BMC is taken.
    NoFreeSession,
    /// The BMC refuses the login with another status (table 13-15) or completion code.
    LoginRefused(u8),
    /// Another BMC answers at the address: its GUID is not the pinned one.
    WrongBmc,
    /// The request went out once, as it must, and no answer came: it may have been carried out.
    Unanswered,
    /// Not sent: a power command of an earlier session may still be on its way to the BMC.
    Held,
    /// The session was up, and then nothing more came.
    Lost,
}

impl Failure {
    /// Whether trying again with the same credentials is pointless, and may lock the user out.
    pub const fn is_final(self) -> bool {
        match self {
            Self::UnknownUser
            | Self::WrongPassword
            | Self::WrongKg
            | Self::PrivilegeTooLow
            | Self::SuiteRefused
            | Self::VersionNotOffered
            | Self::LoginRefused(_)
            | Self::WrongBmc => true,
            Self::Silent
            | Self::LoginSilent
            | Self::NoFreeSession
            | Self::Unanswered
            | Self::Held
            | Self::Lost => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "no answer",
            Self::LoginSilent => "the BMC answers, but not the login",
            Self::UnknownUser => "the BMC does not know this user",
            Self::WrongPassword => "wrong password",
            Self::WrongKg => "wrong or missing Kg",
            Self::PrivilegeTooLow => "the user is not allowed this privilege",
            Self::SuiteRefused => "the BMC refuses every cipher suite offered",
            Self::VersionNotOffered => "the BMC does not offer this version of IPMI",
            Self::NoFreeSession => "no free session on the BMC",
            Self::LoginRefused(code) => return write!(f, "login refused with code 0x{code:02x}"),
            Self::WrongBmc => "another BMC answers at this address",
            Self::Unanswered => "sent once and not answered",
            Self::Held => "held back, since an earlier power command may still be on its way",
            Self::Lost => "the BMC stopped answering",
        })
    }
}

impl core::error::Error for Failure {}
