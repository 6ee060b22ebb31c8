//! The parts together: members speak bytes, BMCs answer question by question.

extern crate std;

mod orders;
mod paths;
mod resets;
mod restarts;

use core::net::SocketAddr;
use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::fence::{Ask, Plan, Told};
use crate::limits::CLUSTER_KEY_LEN;
use crate::reset_path::{ClusterKeys, Dialogue, Identity, open};
use crate::rng::Drbg;
use crate::secret::{Key, KeyId, Secret};
use crate::session::{Profile, UserName};
use crate::types::*;
use crate::wire::reset::{Message, PathCheck, ResetRequest, ResetResult};
use core::num::NonZeroU64;

pub(crate) const READ_ON: Told = Told::Power(PowerState::On);
pub(crate) const READ_OFF: Told = Told::Power(PowerState::Off);
pub(crate) const CLUSTER: u16 = 50_001;

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn key() -> ClusterKeys {
    ClusterKeys::new(KeyNumber::new(1).unwrap(), Secret::from([7; CLUSTER_KEY_LEN]))
}

pub(crate) fn host(number: u16) -> HostAddress {
    HostAddress::new(number).unwrap()
}

pub(crate) fn name(number: u16) -> SystemName {
    SystemName::new(&std::format!("host{number}")).unwrap()
}

pub(crate) fn member(number: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, number as u8], CLUSTER))
}

pub(crate) fn bmc(number: u16) -> SocketAddr {
    SocketAddr::from(([10, 1, 0, number as u8], 623))
}

type Small = Connector<4, 2>;

/// A cluster of hosts 1 to `hosts`.
pub(crate) fn config(hosts: u16) -> Config<4, 2> {
    fenced_by(hosts, &Plan::default())
}

/// The same with servers that are fenced by that plan.
pub(crate) fn fenced_by(hosts: u16, plan: &Plan) -> Config<4, 2> {
    let mut config = Config::new(ConnectorNumber(0), SystemName::new("conn").unwrap());
    let cluster = ClusterConfig {
        number: CLUSTER,
        keys: key(),
        digest: ConfigDigest(1),
        rules: Rules::default(),
        connectors: heapless::Vec::new(),
    };
    config.add_cluster(cluster).unwrap();
    for number in 1..=hosts {
        let server = ServerConfig {
            host: host(number),
            name: name(number),
            member: None,
            bmc: bmc(number),
            profile: Profile::new(UserName::new("admin").unwrap(), Some(KeyId(0))),
            password: Key::new(b"password").unwrap(),
            kg: None,
            plan: plan.clone(),
            poll: POLL,
        };
        config.add_server(server).unwrap();
    }
    config
}

impl<const N: usize, const C: usize> Connector<N, C> {
    /// What the BMC of a host is asked.
    pub(crate) fn question(&self, number: u16) -> Option<Ask> {
        self.servers[usize::from(number) - 1].bmc.question()
    }

    /// It answers.
    pub(crate) fn answer(&mut self, now: Instant, number: u16, told: Told) {
        let index = number - 1;
        let bmc = &mut self.servers[usize::from(index)].bmc;
        let outcome = bmc.answer(now, told).expect("it was asked");
        let mut parts = self.parts();
        let mut at = parts.at(now, index).expect("there is such a server");
        at.told(outcome);
        while at.ask() {}
        parts.wake(now, index);
    }

    /// Something came from its address.
    pub(crate) fn bmc_spoke(&mut self, now: Instant, number: u16) {
        let from = bmc(number);
        self.handle(now, Input::Bmc { from, datagram: &mut [0; 4] });
    }
}

/// A member, as far as its connector sees it.
pub(crate) struct Member {
    pub(crate) identity: Identity,
    pub(crate) dialogue: Dialogue,
    pub(crate) keys: ClusterKeys,
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

    pub(crate) fn hear(&mut self, now: Instant, datagram: &[u8]) {
        let frame = open(&self.identity, &self.keys, datagram).expect("it is ours");
        if frame.header.destination.is_some() {
            self.dialogue.accept(&self.identity, now, &frame.header).expect("it is new");
        }
        self.heard.push(frame.message().expect("it can be read"));
    }

    pub(crate) fn results(&self) -> Vec<ResetResult> {
        let result = |message: &Message| match message {
            Message::ResetResult(result) => Some(*result),
            _ => None,
        };
        self.heard.iter().filter_map(result).collect()
    }
}

/// A connector, its members, its disk and its clock.
struct Bench {
    connector: Small,
    now: Instant,
    members: Vec<Member>,
    /// What was written last, and what is being written.
    disk: Vec<u8>,
    writing: Option<(u64, Vec<u8>)>,
    /// Writes end at once.
    quick_disk: bool,
    answers: Vec<(Ticket, Answer)>,
    tells: Vec<Tell>,
}

impl Bench {
    fn new(hosts: u16) -> Self {
        Self::restored(hosts, &[], Instant::from_micros(1_000_000))
    }

