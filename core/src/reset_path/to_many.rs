//! Sealing what has no destination: for many, or for one whose number is not yet known.

use super::{ClusterKeys, Identity, seal};
use crate::time::Instant;
use crate::wire::Full;
use crate::wire::reset::{Header, Kind, Message, Notice, PathCheck};

/// Datagrams without a destination go by the reset path only.
const RESET_PATH: u8 = 0;

/// The count of the datagrams without a destination that one party sends in a cluster.
#[derive(Debug, Default)]
pub struct ToMany {
    sent: u64,
}

impl ToMany {
    /// Nothing was sent yet in this epoch.
    pub const fn new() -> Self {
        Self { sent: 0 }
    }

    /// Seals a notice for all hosts. The same datagram may be sent to several addresses: each host
    /// takes one copy of it.
    pub fn seal_notice(
        &mut self,
        identity: &Identity,
        keys: &ClusterKeys,
        notice: Notice,
        out: &mut [u8],
    ) -> Result<usize, Full> {
        let header = self.header(identity, keys, Kind::Notice, 0);
        self.seal(keys, header, &Message::Notice(notice), out)
    }

    /// Seals a PathCheck for a connector whose number is not known, or, `broadcast`, whose address
    /// is not known either.
    pub fn seal_path_check(
        &mut self,
        identity: &Identity,
        keys: &ClusterKeys,
        now: Instant,
        check: PathCheck,
        broadcast: bool,
        out: &mut [u8],
    ) -> Result<usize, Full> {
        let nonce = identity.nonce(now, None, RESET_PATH);
        let header = self.header(identity, keys, Kind::PathCheck, nonce);
        let header = Header { many: broadcast, ..header };
        self.seal(keys, header, &Message::PathCheck(check), out)
    }

    fn header(&self, identity: &Identity, keys: &ClusterKeys, kind: Kind, nonce: u64) -> Header {
        Header {
            kind,
            many: true,
            cluster: identity.cluster(),
            sender: identity.party(),
            destination: None,
            key_number: keys.sends_with(),
            path: RESET_PATH,
            epoch: identity.epoch(),
            sequence: self.sent.saturating_add(1),
            echo: 0,
            nonce,
        }
    }

    fn seal(
        &mut self,
        keys: &ClusterKeys,
        header: Header,
        message: &Message,
        out: &mut [u8],
    ) -> Result<usize, Full> {
        let len = seal(keys.sending(), &header, message, out)?;
        self.sent = header.sequence;
        Ok(len)
    }
}
