//! The reset path held against datagrams that were made from its description alone
//! (`reset_vectors.py`), both ways.

use std::fmt::Debug;
use std::num::NonZeroU64;
use std::time::Duration;

use komainu_core::limits::MAX_RESET_DATAGRAM;
use komainu_core::reset_path::{ClusterKeys, Identity, open, seal};
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::Secret;
use komainu_core::types::*;
use komainu_core::wire::reset::*;
use serde_json::Value;

const VECTORS: &str = include_str!("reset_vectors.jsonl");
const PATROL: Duration = Duration::from_secs(5);

fn vectors() -> impl Iterator<Item = Value> {
    VECTORS.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"))
}

fn number<T: TryFrom<u64>>(of: &Value, field: &str) -> T {
    let number = of[field].as_u64().unwrap_or_else(|| panic!("{field} in {of}"));
    T::try_from(number).unwrap_or_else(|_| panic!("{field} in {of} is too large"))
}

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of[field].as_str().unwrap_or_else(|| panic!("{field} in {of}"))
}

/// The variant of that name.
fn named<T: Copy + Debug>(of: &Value, field: &str, all: &[T]) -> T {
    let name = text(of, field);
    let found = all.iter().find(|variant| format!("{variant:?}") == name);
    *found.unwrap_or_else(|| panic!("{field}: {name} is not known"))
}

