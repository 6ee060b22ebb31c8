//! A cluster on a clock of its own; each test is named after what must not go wrong.

extern crate std;

mod acting;
mod anew;
mod any_order;
mod counterexamples;
mod fenced;
mod hearing;
mod laws;
mod plans;
mod questions;
mod rules;

use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::journal::{Record, Writer};
use crate::time::Millis;
use crate::types::{
    Cause, ChassisAction, Epoch, FenceState, HostAddress, HostState, PowerState, Reason, RequestId,
    ResetMethod, ResetState, ServiceNumber, ServiceReport, ServiceRole, ServiceState, Source, Term,
};

const A: HostIndex = HostIndex(0);
const B: HostIndex = HostIndex(1);
const C: HostIndex = HostIndex(2);
const D: HostIndex = HostIndex(3);

struct World {
    cluster: Cluster,
    hosts: Vec<Host>,
    slots: Vec<Slot>,
    journal: Generations,
    now: Instant,
    /// What a crash leaves.
    disk: Vec<u8>,
}

fn hosts(count: u16) -> Vec<Host> {
    (1..=count).filter_map(HostAddress::new).map(Host::new).collect()
}

fn request(asker: HostIndex, target: HostIndex, id: u64) -> Request {
    Request {
        asker: Asker::Host(asker),
        id: RequestId(id.try_into().expect("not 0")),
        target: Target::Host(target),
        target_epoch: Epoch(1),
        method: ResetMethod::AsConfigured,
        reason: Reason::HeartbeatLost,
        term: Term(0),
        fresh: true,
    }
}

impl World {
    /// A connector that acts alone, with `count` hosts that were all just heard.
    fn new(count: u16) -> Self {
        let tokens = SavedTokens { ceiling: Token(0), known: true };
        let saved = SavedCluster { tokens, ..SavedCluster::default() };
        let mut world = Self::with(count, ByOrder::new(&[], saved.acting), Some(saved));
        world.hear_all();
        world
    }

    fn with(count: u16, acting: ByOrder, saved: Option<SavedCluster>) -> Self {
        let slots = std::vec![Slot::EMPTY; usize::from(count) * RESULTS_PER_HOST];
        let mut world = Self {
            cluster: Cluster::new(Rules::default(), acting, saved),
            hosts: hosts(count),
            slots,
            journal: Generations::default(),
            now: Instant::from_micros(1_000_000_000),
            disk: Vec::new(),
        };
        let now = world.now;
        world.view().stored(now);
        world.store();
        world
    }

