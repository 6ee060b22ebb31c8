//! Exchanges recorded between clients and BMCs that nobody here wrote.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::super::keys::AuthType;
use super::super::packet::{Packet, payload};
use super::super::session::{Active, Format, Opening, Rakp1, Stage};
use super::super::window::Window;
use super::super::{Bmc, BmcConfig, Kg, PowerConfig, Privilege, Suite, User};
use super::console::{FROM, exchange};

/// A recorded exchange: the case's line, and the datagrams.
struct Vector {
    name: String,
    case: String,
    lines: Vec<Line>,
}

struct Line {
    from_console: bool,
    datagram: Vec<u8>,
    /// The decrypted message, where there is encryption.
    plain: Option<Vec<u8>>,
}

/// The text of a field in a line of JSON whose strings hold no escapes.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("\"{name}\": "))?;
    match rest.strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => rest.split([',', '}']).next(),
    }
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().unwrap()
}

fn vectors() -> Vec<Vector> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
    let folder = std::env::var_os("KOMAINU_VECTORS").map_or(own.into(), PathBuf::from);
    let files = fs::read_dir(&folder).expect("the folder of the recorded exchanges");
    let files = files.map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    // Made up ones are in the folder as well; this double is held to what was seen.
    files.map(|path| read(&path)).filter(|v| field(&v.case, "bmc") != Some("made")).collect()
}

fn read(path: &std::path::Path) -> Vector {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let case = lines.next().unwrap().to_owned();
    let lines = lines.map(|line| Line {
        from_console: field(line, "dir") == Some("c"),
        datagram: hex(field(line, "hex").unwrap()),
        plain: field(line, "plain").map(hex),
    });
    let name = field(&case, "name").unwrap().to_owned();
    Vector { name, lines: lines.collect(), case }
}

impl Vector {
    /// The BMC of the record, as far as the record tells.
    fn config(&self) -> BmcConfig {
        let (user, password) =
            (field(&self.case, "user").unwrap(), field(&self.case, "password").unwrap());
        let limit = if user == "monitor" || user.is_empty() {
            Privilege::User
        } else {
            Privilege::Administrator
        };
        let kg = field(&self.case, "kg").filter(|kg| *kg != "null").map(|kg| {
            let bytes = kg.strip_prefix("0x").map_or(kg.as_bytes().to_vec(), hex);
            Kg::new(&bytes).unwrap()
        });
        let mut config = BmcConfig {
            users: vec![User::new(user, password, limit).unwrap()],
            kg,
            guid: field(&self.case, "guid").map(|guid| array(&hex(guid))),
            power: PowerConfig { on: false, ..PowerConfig::default() },
            ..BmcConfig::default()
        };
        config.quirks.limit_ignored = field(&self.case, "bmc") == Some("ipmi_sim");
        // The one BMC that keys suite 7 in its own way.
        config.quirks.md5_128_password = self.name == "v20-c7-ipmi_sim";
        config.quirks.md5_short_constants = self.name == "v20-c7-ipmi_sim";
        config
    }

    fn payload_of(&self, kind: u8) -> Option<Vec<u8>> {
        self.lines.iter().rev().find_map(|line| match Packet::parse(&line.datagram) {
            Ok(Packet::V20(p)) if p.payload_type == kind && p.session_id == [0; 4] => {
                Some(p.payload.to_vec())
            }
            _ => None,
        })
    }

    fn datagram_of(&self, kind: u8) -> &[u8] {
        let found = self.lines.iter().rev().find(|line| line.datagram[4..6] == [6, kind]);
        &found.unwrap().datagram
    }

    /// The BMC of the record when it has sent RAKP 2; `None` when the record has no session.
    fn before_rakp3(&self) -> Option<(Bmc, u32)> {
        let suite = field(&self.case, "suite").and_then(|n| Suite::from_number(n.parse().ok()?))?;
        let key = |name| field(&self.case, name).map(hex);
        let (console_id, bmc_id) = (array(&key("sidc")?), array(&key("sidm")?));
        let rakp1 = self.payload_of(payload::RAKP1)?;
        let role = rakp1[24];
        let mut bmc = Bmc::new(self.config(), 1);
        let limit = Privilege::from_number(role & 0x0f)?;
        let id = u32::from_le_bytes(bmc_id);
        let opening = Opening {
            tag: 0,
            console_id,
            suite,
            asked: self.payload_of(payload::OPEN_REQUEST)?[1],
            limit,
            rakp1: Some(Rakp1 {
                console_random: array(&key("rm")?),
                role,
                name: rakp1[28..28 + usize::from(rakp1[27])].to_vec(),
                user: 0,
                limit,
                bmc_random: array(&key("rc")?),
            }),
        };
        bmc.sessions.put(id, Duration::ZERO, SocketAddr::from(FROM), Stage::Opened(opening));
        Some((bmc, id))
    }

