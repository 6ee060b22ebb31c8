//! Device, channel, cipher suite and session commands.

extern crate std;

use std::string::ToString;

use super::super::channel::*;
use super::super::cipher::*;
use super::super::device::*;
use super::super::session::*;
use super::super::{Command, Privilege};
use super::{answers_survive_emission, assert_answer, assert_request, written};

answers_survive_emission! {
    device_id: GetDeviceId;
    system_guid: GetSystemGuid;
    authentication_capabilities: GetChannelAuthenticationCapabilities;
    cipher_suite_page: GetChannelCipherSuites;
    session_challenge: GetSessionChallenge;
    activated_session: ActivateSession;
    privilege_level: SetSessionPrivilegeLevel;
    session_information: GetSessionInfo;
}

/// Captured: v20-c3-many, without the completion code.
const DEVICE_ID: [u8; 15] =
    [0x00, 0x03, 0x02, 0x21, 0x02, 0x9f, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00];

#[test]
fn device_id_of_a_capture() {
    assert_request(&GetDeviceId, 0x06, 0x01, &[]);
    let answer = DeviceId {
        device_id: 0,
        device_revision: 3,
        provides_sdrs: false,
        updating: false,
        firmware: FirmwareRevision { major: 2, minor: 0x21 },
        ipmi_version: IpmiVersion { major: 2, minor: 0 },
        support: DeviceSupport {
            sensor: true,
            sdr_repository: true,
            sel: true,
            fru_inventory: true,
            event_receiver: true,
            chassis: true,
            ..DeviceSupport::default()
        },
        manufacturer: Manufacturer::new(0),
        product_id: 1,
        auxiliary: Some([0; 4]),
    };
    assert_answer!(GetDeviceId, DEVICE_ID, answer);
    assert_eq!(answer.firmware.to_string(), "2.21");
    assert_eq!(answer.ipmi_version.to_string(), "2.0");
}

#[test]
fn device_id_without_auxiliary_revision() {
    // Table 20-2: IPMI 1.5, provides SDRs, update under way, manufacturer 0x0157 (343).
    let bytes = [0x20, 0x81, 0x85, 0x09, 0x51, 0x60, 0x57, 0x01, 0x00, 0x34, 0x12];
    let answer = GetDeviceId::parse(&bytes).expect("the optional bytes may be missing");
    assert_eq!(written(|out| answer.emit(out)).as_slice(), &bytes);
    assert!(answer.provides_sdrs && answer.updating);
    assert_eq!((answer.device_id, answer.device_revision), (0x20, 1));
    assert_eq!(answer.firmware.to_string(), "5.09");
    assert_eq!(answer.ipmi_version.to_string(), "1.5");
    assert!(answer.support.event_generator && answer.support.bridge && !answer.support.chassis);
    assert_eq!((answer.manufacturer.number(), answer.product_id), (343, 0x1234));
    assert_eq!(answer.auxiliary, None);
    assert!(GetDeviceId::parse(&bytes[..10]).is_err());
}

#[test]
fn manufacturer_has_twenty_bits() {
    let mut bytes = DEVICE_ID;
    bytes[6..9].copy_from_slice(&[0x57, 0x01, 0xf0]);
    let answer = GetDeviceId::parse(&bytes).expect("reserved bits are ignored");
    assert_eq!(answer.manufacturer.number(), 343);
}

#[test]
fn guid_is_shown_node_last_and_pinned_only_when_set() {
    assert_request(&GetSystemGuid, 0x06, 0x37, &[]);
    // Captured: v20-c3-many, the GUID of RAKP 2. Shown in the order that bmc-info prints.
    let bytes = [0xb3, 0xc0, 0xff, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x13];
    assert_answer!(GetSystemGuid, bytes, Guid(bytes));
    assert_eq!(Guid(bytes).to_string(), "13000000-0000-0000-0000-0000eeffc0b3");
    assert!(Guid(bytes).is_pinnable());
    assert!(!Guid([0x00; 16]).is_pinnable());
    assert!(!Guid([0xff; 16]).is_pinnable());
    assert!(GetSystemGuid::parse(&bytes[..15]).is_err());
}

