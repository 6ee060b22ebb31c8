//! Round trips over generated values, and parsers that survive anything. Datagrams made by hand
//! are in the crate's tests.

extern crate std;

use core::num::NonZeroU64;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::limits::{MAX_HOSTS, MAX_RESET_DATAGRAM, MAX_SERVICES};
use crate::types::*;

fn emitted(message: &Message) -> Vec<u8> {
    let mut buffer = [0; MAX_RESET_DATAGRAM - HEADER_LEN - TAG_LEN];
    let mut out = Writer::new(&mut buffer);
    message.emit(&mut out).expect("every message fits into a datagram");
    out.written().to_vec()
}

fn system_name() -> impl Strategy<Value = SystemName> {
    "[A-Za-z0-9][A-Za-z0-9_-]{0,30}".prop_map(|name| SystemName::new(&name).expect("a name"))
}

fn group() -> impl Strategy<Value = GroupName> {
    "([A-Za-z0-9][A-Za-z0-9_-]{0,30})?".prop_map(|name| GroupName::new(&name).expect("a name"))
}

fn host() -> impl Strategy<Value = HostAddress> {
    (1..=HostAddress::MAX).prop_map(|number| HostAddress::new(number).expect("in range"))
}

fn party() -> impl Strategy<Value = Party> {
    (1..=u16::MAX).prop_map(|code| Party::of(code).expect("not 0"))
}

fn key_number() -> impl Strategy<Value = KeyNumber> {
    (1..=u8::MAX).prop_map(|number| KeyNumber::new(number).expect("not 0"))
}

fn power() -> impl Strategy<Value = PowerState> {
    select(&[PowerState::Unknown, PowerState::On, PowerState::Off][..])
}

fn services() -> impl Strategy<Value = Services> {
    let service = (any::<u16>(), select(ServiceRole::ALL), select(ServiceState::ALL), any::<u32>());
    let service = service.prop_map(|(number, role, state, generation)| {
        let (number, generation) = (ServiceNumber(number), Generation(generation));
        ServiceReport { number, role, state, generation }
    });
    vec(service, 0..=MAX_SERVICES).prop_map(|services| services.into_iter().collect())
}

fn path_check() -> impl Strategy<Value = Message> {
    let keys = [proptest::option::of(key_number()), proptest::option::of(key_number())];
    let numbers = (any::<bool>(), any::<u16>(), any::<u64>(), keys, any::<u32>());
    let rest = (select(HostState::ALL), system_name(), services());
    (numbers, rest).prop_map(|((resume, term, token, keys, digest), (state, name, services))| {
        let (term, token, digest) = (Term(term), Token(token), ConfigDigest(digest));
        Message::PathCheck(PathCheck { resume, term, token, keys, digest, state, name, services })
    })
}

fn path_status() -> impl Strategy<Value = Message> {
    let system = (host(), power(), select(BmcState::ALL), select(FenceState::ALL));
    let system =
        system.prop_map(|(host, power, bmc, fence)| SystemReport { host, power, bmc, fence });
    let numbers = (any::<u16>(), select(Mode::ALL), any::<u32>(), key_number(), system_name());
    (numbers, vec(system, 0..=MAX_HOSTS)).prop_map(|((term, mode, digest, key, name), systems)| {
        let (term, digest) = (Term(term), ConfigDigest(digest));
        let systems = systems.into_iter().collect();
        Message::PathStatus(PathStatus { term, mode, digest, key, name, systems })
    })
}

fn reset_request() -> impl Strategy<Value = Message> {
    let id = any::<NonZeroU64>().prop_map(RequestId);
    let words = (select(ResetMethod::ALL), select(Reason::ALL));
    (id, any::<u16>(), words, any::<u64>(), system_name()).prop_map(
        |(id, term, (method, reason), epoch, target)| {
            let target_epoch = (epoch != 0).then_some(Epoch(epoch));
            let term = Term(term);
            Message::ResetRequest(ResetRequest { id, term, method, reason, target_epoch, target })
        },
    )
}

fn reset_result() -> impl Strategy<Value = Message> {
    let id = any::<NonZeroU64>().prop_map(RequestId);
    let words = (select(ResetState::ALL), select(Cause::ALL), power());
    (id, words, any::<u32>(), any::<u64>()).prop_map(
        |(id, (state, cause, power), elapsed_ms, token)| {
            let token = Token(token);
            Message::ResetResult(ResetResult { id, state, cause, power, elapsed_ms, token })
        },
    )
}