    /// The recorded answer to a request: its message.
    fn answer_to(&self, request: &[u8]) -> Option<Vec<u8>> {
        let same = |message: &Vec<u8>| message[4..6] == request[4..6] && message[0] == request[3];
        self.lines.iter().filter(|line| !line.from_console).filter_map(Line::message).find(same)
    }
}

impl Line {
    /// The message of a packet in a session.
    fn message(&self) -> Option<Vec<u8>> {
        match Packet::parse(&self.datagram) {
            Ok(Packet::V15(p)) => Some(p.message.to_vec()),
            Ok(Packet::V20(p)) if p.payload_type == payload::IPMI => {
                Some(self.plain.clone().unwrap_or_else(|| p.payload.to_vec()))
            }
            _ => None,
        }
    }
}

/// Whether our answer says what the recorded one says.  BMCs differ in what they are and in
/// what optional commands they have, so only the rest is compared.
fn agree(ours: &[u8], recorded: &[u8]) -> bool {
    const GET_CHASSIS_STATUS: (u8, u8) = (0x04, 0x01);
    const SEL: u8 = 0x2c;
    /// Unknown to all BMCs of the records, which one refuses by privilege first.
    const GROUP_EXTENSION: u8 = 0xb4;
    let net_fn = recorded[1] & 0xfc;
    match (net_fn, recorded[5]) {
        // One record has a BMC without a chassis.
        GET_CHASSIS_STATUS if recorded[6] != 0 => ours[..6] == recorded[..6],
        GET_CHASSIS_STATUS => ours[..7] == recorded[..7] && (ours[7] ^ recorded[7]) & 1 == 0,
        (SEL | GROUP_EXTENSION, _) => ours[..6] == recorded[..6],
        (0x1c, 0x01) => ours[..7] == recorded[..7],
        _ => ours == recorded,
    }
}

#[test]
fn rmcp_plus_sessions_derive_the_recorded_keys_and_codes() {
    let mut derived = 0;
    for vector in vectors() {
        let Some((mut bmc, id)) = vector.before_rakp3() else { continue };
        let exchanged = bmc.exchange(id).unwrap();
        let rakp2 = vector.payload_of(payload::RAKP2).unwrap();
        assert_eq!(exchanged.rakp2().as_bytes(), &rakp2[40..], "{}", vector.name);
        let rakp3 = vector.payload_of(payload::RAKP3).unwrap();
        assert_eq!(exchanged.rakp3().as_bytes(), &rakp3[8..], "{}", vector.name);
        if vector.name != "v20-c7-ipmi_sim" {
            for (name, ours) in ["sik", "k1", "k2"].iter().zip(exchanged.keys().derived) {
                let recorded = field(&vector.case, name).map(hex).unwrap_or_default();
                assert_eq!(ours, recorded, "{} of {}", name, vector.name);
            }
        }
        let rakp3 = vector.datagram_of(payload::RAKP3);
        let answers = exchange(&mut bmc, Duration::ZERO, rakp3);
        assert_eq!(answers, [vector.datagram_of(payload::RAKP4)], "{}", vector.name);
        derived += 1;
    }
    assert!(derived >= 20, "only {derived} sessions were found");
}

#[test]
fn rmcp_plus_sessions_go_as_recorded() {
    let mut answered = 0;
    for vector in vectors() {
        let Some((mut bmc, id)) = vector.before_rakp3() else { continue };
        exchange(&mut bmc, Duration::ZERO, vector.datagram_of(payload::RAKP3));
        if vector.name == "v20-c7-ipmi_sim" {
            continue;
        }
        let Some(Active { format: Format::V20 { keys, .. }, .. }) = bmc.sessions.active(id) else {
            panic!("{}: no session", vector.name)
        };
        let keys = keys.clone();
        for line in vector.lines.iter().filter(|line| line.from_console) {
            let Ok(Packet::V20(packet)) = Packet::parse(&line.datagram) else { continue };
            if packet.session_id != id.to_le_bytes() || bmc.open_sessions() == 0 {
                continue;
            }
            let request = line.message().unwrap();
            let answers = exchange(&mut bmc, Duration::ZERO, &line.datagram);
            let [answer] = &answers[..] else { panic!("{}: silence", vector.name) };
            let Ok(Packet::V20(answer)) = Packet::parse(answer) else { panic!("not RMCP+") };
            let mut plain = Vec::new();
            assert!(keys.decrypt(answer.payload, &mut plain));
            if let Some(recorded) = vector.answer_to(&request) {
                let name = &vector.name;
                assert!(agree(&plain, &recorded), "{name}: {plain:02x?}, not {recorded:02x?}");
                answered += 1;
            }
        }
        assert_eq!(bmc.counters().discarded_total(), 0, "{}", vector.name);
    }
    assert!(answered >= 150, "only {answered} commands were answered");
}

