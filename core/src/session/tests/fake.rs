//! A BMC of IPMI 2.0 for the tests of this module: it does as the specification says, but for
//! what a test tells it.

use std::vec::Vec;

use super::super::channel::{Channel, Means};
use super::super::keys::{Deriver, Exchanged};
use super::*;
use crate::wire::command::Command;
use crate::wire::command::channel::{
    AuthTypes, AuthenticationCapabilities, GetChannelAuthenticationCapabilities, Protocols,
};
use crate::wire::command::session::AuthType;
use crate::wire::rakp::{
    Algorithms, OpenSessionRequest, OpenSessionResponse, Proof, Rakp1, Rakp2, Status,
};
use crate::wire::session20::{self, Header, Packet, PayloadType};
use crate::wire::{Writer, ipmb, session15};

pub(super) const DEVICE_ID: (u8, u8) = (0x06, 0x01);
pub(super) const RAISE: (u8, u8) = (0x06, 0x3b);
pub(super) const CLOSE: (u8, u8) = (0x06, 0x3c);
pub(super) const INFO: (u8, u8) = (0x06, 0x3d);
pub(super) const STATUS: (u8, u8) = (0x00, 0x01);
pub(super) const CONTROL: (u8, u8) = (0x00, 0x02);

/// A command that arrived in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) session: u32,
    pub(super) command: (u8, u8),
    pub(super) data: Vec<u8>,
    pub(super) sequence: u8,
}

struct Up {
    id: u32,
    channel: Channel,
}

pub(super) struct Fake {
    /// Its key 0 is the user's password, its key 2 a Kg.
    pub(super) profile: Profile,
    pub(super) guid: [u8; 16],
    /// The suites that it takes.
    pub(super) suites: Vec<u8>,
    /// The status that it refuses RAKP 1 with.
    pub(super) refuses: Option<Status>,
    /// Answers Open Session with this suite, whatever was asked.
    pub(super) forces: Option<u8>,
    /// Commands that it carries out, but does not answer.
    pub(super) mute: Vec<(u8, u8)>,
    /// Commands that it answers with this code.
    pub(super) codes: Vec<((u8, u8), u8)>,
    /// Everything that arrived in sessions.
    pub(super) log: Vec<Asked>,
    /// Sessions that are open.
    pub(super) open: Vec<u32>,
    up: Vec<Up>,
    login: Option<(Suite, Exchanged)>,
    next_id: u32,
    keys: Vec<Key>,
    chance: Drbg,
}

impl Fake {
    pub(super) fn new() -> Self {
        Self {
            profile: profile(),
            guid: [0xab; 16],
            suites: [17, 3].into(),
            refuses: None,
            forces: None,
            mute: Vec::new(),
            codes: Vec::new(),
            log: Vec::new(),
            open: Vec::new(),
            up: Vec::new(),
            login: None,
            next_id: 0x100,
            keys: keys(),
            chance: Drbg::new(&Seed::new([9; 32])),
        }
    }

    /// The commands that arrived in sessions, but for repeats.
    pub(super) fn commands(&self) -> Vec<(u8, u8)> {
        let mut log = self.log.clone();
        log.dedup();
        log.iter().map(|asked| asked.command).collect()
    }

    pub(super) fn answer(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        let (_, packet) = rmcp::Header::parse(datagram).unwrap();
        if packet[0] != session20::FORMAT {
            return self.capabilities(packet);
        }
        let parsed = Packet::parse(packet).unwrap();
        match parsed.header.payload_type {
            PayloadType::OpenSessionRequest => self.opened(parsed.payload),
            PayloadType::Rakp1 => self.rakp2(parsed.payload),
            PayloadType::Rakp3 => self.rakp4(parsed.payload),
            PayloadType::Ipmi => self.inside(parsed.header.session, packet.to_vec()),
            other => panic!("{other:?} is not for a BMC"),
        }
    }

    fn capabilities(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let packet = session15::Packet::parse(packet).unwrap();
        let asked = ipmb::Message::parse(packet.message).unwrap();
        assert_eq!(asked.command, GetChannelAuthenticationCapabilities::CODE);
        let said = AuthenticationCapabilities {
            channel: 1,
            types: AuthTypes::default(),
            kg_set: false,
            per_message: true,
            user_level: true,
            named_users: true,
            null_user: false,
            anonymous: false,
            protocols: Some(Protocols { ipmi_1_5: false, ipmi_2_0: true }),
            oem: 0,
            oem_data: 0,
        };
        let mut data = [0; 16];
        let mut data = Writer::new(&mut data);
        data.u8(0).unwrap();
        said.emit(&mut data).unwrap();
        let mut message = [0; 64];
        let mut message = Writer::new(&mut message);
        reply(&asked, data.written()).emit(&mut message).unwrap();
        let (auth_type, message) = (AuthType::None, message.written());
        let packet = session15::Packet { auth_type, sequence: 0, session: 0, code: None, message };
        Some(datagram(|out| packet.emit(out)))
    }