#[test]
fn capabilities_of_a_1_5_request() {
    let ask = GetChannelAuthenticationCapabilities {
        channel: THIS_CHANNEL,
        extended: false,
        privilege: Privilege::User,
    };
    // Captured: sessionless-authcaps.
    assert_request(&ask, 0x06, 0x38, &[0x0e, 0x02]);
    let bytes = [0x01, 0x17, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00];
    let types = AuthTypes::default()
        .with(AuthType::None)
        .with(AuthType::Md2)
        .with(AuthType::Md5)
        .with(AuthType::Straight);
    let answer = AuthenticationCapabilities {
        channel: 1,
        types,
        kg_set: false,
        per_message: true,
        user_level: true,
        named_users: true,
        null_user: false,
        anonymous: true,
        protocols: None,
        oem: 0,
        oem_data: 0,
    };
    assert_answer!(GetChannelAuthenticationCapabilities, bytes, answer);
    assert!(answer.offers_1_5() && !answer.offers_2_0());
    assert!(answer.types.iter().eq([
        AuthType::Md5,
        AuthType::Md2,
        AuthType::Straight,
        AuthType::None
    ]));
}

#[test]
fn capabilities_of_a_2_0_request() {
    let ask = GetChannelAuthenticationCapabilities {
        channel: THIS_CHANNEL,
        extended: true,
        privilege: Privilege::Administrator,
    };
    // Captured: v20-c3-kg-missing (Kg set, both protocols) and v20-c15 (2.0 only, no types).
    assert_request(&ask, 0x06, 0x38, &[0x8e, 0x04]);
    let bytes = [0x01, 0x97, 0x25, 0x03, 0x00, 0x00, 0x00, 0x00];
    let answer = GetChannelAuthenticationCapabilities::parse(&bytes).expect("captured");
    assert!(answer.kg_set && answer.offers_1_5() && answer.offers_2_0());
    assert_eq!(written(|out| answer.emit(out)).as_slice(), &bytes);
    let bytes = [0x01, 0x80, 0x04, 0x02, 0x00, 0x00, 0x00, 0x00];
    let answer = GetChannelAuthenticationCapabilities::parse(&bytes).expect("captured");
    assert!(!answer.kg_set && !answer.offers_1_5() && answer.offers_2_0());
    assert_eq!(answer.types.iter().count(), 0);
    assert_eq!(written(|out| answer.emit(out)).as_slice(), &bytes);
}

#[test]
fn capabilities_say_disabled_and_name_an_oem() {
    // Table 22-15: OEM type only, both kinds of authentication disabled, OEM 0x000157.
    let bytes = [0x02, 0x20, 0x1a, 0x00, 0x57, 0x01, 0x00, 0x99];
    let answer = GetChannelAuthenticationCapabilities::parse(&bytes).expect("well formed");
    assert!(!answer.per_message && !answer.user_level && answer.null_user);
    assert!(!answer.named_users && !answer.anonymous);
    assert!(answer.types.contains(AuthType::Oem) && !answer.types.contains(AuthType::Md5));
    assert_eq!((answer.oem, answer.oem_data), (343, 0x99));
    assert_eq!(written(|out| answer.emit(out)).as_slice(), &bytes);
    assert!(!answer.types.contains(AuthType::Other(0x0b)));
}