#[test]
fn v15_sessions_go_as_recorded_to_the_byte() {
    let mut identical = 0;
    for vector in vectors().iter().filter(|vector| field(&vector.case, "ipmi") == Some("1.5")) {
        let Some((mut bmc, id)) = active_v15(vector) else { continue };
        for line in vector.lines.iter().filter(|line| line.from_console) {
            let Ok(Packet::V15(packet)) = Packet::parse(&line.datagram) else { continue };
            if packet.session_id != id.to_le_bytes() || bmc.open_sessions() == 0 {
                continue;
            }
            let answers = exchange(&mut bmc, Duration::ZERO, &line.datagram);
            let [answer] = &answers[..] else { panic!("{}: silence", vector.name) };
            let Ok(Packet::V15(ours)) = Packet::parse(answer) else { panic!("not 1.5") };
            let recorded = vector.answer_to(packet.message).unwrap();
            assert!(agree(ours.message, &recorded), "{}: {:02x?}", vector.name, ours.message);
            if ours.message == recorded {
                let same = vector.lines.iter().any(|line| line.datagram == *answer);
                assert!(same, "{}: {answer:02x?}", vector.name);
                identical += 1;
            }
        }
        assert_eq!(bmc.counters().discarded_total(), 0, "{}", vector.name);
    }
    assert!(identical >= 30, "only {identical} answers were the same");
}

/// The BMC of a 1.5 record when it has answered Activate Session.
fn active_v15(vector: &Vector) -> Option<(Bmc, u32)> {
    const ACTIVATE_SESSION: u8 = 0x3a;
    let mut packets = vector.lines.iter().filter_map(|line| match Packet::parse(&line.datagram) {
        Ok(Packet::V15(packet)) => Some(packet),
        _ => None,
    });
    let request = packets.find(|p| p.message[5] == ACTIVATE_SESSION)?;
    let answer = packets.find(|p| p.message[5] == ACTIVATE_SESSION && p.message[6] == 0)?;
    let auth_type = AuthType::from_number(request.auth_type).unwrap();
    let config = vector.config();
    let password = config.users[0].password.expose_v15(false).unwrap();
    assert_eq!(
        auth_type.code(&password, request.session_id, request.message, request.sequence),
        request.code,
        "{}",
        vector.name
    );
    let id = u32::from_le_bytes(array(&answer.message[8..]));
    let inbound = u32::from_le_bytes(array(&answer.message[12..]));
    let active = Active {
        limit: Privilege::from_number(answer.message[16]).unwrap(),
        privilege: Privilege::User,
        user: 0,
        inbound: Window::new(inbound.wrapping_sub(1), 8),
        // The recorded BMC uses its first number twice.
        outbound: u32::from_le_bytes(answer.sequence),
        repeat_first: false,
        format: Format::V15 { auth_type, password, activation: None },
    };
    let mut bmc = Bmc::new(config, 1);
    let stage = Stage::Active(Box::new(active));
    bmc.sessions.put(id, Duration::ZERO, SocketAddr::from(FROM), stage);
    Some((bmc, id))
}

#[test]
fn pings_and_refusals_are_answered_as_recorded() {
    let named = |name: &str| vectors().into_iter().find(|vector| vector.name == name).unwrap();
    let ping = named("asf-ping-freeipmi");
    let unknown = named("v15-unknown-user");
    let mut bmc = Bmc::new(BmcConfig::default(), 1);
    for (vector, at) in [(&ping, 0), (&ping, 2), (&unknown, 4)] {
        let answers = exchange(&mut bmc, Duration::ZERO, &vector.lines[at].datagram);
        assert_eq!(answers, [&vector.lines[at + 1].datagram[..]], "{}", vector.name);
    }
}
