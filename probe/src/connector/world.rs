//! What is around the connector: members, BMCs, a disk, and a clock that is moved by hand.

use core::hint::black_box;
use core::mem::MaybeUninit;
use core::net::SocketAddr;

use komainu_core::connector::{
    Action, ClusterIndex, Input, MAX_OUT, Order, Restored, ServerIndex, Ticket,
};
use komainu_core::rng::{Drbg, Seed};
use komainu_core::time::Instant;
use komainu_core::types::{PowerState, ResetState, Source, Token};
use komainu_probe::bmc::Bmc;
use komainu_probe::report;

use crate::config;
use crate::member::Member;
use crate::{CLUSTERS, SERVERS, Small};

/// More actions than the story takes.
const MOST: usize = 20_000;

/// Between two PathChecks, in microseconds.
const TICK: core::time::Duration = core::time::Duration::from_secs(1);

/// Members, BMCs, the disk and the buffers.
pub(crate) struct World {
    now: Instant,
    members: [Option<Member>; CLUSTERS],
    bmcs: [Bmc; SERVERS],
    disk: [u8; Small::RECORD_LEN],
    out: [u8; MAX_OUT],
    inbox: [u8; MAX_OUT],
}

impl World {
    #[inline(never)]
    pub(crate) fn place(place: &mut MaybeUninit<Self>) -> &mut Self {
        let mut chance = Drbg::new(&Seed::new(black_box([0x4d; 32])));
        place.write(Self {
            now: Instant::from_micros(0),
            members: core::array::from_fn(|cluster| Member::new(cluster as u8, &mut chance)),
            bmcs: core::array::from_fn(|_| Bmc::default()),
            disk: [0; Small::RECORD_LEN],
            out: [0; MAX_OUT],
            inbox: [0; MAX_OUT],
        })
    }
}

/// Out of line: what is moved to its place here shall not lie on the stack of the main loop.
#[inline(never)]
pub(crate) fn start(place: &mut MaybeUninit<Small>) -> Option<&mut Small> {
    let seed = Seed::new(black_box([0x4b; 32]));
    // The optimiser must not know that there is no record.
    let restored = Restored {
        record: black_box(None),
        damaged: black_box(false),
        unix_ms: black_box(1_700_000_000_000),
    };
    let now = Instant::from_micros(0);
    Some(place.write(Small::new(config::given()?, &seed, restored, now)))
}

/// Tells the whole story; says how deep the stack was but for start and reload, which pass a
/// configuration by value.
#[inline(never)]
pub(crate) fn run(
    connector: Option<&mut Small>,
    world: &mut World,
    running: &mut usize,
) -> Result<(), &'static str> {
    let connector = connector.ok_or("the configuration")?;
    let mut stage = Stage { connector, world };
    report::paint();
    stage.meet()?;
    stage.fence()?;
    stage.order()?;
    *running = report::stack_depth();
    report::paint();
    stage.end()
}

/// A connector and its world.
struct Stage<'a> {
    connector: &'a mut Small,
    world: &'a mut World,
}