#[test]
fn cipher_suites_of_a_capture() {
    // Captured: v20-negotiate-pyghmi; suites run over the ends of the pages.
    let pages: [&[u8]; 3] = [
        b"\x01\xc0\x01\x01\x40\x80\xc0\x02\x01\x41\x80\xc0\x03\x01\x41\x81\xc0",
        b"\x01\x06\x02\x40\x80\xc0\x07\x02\x42\x80\xc0\x08\x02\x42\x81\xc0\x0f".as_slice(),
        b"\x01\x03\x44\x80\xc0\x10\x03\x44\x80\xc0\x11\x03\x44\x81",
    ];
    let mut records = CipherSuiteRecords::new();
    for (index, bytes) in (0..).zip(pages) {
        let ask = GetChannelCipherSuites { channel: THIS_CHANNEL, page: index };
        assert_request(&ask, 0x06, 0x54, &[0x0e, 0x00, 0x80 | index]);
        let page = GetChannelCipherSuites::parse(bytes).expect("captured");
        assert_eq!(written(|out| page.emit(out)).as_slice(), bytes);
        records.add(&page);
    }
    let found = records.finish();
    // The BMC names an integrity algorithm for suite 15, which has none.
    let expected = [
        suite(1, None, [1, 0, 0]),
        suite(2, None, [1, 1, 0]),
        suite(3, None, [1, 1, 1]),
        suite(6, None, [2, 0, 0]),
        suite(7, None, [2, 2, 0]),
        suite(8, None, [2, 2, 1]),
        suite(15, None, [3, 4, 0]),
        suite(16, None, [3, 4, 0]),
        suite(17, None, [3, 4, 1]),
    ];
    assert_eq!(found, expected);
}

fn records_of(bytes: &[u8]) -> heapless::Vec<CipherSuiteRecord, MAX_RECORDS> {
    let mut records = CipherSuiteRecords::new();
    for piece in bytes.chunks(16) {
        let records_of_page = heapless::Vec::from_slice(piece).expect("16 bytes");
        records.add(&CipherSuitePage { channel: 1, records: records_of_page });
    }
    records.finish()
}

fn suite(id: u8, oem: Option<u32>, algorithms: [u8; 3]) -> CipherSuiteRecord {
    let [authentication, integrity, confidentiality] = algorithms;
    CipherSuiteRecord { id, oem, authentication, integrity, confidentiality }
}

#[test]
fn cipher_suites_are_read_leniently() {
    let without_tags = records_of(&[0xc0, 3, 1, 1, 1, 0xc0, 17, 3, 4, 1]);
    assert_eq!(without_tags, [suite(3, None, [1, 1, 1]), suite(17, None, [3, 4, 1])]);
    let left_out = records_of(&[0x55, 0xc0, 0, 0x00, 0xc0, 15, 0x03, 0xc0, 2, 0x01, 0x41]);
    let expected = [suite(0, None, [0; 3]), suite(15, None, [3, 0, 0]), suite(2, None, [1, 1, 0])];
    assert_eq!(left_out, expected);
    let of_oem = records_of(&[0xc1, 0x80, 0x57, 0xc0, 0xc0, 0x01, 0x41, 0x81, 0xc0, 3, 1, 0x41]);
    assert_eq!(of_oem, [suite(0x80, Some(0xc0_c057), [1, 1, 1]), suite(3, None, [1, 1, 0])]);
    let bare = records_of(&[0xc0, 0, 0xc0, 3, 1, 0x41, 0x81]);
    assert_eq!(bare, [suite(0, None, [0; 3]), suite(3, None, [1, 1, 1])]);
    let id_like_a_start = records_of(&[0xc0, 0xc1, 1, 0x41, 0x81]);
    assert_eq!(id_like_a_start, [suite(0xc1, None, [1, 1, 1])]);
    assert!(records_of(&[0xc1, 1, 2]).is_empty());
    assert_eq!(records_of(&[0xc0; 1024]).len(), MAX_RECORDS);
}

#[test]
fn only_a_short_page_is_the_last() {
    let full = GetChannelCipherSuites::parse(&[0; 17]).expect("16 bytes of records");
    assert!(!full.is_last());
    let short = GetChannelCipherSuites::parse(&[0; 16]).expect("15 bytes of records");
    assert!(short.is_last());
    assert!(GetChannelCipherSuites::parse(&[0; 18]).is_err());
    assert!(GetChannelCipherSuites::parse(&[]).is_err());
}

