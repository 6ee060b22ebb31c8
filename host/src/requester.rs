//! Asks the connectors over the reset path for a host on which other cluster software decides.
//!
//! It speaks as that host, and only while it has a question: it is no member, hears no heartbeats
//! and starts nothing. It uses the port of the reset path alone, so a member of that host and a
//! second question cannot speak at the same time.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::num::NonZeroU64;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use komainu_core::limits::MAX_RESET_DATAGRAM;
use komainu_core::reset_path::{ClusterKeys, Dialogue, Identity, open};
use komainu_core::rng::{Chance, Drbg};
use komainu_core::time::Instant;
use komainu_core::types::{
    Cause, Epoch, HostState, Mode, Party, Reason, RequestId, ResetMethod, ResetState, SystemReport,
    Token,
};
use komainu_core::wire::reset::{
    Message, PathCheck, PathStatus, ResetRequest, ResetResult, Services,
};

use crate::clock;
use crate::config::{Cluster, Server};

/// Between two datagrams to one connector (section 3.1).
const REPEAT: Duration = Duration::from_millis(250);
/// Until no connector counts as answering.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries to get the port.
const PAUSE: Duration = Duration::from_millis(50);
/// One buffer is a byte longer than what is accepted, so that longer datagrams show.
const ROOM: usize = MAX_RESET_DATAGRAM + 1;

/// Somebody who asks.
pub(crate) struct Requester<'s> {
    cluster: &'s Cluster,
    me: &'s Server,
    socket: UdpSocket,
    identity: Identity,
    keys: ClusterKeys,
    chance: Drbg,
    lines: Vec<Line>,
}

/// A connector.
struct Line {
    address: SocketAddr,
    dialogue: Dialogue,
    /// Its newest word.
    status: Option<PathStatus>,
}

/// What was said to us alone, and counts.
enum Heard {
    Status,
    Result(usize, ResetResult),
    /// Something else, which may have brought a nonce.
    Other,
}

/// The question that is asked, and of whom: an id belongs to one start of one connector.
struct Question {
    id: RequestId,
    of: Option<(usize, Option<Epoch>)>,
}

impl<'s> Requester<'s> {
    /// Asks as `me`, as soon as nobody else does on this machine.
    pub(crate) fn new(cluster: &'s Cluster, me: &'s Server) -> Result<Self, RequestError> {
        let found = cluster.key_ring();
        let keys = found.map_err(|findings| {
            let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
            RequestError::Key(lines.join("\n"))
        })?;
        let lines: Vec<_> = cluster
            .connectors
            .iter()
            .filter_map(|(number, address)| {
                let dialogue = Dialogue::new(Party::Connector(*number), 0);
                address.map(|address| Line { address, dialogue, status: None })
            })
            .collect();
        let first = lines.first().ok_or(RequestError::NoAddress)?;
        let socket = bind(me, cluster.port, first.address.is_ipv4())?;
        let mut chance = clock::generator().map_err(RequestError::Local)?;
        let (party, epoch) = (Party::Host(me.host), epoch(&mut chance));
        let patrol = cluster.timers.patrol.duration();
        let identity = Identity::new(party, cluster.number, epoch, patrol, &mut chance);
        Ok(Self { cluster, me, socket, identity, keys, chance, lines })
    }

    /// What the acting connector shows of the cluster's servers.
    pub(crate) fn systems(&mut self) -> Result<Vec<SystemReport>, RequestError> {
        let begin = clock::now();
        while clock::now().since(begin) < PATIENCE {
            self.check()?;
            let round = clock::now();
            while let Some(heard) = self.hear(round)? {
                // A connector that has only just given us a nonce shows none yet.
                if let Heard::Other | Heard::Status = heard
                    && let Some((_, status)) = self.acting()
                    && !status.systems.is_empty()
                {
                    return Ok(status.systems.to_vec());
                }
                if let Heard::Status = heard {
                    self.check()?;
                }
            }
        }
        Err(self.nobody())
    }

