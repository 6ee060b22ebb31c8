//! Two ends of a reset path, and a network that does to their datagrams what it likes.

extern crate std;

mod epoch;
mod freshness;
mod keys;
mod opening;
mod random;
mod replay;

use core::num::NonZeroU64;
use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::counters::ResetDiscard;
use crate::limits::MAX_RESET_DATAGRAM;
use crate::rng::{Drbg, Seed};
use crate::secret::Secret;
use crate::time::Instant;
use crate::types::*;
use crate::wire::reset::*;

const PATROL: Duration = Duration::from_secs(4);
const CLUSTER: u16 = 27001;

fn host(number: u16) -> Party {
    Party::Host(HostAddress::new(number).expect("a host's number"))
}

const fn connector() -> Party {
    Party::Connector(ConnectorNumber(0))
}

const fn millis(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

fn key_number(number: u8) -> KeyNumber {
    KeyNumber::new(number).expect("not 0")
}

fn name(name: &str) -> SystemName {
    SystemName::new(name).expect("a name")
}

/// A start of `party`; each has other nonces.
fn identity(party: Party, epoch: u64) -> Identity {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&epoch.to_be_bytes());
    seed[8..10].copy_from_slice(&party.code().to_be_bytes());
    Identity::new(party, CLUSTER, Epoch(epoch), PATROL, &mut Drbg::new(&Seed::new(seed)))
}

fn one_key() -> ClusterKeys {
    ClusterKeys::new(key_number(1), Secret::from([0x5A; 32]))
}

/// One start of a party, and its dialogue with one other.
struct End {
    identity: Identity,
    keys: ClusterKeys,
    dialogue: Dialogue,
    to_many: ToMany,
}

impl End {
    fn new(party: Party, peer: Party, path: u8, epoch: u64) -> Self {
        Self {
            identity: identity(party, epoch),
            keys: one_key(),
            dialogue: Dialogue::new(peer, path),
            to_many: ToMany::new(),
        }
    }

    fn says(&mut self, now: Instant, message: &Message) -> Vec<u8> {
        let mut out = [0; MAX_RESET_DATAGRAM];
        let len = self.dialogue.seal(&self.identity, &self.keys, now, message, &mut out);
        out[..len.expect("room")].to_vec()
    }

    fn tells_all(&mut self) -> Vec<u8> {
        let mut out = [0; MAX_RESET_DATAGRAM];
        let len = self.to_many.seal_notice(&self.identity, &self.keys, notice(), &mut out);
        out[..len.expect("room")].to_vec()
    }

    /// Checks for a connector that is not known.
    fn calls(&mut self, now: Instant) -> Vec<u8> {
        let Message::PathCheck(check) = path_check() else { unreachable!("it is one") };
        let mut out = [0; MAX_RESET_DATAGRAM];
        let len =
            self.to_many.seal_path_check(&self.identity, &self.keys, now, check, false, &mut out);
        out[..len.expect("room")].to_vec()
    }

    fn hears(&mut self, now: Instant, datagram: &[u8]) -> Result<Freshness, ResetDiscard> {
        let frame = open(&self.identity, &self.keys, datagram)?;
        let freshness = self.dialogue.accept(&self.identity, now, &frame.header)?;
        frame.message()?;
        Ok(freshness)
    }
}

/// The same party after a restart.
fn restarted(end: &End, epoch: u64) -> End {
    End::new(end.identity.party(), end.dialogue.peer(), end.dialogue.path(), epoch)
}

/// A host and a connector that have heard each other: each echoes a nonce of the other.
fn acquainted(now: Instant) -> (End, End) {
    let mut host = End::new(host(17), connector(), 0, 1000);
    let mut guard = End::new(connector(), host.identity.party(), 0, 2000);
    let check = host.says(now, &path_check());
    guard.hears(now, &check).expect("a first datagram");
    let status = guard.says(now, &path_status());
    host.hears(now, &status).expect("its answer");
    (host, guard)
}

fn path_check() -> Message {
    Message::PathCheck(PathCheck {
        resume: false,
        term: Term(1),
        token: Token(0),
        keys: one_key().accepted(),
        digest: ConfigDigest(7),
        state: HostState::Running,
        name: name("db-1"),
        services: Services::new(),
    })
}

fn path_status() -> Message {
    Message::PathStatus(PathStatus {
        term: Term(1),
        mode: Mode::Normal,
        digest: ConfigDigest(7),
        key: key_number(1),
        name: name("guard"),
        systems: heapless::Vec::new(),
    })
}

fn request() -> Message {
    Message::ResetRequest(ResetRequest {
        id: RequestId(NonZeroU64::MIN),
        term: Term(1),
        method: ResetMethod::AsConfigured,
        reason: Reason::HeartbeatLost,
        target_epoch: None,
        target: name("db-2"),
    })
}

fn heartbeat() -> Message {
    let (digest, state) = (ConfigDigest(7), HostState::Running);
    Message::Heartbeat(Heartbeat { digest, state, services: Services::new() })
}

fn notice() -> Notice {
    Notice {
        id: NoticeId(NonZeroU64::MIN),
        event: Event::PowerOff,
        source: Source::Poll,
        host: HostAddress::new(18),
        unix_ms: 0,
        token: Token(0),
    }
}
