//! What the configuration says of NUT: the servers that are read, and the one that is ours.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use komainu_core::time::Millis;
use komainu_core::types::UpsIndex;
use komainu_core::ups::Config;
use komainu_core::wire::nut::{UpsName, UpsNameError};
use zeroize::Zeroizing;

use crate::tls::{TlsError, Trust};

/// Where a NUT server listens unless it is told otherwise.
pub const NUT_PORT: u16 = 3493;

/// A NUT server that is read.
#[derive(Clone, Debug)]
pub struct NutSetup {
    /// Its host name or address.
    pub host: String,
    /// Its port; default [`NUT_PORT`].
    pub port: u16,
    /// The UPSes that are read there, 1 to 16, each by its name there.
    pub upses: Vec<(UpsIndex, String)>,
    /// As whom orders are given. Without one the UPSes are only read.
    pub login: Option<NutLogin>,
    /// Whether the conversation is encrypted. Default [`Encryption::Off`], which suits a server
    /// on this machine; elsewhere it lets everybody on the network read the password.
    pub encryption: Encryption,
    /// From one look to the next, 100 ms to 30 s; default 500 ms.
    pub poll: Millis,
    /// How long the server may take for an answer, 500 ms to 30 s; default 3 s.
    pub patience: Millis,
}

impl NutSetup {
    /// The UPSes of a server, with the defaults of everything else.
    pub fn new(host: impl Into<String>, upses: Vec<(UpsIndex, String)>) -> Self {
        Self {
            host: host.into(),
            port: NUT_PORT,
            upses,
            login: None,
            encryption: Encryption::Off,
            poll: Config::POLL,
            patience: Config::PATIENCE,
        }
    }
}

/// A user of a NUT server. There it has `upsmon secondary`, so that it may log in, and for orders
/// `instcmds = ALL` and `actions = SET`.
#[derive(Clone)]
pub struct NutLogin {
    /// Its name, at most 63 bytes.
    pub user: String,
    /// Its password, at most 127 bytes.
    pub password: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for NutLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NutLogin").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Whether a conversation is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Never.
    Off,
    /// Where the server can. Whoever sits in between can make it seem that it cannot.
    Try(Trust),
    /// Always.
    Require(Trust),
}

/// The NUT server of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSetup {
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// The UPSes that it shows: which, under what name, and what they are.
    pub upses: Vec<ShownUps>,
    /// Who may log in.
    pub users: Vec<ServerUser>,
    /// Whether everybody may read without a login, as `upsc` does.
    pub anonymous: bool,
    /// Whether conversations are encrypted.
    pub encryption: ServerEncryption,
    /// Most clients at once, 1 to 1000; default 64.
    pub clients: usize,
}

/// A UPS as our server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownUps {
    /// Which.
    pub ups: UpsIndex,
    /// Under what name: letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// What it is, for people.
    pub description: String,
}

/// A user of our server: the `upsmon` of one or several machines, always as secondary.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUser {
    /// Its name. A machine that is to go down at a stage of its own has a user of its own.
    pub name: String,
    /// Its password.
    pub password: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for ServerUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerUser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Whether conversations with our server are encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerEncryption {
    /// Never.
    Off,
    /// Where the client asks for it.
    Offer(ServerIdentity),
    /// Always: nothing else is answered before.
    Require(ServerIdentity),
}

/// How our server proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerIdentity {
    /// Its certificate and those above it (PEM).
    pub certificate: PathBuf,
    /// Its key (PEM).
    pub key: PathBuf,
}

/// Why something cannot be set up.
#[derive(Debug)]
pub enum SetupError {
    /// The name of a UPS is none.
    Name(String, UpsNameError),
    /// There are none, or more than one server may have (16).
    Count(usize),
    /// User or password are empty, too long, or have a line end.
    Login,
    /// TLS cannot be set up.
    Tls(TlsError),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name, error) => write!(f, "the name of a UPS, '{name}', {error}"),
            Self::Count(count) => write!(f, "a NUT server is read for 1 to 16 UPSes, not {count}"),
            Self::Login => f.write_str(
                "user and password of a NUT server have 1 to 63 and 1 to 127 bytes in one line",
            ),
            Self::Tls(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for SetupError {}

/// The name of a UPS, or what is wrong with it.
pub(super) fn ups_name(name: &str) -> Result<UpsName, SetupError> {
    UpsName::new(name).map_err(|error| SetupError::Name(name.to_owned(), error))
}
