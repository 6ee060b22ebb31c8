//! Points at which a world may go otherwise than usual, for the exhaustive search.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use super::lans::Lans;
use super::{Node, World};
use crate::net::Datagram;
use crate::queue::Queue;

/// Something that goes otherwise than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Twist {
    /// A datagram is lost.
    Lost,
    /// A datagram comes late, after others that were sent later.
    Late,
    /// A datagram comes in time, and once more late.
    Again,
    /// A process dies before it can do what it has decided.
    Dies,
    /// A process hangs after the first of what it has decided to do.
    Hangs,
}

/// What can be twisted at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A datagram is sent.
    Datagram,
    /// A process has something to do.
    Step,
}

impl Point {
    /// What can happen there.
    #[must_use]
    pub const fn twists(self) -> &'static [Twist] {
        match self {
            Self::Datagram => &[Twist::Lost, Twist::Late, Twist::Again],
            Self::Step => &[Twist::Dies, Twist::Hangs],
        }
    }
}

/// A point that was passed, and a number for the state of the world there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// What could be twisted.
    pub point: Point,
    /// The same for two worlds that go on in the same way.
    pub state: u64,
}

/// The twists of a run, and the points that it has passed.
#[derive(Clone, Debug)]
pub struct Choices {
    window: Range<Duration>,
    twists: Vec<(u32, Twist)>,
    used: usize,
    passed: Vec<Passed>,
    /// Of each process, everything that it was given in this life and before.
    histories: Vec<u64>,
    /// Of everything under way, whatever the order.
    under_way: u64,
    late: Queue<Datagram>,
}

/// How late a late datagram is.
const LATE: Duration = Duration::from_millis(2500);
/// How long a process that died stays away.
const AWAY: Duration = Duration::from_millis(700);
/// How long a process hangs.
const HUNG: Duration = Duration::from_secs(5);

impl Choices {
    /// These twists, at points by their number, within a span of time.
    #[must_use]
    pub fn new(window: Range<Duration>, twists: Vec<(u32, Twist)>, processes: usize) -> Self {
        Self {
            window,
            twists,
            used: 0,
            passed: Vec::new(),
            histories: vec![0; processes],
            under_way: 0,
            late: Queue::default(),
        }
    }

    /// The points that were passed, in order.
    #[must_use]
    pub fn passed(&self) -> &[Passed] {
        &self.passed
    }

    /// Whether every twist has happened.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        self.used == self.twists.len()
    }

    /// A point is passed; what happens there, if not the usual. `what` tells it from others.
    fn pass(&mut self, now: Duration, point: Point, what: u64) -> Option<Twist> {
        if !self.window.contains(&now) {
            return None;
        }
        let number = self.passed.len() as u32;
        let state = self.state(now, what);
        self.passed.push(Passed { point, state });
        let (at, twist) = self.twists.get(self.used)?;
        if *at != number {
            return None;
        }
        self.used += 1;
        Some(*twist)
    }

    fn state(&self, now: Duration, what: u64) -> u64 {
        let start = mix(what, now.as_micros() as u64 ^ self.under_way);
        self.histories.iter().fold(start, |state, history| mix(state, *history))
    }

    /// A process was given something that may have changed it.
    pub(super) fn given(&mut self, process: usize, now: Duration, what: &[u8]) {
        let history = &mut self.histories[process];
        *history = mix(mix(*history, now.as_micros() as u64), hash(what));
    }

    fn travels(&mut self, datagram: &Datagram, arrives: bool) {
        let what = number(datagram);
        let sum = self.under_way;
        self.under_way = if arrives { sum.wrapping_sub(what) } else { sum.wrapping_add(what) };
    }

    /// When the next late datagram arrives.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.late.next_at()
    }

    /// The next late datagram that has arrived.
    pub(super) fn deliver(&mut self, now: Duration) -> Option<Datagram> {
        self.late.pop(now)
    }

    /// A datagram has arrived.
    pub(super) fn arrives(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        self.travels(&(from, to, bytes.to_vec()), true);
    }

    /// Sends a datagram, as usual or otherwise.
    pub(super) fn send(
        &mut self,
        lans: &mut Lans,
        now: Duration,
        lan: usize,
        (from, to, bytes): (SocketAddr, SocketAddr, &[u8]),
        chance: u64,
    ) {
        let datagram = (from, to, bytes.to_vec());
        let twist = self.pass(now, Point::Datagram, mix(chance, number(&datagram)));
        if matches!(twist, None | Some(Twist::Again)) {
            let before = lans.lan(lan).traffic();
            lans.lan(lan).send(now, from, to, bytes);
            if lans.lan(lan).traffic().cut == before.cut {
                self.travels(&datagram, false);
            }
        }
        if matches!(twist, Some(Twist::Late | Twist::Again)) {
            self.travels(&datagram, false);
            self.late.push(now + LATE, datagram);
        }
    }
}

/// A number for a datagram on its way.
fn number((from, to, bytes): &Datagram) -> u64 {
    let way = u64::from(from.port()) << 32 | u64::from(to.port());
    mix(mix(mix(hash(bytes), way), host(*from)), host(*to))
}

fn host(address: SocketAddr) -> u64 {
    match address.ip() {
        std::net::IpAddr::V4(ip) => u64::from(u32::from(ip)),
        std::net::IpAddr::V6(_) => 0,
    }
}

impl World {
    /// A process has decided to do something; what happens to it, if anything.
    pub(super) fn step_by_choice(&mut self, node: Node) -> Option<Twist> {
        let what = mix(self.rng.mark(), self.process_number(node) as u64);
        self.choices.as_mut()?.pass(self.now, Point::Step, what)
    }

    /// Which process that is, for the histories.
    pub(super) fn process_number(&self, node: Node) -> usize {
        let hosts = self.servers.len();
        match node {
            Node::Host(at) => at,
            Node::Bmc(at) => hosts + at,
            Node::Connector(at) => 2 * hosts + at,
        }
    }

    /// A process was given something that may have changed it.
    pub(super) fn note_given(&mut self, node: Node, what: &[u8]) {
        let process = self.process_number(node);
        let now = self.now;
        if let Some(choices) = &mut self.choices {
            choices.given(process, now, what);
        }
    }

    /// The twist befalls a process.
    pub(super) fn twist(&mut self, node: Node, twist: Twist) {
        self.note_given(node, &[twist as u8, 0xff]);
        match twist {
            Twist::Dies => self.light_fuse(node, 0, AWAY),
            Twist::Hangs => self.hang(node, HUNG),
            Twist::Lost | Twist::Late | Twist::Again => {}
        }
    }
}

/// A number for bytes.
fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words.chain([u64::from_le_bytes(last), bytes.len() as u64]).fold(0x6b6f_6d61, mix)
}

fn mix(state: u64, word: u64) -> u64 {
    let mixed = (state.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}
