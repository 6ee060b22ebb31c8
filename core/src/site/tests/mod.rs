//! Both machines together: members speak bytes, BMCs answer question by question, and a plan
//! orders.

extern crate std;

mod directed;
mod held;
mod laws;
mod outlets;
mod proved;
mod reloads;
mod restarts;

use core::net::SocketAddr;
use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::connector::tests::kit::{self, Machine, Member, Next};
use crate::connector::tests::{READ_OFF, READ_ON, config, fenced_by, member, ms};
use crate::connector::{ClusterIndex, MAX_OUT, Order};
use crate::fence::{Ask, Told};
use crate::power::{Feed, PlannedServer, Switch, Timing, UpsConfig};
use crate::types::*;
use crate::wire::reset::{Message, Notice};

type Small = Site<4, 2, 2>;

/// The BMC of the second host, and so on.
const FIRST: ServerIndex = ServerIndex(0);
const SECOND: ServerIndex = ServerIndex(1);

/// Nothing hangs on any UPS.
fn no_plan() -> power::Config<4, 2> {
    power::Config::new(Timing::default())
}

/// Every host hangs on one UPS.
fn one_ups(hosts: u16) -> power::Config<4, 2> {
    let mut config = no_plan();
    let ups = config.add_ups(UpsConfig::default()).unwrap();
    config.add_stage(power::Stage { after: None, below: None }).unwrap();
    for at in 0..hosts {
        let mut server = PlannedServer::new(ServerIndex(at));
        let feed = Feed { ups, outlet: Outlet::WHOLE, alone: false };
        server.feeds.push(feed).unwrap();
        server.groups.push(GroupName::new("web").unwrap()).unwrap();
        config.add_server(server).unwrap();
    }
    config
}

impl Machine for Small {
    /// All that is no datagram.
    type Done = Vec<Action>;

    fn hear(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) {
        self.handle(now, Input::ResetPath { cluster: ClusterIndex(0), from, datagram });
    }

    fn persisted(&mut self, now: Instant, generation: u64) {
        self.handle(now, Input::Persisted(generation));
    }

    fn next(&mut self, now: Instant, out: &mut [u8], done: &mut Vec<Action>) -> Option<Next> {
        Some(match self.poll(now, out)? {
            Action::ResetPath { to, len, .. } => Next::Member { to, len },
            Action::Broadcast { len, .. } => Next::Members { len },
            Action::Bmc { .. } => Next::Done,
            Action::Persist { generation } => Next::Persist { generation },
            other => {
                done.push(other);
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
        self.connector.question(number)
    }

    fn told(&mut self, now: Instant, number: u16, told: Told) {
        self.connector.answer(now, number, told);
    }
}

type Bench = kit::Bench<Small>;

impl Bench {
    fn new(hosts: u16, power: power::Config<4, 2>) -> Self {
        Self::restored(hosts, power, &[], Instant::from_micros(1_000_000))
    }

    fn restored(hosts: u16, power: power::Config<4, 2>, disk: &[u8], now: Instant) -> Self {
        Self::started(hosts, config(hosts), power, disk, now)
    }

    fn started(
        hosts: u16,
        connector: connector::Config<4, 2>,
        power: power::Config<4, 2>,
        disk: &[u8],
        now: Instant,
    ) -> Self {
        let record = (!disk.is_empty()).then_some(disk);
        let restored = Restored { record, damaged: false, unix_ms: 1_700_000_000_000 };
        let config = Config { connector, power };
        Self::with(Small::new(config, &Seed::new([1; 32]), restored, now), hosts, disk, now)
    }

    /// A site whose members were heard, and whose servers read on.
    fn ready(hosts: u16, power: power::Config<4, 2>) -> Self {
        let mut bench = Self::new(hosts, power);
        bench.meet();
        for number in 1..=hosts {
            bench.tell(number, READ_ON);
        }
        bench
    }

    /// The plan wants that.
    fn plan(&mut self, action: power::Action) {
        let done = self.machine.carry_out(self.now, action);
        self.done.extend(done);
        self.drain();
    }

    fn hold(&mut self, server: ServerIndex, held: bool) {
        self.plan(power::Action::Hold { server, held });
    }

    fn direct(&mut self, server: ServerIndex, action: Directed, group: Option<u8>) {
        self.plan(power::Action::Direct { server, action, seconds: 60, group });
    }

    fn switch(&mut self, server: ServerIndex, switch: Switch) {
        self.plan(power::Action::Switch { server, switch });
    }

    /// A member starts anew, and is heard.
    fn restart(&mut self, number: u16, epoch: Epoch) {
        self.members[usize::from(number) - 1] = Member::started(number, epoch);
        self.pass(ms(1100));
        self.check(number);
        self.check(number);
    }

    fn report(&mut self, number: u16, id: DirectiveId, state: ReportState) {
        let cause = ReportCause::None;
        self.say(number, &Message::Report(Progress { id, state, done: 1, of: 2, cause }));
    }

    /// Waits for the next question to a BMC, and answers it.
    fn answer(&mut self, number: u16, told: Told) {
        self.wait_for(number);
        self.tell(number, told);
    }

    /// What a member was directed to do, in order; repeats too.
    fn directives(&self, number: u16) -> Vec<Directive> {
        let directive = |message: &Message| match message {
            Message::Directive(directive) => Some(directive.clone()),
            _ => None,
        };
        self.members[usize::from(number) - 1].heard.iter().filter_map(directive).collect()
    }

    fn notices(&self, number: u16) -> Vec<Notice> {
        let notice = |message: &Message| match message {
            Message::Notice(notice) => Some(*notice),
            _ => None,
        };
        self.members[usize::from(number) - 1].heard.iter().filter_map(notice).collect()
    }

    /// The mode that a member was shown last.
    fn mode(&self, number: u16) -> Option<Mode> {
        let mode = |message: &Message| match message {
            Message::PathStatus(status) => Some(status.mode),
            _ => None,
        };
        self.members[usize::from(number) - 1].heard.iter().filter_map(mode).next_back()
    }

    fn facts(&self, server: ServerIndex) -> Facts {
        self.machine.connector.facts(self.now, server).expect("there is such a server")
    }

    /// What came of switches, as the plan was told.
    fn switched(&self) -> Vec<Result<(), power::SwitchFailure>> {
        let end = |input: &power::Input| match input {
            power::Input::Switched { end, .. } => Some(*end),
            _ => None,
        };
        self.machine.told.iter().filter_map(end).collect()
    }

    fn reports(&self) -> Vec<(ServerIndex, Epoch, Directed, ReportState)> {
        let report = |input: &power::Input| match input {
            power::Input::Reported { server, epoch, action, state, .. } => {
                Some((*server, *epoch, *action, *state))
            }
            _ => None,
        };
        self.machine.told.iter().filter_map(report).collect()
    }
}
