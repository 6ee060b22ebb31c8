//! Enumerations whose codes are numbers on the wire.

/// An enumeration with its codes and names; a code that is not listed stays representable.
///
/// `from_code` never gives `Other` for a listed code, so values that were parsed compare equal
/// when they mean the same.
macro_rules! coded_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$doc:meta])* $variant:ident = $code:literal, $text:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $( $(#[$doc])* $variant, )+
            /// A code that the specification reserves or leaves to the manufacturer.
            Other(u8),
        }

        impl $name {
            /// The value of a code.
            pub const fn from_code(code: u8) -> Self {
                match code {
                    $( $code => Self::$variant, )+
                    other => Self::Other(other),
                }
            }

            /// The code of the value.
            pub const fn code(self) -> u8 {
                match self {
                    $( Self::$variant => $code, )+
                    Self::Other(code) => code,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self {
                    $( Self::$variant => f.write_str($text), )+
                    Self::Other(code) => write!(f, "code 0x{code:02x}"),
                }
            }
        }
    };
}

pub(super) use coded_enum;

/// True when bit `bit` of `byte` is set.
pub(super) const fn bit(byte: u8, bit: u8) -> bool {
    byte >> bit & 1 == 1
}

/// A byte whose bits, from bit 0 up, are `flags`; at most eight of them.
pub(super) fn bits(flags: &[bool]) -> u8 {
    flags.iter().rev().fold(0, |byte, &flag| byte << 1 | u8::from(flag))
}
