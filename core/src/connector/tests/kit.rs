//! A connector with its members, its disk and its clock: alone, or as part of a site.

extern crate std;

use core::fmt::Debug;
use core::net::SocketAddr;
use core::num::NonZeroU64;
use core::time::Duration;
use std::vec::Vec;

use super::{CLUSTER, host, key, member, name};
use crate::connector::MAX_OUT;
use crate::fence::{Ask, Told};
use crate::reset_path::{ClusterKeys, Dialogue, Identity, open};
use crate::rng::{Drbg, Seed};
use crate::time::Instant;
use crate::types::*;
use crate::wire::reset::{Message, PathCheck, ResetRequest, ResetResult};

/// A connector, or what it is part of.
pub(crate) trait Machine {
    /// All that it does beside what the bench does for it.
    type Done: Debug + Default;

    /// A member of the first cluster says something.
    fn hear(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]);
    /// That generation is durable.
    fn persisted(&mut self, now: Instant, generation: u64);
    /// The next thing to do; what is no concern of the bench goes to `done`.
    fn next(&mut self, now: Instant, out: &mut [u8], done: &mut Self::Done) -> Option<Next>;
    /// When to poll it again.
    fn due(&self) -> Option<Instant>;
    /// Its record.
    fn saved(&self) -> Vec<u8>;
    /// What the BMC of a host is asked.
    fn asked(&self, number: u16) -> Option<Ask>;
    /// It answers.
    fn told(&mut self, now: Instant, number: u16, told: Told);
}

/// What a bench does for its machine.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Member { to: SocketAddr, len: usize },
    Members { len: usize },
    Persist { generation: u64 },
    Done,
}

/// A member, as far as its connector sees it.
pub(crate) struct Member {
    identity: Identity,
    pub(crate) dialogue: Dialogue,
    keys: ClusterKeys,
    /// What it was told, in order.
    pub(crate) heard: Vec<Message>,
}

impl Member {
    pub(crate) fn new(number: u16) -> Self {
        Self::started(number, Epoch(1))
    }

    pub(crate) fn started(number: u16, epoch: Epoch) -> Self {
        let mut chance = Drbg::new(&Seed::new([number as u8; 32]));
        let party = Party::Host(host(number));
        let patrol = Duration::from_secs(5);
        Self {
            identity: Identity::new(party, CLUSTER, epoch, patrol, &mut chance),
            dialogue: Dialogue::new(Party::Connector(ConnectorNumber(0)), 0),
            keys: key(),
            heard: Vec::new(),
        }
    }

    fn hear(&mut self, now: Instant, datagram: &[u8]) {
        let frame = open(&self.identity, &self.keys, datagram).expect("it is ours");
        if frame.header.destination.is_some() {
            self.dialogue.accept(&self.identity, now, &frame.header).expect("it is new");
        }
        self.heard.push(frame.message().expect("it can be read"));
    }

    pub(crate) fn seal(&mut self, now: Instant, message: &Message, out: &mut [u8]) -> usize {
        let sealed = self.dialogue.seal(&self.identity, &self.keys, now, message, out);
        sealed.expect("there is room")
    }

    pub(crate) fn results(&self) -> Vec<ResetResult> {
        let result = |message: &Message| match message {
            Message::ResetResult(result) => Some(*result),
            _ => None,
        };
        self.heard.iter().filter_map(result).collect()
    }
}

/// A machine, its members, its disk and its clock.
pub(crate) struct Bench<M: Machine> {
    pub(crate) machine: M,
    pub(crate) now: Instant,
    pub(crate) members: Vec<Member>,
    /// What was written last, and what is being written.
    pub(crate) disk: Vec<u8>,
    pub(crate) writing: Option<(u64, Vec<u8>)>,
    /// Writes end at once.
    pub(crate) quick_disk: bool,
    pub(crate) done: M::Done,
}

impl<M: Machine> Bench<M> {
    /// With that on the disk.
    pub(crate) fn with(machine: M, hosts: u16, disk: &[u8], now: Instant) -> Self {
        let mut bench = Self {
            machine,
            now,
            members: (1..=hosts).map(Member::new).collect(),
            disk: disk.to_vec(),
            writing: None,
            quick_disk: true,
            done: M::Done::default(),
        };
        bench.drain();
        bench
    }

