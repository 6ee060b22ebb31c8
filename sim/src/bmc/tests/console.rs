//! A console for the tests: it logs in and sends commands, with or without knowing the quirks.

use std::net::SocketAddr;
use std::time::Duration;

use super::super::keys::{AuthType, Exchange, SessionKeys};
use super::super::packet::{self, Packet, V20, checksum, payload};
use super::super::{Bmc, BmcConfig, Kg, Password, Quirks, Suite};

/// Where the console's datagrams come from.
pub(super) const FROM: ([u8; 4], u16) = ([10, 0, 0, 1], 50_000);
const CONSOLE_ID: [u8; 4] = [0xa1, 0xb2, 0xc3, 0xd4];
const CONSOLE_RANDOM: [u8; 16] = [0x77; 16];
const FIRST_OUTBOUND: u32 = 0x1000;
pub(super) const ADMINISTRATOR: u8 = 4;
pub(super) const NAME_ONLY: u8 = 0x10;

/// Where a login ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// An RMCP+ message was answered with this status.
    Status(u8),
    /// A command was answered with this completion code.
    Completion(u8),
    /// This datagram was not answered: 0 Open Session or Get Session Challenge, and so on.
    Silence(u8),
    /// The BMC's code in this message is wrong.
    WrongCode(u8),
    /// The BMC answered another suite.
    OtherSuite(u8),
}

/// How to log in.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) suite: u8,
    pub(super) name: &'static str,
    pub(super) password: &'static str,
    pub(super) kg: Option<Kg>,
    pub(super) role: u8,
    pub(super) open_privilege: u8,
    /// The deviations that the console allows for.
    pub(super) quirks: Quirks,
}

impl Login {
    pub(super) fn admin(suite: u8) -> Self {
        Self {
            suite,
            name: "admin",
            password: "password",
            kg: None,
            role: ADMINISTRATOR | NAME_ONLY,
            open_privilege: ADMINISTRATOR,
            quirks: Quirks::default(),
        }
    }
}

enum Protocol {
    V15 { auth_type: AuthType, password: [u8; 16] },
    V20 { keys: Box<SessionKeys> },
}

/// A BMC with a console that is logged in to it.
pub(super) struct Console {
    pub(super) bmc: Bmc,
    pub(super) now: Duration,
    pub(super) session_id: u32,
    pub(super) sequence: u32,
    pub(super) rq_seq: u8,
    protocol: Protocol,
    /// Sequence numbers of the answers.
    pub(super) heard: Vec<u32>,
}

/// Hands a datagram to the BMC and returns what it sends at once.
pub(super) fn exchange(bmc: &mut Bmc, now: Duration, datagram: &[u8]) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    bmc.handle(now, SocketAddr::from(FROM), datagram, &mut |to, bytes| {
        assert_eq!(to, SocketAddr::from(FROM));
        answers.push(bytes.to_vec());
    });
    answers
}

/// A request in the form of section 13.8.
pub(super) fn request(net_fn: u8, command: u8, rq_seq: u8, data: &[u8]) -> Vec<u8> {
    let mut message = vec![0x20, net_fn << 2];
    message.push(checksum(&message));
    message.extend([0x81, rq_seq << 2, command]);
    message.extend_from_slice(data);
    message.push(checksum(&message[3..]));
    message
}

pub(super) fn plain_v20(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    packet::begin_v20(kind, [0; 4], 0, &mut datagram);
    datagram.extend_from_slice(payload);
    packet::end_v20(&mut datagram);
    datagram
}

/// A command outside sessions in the form of IPMI 1.5: completion code and data.
pub(super) fn sessionless(bmc: &mut Bmc, command: u8, data: &[u8]) -> Option<Vec<u8>> {
    let mut datagram = Vec::new();
    packet::write_v15(0, [0; 4], [0; 4], None, &request(6, command, 1, data), &mut datagram);
    let answers = exchange(bmc, Duration::ZERO, &datagram);
    let Packet::V15(answer) = Packet::parse(answers.first()?).unwrap() else { panic!("not 1.5") };
    Some(body(answer.message))
}

/// Completion code and data of an answer with right checksums.
fn body(message: &[u8]) -> Vec<u8> {
    assert_eq!(checksum(&message[..2]), message[2]);
    assert_eq!(checksum(&message[3..message.len() - 1]), message[message.len() - 1]);
    message[6..message.len() - 1].to_vec()
}

pub(super) fn open_request(tag: u8, privilege: u8, suite: Suite) -> Vec<u8> {
    let mut open = vec![tag, privilege, 0, 0];
    open.extend(CONSOLE_ID);
    let (a, i, c) =
        (suite.authentication as u8, suite.integrity as u8, suite.confidentiality as u8);
    for (kind, algorithm) in (0..).zip([a, i, c]) {
        open.extend([kind, 0, 0, 8, algorithm, 0, 0, 0]);
    }
    plain_v20(payload::OPEN_REQUEST, &open)
}

