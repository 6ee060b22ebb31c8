//! What befalls a world, and when.

use std::time::Duration;

use super::Node;
use super::lans::{BMC_LAN, MONITORING, RESET_LAN};
use super::scenario::{Scenario, network};
use crate::net::Faults;
use crate::rng::Rng;

/// Something that befalls the world at a moment.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Duration,
    /// What.
    pub what: Disturbance,
}

/// Something that befalls the world.
#[derive(Clone, Debug)]
pub enum Disturbance {
    /// A network has other faults from now on.
    Network(usize, Faults),
    /// The way from one node to another is cut, or mended.
    Way {
        /// On which network.
        lan: usize,
        /// From whom.
        from: Node,
        /// To whom.
        to: Node,
        /// Whether it is mended.
        open: bool,
    },
    /// A process dies after so many more actions, and is started again after a while.
    Kill {
        /// Whose: a host's member, or a connector.
        node: Node,
        /// After how many actions.
        fuse: u32,
        /// After how long it is started again.
        back: Duration,
    },
    /// A process takes no step for a while.
    Hang {
        /// Whose.
        node: Node,
        /// For how long.
        lasts: Duration,
    },
    /// The operating system of a host ends, and boots again after a while.
    Crash {
        /// Which host.
        host: usize,
        /// After how long.
        back: Duration,
    },
    /// A host loses its power; somebody switches it on again after a while, or nobody does.
    PowerLoss {
        /// Which host.
        host: usize,
        /// After how long.
        back: Option<Duration>,
    },
    /// A BMC behaves badly for a while.
    Bmc {
        /// Whose.
        host: usize,
        /// How.
        how: BadBmc,
        /// For how long.
        lasts: Duration,
    },
    /// The wall clock jumps by so many milliseconds.
    WallClock {
        /// Whose.
        node: Node,
        /// Forward, or back.
        millis: i64,
    },
    /// Syncing the disk takes that long from now on.
    Disk {
        /// Whose.
        node: Node,
        /// How long.
        sync: Duration,
    },
    /// A process dies, and its record's newest copy cannot be read when it is started again.
    SpoiltRecord {
        /// Whose.
        node: Node,
        /// After how long it is started again.
        back: Duration,
    },
    /// So many recorded datagrams are sent again.
    Replay(u32),
    /// So many forged datagrams are sent.
    Forge(u32),
    /// The workload ends by itself.
    WorkloadDies {
        /// On which host.
        host: usize,
        /// Which.
        service: usize,
    },
    /// The next command of the service fails or hangs.
    Fail {
        /// On which host.
        host: usize,
        /// Which service's.
        service: usize,
        /// It hangs to its limit.
        hangs: bool,
    },
    /// An operator orders something of a member.
    OfMember(usize, MemberOrder),
    /// An operator orders something of a connector.
    OfConnector(usize, ConnectorOrder),
}

/// How a BMC behaves badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBmc {
    /// It hears nothing.
    Deaf,
    /// It carries out what it hears, and does not answer.
    Mute,
    /// It accepts commands and does nothing.
    Stuck,
    /// It is silent after each power command.
    Silent,
    /// It starts anew, without its sessions.
    Restarts,
    /// It answers late.
    Late,
}

/// What an operator may want of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberOrder {
    /// Start a service.
    Activate(usize),
    /// Stop a service.
    Deactivate(usize),
    /// Move a service.
    Swap(usize),
    /// That host is off: given only when it is.
    ItIsOff(usize),
    /// Take over again.
    Thaw,
    /// Maintenance of this host.
    Maintenance(bool),
}

/// What an operator may want of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectorOrder {
    /// Fence a host.
    Reset(usize),
    /// Read a host's power.
    Look(usize),
    /// Switch a host on.
    PowerOn(usize),
    /// All but the shot.
    Drill(usize),
    /// That host is off: given only when it is.
    ConfirmOff(usize),
    /// Maintenance of the cluster.
    Maintenance(bool),
    /// Act.
    Act,
    /// Watch all paths afresh.
    Resume,
}

/// Writes the script of a world.
pub(super) struct Writer<'a> {
    scenario: &'a Scenario,
    rng: &'a mut Rng,
    violence: u64,
    entries: Vec<Entry>,
}

impl<'a> Writer<'a> {
    /// For that scenario, with so much violence, 0 to 3.
    pub(super) fn new(scenario: &'a Scenario, rng: &'a mut Rng, violence: u64) -> Self {
        Self { scenario, rng, violence, entries: Vec::new() }
    }

