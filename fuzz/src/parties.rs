//! A site of two servers, the members of both and their BMCs, and operations on all of it: what
//! goes to one side is changed, repeated, made up and given orders.

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::block::ApplianceSite;
use komainu_core::connector::{self, ClusterIndex, Ticket};
use komainu_core::member::{self, Member, RunEnd, RunId};
use komainu_core::power;
use komainu_core::site;
use komainu_core::time::Instant;
use komainu_core::types::{
    ResetMethod, ServerIndex, ServiceNumber, Source, Supply, UpsAnswer, UpsFailure, UpsIndex,
    UpsReading,
};
use komainu_sim::bmc::{Bmc, BmcConfig};

use crate::setup::{CONNECTOR, CONSOLE, bmc, host, member, member_of, site};
use crate::tape::Tape;
use crate::twins::Twins;

/// Most operations of an input.
const MOST: usize = 400;
/// Most datagrams on their way.
const FLYING: usize = 64;

/// Who is meddled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The connector, with its power plan.
    Connector,
    /// The members.
    Member,
}

/// Where a datagram goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    ResetPath,
    Console,
    Member { at: usize, path: u8 },
    Bmc(usize),
}

#[derive(Clone)]
struct Flying {
    to: To,
    from: SocketAddr,
    bytes: Vec<u8>,
}

/// Everybody.
pub struct Parties {
    meddled: Party,
    now: Duration,
    site: Twins<ApplianceSite>,
    members: [Twins<Member>; 2],
    bmcs: [Bmc; 2],
    flying: Vec<Flying>,
    captured: Vec<Flying>,
    /// Commands that run, writes and orders to the UPS that are under way.
    runs: Vec<(usize, RunId)>,
    written: [Option<u64>; 3],
    ordered: Vec<power::RunId>,
    tickets: u64,
}

impl Parties {
    /// Does what the bytes say.
    pub fn run(bytes: &[u8], meddled: Party) {
        let mut tape = Tape::new(bytes);
        let mut parties = Self {
            meddled,
            now: Duration::ZERO,
            site: Twins::new(site),
            members: [0, 1].map(|at| Twins::new(|| member_of(at))),
            bmcs: [0, 1].map(|at| Bmc::new(BmcConfig::default(), at)),
            flying: Vec::new(),
            captured: Vec::new(),
            runs: Vec::new(),
            written: [None; 3],
            ordered: Vec::new(),
            tickets: 0,
        };
        parties.drain();
        for _ in 0..MOST {
            if tape.is_over() {
                break;
            }
            parties.step(&mut tape);
            parties.drain();
        }
    }

    fn step(&mut self, tape: &mut Tape<'_>) {
        match tape.byte() % 10 {
            0 => self.meddle(tape),
            1..=3 => self.deliver(),
            4 | 5 => self.pass(tape),
            6 => self.order(tape),
            7 => self.make_up(tape),
            8 => self.repeat(tape),
            _ => self.happen(tape),
        }
    }

    fn instant(&self) -> Instant {
        Instant::from_micros(self.now.as_micros() as u64)
    }

    fn is_meddled(&self, to: To) -> bool {
        match to {
            To::ResetPath | To::Console => self.meddled == Party::Connector,
            To::Member { .. } => self.meddled == Party::Member,
            To::Bmc(_) => false,
        }
    }

    /// The oldest datagram to that party is lost, changed, or comes out of order.
    fn meddle(&mut self, tape: &mut Tape<'_>) {
        let at = self.flying.iter().position(|flying| self.is_meddled(flying.to));
        let Some(at) = at else { return };
        let mut flying = self.flying.remove(at);
        match tape.byte() % 4 {
            0 => {}
            1 => self.arrive(flying),
            2 => {
                let place = usize::from(tape.byte()) % flying.bytes.len().max(1);
                let bits = tape.byte();
                if let Some(byte) = flying.bytes.get_mut(place) {
                    *byte ^= bits;
                }
                self.arrive(flying);
            }
            _ => {
                let len = flying.bytes.len();
                flying.bytes.truncate(len - len.min(usize::from(tape.byte())));
                self.arrive(flying);
            }
        }
    }