    fn restored(hosts: u16, disk: &[u8], now: Instant) -> Self {
        Self::started(hosts, disk, false, now)
    }

    /// With that on the disk; and a newer record if it is `damaged`.
    fn started(hosts: u16, disk: &[u8], damaged: bool, now: Instant) -> Self {
        let record = (!disk.is_empty()).then_some(disk);
        let restored = Restored { record, damaged, unix_ms: 1_700_000_000_000 };
        let mut bench = Self {
            connector: Small::new(config(hosts), &Seed::new([1; 32]), restored, now),
            now,
            members: (1..=hosts).map(Member::new).collect(),
            disk: disk.to_vec(),
            writing: None,
            quick_disk: true,
            answers: Vec::new(),
            tells: Vec::new(),
        };
        bench.drain();
        bench
    }

    /// A cluster whose members were heard.
    fn ready(hosts: u16) -> Self {
        let mut bench = Self::new(hosts);
        bench.meet();
        bench
    }

    /// Has all members heard with a valid echo.
    fn meet(&mut self) {
        for _ in 0..2 {
            for number in 1..=self.members.len() as u16 {
                self.check(number);
            }
        }
    }

    fn drain(&mut self) {
        let mut out = [0; MAX_OUT];
        for round in 0.. {
            assert!(round < 1000, "a drain ends");
            let Some(action) = self.connector.poll(self.now, &mut out) else { break };
            match action {
                Action::ResetPath { to, len, .. } => {
                    let at = (0..).zip(&mut self.members);
                    let mut to = at.filter(|(at, _)| member(at + 1) == to);
                    let (_, member) = to.next().expect("a member");
                    member.hear(self.now, &out[..len]);
                }
                Action::Broadcast { len, .. } => {
                    for member in &mut self.members {
                        member.hear(self.now, &out[..len]);
                    }
                }
                Action::Bmc { .. } => {}
                Action::Persist { generation } => {
                    let mut record = std::vec![0; Small::RECORD_LEN];
                    let len = self.connector.record(&mut record).expect("there is room");
                    record.truncate(len);
                    assert!(self.writing.is_none(), "one write at a time");
                    self.writing = Some((generation, record));
                    if self.quick_disk {
                        self.sync();
                    }
                }
                Action::Answer { ticket, answer } => self.answers.push((ticket, answer)),
                Action::Tell(tell) => self.tells.push(tell),
            }
        }
        assert_eq!(self.connector.poll(self.now, &mut out), None, "quiescent");
        let due = self.connector.deadline();
        assert!(due.is_none_or(|due| due > self.now), "nothing to do, but due at {due:?}");
    }

    /// Ends the write that is under way.
    fn sync(&mut self) {
        if let Some((generation, record)) = self.writing.take() {
            self.disk = record;
            self.connector.handle(self.now, Input::Persisted(generation));
        }
    }

    fn say(&mut self, number: u16, message: &Message) {
        let mut out = [0; MAX_OUT];
        let from = &mut self.members[usize::from(number) - 1];
        let len = from.dialogue.seal(&from.identity, &from.keys, self.now, message, &mut out);
        let datagram = &mut out[..len.expect("there is room")];
        let cluster = ClusterIndex(0);
        let input = Input::ResetPath { cluster, from: member(number), datagram };
        self.connector.handle(self.now, input);
        self.drain();
    }

    fn check(&mut self, number: u16) {
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

    fn request(&mut self, from: u16, id: u64, target: u16, method: ResetMethod) {
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

    fn question(&self, number: u16) -> Option<Ask> {
        self.connector.question(number)
    }

    fn is_acting(&self, number: u16) -> Option<ChassisAction> {
        match self.question(number) {
            Some(Ask::Act { action, .. }) => Some(action),
            Some(Ask::Look { .. }) | None => None,
        }
    }

    /// The BMC of a host answers what it is asked.
    fn tell(&mut self, number: u16, told: Told) {
        self.connector.answer(self.now, number, told);
        self.drain();
    }

    /// Lets time pass to the next deadline, or to the end of `span`.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            match self.connector.deadline() {
                Some(due) if due < end => self.now = self.now.max(due),
                _ => break,
            }
            self.drain();
        }
        self.now = end;
        self.drain();
    }

    fn order(&mut self, ticket: u64, order: Order) {
        let ticket = Ticket(ticket);
        self.connector.handle(self.now, Input::Order { ticket, order });
        self.drain();
    }

    /// Waits for the next question to a BMC.
    fn wait_for(&mut self, number: u16) {
        let end = self.now + Duration::from_secs(120);
        while self.question(number).is_none() {
            assert!(self.now < end, "nothing is asked");
            self.now = self.connector.deadline().expect("it waits for something");
            self.drain();
        }
    }

    fn last(&self, number: u16) -> Option<ResetResult> {
        self.members[usize::from(number) - 1].results().last().copied()
    }
}