/// Captured: v15-md5-freeipmi.
const CHALLENGE: [u8; 16] = *b"\xaa\xcf\x48\xa8\x01\x71\x41\x2e\x24\x5c\xa6\x44\x65\x06\x57\x64";

#[test]
fn login_of_1_5() {
    let ask = GetSessionChallenge {
        auth_type: AuthType::Md5,
        user_name: *b"admin\0\0\0\0\0\0\0\0\0\0\0",
    };
    assert_request(&ask, 0x06, 0x39, b"\x02admin\0\0\0\0\0\0\0\0\0\0\0");
    let bytes =
        *b"\x05\x00\x00\x00\xaa\xcf\x48\xa8\x01\x71\x41\x2e\x24\x5c\xa6\x44\x65\x06\x57\x64";
    let answer = SessionChallenge { temporary_id: 5, challenge: CHALLENGE };
    assert_answer!(GetSessionChallenge, bytes, answer);

    let ask = ActivateSession {
        auth_type: AuthType::Md5,
        privilege: Privilege::Administrator,
        challenge: CHALLENGE,
        outbound_sequence: 1,
    };
    let data =
        b"\x02\x04\xaa\xcf\x48\xa8\x01\x71\x41\x2e\x24\x5c\xa6\x44\x65\x06\x57\x64\x01\0\0\0";
    assert_request(&ask, 0x06, 0x3a, data);
    let bytes = [0x02, 0x82, 0x00, 0x00, 0x00, 0x0e, 0x9b, 0x58, 0x9e, 0x04];
    let answer = ActivatedSession {
        auth_type: AuthType::Md5,
        session_id: 0x82,
        inbound_sequence: 0x9e58_9b0e,
        limit: PrivilegeLevel::from(Privilege::Administrator),
    };
    assert_answer!(ActivateSession, bytes, answer);
    assert!(ActivateSession::parse(&bytes[..9]).is_err());
}

#[test]
fn privilege_is_raised_and_the_session_closed() {
    // Captured: v20-c3-many.
    let ask = SetSessionPrivilegeLevel { level: Some(Privilege::Administrator) };
    assert_request(&ask, 0x06, 0x3b, &[0x04]);
    let answer = PrivilegeLevel::from(Privilege::Administrator);
    assert_answer!(SetSessionPrivilegeLevel, [0x04], answer);
    assert_eq!(answer.privilege(), Some(Privilege::Administrator));
    assert_request(&SetSessionPrivilegeLevel { level: None }, 0x06, 0x3b, &[0x00]);
    assert_eq!(PrivilegeLevel::from_code(0x00).privilege(), None);
    // Captured: v20-c17-many, whose session id is 4a b6 ed 64 on the wire.
    let close = CloseSession { session_id: 0x64ed_b64a };
    assert_request(&close, 0x06, 0x3c, &[0x4a, 0xb6, 0xed, 0x64]);
    assert_eq!(CloseSession::parse(&[]), Ok(()));
}

#[test]
fn session_info() {
    let info = GetSessionInfo { session_id: 0x64ed_b64a };
    assert_request(&info, 0x06, 0x3d, &[0xff, 0x4a, 0xb6, 0xed, 0x64]);
    // Table 22-25: no session has the id, four of 36 are open; the upper bits are reserved.
    let none = SessionInfo { handle: None, possible: 36, active: 4 };
    assert_answer!(GetSessionInfo, [0x00, 0x24, 0x04], none);
    assert_eq!(GetSessionInfo::parse(&[0x00, 0xe4, 0xc4]), Ok(none));
    // Of an open session more follows: user, privilege, channel, address.
    let open = SessionInfo { handle: Some(2), possible: 4, active: 1 };
    assert_eq!(GetSessionInfo::parse(&[2, 4, 1, 2, 4, 0x11, 192, 0, 2, 9]), Ok(open));
    assert!(GetSessionInfo::parse(&[0, 4]).is_err());
}