fn notice() -> impl Strategy<Value = Message> {
    let id = any::<NonZeroU64>().prop_map(NoticeId);
    let words = (select(Event::ALL), select(Source::ALL), proptest::option::of(host()));
    (id, words, any::<u64>(), any::<u64>()).prop_map(
        |(id, (event, source, host), unix_ms, token)| {
            Message::Notice(Notice { id, event, source, host, unix_ms, token: Token(token) })
        },
    )
}

fn directive() -> impl Strategy<Value = Message> {
    let id = any::<u64>().prop_map(DirectiveId);
    (id, select(Directed::ALL), any::<u32>(), group()).prop_map(|(id, action, deadline, group)| {
        Message::Directive(Directive { id, action, deadline, group })
    })
}

fn report() -> impl Strategy<Value = Message> {
    let id = any::<u64>().prop_map(DirectiveId);
    let words = (select(ReportState::ALL), select(ReportCause::ALL));
    (id, words, any::<u16>(), any::<u16>()).prop_map(|(id, (state, cause), done, of)| {
        Message::Report(Progress { id, state, done, of, cause })
    })
}

fn heartbeat() -> impl Strategy<Value = Message> {
    (any::<u32>(), select(HostState::ALL), services()).prop_map(|(digest, state, services)| {
        Message::Heartbeat(Heartbeat { digest: ConfigDigest(digest), state, services })
    })
}

fn handover() -> impl Strategy<Value = Message> {
    (any::<u16>(), any::<u32>(), select(HandoverStep::ALL)).prop_map(
        |(service, generation, step)| {
            let (service, generation) = (ServiceNumber(service), Generation(generation));
            Message::Handover(Handover { service, generation, step })
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        path_check(),
        path_status(),
        reset_request(),
        reset_result(),
        notice(),
        directive(),
        report(),
        heartbeat(),
        handover(),
    ]
}

prop_compose! {
    fn header()(
        kind in select(Kind::ALL),
        many: bool,
        (cluster, path) in any::<(u16, u8)>(),
        sender in party(),
        destination in proptest::option::of(party()),
        key_number in key_number(),
        epoch in any::<u64>().prop_map(Epoch),
        (sequence, echo, nonce) in any::<(u64, u64, u64)>(),
    ) -> Header {
        Header {
            kind, many, cluster, sender, destination, key_number, path, epoch, sequence, echo, nonce
        }
    }
}

proptest! {
    #[test]
    fn messages_come_back(message in message()) {
        prop_assert_eq!(Message::parse(message.kind(), &emitted(&message)), Ok(message));
    }

    #[test]
    fn a_message_cut_short_or_followed_is_malformed(message in message(), at: u16, more: u8) {
        let mut body = emitted(&message);
        let kept = usize::from(at) % body.len();
        prop_assert_eq!(Message::parse(message.kind(), &body[..kept]), Err(Malformed));
        body.push(more);
        prop_assert_eq!(Message::parse(message.kind(), &body), Err(Malformed));
    }

    #[test]
    fn headers_come_back(header in header(), body in vec(any::<u8>(), 0..=448)) {
        let mut buffer = [0; MAX_RESET_DATAGRAM];
        let mut out = Writer::new(&mut buffer);
        let body_len = u16::try_from(body.len()).expect("short");
        header.emit(body_len, &mut out).expect("room");
        prop_assert_eq!(out.len(), HEADER_LEN);
        out.bytes(&body).expect("room");
        let covered = out.len();
        out.bytes(&[7; TAG_LEN]).expect("room");
        let envelope = Envelope::parse(out.written()).expect("a datagram");
        prop_assert_eq!(envelope.header(), Some(header));
        prop_assert_eq!(envelope.body, body);
        prop_assert_eq!(envelope.covered, &out.written()[..covered]);
        prop_assert_eq!(envelope.tag, [7; TAG_LEN]);
    }

    #[test]
    fn any_bytes_read_the_same_again_or_not_at_all(
        kind in select(Kind::ALL),
        body in vec(any::<u8>(), 0..448),
    ) {
        let _ = Envelope::parse(&body);
        if let Ok(message) = Message::parse(kind, &body) {
            prop_assert_eq!(Message::parse(kind, &emitted(&message)), Ok(message));
        }
    }

    #[test]
    fn a_changed_byte_reads_the_same_again_or_not_at_all(message in message(), at: u16, byte: u8) {
        let mut body = emitted(&message);
        let at = usize::from(at) % body.len();
        body[at] = byte;
        if let Ok(message) = Message::parse(message.kind(), &body) {
            prop_assert_eq!(Message::parse(message.kind(), &emitted(&message)), Ok(message));
        }
    }
}
