//! Why a server refuses (RFC 9271, section 4.3; those of tracking from protocol 1.3).

use super::keyword::keywords;
use crate::types::UpsFailure;

keywords! {
    /// Why a server refuses.
    pub enum Refusal {
        /// The user may not do this, or the password is wrong.
        AccessDenied = "ACCESS-DENIED",
        /// This connection is logged in to a UPS already.
        AlreadyAttached = "ALREADY-ATTACHED",
        /// This connection is logged in already.
        AlreadyLoggedIn = "ALREADY-LOGGED-IN",
        /// This connection has given a password already.
        AlreadySetPassword = "ALREADY-SET-PASSWORD",
        /// This connection has given a user already.
        AlreadySetUsername = "ALREADY-SET-USERNAME",
        /// TLS has begun already.
        AlreadySslMode = "ALREADY-SSL-MODE",
        /// The UPS has no such command.
        CmdNotSupported = "CMD-NOT-SUPPORTED",
        /// The UPS's driver has lost it.
        DataStale = "DATA-STALE",
        /// The UPS has no driver that runs.
        DriverNotConnected = "DRIVER-NOT-CONNECTED",
        /// The UPS did not do it (tracking).
        Failed = "FAILED",
        /// The server is not set up for this.
        FeatureNotConfigured = "FEATURE-NOT-CONFIGURED",
        /// The server was built without this.
        FeatureNotSupported = "FEATURE-NOT-SUPPORTED",
        /// The command could not be handed to the driver.
        InstcmdFailed = "INSTCMD-FAILED",
        /// The request is no sentence of the protocol, or the UPS takes no such value.
        InvalidArgument = "INVALID-ARGUMENT",
        /// The password cannot be taken.
        InvalidPassword = "INVALID-PASSWORD",
        /// The user cannot be taken.
        InvalidUsername = "INVALID-USERNAME",
        /// The variable does not take that value.
        InvalidValue = "INVALID-VALUE",
        /// A password must be given first.
        PasswordRequired = "PASSWORD-REQUIRED",
        /// The variable cannot be set.
        ReadOnly = "READONLY",
        /// The value could not be handed to the driver.
        SetFailed = "SET-FAILED",
        /// The value is too long.
        TooLong = "TOO-LONG",
        /// Nothing is known of that number (tracking).
        Unknown = "UNKNOWN",
        /// The server does not know the request.
        UnknownCommand = "UNKNOWN-COMMAND",
        /// The server does not know the UPS.
        UnknownUps = "UNKNOWN-UPS",
        /// A user must be given first.
        UsernameRequired = "USERNAME-REQUIRED",
        /// The UPS has no such variable.
        VarNotSupported = "VAR-NOT-SUPPORTED",
    }
}

impl Refusal {
    /// What it means for whoever reads a UPS or gives it an order.
    pub const fn failure(self) -> UpsFailure {
        match self {
            Self::AccessDenied
            | Self::AlreadySetPassword
            | Self::AlreadySetUsername
            | Self::InvalidPassword
            | Self::InvalidUsername
            | Self::PasswordRequired
            | Self::UsernameRequired => UpsFailure::AccessDenied,
            Self::DataStale | Self::DriverNotConnected => UpsFailure::Stale,
            Self::UnknownUps => UpsFailure::UnknownUps,
            Self::CmdNotSupported
            | Self::FeatureNotConfigured
            | Self::FeatureNotSupported
            | Self::InvalidValue
            | Self::ReadOnly
            | Self::TooLong
            | Self::UnknownCommand
            | Self::VarNotSupported => UpsFailure::Unsupported,
            Self::AlreadyAttached
            | Self::AlreadyLoggedIn
            | Self::AlreadySslMode
            | Self::Failed
            | Self::InstcmdFailed
            | Self::InvalidArgument
            | Self::SetFailed
            | Self::Unknown => UpsFailure::Refused,
        }
    }
}