pub(super) fn rakp1_request(session_id: [u8; 4], login: &Login) -> Vec<u8> {
    let mut rakp1 = vec![1, 0, 0, 0];
    rakp1.extend(session_id);
    rakp1.extend(CONSOLE_RANDOM);
    rakp1.extend([login.role, 0, 0, login.name.len() as u8]);
    rakp1.extend(login.name.bytes());
    plain_v20(payload::RAKP1, &rakp1)
}

/// The payload of an answer of the login, when its status is success.
fn accepted(answers: &[Vec<u8>], step: u8) -> Result<Vec<u8>, End> {
    let datagram = answers.first().ok_or(End::Silence(step))?;
    let Packet::V20(V20 { payload, .. }) = Packet::parse(datagram).unwrap() else {
        panic!("not RMCP+")
    };
    if payload[1] == 0 { Ok(payload.to_vec()) } else { Err(End::Status(payload[1])) }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().unwrap()
}

impl Console {
    pub(super) fn new_v20(config: BmcConfig, login: &Login) -> Result<Self, End> {
        Self::login_v20(Bmc::new(config, 1), login)
    }

    pub(super) fn login_v20(mut bmc: Bmc, login: &Login) -> Result<Self, End> {
        let now = Duration::ZERO;
        let suite = Suite::from_number(login.suite).unwrap();
        let open = open_request(9, login.open_privilege, suite);
        let opened = accepted(&exchange(&mut bmc, now, &open), 0)?;
        let algorithms = [opened[16], opened[24], opened[32]];
        let is = |suite: &&Suite| {
            algorithms
                == [suite.authentication as u8, suite.integrity as u8, suite.confidentiality as u8]
        };
        let answered = Suite::ALL.iter().find(is).unwrap();
        if *answered != suite {
            return Err(End::OtherSuite(answered.number));
        }
        let bmc_id = array(&opened[8..]);
        let rakp1 = rakp1_request(bmc_id, login);
        let rakp2 = accepted(&exchange(&mut bmc, now, &rakp1), 1)?;
        let password = Password::new(login.password.as_bytes()).unwrap();
        let shared = Exchange {
            suite,
            console_id: CONSOLE_ID,
            bmc_id,
            console_random: CONSOLE_RANDOM,
            bmc_random: array(&rakp2[8..]),
            guid: array(&rakp2[24..]),
            role: login.role,
            open_privilege: login.open_privilege,
            name: login.name.as_bytes(),
            password: password.expose(),
            kg: login.kg.as_ref().map(|kg| kg.expose()),
            quirks: &login.quirks,
        };
        let extra = usize::from(login.quirks.rakp2_extra_byte);
        if rakp2[40..rakp2.len() - extra] != *shared.rakp2().as_bytes() {
            return Err(End::WrongCode(2));
        }
        let mut rakp3 = vec![2, 0, 0, 0];
        rakp3.extend(bmc_id);
        rakp3.extend_from_slice(shared.rakp3().as_bytes());
        let rakp3 = plain_v20(payload::RAKP3, &rakp3);
        let rakp4 = accepted(&exchange(&mut bmc, now, &rakp3), 3)?;
        let keys = Box::new(shared.keys());
        if rakp4[8..] != *keys.rakp4().as_bytes() {
            return Err(End::WrongCode(4));
        }
        Ok(Self {
            bmc,
            now,
            session_id: u32::from_le_bytes(bmc_id),
            sequence: 0,
            rq_seq: 0,
            protocol: Protocol::V20 { keys },
            heard: Vec::new(),
        })
    }

    pub(super) fn new_v15(
        config: BmcConfig,
        auth_type: AuthType,
        name: &str,
        password: &str,
        privilege: u8,
    ) -> Result<Self, End> {
        let mut bmc = Bmc::new(config, 1);
        let mut data = vec![auth_type as u8];
        data.extend(name.bytes());
        data.resize(17, 0);
        let challenge = sessionless(&mut bmc, 0x39, &data).ok_or(End::Silence(0))?;
        if challenge[0] != 0 {
            return Err(End::Completion(challenge[0]));
        }
        let mut padded = [0; 16];
        padded[..password.len().min(16)]
            .copy_from_slice(&password.as_bytes()[..password.len().min(16)]);
        let mut data = vec![auth_type as u8, privilege];
        data.extend_from_slice(&challenge[5..21]);
        data.extend(FIRST_OUTBOUND.to_le_bytes());
        let mut console = Self {
            bmc,
            now: Duration::ZERO,
            session_id: u32::from_le_bytes(array(&challenge[1..])),
            sequence: 0,
            rq_seq: 0,
            protocol: Protocol::V15 { auth_type, password: padded },
            heard: Vec::new(),
        };
        let activate = console.seal(6, 0x3a, &data);
        // A copy is answered like the first, and opens nothing.
        let answers = exchange(&mut console.bmc, Duration::ZERO, &activate);
        assert_eq!(answers, exchange(&mut console.bmc, Duration::ZERO, &activate));
        let active = console.open(answers.first().ok_or(End::Silence(1))?).unwrap();
        if active[0] != 0 {
            return Err(End::Completion(active[0]));
        }
        console.session_id = u32::from_le_bytes(array(&active[2..]));
        console.sequence = u32::from_le_bytes(array(&active[6..])).wrapping_sub(1);
        Ok(console)
    }