    fn opened(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let asked = OpenSessionRequest::parse(payload).unwrap();
        let wanted = |id: &&u8| Algorithms::from(Suite::from_id(**id).unwrap()) == asked.algorithms;
        let id = self.forces.or_else(|| self.suites.iter().find(wanted).copied());
        let response = match id.and_then(Suite::from_id) {
            None => OpenSessionResponse::Refused { tag: asked.tag, status: Status::NO_SUITE },
            Some(suite) => {
                self.next_id += 1;
                let (console, bmc) = (asked.console, self.next_id);
                let exchanged = Exchanged {
                    console,
                    bmc,
                    console_random: [0; 16],
                    bmc_random: [bmc as u8; 16],
                    guid: self.guid,
                    role: 0,
                };
                self.login = Some((suite, exchanged));
                let (tag, algorithms) = (asked.tag, suite.into());
                OpenSessionResponse::Opened { tag, privilege: 4, console, bmc, algorithms }
            }
        };
        Some(outside(PayloadType::OpenSessionResponse, |out| response.emit(out)))
    }

    fn rakp2(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let asked = Rakp1::parse(payload).unwrap();
        let (suite, mut of) = self.login?;
        (of.console_random, of.role) = (asked.random, asked.role);
        self.login = Some((suite, of));
        let (tag, console) = (asked.tag, of.console);
        let code = self.deriver(suite).of_user(&of).rakp2;
        let response = match self.refuses {
            Some(status) => Rakp2::Refused { tag, status, console },
            None => {
                let (random, guid, code) = (of.bmc_random, of.guid, code.expose());
                Rakp2::Accepted { tag, console, random, guid, code }
            }
        };
        Some(outside(PayloadType::Rakp2, |out| response.emit(out)))
    }

    fn rakp4(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let asked = Proof::parse(payload).unwrap();
        let (suite, of) = self.login?;
        let deriver = self.deriver(suite);
        let of_user = deriver.of_user(&of);
        assert_eq!(asked.code, of_user.rakp3.expose());
        let keys = deriver.of_session(&of, &of_user.sik);
        if !self.open.contains(&of.bmc) {
            self.open.push(of.bmc);
            // Seen from here, packets to us carry our id.
            let channel = Channel::v20(of.bmc, of.console, suite, &keys.k1, keys.aes_key);
            self.up.push(Up { id: of.bmc, channel });
        }
        let code = keys.rakp4.truncated(suite.authentication.check_value_len());
        let (tag, session) = (asked.tag, of.console);
        let response = Proof { tag, status: Status::OK, session, code };
        Some(outside(PayloadType::Rakp4, |out| response.emit(out)))
    }

    fn inside(&mut self, id: u32, mut packet: Vec<u8>) -> Option<Vec<u8>> {
        if !self.open.contains(&id) {
            return None;
        }
        let up = self.up.iter_mut().find(|up| up.id == id)?;
        let mut means = Means {
            profile: &self.profile,
            ring: KeyRing::new(&self.keys),
            chance: &mut self.chance,
        };
        let (opened, _) = up.channel.verify(&means, &mut packet).ok()?;
        let asked = ipmb::Message::parse(&packet[opened.at..opened.at + opened.len]).unwrap();
        let command = (asked.net_fn, asked.command);
        let (data, sequence) = (asked.data.to_vec(), asked.sequence);
        self.log.push(Asked { session: id, command, data, sequence });
        let forced = self.codes.iter().find(|(of, _)| *of == command);
        let answer = match forced {
            Some((_, code)) => [*code].into(),
            None => carried_out(&mut self.open, command, asked.data),
        };
        let mut out = [0; MAX_DATAGRAM];
        let len = up.channel.seal(&mut means, &reply(&asked, &answer), &mut out).unwrap();
        (!self.mute.contains(&command)).then(|| out[..len].to_vec())
    }

    fn deriver(&self, suite: Suite) -> Deriver<'_> {
        Deriver { profile: &self.profile, ring: KeyRing::new(&self.keys), suite }
    }
}

/// Code and data of the answer.
fn carried_out(open: &mut Vec<u32>, command: (u8, u8), data: &[u8]) -> Vec<u8> {
    let id = data.last_chunk().map(|id| u32::from_le_bytes(*id)).unwrap_or_default();
    let is_open = open.contains(&id);
    match command {
        STATUS => [0x00, 0x01, 0x00, 0x00].into(),
        RAISE => [&[0x00], data].concat(),
        CLOSE if !is_open => [0x87].into(),
        CLOSE => {
            open.retain(|other| *other != id);
            [0x00].into()
        }
        INFO => [0x00, u8::from(is_open), 4, open.len() as u8].into(),
        _ => [0x00].into(),
    }
}

fn reply<'m>(asked: &ipmb::Message<'_>, data: &'m [u8]) -> ipmb::Message<'m> {
    ipmb::Message {
        to: asked.from,
        net_fn: asked.net_fn | 1,
        to_lun: asked.from_lun,
        from: asked.to,
        sequence: asked.sequence,
        from_lun: asked.to_lun,
        command: asked.command,
        data,
        sums: ipmb::Checksums::Good,
    }
}

type Emitted = Result<(), crate::wire::Full>;

fn datagram(emit: impl FnOnce(&mut Writer<'_>) -> Emitted) -> Vec<u8> {
    let mut out = [0; MAX_DATAGRAM];
    let mut out = Writer::new(&mut out);
    rmcp::Header::new(Class::Ipmi).emit(&mut out).unwrap();
    emit(&mut out).unwrap();
    out.written().to_vec()
}

fn outside(kind: PayloadType, emit: impl FnOnce(&mut Writer<'_>) -> Emitted) -> Vec<u8> {
    let mut bytes = datagram(|out| {
        Header::outside(kind).emit(out)?;
        emit(out)
    });
    session20::set_payload_len(&mut bytes[rmcp::HEADER_LEN..]).unwrap();
    bytes
}