    /// Everything under way comes to its end.
    fn deliver(&mut self) {
        for flying in std::mem::take(&mut self.flying) {
            self.arrive(flying);
        }
        let now = self.instant();
        for (at, run) in std::mem::take(&mut self.runs) {
            let end = RunEnd::Done;
            self.members[at].tell(|one| one.handle(now, member::Input::Finished { run, end }));
        }
        for run in std::mem::take(&mut self.ordered) {
            let answer = UpsAnswer::Accepted;
            self.site.tell(|one| one.handle(now, site::Input::Ordered { run, answer }));
        }
        let [connector, members @ ..] = std::mem::take(&mut self.written);
        if let Some(generation) = connector {
            self.site.tell(|one| one.handle(now, site::Input::Persisted(generation)));
        }
        for (member, generation) in self.members.iter_mut().zip(members) {
            if let Some(generation) = generation {
                member.tell(|one| one.handle(now, member::Input::Persisted(generation)));
            }
        }
    }

    fn arrive(&mut self, flying: Flying) {
        let now = self.instant();
        let Flying { to, from, bytes } = flying.clone();
        match to {
            To::ResetPath => self.site.tell(|one| {
                let (cluster, mut bytes) = (ClusterIndex(0), bytes.clone());
                let datagram = &mut bytes[..];
                one.handle(now, site::Input::ResetPath { cluster, from, datagram });
            }),
            To::Console => self.site.tell(|one| {
                let mut bytes = bytes.clone();
                one.handle(now, site::Input::Bmc { from, datagram: &mut bytes });
            }),
            To::Member { at, path } => self.members[at].tell(|one| {
                let mut bytes = bytes.clone();
                let datagram = &mut bytes[..];
                one.handle(now, member::Input::Datagram { path, from, datagram });
            }),
            To::Bmc(at) => {
                let mut answers = Vec::new();
                let mut send = |_, bytes: &[u8]| answers.push(bytes.to_vec());
                self.bmcs[at].handle(self.now, CONSOLE, &bytes, &mut send);
                answers.into_iter().for_each(|bytes| self.send(To::Console, bmc(at), &bytes));
            }
        }
        if self.is_meddled(to) {
            self.captured.push(flying);
            self.captured.drain(..self.captured.len().saturating_sub(8));
        }
    }

    fn send(&mut self, to: To, from: SocketAddr, bytes: &[u8]) {
        if self.flying.len() == FLYING {
            self.flying.remove(0);
        }
        self.flying.push(Flying { to, from, bytes: bytes.to_vec() });
    }

    /// Time passes, from deadline to deadline.
    fn pass(&mut self, tape: &mut Tape<'_>) {
        let span = tape.pick(&[1, 50, 400, 1500, 6000, 45_000].map(Duration::from_millis));
        let end = self.now + span;
        for _ in 0..200 {
            let members = self.members.iter().filter_map(Twins::deadline);
            let due = members.chain(self.site.deadline()).min();
            let due = due.map(|due| Duration::from_micros(due.as_micros()));
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = due.max(self.now);
            self.drain();
        }
        self.now = end.max(self.now);
        for at in 0..2 {
            let mut answers = Vec::new();
            self.bmcs[at].poll(self.now, &mut |_, bytes| answers.push(bytes.to_vec()));
            answers.into_iter().for_each(|bytes| self.send(To::Console, bmc(at), &bytes));
        }
    }

    fn order(&mut self, tape: &mut Tape<'_>) {
        self.tickets += 1;
        let (now, ticket) = (self.instant(), self.tickets);
        let at = usize::from(tape.byte() & 1);
        match self.meddled {
            Party::Connector => {
                let order = connector_order(tape, ServerIndex(at as u16));
                let ticket = Ticket(ticket);
                self.site.tell(|one| one.handle(now, site::Input::Order { ticket, order }));
            }
            Party::Member => {
                let order = member_order(tape, at);
                let ticket = member::Ticket(ticket);
                self.members[at]
                    .tell(|one| one.handle(now, member::Input::Order { ticket, order }));
            }
        }
    }

    /// Somebody sends what comes to mind.
    fn make_up(&mut self, tape: &mut Tape<'_>) {
        let at = usize::from(tape.byte() & 1);
        let path = tape.byte() & 1;
        let (to, from) = match (self.meddled, path) {
            (Party::Connector, 0) => (To::ResetPath, member(0, at)),
            (Party::Connector, _) => (To::Console, bmc(at)),
            (Party::Member, 0) => (To::Member { at, path }, CONNECTOR),
            (Party::Member, path) => (To::Member { at, path }, member(path, 1 - at)),
        };
        self.arrive(Flying { to, from, bytes: tape.piece().to_vec() });
    }

    fn repeat(&mut self, tape: &mut Tape<'_>) {
        if !self.captured.is_empty() {
            let at = usize::from(tape.byte()) % self.captured.len();
            self.arrive(self.captured[at].clone());
        }
    }

