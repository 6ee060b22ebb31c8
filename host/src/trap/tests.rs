//! Traps as net-snmp's `snmptrap` sends them, and what nobody would send.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use komainu_core::wire::command::device::Guid;
use proptest::prelude::*;

use super::pet::Pet;
use super::*;
use crate::config::Site;
use crate::service::{ConnectorAnswer, ConnectorOrder, ConnectorStatus, Request};

/// Power unit, power off, of GUID 00112233-...; by net-snmp 5.9.
const POWER_OFF: &str = "306c02010004067075626c6963a45f06092b06010401986f010140047f00000102010602\
    03096f00430305e808303f303d060a2b06010401986f010101042f00112233445566778899aabbccddeeff00013657\
    7e60ffff20200420011300000000000000000019000000770001c1";
/// A link that came up, likewise, which is no Platform Event Trap.
const OTHER: &str = "302902010004067075626c6963a41c06072b06010201210240047f00000102010302010043031b\
    74653000";

/// PowerNet's "on battery", of version 1, likewise, of 10.3.0.2 by way of a relay.
const UPS_ON_BATTERY: &str = "304702010004067075626c6963a43a06072b06010401823e40040a0300020201060\
    201054301643020301e060b2b06010401823e02030300040f5550533a206f6e2062617474657279";

const SITE: &str = r#"
[[connector]]
name = "lion"

[[ups]]
name = "ups-a"
snmp = "10.3.0.1"
version = "2c"
community-file = "community"
[[ups]]
name = "ups-b"
snmp = "10.3.0.2"
version = "2c"
community-file = "community"
[[ups]]
name = "ups-c"
snmp = "10.3.0.2:1161"
version = "2c"
community-file = "community"

[[cluster]]
number = 7410
name = "shop"
[[cluster.key]]
file = "key"
[cluster.bmc]
user = "admin"
password-file = "password"
[[cluster.server]]
host = 1
name = "node01"
address = "10.0.0.1"
paths = ["10.1.0.1"]
bmc.address = "10.2.0.1"
bmc.guid = "ffeeddcc-bbaa-9988-7766-554433221100"
[[cluster.server]]
host = 2
name = "node02"
address = "10.0.0.2"
paths = ["10.1.0.2"]
bmc.address = "127.0.0.1"
[[cluster.service]]
number = 1
name = "web"
hosts = ["node01", "node02"]
start = ["/bin/true"]
stop = ["/bin/true"]
"#;

type Asked = Request<ConnectorOrder, ConnectorAnswer, ConnectorStatus>;

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a digit") as u8;
    let pairs = hex.as_bytes().as_chunks::<2>().0.iter();
    pairs.map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}

fn known() -> Known {
    let read = Site::parse(SITE, Path::new("/"));
    let site = read.site.unwrap_or_else(|| panic!("{:?}", read.findings));
    Known::of(&site, &site.connectors[0])
}

/// A trap of version 1, which a BMC's is.
fn trap(datagram: &[u8]) -> Option<ber::Trap<'_>> {
    match ber::heard(datagram)? {
        ber::Heard::V1(trap) => Some(trap),
        ber::Heard::V2(_) | ber::Heard::V3 => None,
    }
}

fn server(name: &str) -> Option<ServerRef> {
    Some(ServerRef { cluster: Some(7410), server: name.to_owned() })
}

#[test]
fn a_trap_is_read_as_it_was_sent() {
    let datagram = bytes(POWER_OFF);
    let read = trap(&datagram).expect("a trap");
    assert_eq!((read.agent, read.generic, read.specific), (Ipv4Addr::LOCALHOST, 6, 0x09_6f_00));
    let pet = Pet::of(&read).expect("about power");
    assert_eq!(pet.event, "power unit off");
    assert_eq!(pet.guid.0[..3], [0x00, 0x11, 0x22]);
    let mut temperature = datagram.clone();
    // Sensor type 1.
    let at = temperature.windows(3).position(|three| three == [0x09, 0x6f, 0x00]).expect("there");
    temperature[at] = 0x01;
    assert_eq!(Pet::of(&trap(&temperature).expect("a trap")), None);
}