impl Stage<'_> {
    /// Every member is heard with a valid echo, and every server's power is read.
    fn meet(&mut self) -> Result<(), &'static str> {
        for _ in 0..3 {
            self.say_all(Member::check)?;
            self.pass()?;
        }
        match self.is_all(PowerState::On) {
            true => Ok(()),
            false => Err("a server's power was not read"),
        }
    }

    /// Eight servers are fenced at once.
    fn fence(&mut self) -> Result<(), &'static str> {
        self.say_all(Member::ask)?;
        for _ in 0..30 {
            self.pass()?;
            self.say_all(Member::check)?;
        }
        for member in self.world.members.iter().flatten() {
            if member.state != Some(ResetState::Fenced) || member.token == Token(0) {
                return Err("a member did not learn that its peer was fenced");
            }
        }
        let fenced = self.world.bmcs.iter().skip(1).step_by(2);
        match fenced.into_iter().all(Bmc::was_restarted) {
            true => Ok(()),
            false => Err("a server was not fenced, or a session carried two commands"),
        }
    }

    /// An operator orders what the optimiser does not know, and somebody hints at an event.
    fn order(&mut self) -> Result<(), &'static str> {
        let order = black_box(Order::Maintenance { cluster: ClusterIndex(0), on: true });
        self.connector.handle(self.world.now, Input::Order { ticket: Ticket(1), order });
        let hint = Input::Hint { server: ServerIndex(0), source: black_box(Source::Trap) };
        self.connector.handle(self.world.now, hint);
        self.pass()
    }

    /// The same configuration again, then the end.
    fn end(&mut self) -> Result<(), &'static str> {
        self.reload()?;
        self.pass()?;
        self.connector.stop(self.world.now);
        for _ in 0..3 {
            self.pass()?;
        }
        match self.connector.is_stopped() {
            true => Ok(()),
            false => Err("it does not stop"),
        }
    }

    #[inline(never)]
    fn reload(&mut self) -> Result<(), &'static str> {
        let config = config::given().ok_or("the configuration")?;
        self.connector.reload(self.world.now, config);
        Ok(())
    }

    fn is_all(&self, power: PowerState) -> bool {
        let seen = self.connector.snapshot(self.world.now);
        seen.clusters()
            .all(|cluster| seen.servers(cluster.index).all(|server| server.power == power))
    }

    fn say_all(
        &mut self,
        say: fn(&mut Member, Instant, &mut [u8]) -> Option<usize>,
    ) -> Result<(), &'static str> {
        let World { now, members, out, .. } = &mut *self.world;
        for (member, cluster) in members.iter_mut().flatten().zip(0_u8..) {
            let len = say(member, *now, out).ok_or("a message is too long")?;
            let datagram = out.get_mut(..len).ok_or("a length")?;
            let (index, from) = (ClusterIndex(cluster.into()), config::member(2 * cluster));
            self.connector.handle(*now, Input::ResetPath { cluster: index, from, datagram });
        }
        self.drain()
    }

    /// Lets a second pass.
    fn pass(&mut self) -> Result<(), &'static str> {
        let end = self.world.now + TICK;
        self.drain()?;
        while let Some(due) = self.connector.deadline().filter(|due| *due < end) {
            if due <= self.world.now {
                return Err("a deadline lies in the past");
            }
            self.world.now = due;
            self.drain()?;
        }
        self.world.now = end;
        self.drain()
    }

    fn drain(&mut self) -> Result<(), &'static str> {
        for _ in 0..MOST {
            let Some(action) = self.connector.poll(self.world.now, &mut self.world.out) else {
                return Ok(());
            };
            self.carry_out(action)?;
        }
        Err("a drain does not end")
    }

    fn carry_out(&mut self, action: Action) -> Result<(), &'static str> {
        match action {
            Action::ResetPath { cluster, len, .. } | Action::Broadcast { cluster, len } => {
                self.tell_member(cluster, len);
            }
            Action::Bmc { to, len } => self.exchange(to, len),
            Action::Persist { generation } => {
                self.connector
                    .record(&mut self.world.disk)
                    .map_err(|_| "the record is too long")?;
                self.connector.handle(self.world.now, Input::Persisted(generation));
            }
            Action::Answer { .. } | Action::Tell(_) => {
                let _told = black_box(action);
            }
        }
        Ok(())
    }

    fn tell_member(&mut self, cluster: ClusterIndex, len: usize) {
        let World { now, members, out, .. } = &mut *self.world;
        let member = members.get_mut(usize::from(cluster.0)).and_then(Option::as_mut);
        let (Some(member), Some(datagram)) = (member, out.get(..len)) else { return };
        // What is for the other host of the cluster is dropped here.
        member.hear(*now, datagram);
    }

    fn exchange(&mut self, to: SocketAddr, len: usize) {
        let World { now, bmcs, out, inbox, .. } = &mut *self.world;
        let at = bmcs.iter_mut().zip(0_u8..).find(|(_, server)| config::bmc(*server) == to);
        let (Some((bmc, _)), Some(sent)) = (at, out.get(..len)) else { return };
        let Some(len) = bmc.answer(sent, inbox) else { return };
        let Some(datagram) = inbox.get_mut(..len) else { return };
        self.connector.handle(*now, Input::Bmc { from: to, datagram });
    }
}
