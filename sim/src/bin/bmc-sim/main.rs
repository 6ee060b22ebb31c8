//! Serves simulated BMCs to practise on.
use std::net::SocketAddr;
fn main() {
    let a: SocketAddr = std::env::args().nth(1).unwrap().parse().unwrap();
    let n: u16 = std::env::args().nth(2).map_or(1, |n| n.parse().unwrap());
    let mut c = komainu_sim::bmc::BmcConfig::default();
    if let Some(q) = std::env::args().nth(3) {
        c.quirks = q.parse().unwrap();
    }
    let _s = komainu_sim::serve::spawn(
        (0..n).map(|i| (SocketAddr::new(a.ip(), a.port() + i), c.clone())).collect(),
        1,
    )
    .unwrap();
    loop {
        std::thread::park();
    }
}