    /// Has all members heard with a valid echo.
    pub(crate) fn meet(&mut self) {
        for _ in 0..2 {
            for number in 1..=self.members.len() as u16 {
                self.check(number);
            }
        }
    }

    pub(crate) fn drain(&mut self) {
        let mut out = [0; MAX_OUT];
        for round in 0.. {
            assert!(round < 1000, "a drain ends");
            let Some(next) = self.machine.next(self.now, &mut out, &mut self.done) else { break };
            match next {
                Next::Member { to, len } => {
                    let at = (0..).zip(&mut self.members);
                    let mut to = at.filter(|(at, _)| member(at + 1) == to);
                    let (_, member) = to.next().expect("a member");
                    member.hear(self.now, &out[..len]);
                }
                Next::Members { len } => {
                    for member in &mut self.members {
                        member.hear(self.now, &out[..len]);
                    }
                }
                Next::Persist { generation } => {
                    assert!(self.writing.is_none(), "one write at a time");
                    self.writing = Some((generation, self.machine.saved()));
                    if self.quick_disk {
                        self.sync();
                    }
                }
                Next::Done => {}
            }
        }
        assert_eq!(self.machine.next(self.now, &mut out, &mut self.done), None, "quiescent");
        let due = self.machine.due();
        assert!(due.is_none_or(|due| due > self.now), "nothing to do, but due at {due:?}");
    }

    /// Ends the write that is under way.
    pub(crate) fn sync(&mut self) {
        if let Some((generation, record)) = self.writing.take() {
            self.disk = record;
            self.machine.persisted(self.now, generation);
        }
    }

    pub(crate) fn say(&mut self, number: u16, message: &Message) {
        let mut out = [0; MAX_OUT];
        let from = &mut self.members[usize::from(number) - 1];
        let len = from.seal(self.now, message, &mut out);
        self.machine.hear(self.now, member(number), &mut out[..len]);
        self.drain();
    }

    pub(crate) fn check(&mut self, number: u16) {
        let check = PathCheck {
            resume: false,
            term: Term(0),
            token: Token(0),
            keys: [KeyNumber::new(1), None],
            digest: ConfigDigest(1),
            state: HostState::Running,
            name: name(number),
            services: heapless::Vec::new(),
        };
        self.say(number, &Message::PathCheck(check));
    }

    pub(crate) fn request(&mut self, from: u16, id: u64, target: u16, method: ResetMethod) {
        let request = ResetRequest {
            id: RequestId(NonZeroU64::new(id).unwrap()),
            term: Term(0),
            method,
            reason: Reason::HeartbeatLost,
            target_epoch: Some(Epoch(1)),
            target: name(target),
        };
        self.say(from, &Message::ResetRequest(request));
    }

    pub(crate) fn question(&self, number: u16) -> Option<Ask> {
        self.machine.asked(number)
    }

    pub(crate) fn is_acting(&self, number: u16) -> Option<ChassisAction> {
        match self.question(number) {
            Some(Ask::Act { action, .. }) => Some(action),
            Some(Ask::Look { .. }) | None => None,
        }
    }

    /// The BMC of a host answers what it is asked.
    pub(crate) fn tell(&mut self, number: u16, told: Told) {
        self.machine.told(self.now, number, told);
        self.drain();
    }

    /// Waits for the next question to a BMC.
    pub(crate) fn wait_for(&mut self, number: u16) {
        let end = self.now + Duration::from_secs(120);
        while self.question(number).is_none() {
            assert!(self.now < end, "nothing is asked");
            self.now = self.machine.due().expect("it waits for something").max(self.now);
            self.drain();
        }
    }

    /// Lets time pass to the next deadline, or to the end of `span`.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            match self.machine.due() {
                Some(due) if due < end => self.now = self.now.max(due),
                _ => break,
            }
            self.drain();
        }
        self.now = end;
        self.drain();
    }

    pub(crate) fn last(&self, number: u16) -> Option<ResetResult> {
        self.members[usize::from(number) - 1].results().last().copied()
    }
}
