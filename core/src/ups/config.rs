//! What a client of a NUT server is told once.

use core::fmt;

use heapless::{String, Vec};

use crate::secret::Secret;
use crate::time::Millis;
use crate::types::UpsIndex;
use crate::wire::nut::UpsName;

/// Most UPSes that are read over one connection.
pub const MAX_UPSES: usize = 16;
/// Longest name of a user, in bytes.
pub const MAX_USER: usize = 63;
/// Longest password, in bytes.
const MAX_PASSWORD: usize = 127;

/// What a client of a NUT server is told once.
#[derive(Debug)]
pub struct Config {
    /// The UPSes that are read, each by its name at the server.
    pub upses: Vec<ReadFrom, MAX_UPSES>,
    /// As whom it logs in. Without an account it reads, and every order is refused.
    pub account: Option<Account>,
    /// Whether it speaks TLS.
    pub tls: Tls,
    /// From one look at the UPSes to the next.
    pub poll: Millis,
    /// How long the server may take for an answer.
    pub patience: Millis,
}

impl Config {
    /// From one look to the next, by default.
    pub const POLL: Millis = Millis::new(500);
    /// How long a server may take for an answer, by default.
    pub const PATIENCE: Millis = Millis::new(3000);
}

/// A UPS of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFrom {
    /// Which UPS it is here.
    pub ups: UpsIndex,
    /// What it is called there.
    pub name: UpsName,
}

/// Who logs in.
pub struct Account {
    pub(super) user: String<MAX_USER>,
    pub(super) password: Secret<MAX_PASSWORD>,
}

impl Account {
    /// That user with that password; `None` when either is empty, too long (63 and 127 bytes), or
    /// has a line end.
    pub fn new(user: &str, password: &[u8]) -> Option<Self> {
        let fits = |bytes: &[u8]| !bytes.is_empty() && !bytes.contains(&b'\n');
        if !fits(user.as_bytes()) || !fits(password) {
            return None;
        }
        let (user, password) = (user.try_into().ok()?, Secret::new(password).ok()?);
        Some(Self { user, password })
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Whether a conversation is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Never.
    Off,
    /// Where the server can. Whoever sits in between can make it seem that it cannot.
    Try,
    /// Always: a server that cannot is not trusted.
    Require,
}
