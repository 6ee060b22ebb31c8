//! A member as its connector sees it, on a socket.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::num::NonZeroU64;
use std::time::{Duration, Instant as Clock};

use komainu_core::limits::{CLUSTER_KEY_LEN, MAX_RESET_DATAGRAM};
use komainu_core::reset_path::{ClusterKeys, Dialogue, Identity, open};
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::Secret;
use komainu_core::time::Instant;
use komainu_core::types::{
    ConfigDigest, ConnectorNumber, Epoch, HostAddress, HostState, KeyNumber, Party, Reason,
    RequestId, ResetMethod, ResetState, SystemName, Term, Token,
};
use komainu_core::wire::reset::{Message, PathCheck, ResetRequest, Services};
use libtest_mimic::Failed;

/// The key of every cluster here.
pub(crate) const KEY: [u8; CLUSTER_KEY_LEN] = [7; CLUSTER_KEY_LEN];
const PATROL: Duration = Duration::from_secs(5);
/// Between two copies of a request.
const REPEAT: Duration = Duration::from_millis(250);

/// Host 1.
pub(crate) struct Member {
    socket: UdpSocket,
    connector: SocketAddr,
    identity: Identity,
    dialogue: Dialogue,
    keys: ClusterKeys,
    begun: Clock,
    /// Every datagram that was sent.
    pub(crate) sent: Vec<Vec<u8>>,
}

impl Member {
    /// A member of that cluster, with that key, that has heard nobody.
    pub(crate) fn new(connector: SocketAddr, cluster: u16, key: [u8; 32]) -> Result<Self, Failed> {
        let socket = UdpSocket::bind((connector.ip(), 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        let number = KeyNumber::new(1).ok_or("a number")?;
        let host = HostAddress::new(1).ok_or("an address")?;
        let mut chance = Drbg::new(&Seed::new([3; 32]));
        let party = Party::Host(host);
        Ok(Self {
            socket,
            connector,
            identity: Identity::new(party, cluster, Epoch(1), PATROL, &mut chance),
            dialogue: Dialogue::new(Party::Connector(ConnectorNumber(0)), 0),
            keys: ClusterKeys::new(number, Secret::from(key)),
            begun: Clock::now(),
            sent: Vec::new(),
        })
    }

    fn now(&self) -> Instant {
        let micros = self.begun.elapsed().as_micros();
        Instant::from_micros(1 + u64::try_from(micros).unwrap_or(u64::MAX))
    }

    fn say(&mut self, message: &Message) -> Result<(), Failed> {
        let (now, mut out) = (self.now(), [0; MAX_RESET_DATAGRAM]);
        let len = self.dialogue.seal(&self.identity, &self.keys, now, message, &mut out);
        let datagram = &out[..len.map_err(|_| "it fits")?];
        self.socket.send_to(datagram, self.connector)?;
        self.sent.push(datagram.to_vec());
        Ok(())
    }

    /// Sends a PathCheck.
    pub(crate) fn check(&mut self) -> Result<(), Failed> {
        let check = PathCheck {
            resume: false,
            term: Term(0),
            token: Token(0),
            keys: [KeyNumber::new(1), None],
            digest: ConfigDigest(1),
            state: HostState::Running,
            name: name("h1")?,
            services: Services::new(),
        };
        self.say(&Message::PathCheck(check))
    }

    /// Sends a request for the reset of host 2.
    pub(crate) fn request(&mut self, id: u64) -> Result<(), Failed> {
        let request = ResetRequest {
            id: RequestId(NonZeroU64::new(id).ok_or("an id")?),
            term: Term(0),
            method: ResetMethod::Off,
            reason: Reason::HeartbeatLost,
            target_epoch: Some(Epoch(1)),
            target: name("h2")?,
        };
        self.say(&Message::ResetRequest(request))
    }

    /// The next message of the connector; `None` when there is none for a moment.
    pub(crate) fn hear(&mut self) -> Result<Option<Message>, Failed> {
        let mut datagram = [0; MAX_RESET_DATAGRAM];
        let len = match self.socket.recv(&mut datagram) {
            Ok(len) => len,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let now = self.now();
        let frame = open(&self.identity, &self.keys, &datagram[..len]).map_err(|_| "not ours")?;
        // Notices to many come several times.
        if self.dialogue.accept(&self.identity, now, &frame.header).is_err() {
            return Ok(None);
        }
        Ok(Some(frame.message().map_err(|_| "it can be read")?))
    }

    /// Is heard with a valid echo.
    pub(crate) fn meet(&mut self) -> Result<(), Failed> {
        let limit = Clock::now() + Duration::from_secs(30);
        let mut answers = 0;
        while answers < 2 {
            if Clock::now() > limit {
                return Err("the connector does not answer".into());
            }
            self.check()?;
            let wait = Clock::now() + REPEAT;
            while Clock::now() < wait {
                if let Some(Message::PathStatus(_)) = self.hear()? {
                    answers += 1;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Asks until the request is carried out; how long that took.
    pub(crate) fn fence(&mut self, id: u64, limit: Duration) -> Result<Duration, Failed> {
        let begin = Clock::now();
        let mut again = begin;
        while begin.elapsed() < limit {
            if Clock::now() >= again {
                self.request(id)?;
                again = Clock::now() + REPEAT;
            }
            if let Some(Message::ResetResult(result)) = self.hear()? {
                match result.state {
                    ResetState::Fenced => return Ok(begin.elapsed()),
                    ResetState::Accepted | ResetState::Working => {}
                    ResetState::Refused | ResetState::Failed => {
                        return Err(format!("{result:?}").into());
                    }
                }
            }
        }
        Err(format!("the request was not carried out within {limit:?}").into())
    }
}

fn name(text: &str) -> Result<SystemName, Failed> {
    Ok(SystemName::new(text).map_err(|_| "a name")?)
}
