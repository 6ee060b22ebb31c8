//! How a client introduces itself, and what it is told to do.

use std::fmt;

/// An IPMI 1.5 authentication type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    None,
    Straight,
    Md2,
    Md5,
}

/// The kind of session to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    V15(Auth),
    /// With this cipher suite.
    V20(u8),
}

impl Kind {
    /// Every authentication type, and every suite without xRC4.
    pub(crate) const ALL: [Self; 16] = [
        Self::V15(Auth::None),
        Self::V15(Auth::Straight),
        Self::V15(Auth::Md2),
        Self::V15(Auth::Md5),
        Self::V20(0),
        Self::V20(1),
        Self::V20(2),
        Self::V20(3),
        Self::V20(6),
        Self::V20(7),
        Self::V20(8),
        Self::V20(11),
        Self::V20(12),
        Self::V20(15),
        Self::V20(16),
        Self::V20(17),
    ];

    /// Whether the password takes part, so that a wrong one is noticed.
    pub(crate) fn proves_password(self) -> bool {
        !matches!(self, Self::V15(Auth::None) | Self::V20(0))
    }

    /// Whether Kg takes part.
    pub(crate) fn proves_kg(self) -> bool {
        matches!(self, Self::V20(1..))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V15(Auth::None) => f.write_str("none"),
            Self::V15(Auth::Straight) => f.write_str("straight"),
            Self::V15(Auth::Md2) => f.write_str("md2"),
            Self::V15(Auth::Md5) => f.write_str("md5"),
            Self::V20(suite) => write!(f, "suite{suite}"),
        }
    }
}

/// The privilege level asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    User,
    Administrator,
}

/// How a client introduces itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login {
    pub(crate) kind: Kind,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    /// Hexadecimal, without a prefix.
    pub(crate) kg: Option<&'static str>,
    pub(crate) privilege: Privilege,
}

impl Login {
    /// The administrator that every BMC has.
    pub(crate) const fn admin(kind: Kind) -> Self {
        Self::with(kind, "admin", "password")
    }

    /// Somebody who asks for the administrator's level.
    pub(crate) const fn with(kind: Kind, user: &'static str, password: &'static str) -> Self {
        Self { kind, user, password, kg: None, privilege: Privilege::Administrator }
    }
}

/// What a client is told to do about the chassis' power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Status,
    On,
    Off,
}

/// Why a BMC turns a client away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Password,
    Name,
    Kg,
    Privilege,
    /// The cipher suite is not offered.
    Suite,
}
