//! What all conversations of the server have in common.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use komainu_core::secret::Secret;
use komainu_core::types::UpsIndex;
use komainu_core::wire::nut::UpsName;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::board::Board;
use crate::tls::TlsServer;
use crate::ups::setup::{ServerEncryption, ServerSetup, SetupError, ups_name};

/// What a server knows.
pub(super) struct Shared {
    pub(super) upses: Vec<Shown>,
    users: Vec<User>,
    pub(super) anonymous: bool,
    pub(super) encryption: Encryption,
    pub(super) clients: usize,
    pub(super) board: watch::Receiver<Option<Board>>,
    attached: Mutex<BTreeMap<u64, Attached>>,
    pub(super) counters: Counters,
}

/// A UPS, as it is shown.
pub(super) struct Shown {
    pub(super) ups: UpsIndex,
    pub(super) name: UpsName,
    pub(super) description: String,
}

/// A user. Digests are compared, so that the time tells nothing of a password's length.
struct User {
    name: String,
    digest: Secret<32>,
}

/// Whether conversations are encrypted.
pub(super) enum Encryption {
    Off,
    Offer(TlsServer),
    Require(TlsServer),
}

/// A client that is logged in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attached {
    /// As which user.
    pub user: String,
    /// From where.
    pub address: IpAddr,
    /// To which UPS.
    pub ups: UpsIndex,
}

/// How often something has happened to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// A connection was turned away: there were too many, from there or in all.
    pub turned_away: u64,
    /// A line was no sentence of the protocol, or too long.
    pub garbled: u64,
    /// A password was wrong, or a user not known.
    pub denied: u64,
    /// A client was silent for too long, or did not take its answers.
    pub timed_out: u64,
    /// TLS did not come about.
    pub not_secured: u64,
    /// Where the last one came from who was not let in.
    pub refused: Option<IpAddr>,
}

/// The same, while it is counted.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) turned_away: AtomicU64,
    pub(super) garbled: AtomicU64,
    pub(super) denied: AtomicU64,
    pub(super) timed_out: AtomicU64,
    pub(super) not_secured: AtomicU64,
    refused: Mutex<Option<IpAddr>>,
}

impl Counters {
    pub(super) fn now(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            turned_away: read(&self.turned_away),
            garbled: read(&self.garbled),
            denied: read(&self.denied),
            timed_out: read(&self.timed_out),
            not_secured: read(&self.not_secured),
            refused: *self.refused.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Counts one more who was not let in.
    pub(super) fn refuse(&self, counter: &AtomicU64, from: IpAddr) {
        count(counter);
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(from);
    }
}

/// Counts one more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Shared {
    pub(super) fn new(
        setup: &ServerSetup,
        board: watch::Receiver<Option<Board>>,
    ) -> Result<Self, SetupError> {
        let tls = |of: &crate::ups::setup::ServerIdentity| {
            TlsServer::new(&of.certificate, &of.key).map_err(SetupError::Tls)
        };
        let shown = |ups: &crate::ups::setup::ShownUps| {
            let description = ups.description.replace(char::is_control, " ");
            Ok(Shown { ups: ups.ups, name: ups_name(&ups.name)?, description })
        };
        let user = |user: &crate::ups::setup::ServerUser| User {
            name: user.name.clone(),
            digest: digest(&user.password),
        };
        Ok(Self {
            upses: setup.upses.iter().map(shown).collect::<Result<_, _>>()?,
            users: setup.users.iter().map(user).collect(),
            anonymous: setup.anonymous,
            encryption: match &setup.encryption {
                ServerEncryption::Off => Encryption::Off,
                ServerEncryption::Offer(identity) => Encryption::Offer(tls(identity)?),
                ServerEncryption::Require(identity) => Encryption::Require(tls(identity)?),
            },
            clients: setup.clients,
            board,
            attached: Mutex::default(),
            counters: Counters::default(),
        })
    }

    /// Whether that user has that password. Takes the same time for a user that is not known.
    pub(super) fn proves(&self, name: &[u8], password: &[u8]) -> bool {
        let given = digest(password);
        let mut proved = false;
        for user in &self.users {
            proved |= user.digest.ct_eq(&given) & (user.name.as_bytes() == name);
        }
        proved
    }

    /// Notes that a conversation has logged in, or out.
    pub(super) fn attach(&self, conversation: u64, attached: Option<Attached>) {
        // A panic cannot leave the map half changed.
        let mut all = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        match attached {
            Some(attached) => all.insert(conversation, attached),
            None => all.remove(&conversation),
        };
    }

    pub(super) fn attached(&self) -> Vec<Attached> {
        let all = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().cloned().collect()
    }
}

fn digest(password: &[u8]) -> Secret<32> {
    Secret::from(<[u8; 32]>::from(Sha256::digest(password)))
}