    /// The script, by time.
    pub(super) fn write(mut self) -> Vec<Entry> {
        let count = 1 + self.rng.below(4 + 6 * self.violence);
        // Much of what goes wrong goes wrong when several things happen close together.
        let clustered = self.rng.percent(50.0);
        let focus = self.moment();
        for _ in 0..count {
            let at = if clustered && self.rng.percent(70.0) {
                focus + Duration::from_millis(self.rng.below(8000))
            } else {
                self.moment()
            };
            self.misfortune(at);
        }
        let heals_at = self.scenario.heals_at;
        self.entries.retain(|entry| entry.at < heals_at);
        self.entries.sort_by_key(|entry| entry.at);
        self.entries
    }

    fn moment(&mut self) -> Duration {
        let span = self.scenario.heals_at.as_micros() as u64;
        Duration::from_micros(self.rng.below(span))
    }

    fn span(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        // Short and long ones alike: by orders of magnitude.
        let most = self.rng.below(most_ms - least_ms + 1);
        let scale = self.rng.below(most + 1);
        Duration::from_millis(least_ms + if self.rng.percent(50.0) { most } else { scale })
    }

    fn push(&mut self, at: Duration, what: Disturbance) {
        self.entries.push(Entry { at, what });
    }

    fn host(&mut self) -> usize {
        self.rng.below(self.scenario.hosts as u64) as usize
    }

    fn connector(&mut self) -> usize {
        self.rng.below(self.scenario.connectors as u64) as usize
    }

    fn service(&mut self) -> usize {
        self.rng.below(self.scenario.services.len() as u64) as usize
    }

    fn host_of(&mut self, service: usize) -> usize {
        let hosts = &self.scenario.services[service].hosts;
        hosts[self.rng.below(hosts.len() as u64) as usize]
    }

    fn misfortune(&mut self, at: Duration) {
        match self.rng.below(20) {
            0..=2 => self.cut(at),
            3..=4 => self.isolation(at),
            5..=6 => self.weather(at),
            7..=8 => self.process(at),
            9..=10 => self.machine(at),
            11 => self.bmc(at),
            12 => self.clock_or_disk(at),
            13 => self.attack(at),
            14..=15 => self.workload(at),
            16..=17 => self.member_order(at),
            18 => self.connector_order(at),
            _ => self.duel(at),
        }
    }

    /// One way between two parties, or both.
    fn cut(&mut self, at: Duration) {
        let lan = self.rng.below(self.scenario.faults.len() as u64) as usize;
        let connector = Node::Connector(self.connector());
        let host = self.host();
        let (a, b) = match lan {
            BMC_LAN => (connector, Node::Bmc(host)),
            RESET_LAN => (connector, Node::Host(host)),
            _ => (Node::Host(host), Node::Host((host + 1) % self.scenario.hosts)),
        };
        let mended = at + self.span(100, 40_000);
        let which = self.rng.below(3);
        for (bit, from, to) in [(1, a, b), (2, b, a)] {
            if (which + 1) & bit != 0 {
                self.push(at, Disturbance::Way { lan, from, to, open: false });
                self.push(mended, Disturbance::Way { lan, from, to, open: true });
            }
        }
    }

    /// A host is cut off from the other hosts on every monitoring path, sometimes from the reset
    /// path as well.
    fn isolation(&mut self, at: Duration) {
        let host = self.host();
        let mended = at + self.span(1000, 60_000);
        let one_way = self.rng.percent(30.0);
        for lan in MONITORING..self.scenario.faults.len() {
            for other in (0..self.scenario.hosts).filter(|other| *other != host) {
                let (a, b) = (Node::Host(host), Node::Host(other));
                let ways = if one_way { &[(a, b)][..] } else { &[(a, b), (b, a)] };
                for (from, to) in ways.iter().copied() {
                    self.push(at, Disturbance::Way { lan, from, to, open: false });
                    self.push(mended, Disturbance::Way { lan, from, to, open: true });
                }
            }
        }
        if self.rng.percent(40.0) {
            for connector in 0..self.scenario.connectors {
                let (a, b) = (Node::Host(host), Node::Connector(connector));
                for (from, to) in [(a, b), (b, a)] {
                    let lan = RESET_LAN;
                    self.push(at, Disturbance::Way { lan, from, to, open: false });
                    self.push(mended, Disturbance::Way { lan, from, to, open: true });
                }
            }
        }
    }

    fn weather(&mut self, at: Duration) {
        let lan = self.rng.below(self.scenario.faults.len() as u64) as usize;
        let trouble = self.rng.below(self.violence + 1);
        let faults = network(self.rng, trouble);
        let over = at + self.span(1000, 60_000);
        self.push(at, Disturbance::Network(lan, faults));
        self.push(over, Disturbance::Network(lan, self.scenario.faults[lan].clone()));
    }