    /// Asks until there is a final answer: a proof, a refusal, or a failure. `Ok` is the proof,
    /// or that the power is on, when that was the question.
    pub(crate) fn ask(
        &mut self,
        target: &Server,
        method: ResetMethod,
    ) -> Result<ResetResult, RequestError> {
        let begin = clock::now();
        let budget = self.cluster.timers.request_budget.duration();
        let mut question = Question { id: self.fresh_id(), of: None };
        while clock::now().since(begin) < budget {
            let round = clock::now();
            self.check()?;
            self.request(&mut question, target, method)?;
            while let Some(heard) = self.hear(round)? {
                match heard {
                    Heard::Result(at, result) if self.is_final(&question, at, &result) => {
                        return judged(result);
                    }
                    Heard::Result(_, result) if is_under_way(&result) => {}
                    // There may be a nonce to echo now, or a connector that acts.
                    Heard::Other => self.check()?,
                    Heard::Status | Heard::Result(..) => {
                        self.request(&mut question, target, method)?;
                    }
                }
            }
            if clock::now().since(begin) > PATIENCE && self.acting().is_none() {
                return Err(self.nobody());
            }
        }
        Err(RequestError::Slow)
    }

    /// The connector that acts: the one of the highest term that does not stand by.
    fn acting(&self) -> Option<(usize, &PathStatus)> {
        let known = self.lines.iter().enumerate();
        let known = known.filter_map(|(at, line)| line.status.as_ref().map(|status| (at, status)));
        known.filter(|(_, status)| status.mode != Mode::Standby).max_by_key(|(_, one)| one.term)
    }

    fn nobody(&self) -> RequestError {
        match self.lines.iter().all(|line| line.status.is_none()) {
            true => RequestError::Silent,
            false => RequestError::NobodyActs,
        }
    }

    /// Sends the question to who acts.
    fn request(
        &mut self,
        question: &mut Question,
        target: &Server,
        method: ResetMethod,
    ) -> Result<(), RequestError> {
        let acting = self.acting().map(|(at, status)| (at, status.term, status.mode));
        let Some((at, term, mode)) = acting else { return Ok(()) };
        let held = matches!(mode, Mode::Maintenance | Mode::Plan);
        if held && method != ResetMethod::LookOnly {
            return Err(RequestError::Held);
        }
        let now = self.lines.get(at).and_then(|line| line.dialogue.epoch());
        if question.of.is_some_and(|of| of != (at, now)) {
            question.id = self.fresh_id();
        }
        question.of = Some((at, now));
        let message = Message::ResetRequest(ResetRequest {
            id: question.id,
            term,
            method,
            // Whoever decides here has heard the target on networks that are not ours.
            reason: Reason::Operator,
            target_epoch: None,
            target: target.name.clone(),
        });
        self.send(at, &message)
    }

    fn is_final(&self, question: &Question, at: usize, result: &ResetResult) -> bool {
        let now = self.lines.get(at).and_then(|line| line.dialogue.epoch());
        let ours = result.id == question.id && question.of == Some((at, now));
        let passing = result.state == ResetState::Refused && result.cause.is_passing();
        let open = matches!(result.state, ResetState::Accepted | ResetState::Working);
        ours && !passing && !open
    }

    /// Tells every connector of this host, and asks how it works.
    fn check(&mut self) -> Result<(), RequestError> {
        let term = self.lines.iter().filter_map(|line| line.status.as_ref()).map(|one| one.term);
        let message = Message::PathCheck(PathCheck {
            resume: false,
            term: term.max().unwrap_or_default(),
            token: Token::default(),
            keys: self.keys.accepted(),
            digest: self.cluster.digest(),
            state: HostState::Running,
            name: self.me.name.clone(),
            services: Services::new(),
        });
        (0..self.lines.len()).try_for_each(|at| self.send(at, &message))
    }

    fn send(&mut self, at: usize, message: &Message) -> Result<(), RequestError> {
        let Some(line) = self.lines.get_mut(at) else { return Ok(()) };
        let mut out = [0; MAX_RESET_DATAGRAM];
        let now = clock::now();
        let sealed = line.dialogue.seal(&self.identity, &self.keys, now, message, &mut out);
        let datagram = sealed.ok().and_then(|len| out.get(..len)).unwrap_or_default();
        // What cannot be sent is lost like what is lost on the way.
        let _ = self.socket.send_to(datagram, line.address);
        Ok(())
    }

    /// The next thing that counts within a round that began then.
    fn hear(&mut self, round: Instant) -> Result<Option<Heard>, RequestError> {
        let mut buffer = [0; ROOM];
        loop {
            let left = REPEAT.saturating_sub(clock::now().since(round));
            if left.is_zero() {
                return Ok(None);
            }
            self.socket.set_read_timeout(Some(left)).map_err(RequestError::Local)?;
            // An error that a datagram of ours came back with says nothing of the connectors.
            let Ok((len, _)) = self.socket.recv_from(&mut buffer) else { continue };
            if let Some(heard) = self.take(buffer.get(..len).unwrap_or_default()) {
                return Ok(Some(heard));
            }
        }
    }

