use std::net::UdpSocket as Plain;

use super::*;
use crate::service::platform::InterfaceAddress;

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(future)
}

fn at(line: Line, local: &str) -> Listener {
    Listener { line, local: local.parse().expect("an address") }
}

fn interface(name: &str, index: u32, addresses: &[(&str, Option<[u8; 4]>)]) -> Interface {
    let address = |(ip, broadcast): &(&str, Option<[u8; 4]>)| InterfaceAddress {
        ip: ip.parse().expect("an address"),
        broadcast: broadcast.map(Ipv4Addr::from),
        prefix: 24,
    };
    Interface {
        name: name.into(),
        index,
        loopback: false,
        addresses: addresses.iter().map(address).collect(),
    }
}

fn drained(net: &mut Net) -> Vec<(Line, usize)> {
    let mut found = Vec::new();
    net.drain(1000, |line, _, bytes| found.push((line, bytes.len())));
    found
}

#[test]
fn each_line_has_its_socket() {
    run(async {
        let mut net = Net::new(false);
        let lines = [Line::ResetPath(3), Line::Monitoring(1), Line::Bmc];
        let wanted: Vec<_> = lines.iter().map(|line| at(*line, "127.0.0.1:0")).collect();
        assert!(net.listen(&wanted).expect("sockets").is_empty());
        let other = Plain::bind("127.0.0.1:0").expect("a socket");
        for (len, line) in (1..).zip(lines) {
            let to = net.locals(line)[0];
            other.send_to(&vec![0; len], to).expect("sent");
            net.readable().await;
            assert_eq!(drained(&mut net), [(line, len)]);
            let back = other.local_addr().expect("an address");
            net.send(line, back, &[7; 3], &[]).expect("sent");
            let mut bytes = [0; 8];
            let (len, from) = other.recv_from(&mut bytes).expect("received");
            assert_eq!((len, from), (3, to));
        }
    });
}

#[test]
fn a_thorough_one_needs_no_word_of_the_kernel() {
    run(async {
        let mut net = Net::new(true);
        net.listen(&[at(Line::Bmc, "127.0.0.1:0")]).expect("sockets");
        let to = net.locals(Line::Bmc)[0];
        let other = Plain::bind("127.0.0.1:0").expect("a socket");
        // The runtime has had no turn in which it could hear of the datagram.
        other.send_to(&[1], to).expect("sent");
        assert_eq!(drained(&mut net), [(Line::Bmc, 1)]);
    });
}

#[test]
fn a_full_socket_does_not_keep_the_others_waiting() {
    run(async {
        let mut net = Net::new(true);
        let (busy, calm) = (Line::ResetPath(0), Line::ResetPath(1));
        net.listen(&[at(busy, "127.0.0.1:0"), at(calm, "127.0.0.1:0")]).expect("sockets");
        let other = Plain::bind("127.0.0.1:0").expect("a socket");
        for _ in 0..100 {
            other.send_to(&[1], net.locals(busy)[0]).expect("sent");
        }
        other.send_to(&[2, 2], net.locals(calm)[0]).expect("sent");
        let mut found = Vec::new();
        let count = net.drain(BURST + 1, |line, _, _| found.push(line));
        assert_eq!(count, found.len());
        assert!(found.contains(&calm), "{count} datagrams, none of the calm line");
    });
}

#[test]
fn a_reload_keeps_what_waits_in_a_socket() {
    run(async {
        let mut net = Net::new(true);
        let port = Plain::bind("127.0.0.1:0").and_then(|one| one.local_addr()).expect("a port");
        let before = Listener { line: Line::ResetPath(5), local: port };
        net.listen(&[before, at(Line::Bmc, "127.0.0.1:0")]).expect("sockets");
        let bmc = net.locals(Line::Bmc);
        Plain::bind("127.0.0.1:0").and_then(|one| one.send_to(&[1], port)).expect("sent");
        let moved = Listener { line: Line::ResetPath(0), local: port };
        net.listen(&[moved, at(Line::Bmc, "127.0.0.1:0")]).expect("sockets");
        assert_eq!(drained(&mut net), [(Line::ResetPath(0), 1)]);
        assert_eq!(net.locals(Line::Bmc), bmc);
        assert!(net.locals(Line::ResetPath(5)).is_empty());
    });
}

#[cfg_attr(windows, ignore = "wine binds to addresses that nobody has")]
#[test]
fn an_address_of_no_interface_is_tried_again() {
    run(async {
        let mut net = Net::new(false);
        // TEST-NET-1, which nobody has.
        let nowhere = at(Line::Monitoring(1), "192.0.2.77:7411");
        let waiting = net.listen(&[nowhere, at(Line::Bmc, "127.0.0.1:0")]).expect("sockets");
        assert_eq!(waiting, [nowhere.local]);
        assert!(net.retry().is_empty());
        assert_eq!(net.locals(Line::Bmc).len(), 1);
    });
}

#[test]
fn an_address_in_use_is_named() {
    run(async {
        let taken = Plain::bind("127.0.0.1:0").expect("a socket");
        let local = taken.local_addr().expect("an address");
        let error = Net::new(false).listen(&[Listener { line: Line::Bmc, local }]).expect_err("no");
        assert!(error.to_string().contains(&local.to_string()), "{error}");
    });
}

#[test]
fn a_broadcast_goes_to_every_interface_that_has_an_address() {
    let v4: SocketAddr = "0.0.0.0:7410".parse().expect("an address");
    let v6: SocketAddr = "[::]:7410".parse().expect("an address");
    let both = interface("eth0", 2, &[("10.1.2.3", Some([10, 1, 2, 255])), ("fd00::1", None)]);
    let only_v6 = interface("eth1", 3, &[("fe80::1", None)]);
    let bare = interface("eth2", 4, &[]);
    let to = |interface, local| everybody(interface, local).map(|to| to.to_string());
    assert_eq!(to(&both, v4).as_deref(), Some("10.1.2.255:7410"));
    assert_eq!(to(&both, v6), None, "it is reached by IPv4 already");
    assert_eq!(to(&only_v6, v4), None);
    assert_eq!(to(&only_v6, v6).as_deref(), Some("[ff02::1%3]:7410"));
    assert_eq!((to(&bare, v4), to(&bare, v6)), (None, None));
    let mine = |ip: &str| format!("{ip}:7410").parse().expect("an address");
    assert_eq!(to(&both, mine("10.1.2.3")).as_deref(), Some("10.1.2.255:7410"));
    assert_eq!(to(&both, mine("10.9.9.9")), None, "bound to another interface");
    let loopback = Interface { loopback: true, ..both.clone() };
    assert_eq!(to(&loopback, v4), None);
}

#[cfg(unix)]
#[test]
fn a_network_that_is_out_of_order_hangs_nobody() {
    run(async {
        let mut open = bind(at(Line::Bmc, "127.0.0.1:0")).expect("a socket");
        // What is no socket fails each time, as one does whose network is gone.
        let nothing = std::fs::File::open("/dev/null").expect("there");
        open.direct = std::os::fd::OwnedFd::from(nothing).into();
        assert!(receive(&open, &mut [0; ROOM], true).is_none());
    });
}
