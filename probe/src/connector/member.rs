//! A member, as far as its connector sees it.

use core::num::NonZeroU64;

use heapless::Vec;
use komainu_core::reset_path::{ClusterKeys, Dialogue, Identity, open};
use komainu_core::rng::Chance;
use komainu_core::time::Instant;
use komainu_core::types::{
    Epoch, HostAddress, HostState, KeyNumber, Party, Reason, RequestId, ResetMethod, ResetState,
    Term, Token,
};
use komainu_core::wire::reset::{Message, PathCheck, ResetRequest};

use crate::config;

/// The first member of a cluster, who asks for the reset of the second.
pub(crate) struct Member {
    cluster: u8,
    identity: Identity,
    dialogue: Dialogue,
    keys: ClusterKeys,
    /// What the connector said last of the question.
    pub(crate) state: Option<ResetState>,
    pub(crate) token: Token,
}

impl Member {
    pub(crate) fn new(cluster: u8, chance: &mut impl Chance) -> Option<Self> {
        let party = Party::Host(HostAddress::new(u16::from(2 * cluster) + 1)?);
        let patrol = komainu_core::connector::Rules::default().patrol.duration();
        let number = config::cluster_number(cluster.into());
        Some(Self {
            cluster,
            identity: Identity::new(party, number, Epoch(1), patrol, chance),
            dialogue: Dialogue::new(Party::Connector(config::CONNECTOR), 0),
            keys: config::keys()?,
            state: None,
            token: Token(0),
        })
    }

    /// Takes a datagram of the connector; what is not for this member changes nothing.
    pub(crate) fn hear(&mut self, now: Instant, datagram: &[u8]) -> Option<()> {
        let frame = open(&self.identity, &self.keys, datagram).ok()?;
        self.dialogue.accept(&self.identity, now, &frame.header).ok()?;
        if let Message::ResetResult(result) = frame.message().ok()? {
            (self.state, self.token) = (Some(result.state), result.token);
        }
        Some(())
    }

    /// Writes a PathCheck.
    pub(crate) fn check(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        let check = PathCheck {
            resume: false,
            term: Term(0),
            token: Token(0),
            keys: [KeyNumber::new(1), None],
            digest: config::DIGEST,
            state: HostState::Running,
            name: config::name(2 * self.cluster)?,
            services: Vec::new(),
        };
        self.say(now, &Message::PathCheck(check), out)
    }

    /// Writes the question.
    pub(crate) fn ask(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        let request = ResetRequest {
            id: RequestId(NonZeroU64::MIN),
            term: Term(0),
            method: ResetMethod::AsConfigured,
            reason: Reason::HeartbeatLost,
            target_epoch: Some(Epoch(1)),
            target: config::name(2 * self.cluster + 1)?,
        };
        self.say(now, &Message::ResetRequest(request), out)
    }

    fn say(&mut self, now: Instant, message: &Message, out: &mut [u8]) -> Option<usize> {
        self.dialogue.seal(&self.identity, &self.keys, now, message, out).ok()
    }
}