    fn take(&mut self, datagram: &[u8]) -> Option<Heard> {
        let frame = open(&self.identity, &self.keys, datagram).ok()?;
        let sender = frame.header.sender;
        let mut lines = self.lines.iter_mut().enumerate();
        let (at, line) = lines.find(|(_, line)| line.dialogue.peer() == sender)?;
        let fresh = line.dialogue.accept(&self.identity, clock::now(), &frame.header).ok()?;
        let counts = fresh.check(frame.header.kind).is_ok() && fresh.echo.is_some();
        match frame.message().ok()? {
            Message::PathStatus(status) if counts && fresh.newest => {
                self.keys.send_with(status.key);
                line.status = Some(status);
                Some(Heard::Status)
            }
            Message::ResetResult(result) if counts => Some(Heard::Result(at, result)),
            _ => Some(Heard::Other),
        }
    }

    fn fresh_id(&mut self) -> RequestId {
        RequestId(NonZeroU64::new(random(&mut self.chance)).unwrap_or(NonZeroU64::MIN))
    }
}

const fn is_under_way(result: &ResetResult) -> bool {
    matches!(result.state, ResetState::Accepted | ResetState::Working)
}

fn judged(result: ResetResult) -> Result<ResetResult, RequestError> {
    match (result.state, result.cause) {
        (ResetState::Fenced, _) | (ResetState::Refused, Cause::TargetOn) => Ok(result),
        (ResetState::Refused, cause) => Err(RequestError::Refused(cause)),
        (ResetState::Failed | ResetState::Accepted | ResetState::Working, cause) => {
            Err(RequestError::Failed(cause))
        }
    }
}

/// The port of the reset path, as members use it: on every interface, or on the one address of
/// a host that shares its machine with others.
fn bind(me: &Server, port: u16, v4: bool) -> Result<UdpSocket, RequestError> {
    let every = if v4 { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { Ipv6Addr::UNSPECIFIED.into() };
    let shared = me.address.filter(|address| address.ip().is_loopback());
    let local = shared.unwrap_or(SocketAddr::new(every, port));
    let begin = clock::now();
    loop {
        match UdpSocket::bind(local) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                return Err(RequestError::Local(error));
            }
            Err(_) if clock::now().since(begin) > PATIENCE => {
                return Err(RequestError::PortTaken(local));
            }
            Err(_) => sleep(PAUSE),
        }
    }
}

/// A start of this host. Nothing is kept of earlier ones: should the clock have gone back, the
/// echo of a new nonce proves that this one is no capture.
fn epoch(chance: &mut Drbg) -> Epoch {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or_default();
    Epoch((millis << 16) | (random(chance) & 0xFFFF))
}

fn random(chance: &mut Drbg) -> u64 {
    let mut bytes = [0; 8];
    chance.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

/// Why there is no proof.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The cluster's key cannot be had.
    Key(String),
    /// The configuration does not say where a connector is.
    NoAddress,
    /// A member, or another question, uses the port.
    PortTaken(SocketAddr),
    /// This machine is in the way.
    Local(io::Error),
    /// No connector answers.
    Silent,
    /// Those that answer stand by.
    NobodyActs,
    /// Maintenance, or a power plan for this host.
    Held,
    /// The connector does not do it.
    Refused(Cause),
    /// It tried.
    Failed(Cause),
    /// It has not ended it in time.
    Slow,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(text) => f.write_str(text),
            Self::NoAddress => f.write_str(
                "the configuration does not say where a connector is\n  Give it an 'address' in \
                 [[cluster.connector]].",
            ),
            Self::PortTaken(local) => write!(
                f,
                "{local} is in use\n  Does 'komainu member' run here? One of both decides for a \
                 host: it or the cluster software that this agent serves."
            ),
            Self::Local(error) => error.fmt(f),
            Self::Silent => f.write_str(
                "no connector answers on the reset path\n  Look at the connector and the network; \
                 has every party the same key?",
            ),
            Self::NobodyActs => f.write_str(
                "the connectors that answer stand by\n  'komainu show' on their machines tells \
                 which one should act.",
            ),
            Self::Held => f.write_str("maintenance or a power plan holds resets back"),
            Self::Refused(cause) => write!(f, "refused (cause {}): {cause}", cause.code()),
            Self::Failed(cause) => write!(
                f,
                "failed (cause {}): {cause}\n  The server may be running: look at it and at its \
                 BMC.",
                cause.code()
            ),
            Self::Slow => f.write_str(
                "no final answer in time\n  The server may be running: look at it and at its BMC.",
            ),
        }
    }
}