    fn process(&mut self, at: Duration) {
        let node = if self.rng.percent(40.0) {
            Node::Connector(self.connector())
        } else {
            Node::Host(self.host())
        };
        let what = if self.rng.percent(50.0) {
            let fuse = self.rng.below(6) as u32;
            Disturbance::Kill { node, fuse, back: self.span(10, 20_000) }
        } else {
            Disturbance::Hang { node, lasts: self.span(100, 40_000) }
        };
        self.push(at, what);
    }

    fn machine(&mut self, at: Duration) {
        let host = self.host();
        let back = self.span(1, 30_000);
        let what = if self.rng.percent(50.0) {
            Disturbance::Crash { host, back }
        } else {
            let back = self.rng.percent(70.0).then_some(back);
            Disturbance::PowerLoss { host, back }
        };
        self.push(at, what);
    }

    fn bmc(&mut self, at: Duration) {
        let how = [
            BadBmc::Deaf,
            BadBmc::Mute,
            BadBmc::Stuck,
            BadBmc::Silent,
            BadBmc::Restarts,
            BadBmc::Late,
        ][self.rng.below(6) as usize];
        let (host, lasts) = (self.host(), self.span(500, 90_000));
        self.push(at, Disturbance::Bmc { host, how, lasts });
    }

    fn clock_or_disk(&mut self, at: Duration) {
        let node = if self.rng.percent(50.0) {
            Node::Connector(self.connector())
        } else {
            Node::Host(self.host())
        };
        let what = match self.rng.below(5) {
            0..=1 => {
                let millis = self.rng.below(7_200_000) as i64 - 3_600_000;
                Disturbance::WallClock { node, millis }
            }
            2..=3 => Disturbance::Disk { node, sync: self.span(1, 3000) },
            _ => Disturbance::SpoiltRecord { node, back: self.span(10, 20_000) },
        };
        self.push(at, what);
    }

    fn attack(&mut self, at: Duration) {
        for _ in 0..1 + self.rng.below(5) {
            let at = at + self.span(0, 20_000);
            let count = 1 + self.rng.below(30) as u32;
            let replay = self.rng.percent(70.0);
            let what = if replay { Disturbance::Replay(count) } else { Disturbance::Forge(count) };
            self.push(at, what);
        }
    }

    fn workload(&mut self, at: Duration) {
        let service = self.service();
        let host = self.host_of(service);
        let what = if self.rng.percent(50.0) {
            Disturbance::WorkloadDies { host, service }
        } else {
            Disturbance::Fail { host, service, hangs: self.rng.percent(40.0) }
        };
        self.push(at, what);
    }

    fn member_order(&mut self, at: Duration) {
        let service = self.service();
        let host = self.host_of(service);
        let order = match self.rng.below(10) {
            0..=3 => MemberOrder::Swap(service),
            4..=5 => MemberOrder::Activate(service),
            6 => MemberOrder::Deactivate(service),
            7 => MemberOrder::ItIsOff((host + 1) % self.scenario.hosts),
            8 => MemberOrder::Thaw,
            _ => {
                let over = at + self.span(1000, 30_000);
                self.push(over, Disturbance::OfMember(host, MemberOrder::Maintenance(false)));
                MemberOrder::Maintenance(true)
            }
        };
        self.push(at, Disturbance::OfMember(host, order));
    }

    fn connector_order(&mut self, at: Duration) {
        let connector = self.connector();
        let host = self.host();
        let order = match self.rng.below(8) {
            0 => ConnectorOrder::Reset(host),
            1 => ConnectorOrder::Look(host),
            2 => ConnectorOrder::PowerOn(host),
            3 => ConnectorOrder::Drill(host),
            4 => ConnectorOrder::ConfirmOff(host),
            5 => {
                let over = at + self.span(1000, 30_000);
                let off = ConnectorOrder::Maintenance(false);
                self.push(over, Disturbance::OfConnector(connector, off));
                ConnectorOrder::Maintenance(true)
            }
            6 => ConnectorOrder::Act,
            _ => ConnectorOrder::Resume,
        };
        self.push(at, Disturbance::OfConnector(connector, order));
    }

    /// Both hosts lose sight of each other at once, and ask for each other's reset.
    fn duel(&mut self, at: Duration) {
        let mended = at + self.span(3000, 60_000);
        for lan in MONITORING..self.scenario.faults.len() {
            for host in 0..self.scenario.hosts {
                for other in (0..self.scenario.hosts).filter(|other| *other != host) {
                    let (from, to) = (Node::Host(host), Node::Host(other));
                    self.push(at, Disturbance::Way { lan, from, to, open: false });
                    self.push(mended, Disturbance::Way { lan, from, to, open: true });
                }
            }
        }
    }
}