    fn view(&mut self) -> View<'_> {
        View::new(&mut self.cluster, &mut self.hosts, &mut self.slots, &mut self.journal)
    }

    fn wait(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    fn store(&mut self) {
        while let Some(generation) = self.journal.write() {
            self.disk = self.record(generation);
            self.journal.persisted(generation);
            let now = self.now;
            self.view().stored(now);
        }
    }

    fn record(&self, generation: u64) -> Vec<u8> {
        let mut out = std::vec![0; 4096];
        let mut writer = Writer::new(&mut out, 1, generation);
        writer.entry(1, |put| self.cluster.saved().put(put)).expect("room");
        for saved in self.hosts.iter().filter_map(Host::saved) {
            writer.entry(2, |put| saved.put(put)).expect("room");
        }
        let len = writer.finish().expect("room");
        out.truncate(len);
        out
    }

    /// The connector crashes and starts again with what is on the disk.
    fn crash(&mut self) {
        self.wait(1000);
        let disk = core::mem::take(&mut self.disk);
        let record = Record::read(1, &disk).expect("whole");
        let count = u16::try_from(self.hosts.len()).expect("few");
        let (mut saved, mut hosts) = (None, hosts(count));
        for (tag, mut fields) in record.entries() {
            match tag {
                1 => saved = SavedCluster::get(&mut fields),
                _ => {
                    let host = SavedHost::get(&mut fields).expect("as it was put");
                    let same = hosts.iter_mut().find(|other| other.address() == host.address);
                    same.expect("known").restore(self.now, &host);
                }
            }
        }
        let saved = saved.expect("as it was put");
        let laws = self.cluster.laws;
        self.cluster = Cluster::new(Rules::default(), ByOrder::new(&[], saved.acting), Some(saved));
        self.cluster.mutate(laws);
        self.hosts = hosts;
        self.slots.fill(Slot::EMPTY);
        self.journal = Generations::after(record.generation());
        self.disk = disk;
        self.now = self.now + Millis::new(1);
        let now = self.now;
        self.view().stored(now);
        self.store();
    }

    /// A datagram comes that answers a nonce made just now.
    fn hear(&mut self, of: HostIndex) {
        let now = self.now;
        self.view().heard(now, of, now, Epoch(1));
    }

    fn hear_all(&mut self) {
        for at in 0..self.hosts.len() {
            self.hear(HostIndex(u8::try_from(at).expect("few")));
        }
    }

    fn report(&mut self, of: HostIndex, state: ServiceState) {
        self.hear(of);
        let services = [ServiceReport {
            number: ServiceNumber(1),
            role: ServiceRole::Primary,
            state,
            generation: Default::default(),
        }];
        let now = self.now;
        self.view().path_check(now, of, &said(&services));
    }

    fn judge(&mut self, request: Request) -> Verdict {
        let now = self.now;
        self.view().judge(now, &request)
    }

    fn ask(&mut self, asker: HostIndex, target: HostIndex, id: u64) -> Verdict {
        self.judge(request(asker, target, id))
    }

    fn answers(&mut self) -> Vec<Answer> {
        let now = self.now;
        core::iter::from_fn(|| self.view().next_answer(now)).collect()
    }

    fn answer(&mut self) -> Answer {
        let answers = self.answers();
        assert_eq!(answers.len(), 1, "{answers:?}");
        *answers.first().expect("one")
    }

    fn permit(&mut self, of: HostIndex, action: ChassisAction) -> Permit {
        let now = self.now;
        self.view().permit(now, of, action)
    }

    fn read(&mut self, of: HostIndex, power: PowerState) {
        let (now, gap) = (self.now, Millis::new(100));
        self.view().reading(now, of, Reading { power, asked: now, gap, source: Source::Poll });
    }

    /// Two readings of off.
    fn read_off(&mut self, of: HostIndex) {
        self.read(of, PowerState::Off);
        self.wait(100);
        self.read(of, PowerState::Off);
    }

    /// Off leaves, and is confirmed; on leaves, and the session is over.
    fn carry_out(&mut self, of: HostIndex) {
        self.store();
        assert_eq!(self.permit(of, ChassisAction::Off), Permit::Granted);
        self.read_off(of);
        let now = self.now;
        self.view().confirmed(now, of, true);
        self.view().session_ended(of);
        self.store();
        assert_eq!(self.permit(of, ChassisAction::On), Permit::Waiting);
        self.store();
        assert_eq!(self.permit(of, ChassisAction::On), Permit::Granted);
        self.view().power_on_ended(now, of);
        self.view().session_ended(of);
        self.store();
    }

    fn fail(&mut self, of: HostIndex) {
        let now = self.now;
        self.view().failed(now, of, Cause::BmcSilent);
    }

    fn phase(&self, of: HostIndex) -> Phase {
        self.hosts.get(usize::from(of.0)).expect("known").phase()
    }

    /// Whether off was read in its last fencing.
    fn has_read_off(&self, of: HostIndex) -> bool {
        let host = self.hosts.get(usize::from(of.0)).expect("known");
        host.fencing.sent & host::OFF_READ != 0
    }
}

/// A plan takes a host in, or lets it go.
fn plan(world: &mut World, of: HostIndex, in_plan: bool) {
    let now = world.now;
    world.view().set_in_plan(now, of, in_plan);
}

fn said(services: &[ServiceReport]) -> PathReport<'_> {
    PathReport {
        state: HostState::Running,
        digest: 7,
        keys: [1, 0],
        term: Term(0),
        token: Token(0),
        services,
        resume: false,
    }
}

#[test]
fn a_cluster_is_small() {
    std::println!(
        "host {}, slot {}, cluster {}",
        size_of::<Host>(),
        size_of::<Slot>(),
        size_of::<Cluster>()
    );
    let of_16 = 16 * (size_of::<Host>() + RESULTS_PER_HOST * size_of::<Slot>());
    let in_all = of_16 + 8 * size_of::<Cluster>();
    assert!(in_all <= 8 * 1024, "{in_all}");
}
