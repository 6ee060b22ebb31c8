//! What a simulated BMC is: its users, keys, cipher suites, power supply and deviations.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::quirks::Quirks;
use super::suite::Suite;

/// A privilege level of IPMI 2.0 section 6.8, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Privilege {
    /// May open and close sessions only.
    Callback = 1,
    /// May read.
    User = 2,
    /// May control power and clear the event log.
    Operator = 3,
    /// May do everything.
    Administrator = 4,
    /// OEM proprietary, above administrator.
    Oem = 5,
}

impl Privilege {
    /// All levels, lowest first.
    pub const ALL: [Self; 5] =
        [Self::Callback, Self::User, Self::Operator, Self::Administrator, Self::Oem];

    /// The level with this number, 1 to 5.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level as u8 == number)
    }
}

/// A user's password: up to 20 bytes (16 for IPMI 1.5), padded with NUL; never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Password {
    bytes: [u8; 20],
    len: usize,
}

impl Password {
    /// The password with these bytes; `None` above 20 bytes.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; 20];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { bytes, len: text.len() })
    }

    /// The 20 bytes that key RMCP+ sessions.
    pub(super) fn expose(&self) -> &[u8; 20] {
        &self.bytes
    }

    /// The 16 bytes that key IPMI 1.5 sessions; `None` for a password that does not fit them,
    /// which IPMI 1.5 cannot use (section 22.30).
    pub(super) fn expose_v15(&self, cut: bool) -> Option<[u8; 16]> {
        if self.len > 16 && !cut {
            return None;
        }
        self.bytes.first_chunk().copied()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// The BMC key of two-key logins: 20 bytes, never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kg([u8; 20]);

impl Kg {
    /// The key with these bytes, padded with NUL; `None` above 20 bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut key = [0; 20];
        key.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self(key))
    }

    pub(super) fn expose(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Debug for Kg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kg(..)")
    }
}

/// One entry of the BMC's user table.
#[derive(Clone, Debug)]
pub struct User {
    /// Up to 16 bytes; empty is the null user.
    pub name: Vec<u8>,
    /// The secret shared with the console.
    pub password: Password,
    /// The most this user may get on the LAN channel.
    pub limit: Privilege,
    /// False: the entry exists but cannot log in.
    pub enabled: bool,
}

impl User {
    /// An enabled user; `None` when the name is above 16 or the password above 20 bytes.
    #[must_use]
    pub fn new(name: &str, password: &str, limit: Privilege) -> Option<Self> {
        let name = (name.len() <= 16).then(|| name.as_bytes().to_vec())?;
        let password = Password::new(password.as_bytes())?;
        Some(Self { name, password, limit, enabled: true })
    }
}

/// The versions of IPMI sessions that the BMC serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// IPMI 1.5 sessions only.
    V15,
    /// IPMI 2.0 (RMCP+) sessions only.
    V20,
    /// Both.
    Both,
}

impl Versions {
    pub(super) fn v15(self) -> bool {
        self != Self::V20
    }

    pub(super) fn v20(self) -> bool {
        self != Self::V15
    }
}

/// The authentication types of IPMI 1.5 sessions that the BMC accepts (section 22.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthTypes {
    /// No authentication code.
    pub none: bool,
    /// MD2 over the message.
    pub md2: bool,
    /// MD5 over the message.
    pub md5: bool,
    /// The password itself, in the clear.
    pub straight: bool,
}

impl AuthTypes {
    /// The support bits of Get Channel Authentication Capabilities.
    pub(super) fn bits(self) -> u8 {
        let bit = |on, number: u8| u8::from(on) << number;
        bit(self.none, 0) | bit(self.md2, 1) | bit(self.md5, 2) | bit(self.straight, 4)
    }
}

/// A cipher suite that the BMC offers, and the most a session under it may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferedSuite {
    /// The three algorithms.
    pub suite: Suite,
    /// Highest privilege of a session under this suite.
    pub limit: Privilege,
}

/// How long the host takes to follow a power command.
#[derive(Clone, Copy, Debug)]
pub struct PowerConfig {
    /// Whether the host is on at the start; default on.
    pub on: bool,
    /// From an off command to off; default 0.
    pub off_delay: Duration,
    /// From an on command to on; default 0.
    pub on_delay: Duration,
    /// How long a cycle stays off, at least; default 1 s (section 28.3).
    pub cycle_interval: Duration,
    /// From a soft shutdown to off; `None` is an operating system that ignores it.  Default 3 s.
    pub soft_delay: Option<Duration>,
}

impl Default for PowerConfig {
    fn default() -> Self {
        Self {
            on: true,
            off_delay: Duration::ZERO,
            on_delay: Duration::ZERO,
            cycle_interval: Duration::from_secs(1),
            soft_delay: Some(Duration::from_secs(3)),
        }
    }
}

/// Everything that makes one simulated BMC.
#[derive(Clone, Debug)]
pub struct BmcConfig {
    /// The user table, first is user 1; at most 62 are visible to commands.
    pub users: Vec<User>,
    /// The BMC key; `None` makes each user's password the key (one-key login).
    pub kg: Option<Kg>,
    /// The cipher suites offered, in the order in which they are listed.
    pub suites: Vec<OfferedSuite>,
    /// Default: both.
    pub versions: Versions,
    /// Default: all four.
    pub auth_types: AuthTypes,
    /// IPMI 1.5: every message carries a code; default true.
    pub per_message_authentication: bool,
    /// IPMI 1.5: messages at user level carry a code; default true.
    pub user_level_authentication: bool,
    /// As sent on the wire; `None` takes one from the seed.
    pub guid: Option<[u8; 16]>,
    /// How many sessions fit, half-open ones included; default 4.
    pub session_slots: usize,
    /// A session unheard for this long is closed; default 60 s (section 6.12.15).
    pub session_timeout: Duration,
    /// Every answer leaves this much later; default 0.
    pub answer_delay: Duration,
    /// The address in the LAN configuration; default 192.0.2.1.
    pub lan_address: Ipv4Addr,
    /// The event log's clock at the start, seconds since 1970; default 1 January 2026.
    pub clock: u32,
    /// The host's power.
    pub power: PowerConfig,
    /// Deviations from the specification; default none.
    pub quirks: Quirks,
}

impl Default for BmcConfig {
    /// Users `admin`/`password` (administrator), `operator`/`operpass` and `monitor`/`monpass`
    /// (user); every cipher suite; the host is on.
    fn default() -> Self {
        let user = |name: &str, password: &str, limit| {
            User::new(name, password, limit).expect("the default users fit the table")
        };
        Self {
            users: vec![
                user("admin", "password", Privilege::Administrator),
                user("operator", "operpass", Privilege::Operator),
                user("monitor", "monpass", Privilege::User),
            ],
            kg: None,
            suites: Suite::ALL
                .map(|suite| OfferedSuite { suite, limit: Privilege::Administrator })
                .to_vec(),
            versions: Versions::Both,
            auth_types: AuthTypes { none: true, md2: true, md5: true, straight: true },
            per_message_authentication: true,
            user_level_authentication: true,
            guid: None,
            session_slots: 4,
            session_timeout: Duration::from_secs(60),
            answer_delay: Duration::ZERO,
            lan_address: Ipv4Addr::new(192, 0, 2, 1),
            clock: 1_767_225_600,
            power: PowerConfig::default(),
            quirks: Quirks::default(),
        }
    }
}
