//! Completion codes (IPMI 2.0, table 5-2).

use core::fmt;

/// The first byte of every answer. Codes 0x80 to 0xbe mean different things for each command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CompletionCode(pub u8);

impl CompletionCode {
    /// The command was carried out.
    pub const SUCCESS: Self = Self(0x00);
    /// The BMC is busy; trying again later helps.
    pub const NODE_BUSY: Self = Self(0xc0);
    /// The BMC does not know the command.
    pub const INVALID_COMMAND: Self = Self(0xc1);
    /// The BMC ran out of time.
    pub const TIMEOUT: Self = Self(0xc3);
    /// Reservation cancelled, or its id is wrong.
    pub const RESERVATION_CANCELLED: Self = Self(0xc5);
    /// The request has the wrong length.
    pub const REQUEST_LENGTH: Self = Self(0xc7);
    /// A parameter is out of range.
    pub const OUT_OF_RANGE: Self = Self(0xc9);
    /// The record does not exist.
    pub const NOT_PRESENT: Self = Self(0xcb);
    /// A field of the request is invalid.
    pub const INVALID_FIELD: Self = Self(0xcc);
    /// The answer could not be provided while the BMC updates itself.
    pub const UPDATE_MODE: Self = Self(0xd1);
    /// The BMC is starting.
    pub const INITIALIZING: Self = Self(0xd2);
    /// The session's privilege is too low.
    pub const INSUFFICIENT_PRIVILEGE: Self = Self(0xd4);
    /// Not possible in the present state: a reset while the power is off, for example.
    pub const NOT_IN_THIS_STATE: Self = Self(0xd5);
    /// No further reason.
    pub const UNSPECIFIED: Self = Self(0xff);

    /// True for [`Self::SUCCESS`].
    pub const fn is_success(self) -> bool {
        self.0 == 0
    }

    /// True for codes that mean "not now": the same request may succeed a little later.
    pub const fn is_temporary(self) -> bool {
        matches!(self.0, 0xc0 | 0xc3 | 0xcf | 0xd0 | 0xd1 | 0xd2)
    }
}

impl fmt::Display for CompletionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            0x00 => "success",
            0x01..=0x7e => "code of the manufacturer",
            0x80..=0xbe => "code of this command",
            0xc0 => "node busy",
            0xc1 => "command not known",
            0xc2 => "command not valid for this logical unit",
            0xc3 => "timeout in the BMC",
            0xc4 => "out of space",
            0xc5 => "reservation cancelled",
            0xc6 => "request data truncated",
            0xc7 => "wrong request length",
            0xc8 => "request too long",
            0xc9 => "parameter out of range",
            0xca => "cannot return that many bytes",
            0xcb => "record or sensor not present",
            0xcc => "invalid field in the request",
            0xcd => "command illegal for this sensor or record",
            0xce => "no answer could be provided",
            0xcf => "duplicated request",
            0xd0 => "repository in update mode",
            0xd1 => "firmware in update mode",
            0xd2 => "BMC is starting",
            0xd3 => "destination unavailable",
            0xd4 => "insufficient privilege",
            0xd5 => "not possible in the present state",
            0xd6 => "disabled by its firmware firewall",
            0xff => "unspecified error",
            _ => "reserved code",
        };
        write!(f, "0x{:02x} ({text})", self.0)
    }
}
