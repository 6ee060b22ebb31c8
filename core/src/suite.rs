//! Cipher suites of IPMI 2.0 and the algorithms they name (tables 13-17 to 13-20, 22-20).

/// How the two sides prove that they know the user's key (table 13-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Authentication {
    /// Nobody proves anything.
    None = 0,
    /// RAKP-HMAC-SHA1.
    HmacSha1 = 1,
    /// RAKP-HMAC-MD5.
    HmacMd5 = 2,
    /// RAKP-HMAC-SHA256.
    HmacSha256 = 3,
}

/// What the session trailer holds (table 13-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Integrity {
    /// No trailer.
    None = 0,
    /// HMAC-SHA1-96.
    HmacSha1_96 = 1,
    /// HMAC-MD5-128.
    HmacMd5_128 = 2,
    /// MD5-128, which takes the password in place of a derived key.
    Md5_128 = 3,
    /// HMAC-SHA256-128.
    HmacSha256_128 = 4,
}

/// How payloads are encrypted (table 13-19).
///
/// xRC4 is not built: no peer offers it, and it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Confidentiality {
    /// In the clear.
    None = 0,
    /// AES-CBC-128.
    AesCbc128 = 1,
}

/// Three algorithms that are used together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Suite {
    /// Login.
    pub authentication: Authentication,
    /// Session trailer.
    pub integrity: Integrity,
    /// Payload.
    pub confidentiality: Confidentiality,
}

impl Suite {
    /// The suite with that number, if it is one that Komainu speaks.
    ///
    /// Those are 0 to 3, 6 to 8, 11, 12 and 15 to 17: all of table 22-20 but the ones with xRC4.
    pub const fn from_id(id: u8) -> Option<Self> {
        use Authentication as A;
        use Confidentiality as C;
        use Integrity as I;
        let (authentication, integrity, confidentiality) = match id {
            0 => (A::None, I::None, C::None),
            1 => (A::HmacSha1, I::None, C::None),
            2 => (A::HmacSha1, I::HmacSha1_96, C::None),
            3 => (A::HmacSha1, I::HmacSha1_96, C::AesCbc128),
            6 => (A::HmacMd5, I::None, C::None),
            7 => (A::HmacMd5, I::HmacMd5_128, C::None),
            8 => (A::HmacMd5, I::HmacMd5_128, C::AesCbc128),
            11 => (A::HmacMd5, I::Md5_128, C::None),
            12 => (A::HmacMd5, I::Md5_128, C::AesCbc128),
            15 => (A::HmacSha256, I::None, C::None),
            16 => (A::HmacSha256, I::HmacSha256_128, C::None),
            17 => (A::HmacSha256, I::HmacSha256_128, C::AesCbc128),
            _ => return None,
        };
        Some(Self { authentication, integrity, confidentiality })
    }

    /// The numbers of all suites that Komainu speaks.
    pub const IDS: [u8; 12] = [0, 1, 2, 3, 6, 7, 8, 11, 12, 15, 16, 17];

    /// Whether both sides prove who they are and no message can be forged.
    ///
    /// Suites for which this is false are used only when they are asked for by name.
    pub const fn is_authenticated(self) -> bool {
        !matches!(self.authentication, Authentication::None)
            && !matches!(self.integrity, Integrity::None)
    }
}

impl Authentication {
    /// Length of the check value in RAKP 4, in bytes (section 13.28.1).
    pub const fn check_value_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::HmacSha1 => 12,
            Self::HmacMd5 | Self::HmacSha256 => 16,
        }
    }

    /// Length of the codes in RAKP 2 and 3, in bytes.
    pub const fn code_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::HmacSha1 => 20,
            Self::HmacMd5 => 16,
            Self::HmacSha256 => 32,
        }
    }
}

impl Integrity {
    /// Length of the code at the end of the session trailer, in bytes.
    pub const fn code_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::HmacSha1_96 => 12,
            Self::HmacMd5_128 | Self::Md5_128 | Self::HmacSha256_128 => 16,
        }
    }
}