#[test]
fn traps_of_others_are_read_and_left_alone() {
    let datagram = bytes(OTHER);
    let read = trap(&datagram).expect("a trap");
    assert_eq!((read.generic, read.first), (3, None));
    assert_eq!(Pet::of(&read), None);
}

#[test]
fn what_is_cut_or_longer_is_no_trap() {
    let datagram = bytes(POWER_OFF);
    for len in 0..datagram.len() {
        assert_eq!(trap(&datagram[..len]), None, "{len} bytes");
    }
    assert_eq!(trap(&[&datagram[..], &[0]].concat()), None);
}

#[test]
fn other_versions_and_odd_lengths_are_no_trap() {
    let datagram = bytes(POWER_OFF);
    for (at, byte) in [(4, 1), (0, 0x31), (1, 0x80), (1, 0x84), (3, 0), (4, 0x80), (13, 0xa7)] {
        let mut wrong = datagram.clone();
        wrong[at] = byte;
        assert_eq!(trap(&wrong), None, "byte {at} = {byte:#x}");
    }
}

#[test]
fn a_server_is_known_by_any_of_its_marks() {
    let known = known();
    let nobody = Guid([7; 16]);
    let mut guid = Guid(std::array::from_fn(|at| 0x11 * at as u8));
    let whose = |from: [u8; 4], agent: [u8; 4], guid| {
        known.whose(IpAddr::from(from), Ipv4Addr::from(agent), guid)
    };
    assert_eq!(whose([10, 2, 0, 1], [0; 4], nobody), server("node01"));
    assert_eq!(whose([10, 0, 0, 2], [0; 4], nobody), server("node02"));
    assert_eq!(whose([9; 4], [10, 2, 0, 1], nobody), server("node01"));
    assert_eq!(whose([9; 4], [9; 4], guid), server("node01"));
    guid.0.reverse();
    assert_eq!(whose([9; 4], [9; 4], guid), server("node01"));
    assert_eq!(whose([9; 4], [9; 4], nobody), None);
    let mapped = Ipv4Addr::new(10, 2, 0, 1).to_ipv6_mapped();
    assert_eq!(known.whose(mapped.into(), Ipv4Addr::UNSPECIFIED, nobody), server("node01"));
}

/// Traps on a free port, and what the connector is asked.
fn run(test: impl AsyncFnOnce(UdpSocket, Arc<Counts>, tokio::sync::mpsc::Receiver<Asked>)) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(async {
        let (handle, requests) = ConnectorHandle::new();
        let any = "127.0.0.1:0".parse().expect("an address");
        let traps = Traps::open(any, handle, Arc::new(known())).expect("open");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("bound");
        sender.connect(traps.address().expect("bound")).expect("connected");
        let counts = traps.counts();
        tokio::spawn(traps.serve());
        test(sender, counts, requests).await;
    });
}

async fn hint(requests: &mut tokio::sync::mpsc::Receiver<Asked>) -> Option<Hint> {
    let limit = Duration::from_secs(10);
    match tokio::time::timeout(limit, requests.recv()).await {
        Ok(Some(Request::Hint(hint, to))) => {
            to.send(true).expect("it waits");
            Some(hint)
        }
        _ => None,
    }
}

