//! How a UPS's network card is reached.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use zeroize::Zeroizing;

/// A UPS's network card, and how to speak to it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its address; the port is 161 unless somebody has changed it.
    pub address: SocketAddr,
    /// With what it is read.
    pub reading: Access,
    /// With what it is ordered; none = as it is read.
    pub ordering: Option<Access>,
    /// Which objects it has; none = found out when it is first read.
    pub mib: Option<Mib>,
    /// How many outlet groups of PowerNet are read, 0 to 15; default 0.
    pub groups: u8,
    /// How long a request waits for its answer; it is sent twice. Default [`super::TIMEOUT`].
    pub timeout: Duration,
}

/// Objects by which a UPS is read and ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mib {
    /// The standard UPS objects (RFC 1628).
    Rfc1628,
    /// The objects of APC.
    PowerNet,
}

/// What an agent wants to hear before it answers. `Debug` shows no secret.
#[derive(Clone)]
pub enum Access {
    /// Version 1: a community, in the clear.
    V1 {
        /// The community.
        community: Zeroizing<String>,
    },
    /// Version 2c: a community, in the clear.
    V2c {
        /// The community.
        community: Zeroizing<String>,
    },
    /// Version 3, authenticated and as a rule encrypted (authPriv).
    V3 {
        /// The user.
        user: String,
        /// The digest that authenticates.
        digest: Digest,
        /// The password under it, at least 8 characters.
        password: Zeroizing<String>,
        /// The cipher, and the password under it, at least 8 characters. Without, whoever
        /// listens can read, but neither order nor lie (authNoPriv).
        privacy: Option<(Privacy, Zeroizing<String>)>,
    },
}

/// Digests of version 3 (RFC 3414, RFC 7860).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// HMAC-MD5-96: only for cards that have nothing else.
    Md5,
    /// HMAC-SHA-96.
    Sha1,
    /// HMAC-192-SHA-256.
    Sha256,
    /// HMAC-384-SHA-512.
    Sha512,
}

/// Ciphers of version 3 (RFC 3414, RFC 3826).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// DES-CBC: only for cards that have nothing else.
    Des,
    /// AES-128-CFB.
    Aes128,
    /// AES-256-CFB with the key extension of Blumenthal.
    Aes256,
    /// AES-256-CFB with the key extension of Reeder, which Cisco and APC use.
    Aes256Reeder,
}

impl Access {
    /// Whether whoever listens learns how to order the same.
    pub const fn in_the_clear(&self) -> bool {
        match self {
            Self::V1 { .. } | Self::V2c { .. } => true,
            Self::V3 { .. } => false,
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V1 { .. } => f.write_str("V1 { .. }"),
            Self::V2c { .. } => f.write_str("V2c { .. }"),
            Self::V3 { user, digest, privacy, .. } => f
                .debug_struct("V3")
                .field("user", user)
                .field("digest", digest)
                .field("privacy", &privacy.as_ref().map(|(cipher, _)| cipher))
                .finish_non_exhaustive(),
        }
    }
}

/// The setup cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// A password of version 3 is shorter than 8 characters.
    ShortPassword,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortPassword => {
                f.write_str("a password of SNMP version 3 has at least 8 characters")
            }
        }
    }
}

impl std::error::Error for SetupError {}
