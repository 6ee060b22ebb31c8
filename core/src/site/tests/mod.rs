//! Both machines together: members speak bytes, BMCs answer question by question, and a plan
//! orders.

extern crate std;

mod directed;
mod held;
mod laws;
mod outlets;
mod proved;
mod restarts;

use core::num::NonZeroU64;
use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::connector::tests::{Member, READ_OFF, READ_ON, config, fenced_by, member, ms, name};
use crate::connector::{ClusterIndex, MAX_OUT, Order};
use crate::fence::{Ask, Told};
use crate::power::{Feed, PlannedServer, Switch, Timing, UpsConfig};
use crate::types::*;
use crate::wire::reset::{Message, Notice, PathCheck, ResetRequest, ResetResult};

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

/// A site, its members, its disk and its clock.
struct Bench {
    site: Small,
    now: Instant,
    members: Vec<Member>,
    /// What was written last, and what is being written.
    disk: Vec<u8>,
    writing: Option<(u64, Vec<u8>)>,
    /// All that is no datagram.
    done: Vec<Action>,
}

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
        let mut bench = Self {
            site: Small::new(config, &Seed::new([1; 32]), restored, now),
            now,
            members: (1..=hosts).map(Member::new).collect(),
            disk: disk.to_vec(),
            writing: None,
            done: Vec::new(),
        };
        bench.drain();
        bench
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
            let Some(action) = self.site.poll(self.now, &mut out) else { break };
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
                    let len = self.site.record(&mut record).expect("there is room");
                    record.truncate(len);
                    assert!(self.writing.is_none(), "one write at a time");
                    self.writing = Some((generation, record));
                    self.sync();
                }
                other => self.done.push(other),
            }
        }
        assert_eq!(self.site.poll(self.now, &mut out), None, "quiescent");
        let due = self.site.deadline();
        assert!(due.is_none_or(|due| due > self.now), "nothing to do, but due at {due:?}");
    }

    /// Ends the write that is under way.
    fn sync(&mut self) {
        if let Some((generation, record)) = self.writing.take() {
            self.disk = record;
            self.site.handle(self.now, Input::Persisted(generation));
        }
    }

    /// The plan wants that.
    fn plan(&mut self, action: power::Action) {
        let done = self.site.carry_out(self.now, action);
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

    fn say(&mut self, number: u16, message: &Message) {
        let mut out = [0; MAX_OUT];
        let from = &mut self.members[usize::from(number) - 1];
        let len = from.dialogue.seal(&from.identity, &from.keys, self.now, message, &mut out);
        let datagram = &mut out[..len.expect("there is room")];
        let cluster = ClusterIndex(0);
        let input = Input::ResetPath { cluster, from: member(number), datagram };
        self.site.handle(self.now, input);
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
        self.site.connector.question(number)
    }

    fn is_acting(&self, number: u16) -> Option<ChassisAction> {
        match self.question(number) {
            Some(Ask::Act { action, .. }) => Some(action),
            Some(Ask::Look { .. }) | None => None,
        }
    }

    /// The BMC of a host answers what it is asked.
    fn tell(&mut self, number: u16, told: Told) {
        self.site.connector.answer(self.now, number, told);
        self.drain();
    }

    /// Waits for the next question to a BMC, and answers it.
    fn answer(&mut self, number: u16, told: Told) {
        self.wait_for(number);
        self.tell(number, told);
    }

    fn wait_for(&mut self, number: u16) {
        let end = self.now + Duration::from_secs(120);
        while self.question(number).is_none() {
            assert!(self.now < end, "nothing is asked");
            self.now = self.site.deadline().expect("it waits for something").max(self.now);
            self.drain();
        }
    }

    /// Lets time pass to the next deadline, or to the end of `span`.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            match self.site.deadline() {
                Some(due) if due < end => self.now = self.now.max(due),
                _ => break,
            }
            self.drain();
        }
        self.now = end;
        self.drain();
    }

    fn last(&self, number: u16) -> Option<ResetResult> {
        self.members[usize::from(number) - 1].results().last().copied()
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
        self.site.connector.facts(self.now, server).expect("there is such a server")
    }

    /// What came of switches, as the plan was told.
    fn switched(&self) -> Vec<Result<(), power::SwitchFailure>> {
        let end = |input: &power::Input| match input {
            power::Input::Switched { end, .. } => Some(*end),
            _ => None,
        };
        self.site.told.iter().filter_map(end).collect()
    }

    fn reports(&self) -> Vec<(ServerIndex, Epoch, Directed, ReportState)> {
        let report = |input: &power::Input| match input {
            power::Input::Reported { server, epoch, action, state, .. } => {
                Some((*server, *epoch, *action, *state))
            }
            _ => None,
        };
        self.site.told.iter().filter_map(report).collect()
    }
}
