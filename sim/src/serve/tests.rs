//! BMCs behind real sockets.

use std::net::UdpSocket;
use std::sync::mpsc;

use super::*;
use crate::bmc::PowerConfig;

const PING: [u8; 12] = [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x42, 0, 0];
/// Far more than loopback needs.
const PATIENCE: Duration = Duration::from_secs(10);

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn one(config: BmcConfig, options: Options) -> Server {
    spawn_with(vec![(loopback(), config)], 1, options).unwrap()
}

/// A socket that has sent a ping to the address.
fn ping(address: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(loopback()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.send_to(&PING, address).unwrap();
    socket
}

fn pong(socket: &UdpSocket) -> SocketAddr {
    let mut answer = [0; 64];
    let (len, from) = socket.recv_from(&mut answer).unwrap();
    assert_eq!((answer[8], answer[9], len), (0x40, 0x42, 28));
    from
}

#[test]
fn every_bmc_answers_on_its_own_address() {
    let bmcs = (0..20).map(|_| (loopback(), BmcConfig::default())).collect();
    let server = spawn(bmcs, 1).unwrap();
    let sockets: Vec<_> = server.addresses().iter().map(|address| ping(*address)).collect();
    for (socket, address) in sockets.iter().zip(server.addresses()) {
        assert_eq!(pong(socket), *address);
    }
    assert_ne!(server.with(0, |bmc, _| bmc.guid()), server.with(1, |bmc, _| bmc.guid()));
}

#[test]
fn a_taken_address_is_named_and_a_dropped_server_frees_its_own() {
    let server = one(BmcConfig::default(), Options::default());
    let address = server.addresses()[0];
    let again = || spawn(vec![(address, BmcConfig::default())], 1);
    let error = again().err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    drop(server);
    pong(&ping(again().unwrap().addresses()[0]));
}

#[cfg(target_os = "linux")]
#[test]
fn one_socket_answers_from_the_address_that_was_asked() {
    let bmcs = |port| (1..20).map(move |last| SocketAddr::from(([127, 62, 9, last], port)));
    let configured = |port| bmcs(port).map(|address| (address, BmcConfig::default())).collect();
    let options = || Options { one_socket: true, ..Options::default() };
    let server = spawn_with(configured(0), 1, options()).unwrap();
    let port = server.addresses()[0].port();
    assert!(server.addresses().iter().copied().eq(bmcs(port)));
    let sockets: Vec<_> = server.addresses().iter().map(|address| ping(*address)).collect();
    for (socket, address) in sockets.iter().zip(server.addresses()) {
        assert_eq!(pong(socket), *address);
    }
    // Nobody is there, though the socket hears it.
    let nobody = ping(SocketAddr::from(([127, 62, 9, 99], port)));
    nobody.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(nobody.recv_from(&mut [0; 64]).is_err());
    assert_eq!(server.with(7, |bmc, _| bmc.counters().received), 1);
    let twice = [bmcs(0), bmcs(0)].into_iter().flatten();
    let twice = twice.map(|address| (address, BmcConfig::default())).collect();
    let error = spawn_with(twice, 1, options()).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn delayed_answers_leave_in_time() {
    let delay = Duration::from_millis(50);
    let server = one(BmcConfig { answer_delay: delay, ..BmcConfig::default() }, Options::default());
    let start = Instant::now();
    pong(&ping(server.addresses()[0]));
    assert!(start.elapsed() >= delay);
}

#[test]
fn faults_work_both_ways() {
    let faulty =
        |faults| one(BmcConfig::default(), Options { faults: Some(faults), ..Options::default() });
    let doubling = faulty(Faults { duplicate_percent: 100.0, ..Faults::default() });
    let socket = ping(doubling.addresses()[0]);
    // Two copies arrive, and each answer is doubled.
    for _ in 0..4 {
        pong(&socket);
    }
    assert_eq!(doubling.with(0, |bmc, _| bmc.counters().received), 2);
    let delay = Duration::from_millis(30);
    let slow = faulty(Faults { delay_min: delay, delay_max: delay, ..Faults::default() });
    let start = Instant::now();
    pong(&ping(slow.addresses()[0]));
    assert!(start.elapsed() >= 2 * delay);
    let losing = faulty(Faults { loss_percent: 100.0, ..Faults::default() });
    let socket = ping(losing.addresses()[0]);
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(socket.recv_from(&mut [0; 64]).is_err());
}

#[test]
fn the_observer_hears_of_power_changes() {
    let (tell, heard) = mpsc::channel();
    let tell = Mutex::new(tell);
    let observer = move |address, report| {
        // The test may have ended.
        let _ = tell.lock().unwrap().send((address, report));
    };
    let off = PowerConfig { on: false, ..PowerConfig::default() };
    let options = Options { observer: Some(Arc::new(observer)), ..Options::default() };
    let server = one(BmcConfig { power: off, ..BmcConfig::default() }, options);
    assert!(!server.power(0));
    server.set_power(0, true);
    let report = heard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(report, (server.addresses()[0], Report::Power(true)));
    assert!(server.power(0) && server.chassis_log(0).is_empty());
}