    /// Something happens to the supply, a server's power, or a command.
    fn happen(&mut self, tape: &mut Tape<'_>) {
        let now = self.instant();
        let at = usize::from(tape.byte() & 1);
        match tape.byte() % 4 {
            0 => self.bmcs[at].set_power(self.now, tape.byte() & 1 == 0),
            1 => {
                let server = ServerIndex(at as u16);
                let source = Source::Trap;
                self.site.tell(|one| one.handle(now, site::Input::Hint { server, source }));
            }
            2 => {
                let supply = tape.pick(&[Supply::Mains, Supply::Battery, Supply::Off]);
                let charge = Some(tape.byte().min(100));
                let reading = UpsReading { charge, ..UpsReading::of(supply) };
                let reading = if at == 0 { Ok(reading) } else { Err(UpsFailure::Silent) };
                let (ups, asked) = (UpsIndex(0), now);
                self.site.tell(|one| one.handle(now, site::Input::Reading { ups, asked, reading }));
            }
            _ => {
                if let Some((at, run)) = self.runs.pop() {
                    let end = tape.pick(&[RunEnd::Failed, RunEnd::TimedOut]);
                    self.members[at]
                        .tell(|one| one.handle(now, member::Input::Finished { run, end }));
                }
            }
        }
    }

    fn drain(&mut self) {
        let now = self.instant();
        for (action, out) in self.site.drain(now) {
            match action {
                site::Action::ResetPath { to, len, .. } => {
                    let at = (0..2).find(|at| member(0, *at) == to);
                    if let Some(at) = at {
                        self.send(To::Member { at, path: 0 }, CONNECTOR, &out[..len]);
                    }
                }
                site::Action::Broadcast { len, .. } => (0..2).for_each(|at| {
                    self.send(To::Member { at, path: 0 }, CONNECTOR, &out[..len]);
                }),
                site::Action::Bmc { to, len } => {
                    if let Some(at) = (0..2).find(|at| bmc(*at) == to) {
                        self.send(To::Bmc(at), CONSOLE, &out[..len]);
                    }
                }
                site::Action::Persist { generation } => self.written[0] = Some(generation),
                site::Action::OrderUps { run, .. } => self.ordered.push(run),
                site::Action::Answer { .. }
                | site::Action::Tell(_)
                | site::Action::ReadUps(_)
                | site::Action::Run { .. }
                | site::Action::AnswerPlan { .. }
                | site::Action::TellPower(_) => {}
            }
        }
        (0..2).for_each(|at| self.drain_member(now, at));
    }

    fn drain_member(&mut self, now: Instant, at: usize) {
        for (action, out) in self.members[at].drain(now) {
            match action {
                member::Action::Send { path: 0, len, .. } | member::Action::Broadcast { len } => {
                    self.send(To::ResetPath, member(0, at), &out[..len]);
                }
                member::Action::Send { path, len, .. } => {
                    let to = To::Member { at: 1 - at, path };
                    self.send(to, member(path, at), &out[..len]);
                }
                member::Action::Run { run, .. } => self.runs.push((at, run)),
                member::Action::Persist { generation } => self.written[at + 1] = Some(generation),
                member::Action::Guests(_)
                | member::Action::HostDown { .. }
                | member::Action::ShutDown
                | member::Action::Answer { .. }
                | member::Action::Tell(_) => {}
            }
        }
    }
}

fn connector_order(tape: &mut Tape<'_>, server: ServerIndex) -> connector::Order {
    use connector::Order;
    let cluster = ClusterIndex(u16::from(tape.byte() & 1));
    let on = tape.byte() & 1 == 0;
    match tape.byte() % 10 {
        0 => Order::Reset { server, method: ResetMethod::LookOnly },
        1 | 2 => Order::Reset { server, method: tape.pick(ResetMethod::ALL) },
        3 => Order::PowerOn { server },
        4 => Order::Drill { server },
        5 => Order::ConfirmOff { server },
        6 => Order::Maintenance { cluster, on },
        7 => Order::Act { cluster },
        8 => Order::Resume { cluster },
        _ => Order::AcceptBmc { server },
    }
}

fn member_order(tape: &mut Tape<'_>, at: usize) -> member::Order {
    use member::Order;
    let service = ServiceNumber(1 + u16::from(tape.byte() & 1));
    match tape.byte() % 7 {
        0 => Order::Activate { service },
        1 => Order::Deactivate { service },
        2 => Order::Swap { service, to: (tape.byte() & 1 == 0).then(|| host(1 - at)) },
        3 => Order::ItIsOff { host: host(1 - at) },
        4 => Order::Thaw,
        5 => Order::Maintenance(tape.byte() & 1 == 0),
        _ => Order::Resume,
    }
}
