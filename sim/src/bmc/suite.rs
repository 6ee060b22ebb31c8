//! Cipher suites and their algorithms (section 13.28, table 22-20).

/// The authentication algorithm: who keys what in RAKP (table 13-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Authentication {
    /// RAKP-none.
    None = 0,
    /// RAKP-HMAC-SHA1.
    HmacSha1 = 1,
    /// RAKP-HMAC-MD5.
    HmacMd5 = 2,
    /// RAKP-HMAC-SHA256.
    HmacSha256 = 3,
}

/// The integrity algorithm of the session trailer (table 13-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Integrity {
    /// No trailer.
    None = 0,
    /// HMAC-SHA1-96.
    HmacSha1_96 = 1,
    /// HMAC-MD5-128.
    HmacMd5_128 = 2,
    /// MD5-128, keyed with the password.
    Md5_128 = 3,
    /// HMAC-SHA256-128.
    HmacSha256_128 = 4,
}

/// The confidentiality algorithm of the payload (table 13-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Confidentiality {
    /// In the clear.
    None = 0,
    /// AES-CBC-128.
    AesCbc128 = 1,
}

/// A cipher suite of table 22-20.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its number.
    pub number: u8,
    /// Keys RAKP.
    pub authentication: Authentication,
    /// Keys the trailer.
    pub integrity: Integrity,
    /// Hides the payload.
    pub confidentiality: Confidentiality,
}

const fn suite(
    number: u8,
    authentication: Authentication,
    integrity: Integrity,
    confidentiality: Confidentiality,
) -> Suite {
    Suite { number, authentication, integrity, confidentiality }
}

impl Suite {
    /// Every suite without xRC4, by number.
    pub const ALL: [Self; 12] = {
        use {Authentication as A, Confidentiality as C, Integrity as I};
        [
            suite(0, A::None, I::None, C::None),
            suite(1, A::HmacSha1, I::None, C::None),
            suite(2, A::HmacSha1, I::HmacSha1_96, C::None),
            suite(3, A::HmacSha1, I::HmacSha1_96, C::AesCbc128),
            suite(6, A::HmacMd5, I::None, C::None),
            suite(7, A::HmacMd5, I::HmacMd5_128, C::None),
            suite(8, A::HmacMd5, I::HmacMd5_128, C::AesCbc128),
            suite(11, A::HmacMd5, I::Md5_128, C::None),
            suite(12, A::HmacMd5, I::Md5_128, C::AesCbc128),
            suite(15, A::HmacSha256, I::None, C::None),
            suite(16, A::HmacSha256, I::HmacSha256_128, C::None),
            suite(17, A::HmacSha256, I::HmacSha256_128, C::AesCbc128),
        ]
    };

    /// The suite with this number; `None` for those with xRC4 and unknown ones.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.number == number)
    }
}
