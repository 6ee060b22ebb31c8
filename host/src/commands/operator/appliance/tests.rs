//! A real socket between an asker and an appliance's desk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use komainu_core::block::{ApplianceSite, Identity};
use komainu_core::connector::{self, ClusterConfig, Restored, Rules, ServerConfig};
use komainu_core::fence::Plan;
use komainu_core::inquiry::{Desk, Introduction};
use komainu_core::power;
use komainu_core::reset_path::ClusterKeys;
use komainu_core::secret::{Key, KeyId};
use komainu_core::session::{Profile, UserName};
use komainu_core::site;
use komainu_core::time::{Instant, Millis};
use komainu_core::types::{ConfigDigest, ConnectorNumber, HostAddress, KeyNumber, SystemName};

use super::*;
use crate::cli::place;

fn name(name: &str) -> SystemName {
    SystemName::new(name).expect("a name")
}

fn identity() -> Identity {
    Identity { number: ConnectorNumber(1), name: name("guard") }
}

/// A site of sixteen servers in one cluster.
fn site() -> Box<ApplianceSite> {
    let Identity { number, name: own } = identity();
    let mut connector = connector::Config::new(number, own);
    let key = KeyNumber::new(1).expect("not 0");
    connector
        .add_cluster(ClusterConfig {
            number: 50_001,
            keys: ClusterKeys::new(key, Secret::from([7; 32])),
            digest: ConfigDigest(1),
            rules: Rules::default(),
            connectors: Default::default(),
        })
        .expect("a cluster");
    for host in 1..=16_u16 {
        let server = ServerConfig {
            host: HostAddress::new(host).expect("not 0"),
            name: name(&format!("a-server-with-a-long-name-{host}")),
            member: None,
            bmc: ([10, 0, 0, host as u8], 623).into(),
            profile: Profile::new(UserName::default(), Some(KeyId(0))),
            password: Key::new(b"x").expect("short"),
            kg: None,
            plan: Plan::default(),
            poll: Millis::from_secs(1),
        };
        connector.add_server(server).expect("a server");
    }
    let config = site::Config { connector, power: power::Config::new(Default::default()) };
    let restored = Restored { record: None, damaged: false, unix_ms: 0 };
    let now = Instant::from_micros(0);
    Box::new(ApplianceSite::new(config, &Seed::new([1; 32]), restored, now))
}

/// Answers at a socket, dropping every third datagram, until it is told to end.
fn serve(key: Secret<STATUS_KEY_LEN>) -> (SocketAddr, Arc<AtomicBool>) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a limit");
    let at = socket.local_addr().expect("an address");
    let end = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&end);
    std::thread::spawn(move || {
        let (site, identity) = (site(), identity());
        let mut desk = Desk::new(&key);
        let mut count = 0;
        while !ended.load(Ordering::Relaxed) {
            let mut bytes = [0; 2048];
            let Ok((len, from)) = socket.recv_from(&mut bytes) else { continue };
            count += 1;
            if count % 3 == 0 {
                continue;
            }
            let started = Instant::from_micros(0);
            let introduction = Introduction { identity: &identity, release: "9.9", started };
            let mut out = [0; MAX_INQUIRY];
            let now = Instant::from_micros(5_000_000);
            let answer = desk.answer(now, &site, &introduction, from, &bytes[..len], &mut out);
            if let Some(len) = answer {
                socket.send_to(&out[..len], from).expect("sent");
            }
        }
    });
    (at, end)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

#[test]
fn a_large_appliance_is_shown_though_datagrams_are_lost() {
    let (at, end) = serve(Secret::from([5; 32]));
    let items = block_on(ask(at, &Secret::from([5; 32])));
    end.store(true, Ordering::Relaxed);
    let items = items.unwrap_or_else(|stop| panic!("{}", stop.text));
    let clusters = vec![(50_001, "shop".to_owned(), 50_010)];
    let names = ApplianceNames { clusters, ups: Vec::new() };
    let status = ApplianceStatus::of(items, &names).expect("whole");
    assert_eq!(status.connector.clusters[0].servers.len(), 16);
    let text = shown(&status);
    assert!(text.starts_with("appliance: connector guard (1), up 5.0 s"), "{text}");
    assert!(text.contains("cluster shop (50001)"), "{text}");
    assert!(text.contains("a-server-with-a-long-name-16"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&line(&status)).expect("JSON");
    assert_eq!(json["release"], "9.9");
    assert_eq!(json["clusters"][0]["servers"][3]["host"], 4);
    assert!(json.get("power").is_none(), "{json}");
}

#[test]
fn another_key_is_told_as_silence() {
    let (at, end) = serve(Secret::from([5; 32]));
    let stop = block_on(ask(at, &Secret::from([6; 32]))).expect_err("no answer");
    end.store(true, Ordering::Relaxed);
    assert_eq!(stop.exit, Exit::Silent);
    assert!(stop.text.contains("status key"), "{}", stop.text);
}

#[test]
fn a_place_is_an_address_and_perhaps_a_port() {
    assert!(matches!(place("192.0.2.7"), Ok(Place { port: None, .. })));
    assert!(matches!(place("192.0.2.7:5000"), Ok(Place { port: Some(5000), .. })));
    assert!(matches!(place("[2001:db8::1]:5000"), Ok(Place { port: Some(5000), .. })));
    assert!(place("guard").is_err() && place("192.0.2.7:0").is_err());
}
