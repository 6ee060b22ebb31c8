//! What one thing that happens costs a connector, by the number of its servers.

use std::net::SocketAddr;
use std::time::Duration;

use komainu_benches::site::{self, Member};
use komainu_core::connector::{Action, ClusterIndex, Connector, Input, MAX_OUT, Restored};
use komainu_core::rng::Seed;
use komainu_core::time::Instant;
use komainu_sim::bmc::{Bmc, BmcConfig};

use super::measured;

/// Servers of a cluster.
const HOSTS: u16 = 16;
/// A core is moved on its way to its place.
const STACK: usize = 256 << 20;

/// What happens to a connector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A PathCheck, answered with a PathStatus of 16 hosts.
    PathCheck,
    /// A BMC's answer to the power watch.
    Reading,
    /// A ResetRequest: decided, written and accepted, and the first reading asked for.
    ResetRequest,
}

/// Has that happen so many times to a connector of 16 servers.
pub(crate) fn few(event: Event, times: usize) {
    roomy(move || run::<16, 1>(event, times));
}

/// The same to one of 4,096.
pub(crate) fn many(event: Event, times: usize) {
    roomy(move || run::<4096, 256>(event, times));
}

fn roomy(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.expect("a thread").join().expect("the work is done");
}

fn run<const N: usize, const C: usize>(event: Event, times: usize) {
    let mut world = World::<N, C>::new();
    for time in 0..times {
        let cluster = (time % C) as u16;
        match event {
            Event::PathCheck => {
                // What the counted one echoes was made just now, in every cluster.
                world.check(cluster, false);
                world.check(cluster, true);
            }
            Event::Reading => world.read(),
            Event::ResetRequest => {
                // One reset in flight in each cluster, so that all are decided alike.
                if time > 0 && cluster == 0 {
                    world = World::new();
                }
                world.request(cluster);
            }
        }
    }
}

/// A connector, its BMCs, the first member of each cluster, and a clock. Nothing takes time.
struct World<const N: usize, const C: usize> {
    connector: Box<Connector<N, C>>,
    bmcs: Vec<Bmc>,
    members: Vec<Member>,
    now: Duration,
    record: Vec<u8>,
    /// What BMCs have answered, and the connector has not heard.
    answers: Vec<(SocketAddr, Vec<u8>)>,
}

impl<const N: usize, const C: usize> World<N, C> {
    /// All sessions are up, all power is read, the members are known.
    fn new() -> Self {
        let config = site::config(HOSTS);
        let restored = Restored { record: None, damaged: false, unix_ms: 1_700_000_000_000 };
        let begin = Duration::from_secs(100);
        let connector = Connector::new(config, &Seed::new([1; 32]), restored, instant(begin));
        let bmc = |seed| Bmc::new(BmcConfig::default(), seed);
        let mut world = Self {
            connector: Box::new(connector),
            bmcs: (0..N as u64).map(bmc).collect(),
            members: (0..C as u16).map(|cluster| Member::new(cluster, HOSTS)).collect(),
            now: begin,
            record: vec![0; Connector::<N, C>::RECORD_LEN],
            answers: Vec::new(),
        };
        world.pass(Duration::from_secs(3));
        for _ in 0..2 {
            (0..C as u16).for_each(|cluster| world.check(cluster, false));
        }
        world.pass(Duration::from_millis(1500));
        let now = instant(world.now);
        let up = world.connector.snapshot(now);
        let all = up.clusters().flat_map(|cluster| up.servers(cluster.index));
        let on = all.filter(|server| server.power == komainu_core::types::PowerState::On);
        assert_eq!(on.count(), N, "the power of every server is known");
        world
    }

    fn check(&mut self, cluster: u16, counted: bool) {
        let now = instant(self.now);
        let mut datagram = self.members[usize::from(cluster)].check(now);
        self.hear(cluster, &mut datagram, counted);
    }

    fn request(&mut self, cluster: u16) {
        self.check(cluster, false);
        let now = instant(self.now);
        let mut datagram = self.members[usize::from(cluster)].ask(now);
        self.hear(cluster, &mut datagram, true);
        let held = self.connector.snapshot(now).clusters().nth(usize::from(cluster));
        assert_eq!(held.map(|cluster| cluster.resets_in_flight), Some(1), "it is being fenced");
    }

    fn hear(&mut self, cluster: u16, datagram: &mut [u8], counted: bool) {
        let (cluster, from) = (ClusterIndex(cluster), site::member(cluster));
        self.handle(Input::ResetPath { cluster, from, datagram }, counted);
        self.settle();
    }

    /// The next answer of a BMC to the power watch.
    fn read(&mut self) {
        while self.answers.is_empty() {
            self.now = self.next();
            self.drain(false);
        }
        let (from, mut datagram) = self.answers.remove(0);
        self.handle(Input::Bmc { from, datagram: &mut datagram }, true);
        self.settle();
    }

    /// Everything that BMCs have answered is heard.
    fn settle(&mut self) {
        while let Some((from, mut datagram)) = self.answers.pop() {
            self.handle(Input::Bmc { from, datagram: &mut datagram }, false);
        }
    }

    fn handle(&mut self, input: Input<'_>, counted: bool) {
        let now = instant(self.now);
        let (connector, mut input) = (&mut self.connector, Some(input));
        maybe(counted, &mut || input.take().into_iter().for_each(|one| connector.handle(now, one)));
        self.drain(counted);
    }

    fn drain(&mut self, counted: bool) {
        let (now, mut out) = (instant(self.now), [0; MAX_OUT]);
        loop {
            let (connector, mut action) = (&mut self.connector, None);
            maybe(counted, &mut || action = connector.poll(now, &mut out));
            match action {
                None => return,
                Some(Action::Bmc { to, len }) => self.exchange(to, &out[..len]),
                Some(
                    Action::ResetPath { cluster, len, .. } | Action::Broadcast { cluster, len },
                ) => {
                    self.members[usize::from(cluster.0)].hear(now, &out[..len]);
                }
                Some(Action::Persist { generation }) => {
                    // Writing is the disk's part: it is the whole record, however little changed.
                    self.connector.record(&mut self.record).expect("there is room");
                    let stored = Input::Persisted(generation);
                    let (connector, mut stored) = (&mut self.connector, Some(stored));
                    maybe(counted, &mut || {
                        stored.take().into_iter().for_each(|one| connector.handle(now, one));
                    });
                }
                Some(Action::Answer { .. } | Action::Tell(_)) => {}
            }
        }
    }

    fn exchange(&mut self, to: SocketAddr, datagram: &[u8]) {
        let (bmc, answers) = (&mut self.bmcs[site::server_of(to)], &mut self.answers);
        bmc.handle(self.now, site::member(0), datagram, &mut |_, bytes| {
            answers.push((to, bytes.to_vec()));
        });
    }

    fn next(&self) -> Duration {
        let due = self.connector.deadline().expect("power is watched");
        Duration::from_micros(due.as_micros()).max(self.now)
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while self.next() < end {
            self.now = self.next();
            self.drain(false);
            self.settle();
        }
        self.now = end;
        self.drain(false);
        self.settle();
    }
}

fn maybe(counted: bool, work: &mut dyn FnMut()) {
    if counted { measured(work) } else { work() }
}

fn instant(since_start: Duration) -> Instant {
    Instant::from_micros(since_start.as_micros() as u64)
}