fn items<const N: usize, T: Debug>(
    of: &Value,
    field: &str,
    item: impl Fn(&Value) -> T,
) -> heapless::Vec<T, N> {
    of[field].as_array().expect("a list").iter().map(item).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn key(vector: &Value) -> Secret<32> {
    Secret::new(&bytes(text(vector, "key"))).expect("32 bytes")
}

fn receiver(vector: &Value) -> Identity {
    let party = Party::of(number(vector, "receiver")).expect("a party");
    let cluster = vector["header"]["cluster"].as_u64().unwrap_or(27001);
    let cluster = u16::try_from(cluster).expect("a cluster number");
    Identity::new(party, cluster, Epoch(1), PATROL, &mut Drbg::new(&Seed::new([1; 32])))
}

fn keys(vector: &Value) -> ClusterKeys {
    ClusterKeys::new(KeyNumber::new(1).expect("not 0"), key(vector))
}

fn header(of: &Value) -> Header {
    Header {
        kind: named(of, "kind", Kind::ALL),
        many: of["many"].as_bool().expect("true or false"),
        cluster: number(of, "cluster"),
        sender: Party::of(number(of, "sender")).expect("a party"),
        destination: Party::of(number(of, "destination")),
        key_number: KeyNumber::new(number(of, "key_number")).expect("not 0"),
        path: number(of, "path"),
        epoch: Epoch(number(of, "epoch")),
        sequence: number(of, "sequence"),
        echo: number(of, "echo"),
        nonce: number(of, "nonce"),
    }
}

fn host(of: &Value, field: &str) -> Option<HostAddress> {
    HostAddress::new(number(of, field))
}

fn system_name(of: &Value, field: &str) -> SystemName {
    SystemName::new(text(of, field)).expect("a name")
}

fn non_zero(of: &Value, field: &str) -> NonZeroU64 {
    NonZeroU64::new(number(of, field)).expect("not 0")
}

fn digest(of: &Value) -> ConfigDigest {
    ConfigDigest(number(of, "digest"))
}

fn token(of: &Value) -> Token {
    Token(number(of, "token"))
}

fn term(of: &Value) -> Term {
    Term(number(of, "term"))
}

fn power(of: &Value) -> PowerState {
    named(of, "power", &[PowerState::Unknown, PowerState::On, PowerState::Off])
}

fn service(of: &Value) -> ServiceReport {
    ServiceReport {
        number: ServiceNumber(number(of, "number")),
        role: named(of, "role", ServiceRole::ALL),
        state: named(of, "state", ServiceState::ALL),
        generation: Generation(number(of, "generation")),
    }
}

fn system(of: &Value) -> SystemReport {
    SystemReport {
        host: host(of, "host").expect("a host"),
        power: power(of),
        bmc: named(of, "bmc", BmcState::ALL),
        fence: named(of, "fence", FenceState::ALL),
    }
}

fn path_check(of: &Value) -> PathCheck {
    let accepted = |at: usize| of["keys"][at].as_u64().and_then(|key| u8::try_from(key).ok());
    PathCheck {
        resume: of["resume"].as_bool().expect("true or false"),
        term: term(of),
        token: token(of),
        keys: [0, 1].map(|at| KeyNumber::new(accepted(at).expect("a number"))),
        digest: digest(of),
        state: named(of, "state", HostState::ALL),
        name: system_name(of, "name"),
        services: items(of, "services", service),
    }
}

fn path_status(of: &Value) -> PathStatus {
    PathStatus {
        term: term(of),
        mode: named(of, "mode", Mode::ALL),
        digest: digest(of),
        key: KeyNumber::new(number(of, "key")).expect("not 0"),
        name: system_name(of, "name"),
        systems: items(of, "systems", system),
    }
}

fn reset_request(of: &Value) -> ResetRequest {
    ResetRequest {
        id: RequestId(non_zero(of, "id")),
        term: term(of),
        method: named(of, "method", ResetMethod::ALL),
        reason: named(of, "reason", Reason::ALL),
        target_epoch: Some(Epoch(number(of, "target_epoch"))).filter(|epoch| epoch.0 != 0),
        target: system_name(of, "target"),
    }
}

fn reset_result(of: &Value) -> ResetResult {
    ResetResult {
        id: RequestId(non_zero(of, "id")),
        state: named(of, "state", ResetState::ALL),
        cause: named(of, "cause", Cause::ALL),
        power: power(of),
        elapsed_ms: number(of, "elapsed_ms"),
        token: token(of),
    }
}

fn notice(of: &Value) -> Notice {
    Notice {
        id: NoticeId(non_zero(of, "id")),
        event: named(of, "event", Event::ALL),
        source: named(of, "source", Source::ALL),
        host: host(of, "host"),
        unix_ms: number(of, "unix_ms"),
        token: token(of),
    }
}

fn directive(of: &Value) -> Directive {
    Directive {
        id: DirectiveId(number(of, "id")),
        action: named(of, "action", Directed::ALL),
        deadline: number(of, "deadline"),
        group: GroupName::new(text(of, "group")).expect("a name"),
    }
}

fn report(of: &Value) -> Progress {
    Progress {
        id: DirectiveId(number(of, "id")),
        state: named(of, "state", ReportState::ALL),
        done: number(of, "done"),
        of: number(of, "of"),
        cause: named(of, "cause", ReportCause::ALL),
    }
}

fn heartbeat(of: &Value) -> Heartbeat {
    Heartbeat {
        digest: digest(of),
        state: named(of, "state", HostState::ALL),
        services: items(of, "services", service),
    }
}

fn handover(of: &Value) -> Handover {
    Handover {
        service: ServiceNumber(number(of, "service")),
        generation: Generation(number(of, "generation")),
        step: named(of, "step", HandoverStep::ALL),
    }
}

fn message(kind: Kind, of: &Value) -> Message {
    match kind {
        Kind::PathCheck => Message::PathCheck(path_check(of)),
        Kind::PathStatus => Message::PathStatus(path_status(of)),
        Kind::ResetRequest => Message::ResetRequest(reset_request(of)),
        Kind::ResetResult => Message::ResetResult(reset_result(of)),
        Kind::Notice => Message::Notice(notice(of)),
        Kind::Directive => Message::Directive(directive(of)),
        Kind::Report => Message::Report(report(of)),
        Kind::Heartbeat => Message::Heartbeat(heartbeat(of)),
        Kind::Handover => Message::Handover(handover(of)),
    }
}

#[test]
fn every_datagram_reads_as_its_fields_or_is_refused_for_its_cause() {
    for vector in vectors() {
        let name = text(&vector, "name");
        let datagram = bytes(text(&vector, "hex"));
        let read = open(&receiver(&vector), &keys(&vector), &datagram)
            .and_then(|frame| Ok((frame.header, frame.message()?)));
        match vector.get("refused") {
            Some(cause) => {
                let found = read.map_err(|cause| format!("{cause:?}"));
                assert_eq!(found, Err(cause.as_str().expect("a name").to_owned()), "{name}");
            }
            None => {
                let header = header(&vector["header"]);
                assert_eq!(read, Ok((header, message(header.kind, &vector["body"]))), "{name}");
            }
        }
    }
}

#[test]
fn the_fields_of_every_datagram_are_written_as_its_bytes() {
    let written =
        |vector: &Value| vector.get("refused").is_none() && vector.get("not_emitted").is_none();
    for vector in vectors().filter(written) {
        let header = header(&vector["header"]);
        let message = message(header.kind, &vector["body"]);
        let expected = bytes(text(&vector, "hex"));
        let mut out = [0xAA; MAX_RESET_DATAGRAM];
        let len = seal(&key(&vector), &header, &message, &mut out).expect("room");
        assert_eq!(out[..len], expected, "{}", text(&vector, "name"));
        let full = seal(&key(&vector), &header, &message, &mut out[..len - 1]);
        assert!(full.is_err(), "{}: one byte less is too little", text(&vector, "name"));
    }
}

#[test]
fn there_is_a_vector_of_every_kind_and_of_every_refusal_by_a_datagram_alone() {
    let has = |of: fn(&Value) -> &Value, name: &str| {
        vectors().any(|vector| of(&vector).as_str() == Some(name))
    };
    for kind in Kind::ALL {
        assert!(has(|vector| &vector["header"]["kind"], &format!("{kind:?}")), "{kind:?}");
    }
    for cause in [
        "Length",
        "Magic",
        "BodyLength",
        "Cluster",
        "Broadcast",
        "Destination",
        "OwnSender",
        "Key",
        "Tag",
        "Sender",
        "Class",
        "Body",
    ] {
        assert!(has(|vector| &vector["refused"], cause), "{cause}");
    }
}
