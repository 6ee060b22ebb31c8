//! The parts together: members speak bytes, BMCs answer question by question.

extern crate std;

pub(crate) mod kit;
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
use crate::reset_path::{ClusterKeys, Dialogue};
use crate::secret::{Key, KeyId, Secret};
use crate::session::{Profile, UserName};
use crate::types::*;
use crate::wire::reset::Message;
use kit::{Machine, Member, Next};

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
    of_hosts(1..=hosts, plan)
}

/// The same with hosts of these numbers, in that order.
pub(crate) fn of_hosts(numbers: impl Iterator<Item = u16>, plan: &Plan) -> Config<4, 2> {
    let mut config = Config::new(ConnectorNumber(0), SystemName::new("conn").unwrap());
    let cluster = ClusterConfig {
        number: CLUSTER,
        keys: key(),
        digest: ConfigDigest(1),
        rules: Rules::default(),
        connectors: heapless::Vec::new(),
    };
    config.add_cluster(cluster).unwrap();
    for number in numbers {
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

/// What a connector does beside what the bench does for it.
#[derive(Debug, Default)]
pub(crate) struct Done {
    answers: Vec<(Ticket, Answer)>,
    tells: Vec<Tell>,
}

impl Machine for Small {
    type Done = Done;

    fn hear(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) {
        self.handle(now, Input::ResetPath { cluster: ClusterIndex(0), from, datagram });
    }

    fn persisted(&mut self, now: Instant, generation: u64) {
        self.handle(now, Input::Persisted(generation));
    }

    fn next(&mut self, now: Instant, out: &mut [u8], done: &mut Done) -> Option<Next> {
        Some(match self.poll(now, out)? {
            Action::ResetPath { to, len, .. } => Next::Member { to, len },
            Action::Broadcast { len, .. } => Next::Members { len },
            Action::Bmc { .. } => Next::Done,
            Action::Persist { generation } => Next::Persist { generation },
            Action::Answer { ticket, answer } => {
                done.answers.push((ticket, answer));
                Next::Done
            }
            Action::Tell(tell) => {
                done.tells.push(tell);
                Next::Done
            }
        })
    }

    fn due(&self) -> Option<Instant> {
        self.deadline()
    }

    fn saved(&self) -> Vec<u8> {
        let mut record = std::vec![0; Self::RECORD_LEN];
        let len = self.record(&mut record).expect("there is room");
        record.truncate(len);
        record
    }

    fn asked(&self, number: u16) -> Option<Ask> {
        self.question(number)
    }

    fn told(&mut self, now: Instant, number: u16, told: Told) {
        self.answer(now, number, told);
    }
}

type Bench = kit::Bench<Small>;

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
        let connector = Small::new(config(hosts), &Seed::new([1; 32]), restored, now);
        Self::with(connector, hosts, disk, now)
    }

    /// A cluster whose members were heard.
    fn ready(hosts: u16) -> Self {
        let mut bench = Self::new(hosts);
        bench.meet();
        bench
    }

    fn order(&mut self, ticket: u64, order: Order) {
        let ticket = Ticket(ticket);
        self.machine.handle(self.now, Input::Order { ticket, order });
        self.drain();
    }
}