async fn until(counts: &Counts, received: u64) -> Told {
    for _ in 0..1000 {
        if counts.told().received >= received {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    counts.told()
}

#[test]
fn a_trap_has_the_power_read_once() {
    run(async |sender, counts, mut requests| {
        for _ in 0..3 {
            sender.send(&bytes(POWER_OFF)).expect("sent");
        }
        sender.send(b"nonsense").expect("sent");
        sender.send(&bytes(OTHER)).expect("sent");
        let hint = hint(&mut requests).await.expect("a hint");
        assert_eq!(hint.source, Source::Trap);
        // The trap came from the address of this one's BMC.
        assert_eq!(Hinted::Server(server("node02").expect("one")), hint.of);
        assert_eq!(hint.said, "power unit off (0x096f00) from 127.0.0.1");
        let told = until(&counts, 5).await;
        assert_eq!((told.received, told.hints, told.repeated), (5, 1, 2));
        assert_eq!((told.malformed, told.unrelated, told.unknown), (1, 1, 0));
        assert!(requests.try_recv().is_err(), "no second hint");
    });
}

#[cfg_attr(windows, ignore = "a socket's buffer holds less than the flood there")]
#[test]
fn a_flood_is_held_back_and_a_hint_still_gets_through() {
    run(async |sender, counts, mut requests| {
        for _ in 0..2 * MOST {
            let _ = sender.send(b"nonsense");
        }
        // As a BMC repeats it: what does not fit into the kernel's buffer is lost.
        let mut repeats = 0;
        while requests.is_empty() && repeats < 1000 {
            sender.send(&bytes(POWER_OFF)).expect("sent");
            tokio::time::sleep(Duration::from_millis(10)).await;
            repeats += 1;
        }
        assert!(hint(&mut requests).await.is_some(), "{:?}", counts.told());
        let told = counts.told();
        assert!(told.held_back >= 1 && told.malformed >= u64::from(MOST) / 2, "{told:?}");
    });
}

proptest! {
    #[test]
    fn no_bytes_break_it(datagram in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = trap(&datagram).and_then(|trap| Pet::of(&trap));
    }

    #[test]
    fn no_damage_breaks_it(at in 0_usize..110, byte: u8, cut in 0_usize..=110) {
        let mut datagram = bytes(POWER_OFF);
        datagram[at] = byte;
        datagram.truncate(cut);
        let _ = trap(&datagram).and_then(|trap| Pet::of(&trap));
    }
}

#[test]
fn a_ups_trap_has_it_read_at_once_and_a_storm_once_more() {
    run(async |sender, counts, mut requests| {
        for _ in 0..20 {
            sender.send(&bytes(UPS_ON_BATTERY)).expect("sent");
        }
        // Both UPSes behind that address; the first one is behind another.
        for ups in [1, 2, 1, 2] {
            let hint = hint(&mut requests).await.expect("a hint");
            assert_eq!((hint.of, hint.source), (Hinted::Ups(UpsIndex(ups)), Source::Trap));
        }
        let told = until(&counts, 20).await;
        assert_eq!((told.ups_hints, told.repeated, told.hints), (2, 38, 0));
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(requests.try_recv().is_err(), "no third hint");
    });
}

/// The same trap about that event, of that sensor.
fn pet(specific: u32, sensor: u8) -> Vec<u8> {
    let mut datagram = bytes(POWER_OFF);
    let begin = datagram.windows(3).position(|three| three == [0x09, 0x6f, 0x00]);
    let begin = begin.expect("the specific kind");
    datagram[begin..begin + 3].copy_from_slice(&specific.to_be_bytes()[1..]);
    // The last field of the fixed ones is 18 bytes behind that of the sensor.
    let fields = datagram.windows(2).position(|two| two == [0x04, 0x2f]).expect("the fields") + 2;
    datagram[fields + 28] = sensor;
    datagram
}

#[tokio::test]
async fn a_bmc_without_mains_is_a_witness_until_its_last_input_is_back() {
    const LOST: u32 = 0x08_6f_03;
    const BACK: u32 = 0x08_6f_83;
    let (handle, _requests) = ConnectorHandle::new();
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut traps = Traps::open(local, handle, Arc::new(known())).expect("a socket");
    let mut witness = |specific, sensor| {
        let hints = traps.judge(&pet(specific, sensor), local);
        hints.first().map(|hint| hint.lost_input)
    };
    assert_eq!(witness(LOST, 1), Some(Some(true)));
    assert_eq!(witness(LOST, 1), None, "the BMC repeats itself");
    assert_eq!(witness(LOST, 2), None);
    assert_eq!(witness(BACK, 1), None, "the other input is still without");
    assert_eq!(witness(BACK, 2), Some(Some(false)), "though another trap came just before");
    assert_eq!(witness(0x09_6f_04, 7), Some(Some(true)), "the power unit, too");
    assert_eq!(witness(0x09_6f_84, 7), Some(Some(false)));
}