    /// The datagram of a command under the present sequence numbers.
    pub(super) fn seal(&self, net_fn: u8, command: u8, data: &[u8]) -> Vec<u8> {
        let message = request(net_fn, command, self.rq_seq, data);
        let (id, sequence) = (self.session_id.to_le_bytes(), self.sequence.to_le_bytes());
        let mut out = Vec::new();
        match &self.protocol {
            Protocol::V15 { auth_type, password } => {
                let code = auth_type.code(password, id, &message, sequence);
                let code = (*auth_type != AuthType::None).then_some(code);
                packet::write_v15(*auth_type as u8, sequence, id, code, &message, &mut out);
            }
            Protocol::V20 { keys, .. } => {
                let bits = u8::from(keys.encrypts()) << 7 | u8::from(keys.trailer_len() > 0) << 6;
                packet::begin_v20(payload::IPMI | bits, id, self.sequence, &mut out);
                keys.encrypt([0x33; 16], &message, &mut out);
                packet::end_v20(&mut out);
                if keys.trailer_len() > 0 {
                    packet::pad_v20(&mut out);
                    let code = keys.trailer(&out[4..]);
                    out.extend_from_slice(code.as_bytes());
                }
            }
        }
        out
    }

    /// Completion code and data of an answer; `None` when its code is wrong.
    pub(super) fn open(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        match (&self.protocol, Packet::parse(datagram).unwrap()) {
            (Protocol::V15 { auth_type, password }, Packet::V15(p)) => {
                let code = auth_type.code(password, p.session_id, p.message, p.sequence);
                self.heard.push(u32::from_le_bytes(p.sequence));
                (p.code == code && p.auth_type == *auth_type as u8).then(|| body(p.message))
            }
            (Protocol::V20 { keys }, Packet::V20(p)) => {
                self.heard.push(p.sequence);
                assert_eq!(p.session_id, CONSOLE_ID);
                let (covered, code) = p.sealed.split_at(p.sealed.len() - keys.trailer_len());
                let mut plain = Vec::new();
                let right =
                    keys.trailer(covered).as_bytes() == code && keys.decrypt(p.payload, &mut plain);
                right.then(|| body(&plain))
            }
            _ => panic!("the answer has another format"),
        }
    }

    /// Sends a command under new sequence numbers: completion code and data.
    pub(super) fn command(&mut self, net_fn: u8, command: u8, data: &[u8]) -> Option<Vec<u8>> {
        self.sequence = self.sequence.wrapping_add(1);
        self.rq_seq = (self.rq_seq + 1) % 64;
        let datagram = self.seal(net_fn, command, data);
        let answers = exchange(&mut self.bmc, self.now, &datagram);
        self.open(answers.first()?)
    }

    /// As [`Self::command`], for commands that must succeed: their data.
    pub(super) fn ask(&mut self, net_fn: u8, command: u8, data: &[u8]) -> Vec<u8> {
        let answer = self.command(net_fn, command, data).expect("an answer");
        assert_eq!(answer[0], 0, "completion code {:#04x} to {net_fn:#x}/{command:#x}", answer[0]);
        answer[1..].to_vec()
    }

    /// The completion code of a command.
    pub(super) fn completion(&mut self, net_fn: u8, command: u8, data: &[u8]) -> u8 {
        self.command(net_fn, command, data).expect("an answer")[0]
    }

    /// Raises the session to administrator.
    pub(super) fn raise(mut self) -> Self {
        assert_eq!(self.ask(6, 0x3b, &[ADMINISTRATOR]), [ADMINISTRATOR]);
        self
    }

    pub(super) fn control(&mut self, action: u8) -> u8 {
        self.completion(0, 0x02, &[action])
    }

    pub(super) fn reports_on(&mut self) -> bool {
        self.ask(0, 0x01, &[])[0] & 1 == 1
    }

    pub(super) fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }
}
