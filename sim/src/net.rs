//! A lossy network of datagrams, sans-IO: on virtual time, deterministic for a seed.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use crate::queue::Queue;
use crate::rng::Rng;

/// What the network does to datagrams.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// Chance that a datagram is lost, 0 to 100 percent; default 0.
    pub loss_percent: f64,
    /// Chance that a datagram arrives twice, 0 to 100 percent; default 0.
    pub duplicate_percent: f64,
    /// Chance that a datagram is held back for another full `delay_max`, and at least a
    /// millisecond, so that later ones overtake it; 0 to 100 percent, default 0.
    pub reorder_percent: f64,
    /// Shortest delay; default 0.
    pub delay_min: Duration,
    /// Longest delay: each copy of a datagram takes its own time in between, so a span reorders;
    /// default 0.  Below `delay_min` it counts as `delay_min`.
    pub delay_max: Duration,
}

/// What became of the datagrams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Handed to the network.
    pub sent: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Lost because the way is cut.
    pub cut: u64,
    /// Copied by chance.
    pub duplicated: u64,
    /// Handed out; copies count.
    pub delivered: u64,
}

/// A datagram on its way: sender, receiver, bytes.
pub type Datagram = (SocketAddr, SocketAddr, Vec<u8>);

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    faults: Faults,
    rng: Rng,
    under_way: Queue<Datagram>,
    cuts: BTreeSet<(SocketAddr, SocketAddr)>,
    traffic: Traffic,
}

impl Network {
    /// A network with these faults; everything it does by chance follows from `seed`.
    #[must_use]
    pub fn new(faults: Faults, seed: u64) -> Self {
        Self {
            faults,
            rng: Rng::new(seed),
            under_way: Queue::default(),
            cuts: BTreeSet::new(),
            traffic: Traffic::default(),
        }
    }

    /// Changes the faults for what is sent from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Cuts the way from one address to another; the way back stays open.  What is under way
    /// still arrives.
    pub fn cut(&mut self, from: SocketAddr, to: SocketAddr) {
        self.cuts.insert((from, to));
    }

    /// Mends what [`Self::cut`] cut.
    pub fn mend(&mut self, from: SocketAddr, to: SocketAddr) {
        self.cuts.remove(&(from, to));
    }

    /// What became of the datagrams so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Sends a datagram.
    pub fn send(&mut self, now: Duration, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        self.traffic.sent += 1;
        if self.cuts.contains(&(from, to)) {
            self.traffic.cut += 1;
            return;
        }
        if self.rng.percent(self.faults.loss_percent) {
            self.traffic.lost += 1;
            return;
        }
        let twice = self.rng.percent(self.faults.duplicate_percent);
        self.traffic.duplicated += u64::from(twice);
        for _ in 0..1 + u8::from(twice) {
            let at = now + self.delay();
            self.under_way.push(at, (from, to, bytes.to_vec()));
        }
    }

    /// When the next datagram arrives.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.under_way.next_at()
    }

    /// The next datagram that has arrived at `now`; call until `None`.
    pub fn deliver(&mut self, now: Duration) -> Option<Datagram> {
        let datagram = self.under_way.pop(now)?;
        self.traffic.delivered += 1;
        Some(datagram)
    }

    fn delay(&mut self) -> Duration {
        let span = self.faults.delay_max.saturating_sub(self.faults.delay_min);
        let extra = Duration::from_nanos(self.rng.below(span.as_nanos() as u64 + 1));
        let held = self.rng.percent(self.faults.reorder_percent);
        let behind =
            if held { self.faults.delay_max.max(Duration::from_millis(1)) } else { Duration::ZERO };
        self.faults.delay_min + extra + behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 623))
    }

    fn run(faults: Faults, seed: u64, count: u32) -> (Vec<u32>, Traffic) {
        let mut network = Network::new(faults, seed);
        for number in 0..count {
            let now = Duration::from_micros(u64::from(number));
            network.send(now, address(1), address(2), &number.to_le_bytes());
        }
        let mut arrived = Vec::new();
        while let Some(at) = network.deadline() {
            while let Some((from, to, bytes)) = network.deliver(at) {
                assert_eq!((from, to), (address(1), address(2)));
                arrived.push(u32::from_le_bytes(bytes.try_into().unwrap()));
            }
        }
        (arrived, network.traffic())
    }

    #[test]
    fn without_faults_everything_arrives_once_and_in_order() {
        let (arrived, _) = run(Faults::default(), 1, 1000);
        assert!(arrived.into_iter().eq(0..1000));
    }

    #[test]
    fn faults_keep_to_their_rates_and_to_their_seed() {
        let faults = Faults {
            loss_percent: 30.0,
            duplicate_percent: 10.0,
            delay_max: Duration::from_millis(200),
            ..Faults::default()
        };
        let (arrived, traffic) = run(faults.clone(), 3, 10_000);
        assert!((2_700..3_300).contains(&traffic.lost), "{traffic:?}");
        assert!((600..800).contains(&traffic.duplicated), "{traffic:?}");
        assert_eq!(traffic.delivered, traffic.sent - traffic.lost + traffic.duplicated);
        assert!(!arrived.is_sorted(), "a span of delays reorders");
        assert_eq!(run(faults.clone(), 3, 10_000).0, arrived);
        assert_ne!(run(faults, 4, 10_000).0, arrived);
    }

    #[test]
    fn held_back_datagrams_are_overtaken() {
        let faults = Faults { reorder_percent: 20.0, ..Faults::default() };
        let (arrived, _) = run(faults, 5, 100);
        assert_eq!(arrived.len(), 100);
        assert!(!arrived.is_sorted());
    }

    #[test]
    fn a_cut_goes_one_way() {
        let mut network = Network::new(Faults::default(), 0);
        network.cut(address(1), address(2));
        network.send(Duration::ZERO, address(1), address(2), b"lost");
        network.send(Duration::ZERO, address(2), address(1), b"heard");
        assert_eq!(network.deliver(Duration::ZERO).unwrap().2, b"heard");
        assert_eq!(network.deliver(Duration::ZERO), None);
        network.mend(address(1), address(2));
        network.send(Duration::ZERO, address(1), address(2), b"mended");
        assert_eq!(network.deliver(Duration::ZERO).unwrap().2, b"mended");
    }
}
