//! The files: a line that describes the case, then one line per datagram.

use std::fs;
use std::path::{Path, PathBuf};

use komainu_core::wire::command::Privilege;
use serde::Deserialize;

use crate::recorded::{Datagram, Direction, Kind};

/// What a file says of its exchange.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Its name, as the file's.
    pub name: String,
    /// The version of IPMI.
    pub ipmi: Version,
    /// Who answered; `made` when nobody did.
    pub bmc: String,
    /// The user that the BMC holds.
    #[serde(default)]
    pub user: String,
    /// The user's password.
    #[serde(default)]
    pub password: String,
    /// The BMC's key: text, or hexadecimal after `0x`.
    pub kg: Option<String>,
    /// Cipher suite of IPMI 2.0.
    pub suite: Option<u8>,
    /// Authentication type of IPMI 1.5.
    pub auth: Option<Auth>,
    /// The privilege that the client was told to ask for.
    #[serde(rename = "priv")]
    pub privilege: Option<Level>,
    /// What happens.
    pub what: String,
    /// The client's exit status.
    pub client_exit: i32,
    /// The keys of the login.
    pub keys: Option<Keys>,
    /// What has to be forgiven in this BMC, by the names that operators use; default nothing.
    #[serde(default)]
    pub workarounds: Vec<String>,
}

/// Version of IPMI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// Presence pings alone.
    #[serde(rename = "asf")]
    Asf,
    /// 1.5.
    #[serde(rename = "1.5")]
    V15,
    /// 2.0.
    #[serde(rename = "2.0")]
    V20,
}

/// Authentication type of IPMI 1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// No code.
    None,
    /// MD2.
    Md2,
    /// MD5.
    Md5,
    /// Straight password.
    Password,
}

impl Auth {
    /// All types.
    pub const ALL: [Self; 4] = [Self::None, Self::Md2, Self::Md5, Self::Password];
}

/// A privilege level, in the words of the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Callback.
    Callback,
    /// User.
    User,
    /// Operator.
    Operator,
    /// Administrator.
    #[serde(alias = "admin")]
    Administrator,
}

impl From<Level> for Privilege {
    fn from(level: Level) -> Self {
        match level {
            Level::Callback => Self::Callback,
            Level::User => Self::User,
            Level::Operator => Self::Operator,
            Level::Administrator => Self::Administrator,
        }
    }
}

/// Numbers of the login, in hexadecimal.
#[derive(Clone, Debug, Deserialize)]
pub struct Keys {
    /// The BMC's GUID.
    pub guid: String,
}

#[derive(Deserialize)]
struct Line {
    dir: Direction,
    hex: String,
    plain: Option<String>,
}

/// An exchange.
#[derive(Clone, Debug)]
pub struct Vector {
    /// What it is.
    pub case: Case,
    /// Every datagram, in order.
    pub datagrams: Vec<Datagram>,
}

impl Vector {
    /// The attempts of a recording one by one: a client that starts over, or that opens another
    /// session, begins anew in the middle of its datagrams.
    #[must_use]
    pub fn attempts(&self) -> Vec<Self> {
        let mut attempts = vec![Self { case: self.case.clone(), datagrams: Vec::new() }];
        let mut reached = 0;
        for datagram in &self.datagrams {
            let stage = stage(datagram);
            if datagram.is_question() && stage > 0 {
                if begins(datagram) && reached > stage {
                    attempts.push(Self { case: self.case.clone(), datagrams: Vec::new() });
                    reached = 0;
                }
                reached = reached.max(stage);
            }
            if let Some(last) = attempts.last_mut() {
                last.datagrams.push(datagram.clone());
            }
        }
        attempts
    }
}

/// How far in its exchange a datagram is; 0 for what is no part of one.
fn stage(datagram: &Datagram) -> u8 {
    match datagram.kind {
        Kind::Ping | Kind::Other => 0,
        Kind::Capabilities => 1,
        Kind::Challenge | Kind::Open => 2,
        Kind::Activate | Kind::Rakp12 => 3,
        Kind::Rakp34 => 4,
        Kind::Inside { .. } => 5,
    }
}

/// Whether an attempt may begin with it.
fn begins(datagram: &Datagram) -> bool {
    matches!(datagram.kind, Kind::Capabilities | Kind::Challenge | Kind::Open)
}

/// Every exchange of the folder that `KOMAINU_VECTORS` names, by default those of the tree.
///
/// Panics when a file cannot be read, or when there is none.
#[must_use]
pub fn load_all() -> Vec<Vector> {
    let named = std::env::var_os("KOMAINU_VECTORS").map(PathBuf::from);
    load(&named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")))
}

/// Every attempt of every exchange; see [`Vector::attempts`]. Panics as [`load_all`] does.
#[must_use]
pub fn load_attempts() -> Vec<Vector> {
    load_all().iter().flat_map(Vector::attempts).collect()
}

/// Every exchange of a folder, in the order of the names. Panics as [`load_all`] does.
#[must_use]
pub fn load(folder: &Path) -> Vec<Vector> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry is read").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no exchange", folder.display());
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vector {
    let wrong = |number: usize, e: &dyn std::fmt::Display| -> ! {
        panic!("{}:{}: {e}", path.display(), number + 1)
    };
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines().enumerate();
    let (_, first) = lines.next().unwrap_or_else(|| wrong(0, &"the file is empty"));
    let case: Case = serde_json::from_str(first).unwrap_or_else(|e| wrong(0, &e));
    let datagrams = lines.map(|(number, line)| {
        let line: Line = serde_json::from_str(line).unwrap_or_else(|e| wrong(number, &e));
        let bytes = |hex: &str| unhex(hex).unwrap_or_else(|| wrong(number, &"not hexadecimal"));
        let plain = line.plain.as_deref().map(bytes);
        Datagram::new(line.dir, bytes(&line.hex), plain)
            .unwrap_or_else(|e| wrong(number, &format!("{}: {e}", case.name)))
    });
    Vector { datagrams: datagrams.collect(), case: case.clone() }
}

/// The bytes of hexadecimal text.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
