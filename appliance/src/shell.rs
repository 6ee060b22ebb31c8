//! The loop: what came in, then what is to be done, then sleep.

use core::convert::Infallible;
use core::mem::MaybeUninit;

use heapless::Vec;
use komainu_core::block::{self, ApplianceSite, Block, Fault, Identity};
use komainu_core::connector::{ClusterIndex, MAX_OUT, Restored};
use komainu_core::inquiry::{Desk, Introduction};
use komainu_core::limits::{APPLIANCE_CLUSTERS, APPLIANCE_NUT_SERVERS};
use komainu_core::power::{Job, RunEnd};
use komainu_core::rng::{Chance, Drbg, Seed};
use komainu_core::site::{Action, Input, Misfit};
use komainu_core::time::{Instant, Millis, earliest};
use komainu_core::types::{UpsAnswer, UpsFailure};
use komainu_core::ups::MAX_SEND;
use zeroize::Zeroizing;

use crate::hardware::{Hardware, Heart, Nic, NoEntropy};
use crate::lan::{Address, Addressing, Came, Lan, PORTS, STREAMS, Streams};
use crate::message::Code;
use crate::nut::Reader;
use crate::store::{Found, Store};

/// Longest durable record, in bytes.
const RECORD: usize = ApplianceSite::RECORD_LEN;
/// Most frames that are taken in before what is due is done.
const BURST: usize = 32;
/// Most things that are done before a look at what came in meanwhile.
const TURN: usize = 64;
/// A write of the record that failed is tried again after so long.
const AGAIN: Millis = Millis::from_secs(1);
/// Longest sleep: the watchdog wants to be fed.
const LONGEST_SLEEP: Millis = Millis::new(500);

const _: () = assert!(APPLIANCE_CLUSTERS + 2 <= PORTS && APPLIANCE_NUT_SERVERS <= STREAMS);

/// Memory that outlives the start, but for what is built where it stays on the stack.
pub struct Rooms<H: Hardware> {
    lan: MaybeUninit<Lan<H::Nic>>,
    streams: Streams,
    record: [u8; RECORD],
    words: [u8; MAX_SEND],
}

impl<H: Hardware> Rooms<H> {
    /// Nothing is in them.
    pub const fn new() -> Self {
        Self {
            lan: MaybeUninit::uninit(),
            streams: Streams::new(),
            record: [0; RECORD],
            words: [0; MAX_SEND],
        }
    }
}

impl<H: Hardware> Default for Rooms<H> {
    fn default() -> Self {
        Self::new()
    }
}

/// Why the appliance does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing can be kept secret.
    NoEntropy,
    /// The configuration cannot be read.
    Block(Fault),
    /// It does not fit together.
    Misfit(Misfit),
}

impl Refused {
    /// Logs why.
    pub fn log(&self) {
        match self {
            Self::NoEntropy => defmt::error!("no generator of random numbers: not started"),
            Self::Block(fault) => {
                defmt::error!("the configuration cannot be read: {}", defmt::Display2Format(fault));
            }
            Self::Misfit(misfit) => {
                defmt::error!("the configuration does not fit: {}", defmt::Display2Format(misfit));
            }
        }
    }
}

impl From<NoEntropy> for Refused {
    fn from(NoEntropy: NoEntropy) -> Self {
        Self::NoEntropy
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Block(fault)
    }
}

impl From<Misfit> for Refused {
    fn from(misfit: Misfit) -> Self {
        Self::Misfit(misfit)
    }
}

/// Runs with the configuration in `bytes`, which may be followed by anything; returns only when
/// it does not start.
#[inline(never)]
pub fn run<H: Hardware>(hardware: H, bytes: &[u8], rooms: &'static mut Rooms<H>) -> Refused {
    match start(hardware, bytes, rooms) {
        Ok(never) => match never {},
        Err(refused) => refused,
    }
}

/// The site is built in this frame, and never moved: it is by far the largest thing there is.
fn start<H: Hardware>(
    hardware: H,
    bytes: &[u8],
    rooms: &'static mut Rooms<H>,
) -> Result<Infallible, Refused> {
    let (nic, flash, mut heart) = hardware.parts();
    let now = heart.now();
    let mut chance = {
        let mut entropy = Zeroizing::new([0; 32]);
        heart.entropy(entropy.as_mut())?;
        Drbg::new(&Seed::new(*entropy))
    };
    let block = Block::open(bytes)?;
    let (store, found) = Store::open(flash, &mut rooms.record);
    let restored = Restored {
        record: found.len.and_then(|len| rooms.record.get(..len)),
        damaged: found.damaged,
        unix_ms: heart.unix_ms(),
    };
    let (seed, timing) = (seed(&mut chance), block.timing());
    let identity = block.identity().ok_or(Fault::NoBlock)?;
    let (number, name) = (identity.number, identity.name.clone());
    let mut site = ApplianceSite::vacant(number, name, timing, &seed, restored, now);
    block.move_in(&mut site, restored, now)?;
    log_start(&found);
    let parts = Parts { nic, store, heart, site: &mut site, identity: &identity, rooms };
    live(now, &block, &mut chance, parts)
}

fn log_start(found: &Found) {
    match found {
        Found { damaged: true, len } => {
            let code = Code::RecordCorrupt.number();
            defmt::error!("KMN{}-E a slot of the record is damaged, there is: {}", code, len);
        }
        Found { len: Some(len), .. } => {
            defmt::info!("KMN{}-I started, a record of {}", Code::Started.number(), len);
        }
        Found { len: None, .. } => {
            defmt::info!("KMN{}-I started, no record yet", Code::FirstStart.number());
        }
    }
}

/// What was made by the start.
struct Parts<'a, H: Hardware> {
    nic: H::Nic,
    store: Store<H::Flash, RECORD>,
    heart: H::Heart,
    site: &'a mut ApplianceSite,
    identity: &'a Identity,
    rooms: &'static mut Rooms<H>,
}

#[inline(never)]
fn live<H: Hardware>(now: Instant, block: &Block<'_>, chance: &mut Drbg, parts: Parts<'_, H>) -> ! {
    let Parts { nic, store, heart, site, identity, rooms } = parts;
    let desk = block.status().map(|status| Desk::new(&status.key));
    let introduction = Introduction { identity, release: env!("CARGO_PKG_VERSION"), started: now };
    let Rooms { lan, streams, record, words } = rooms;
    let (lan, clusters) = place(lan, nic, block, chance, streams, now);
    let readers = &mut Vec::new();
    for number in 0..APPLIANCE_NUT_SERVERS {
        add_reader(readers, now, block, chance, number);
    }
    Shell::<H> {
        site,
        lan,
        readers,
        record,
        words,
        store,
        heart,
        clusters,
        desk,
        introduction,
        unwritten: None,
    }
    .run()
}

/// Out of line: what it moves is gone from the stack afterwards.
#[inline(never)]
fn add_reader(
    readers: &mut Vec<Reader, APPLIANCE_NUT_SERVERS>,
    now: Instant,
    block: &Block<'_>,
    chance: &mut Drbg,
    number: usize,
) {
    if let Some((address, config)) = block.nut_servers().nth(number) {
        let reader = Reader::new(address, config, number, &seed(chance), now);
        // There is room: a block has no more of them.
        let _ = readers.push(reader);
    }
}

/// A running appliance.
struct Shell<'a, H: Hardware> {
    site: &'a mut ApplianceSite,
    lan: &'static mut Lan<H::Nic>,
    readers: &'a mut Vec<Reader, APPLIANCE_NUT_SERVERS>,
    record: &'static mut [u8; RECORD],
    words: &'static mut [u8; MAX_SEND],
    store: Store<H::Flash, RECORD>,
    heart: H::Heart,
    clusters: usize,
    /// Answers who asks how things stand, if anybody may.
    desk: Option<Desk>,
    introduction: Introduction<'a>,
    /// A generation that could not be written, and when to try again.
    unwritten: Option<(u64, Instant)>,
}

impl<H: Hardware> Shell<'_, H> {
    /// Runs for ever.
    fn run(mut self) -> ! {
        loop {
            self.turn();
        }
    }

    /// Takes in what came, does what is due, and sleeps if nothing is.
    fn turn(&mut self) {
        self.heart.feed();
        let now = self.heart.now();
        let busy = self.take_in(now);
        self.lan.turn(now);
        let Self { readers, site, lan, words, .. } = self;
        for reader in readers.iter_mut() {
            reader.turn(now, lan, words, |input| site.handle(now, input));
            if let Some(accepted) = reader.account() {
                let code = if accepted { Code::UpsAccountTaken } else { Code::UpsAccountRefused };
                defmt::info!("KMN{} account of a NUT server", code.number());
            }
        }
        if let Some((generation, due)) = self.unwritten
            && due <= now
        {
            self.persist(now, generation);
        }
        let busy = self.act(now) || busy;
        self.lan.turn(now);
        if !busy {
            let due = self.deadline().unwrap_or(now + LONGEST_SLEEP).min(now + LONGEST_SLEEP);
            self.heart.wait(now, due);
        }
    }

    /// Whether there may be more.
    fn take_in(&mut self, now: Instant) -> bool {
        for _ in 0..BURST {
            let Some(came) = self.lan.receive(now) else { return false };
            let Came::Datagram { place, from, payload } = came else { continue };
            let input = match place {
                place if place < self.clusters => {
                    let cluster = ClusterIndex(place as u16);
                    Input::ResetPath { cluster, from, datagram: payload }
                }
                place if place == self.clusters => Input::Bmc { from, datagram: payload },
                _ => {
                    let Some(desk) = &mut self.desk else { continue };
                    let (site, introduction) = (&*self.site, &self.introduction);
                    let told = desk.answer(now, site, introduction, from, payload, self.words);
                    let answer = told.and_then(|len| self.words.get(..len));
                    if let Some(answer) = answer {
                        self.lan.send(now, place, from, answer);
                    }
                    continue;
                }
            };
            self.site.handle(now, input);
        }
        true
    }

    /// Whether there may be more.
    fn act(&mut self, now: Instant) -> bool {
        let mut out = [0; MAX_OUT];
        for _ in 0..TURN {
            let Some(action) = self.site.poll(now, &mut out) else { return false };
            self.carry_out(now, action, &out);
        }
        true
    }

    fn carry_out(&mut self, now: Instant, action: Action, out: &[u8]) {
        let bytes = |len| out.get(..len).unwrap_or_default();
        match action {
            Action::ResetPath { cluster, to, len } => {
                self.lan.send(now, usize::from(cluster.0), to, bytes(len));
            }
            Action::Broadcast { cluster, len } => {
                self.lan.broadcast(usize::from(cluster.0), bytes(len));
            }
            Action::Bmc { to, len } => self.lan.send(now, self.clusters, to, bytes(len)),
            Action::Persist { generation } => self.persist(now, generation),
            Action::Tell(tell) => defmt::info!("KMN{} {}", Code::of(&tell).number(), tell),
            Action::TellPower(tell) => {
                defmt::info!("KMN{} {}", Code::of_plan(&tell).number(), tell);
            }
            Action::ReadUps(ups) => {
                if let Some(reader) = self.readers.iter_mut().find(|reader| reader.reads(ups)) {
                    reader.read_now(now);
                }
            }
            Action::OrderUps { run, ups, order } => {
                match self.readers.iter_mut().find(|reader| reader.reads(ups)) {
                    Some(reader) => reader.order(run, ups, order),
                    None => {
                        let answer = UpsAnswer::Failed(UpsFailure::Refused);
                        self.site.handle(now, Input::Ordered { run, answer });
                    }
                }
            }
            Action::Run { run, job, .. } => {
                let end = match job {
                    // It stops at nothing but the cut itself: all that counts is in its record.
                    Job::ShutDownThis => RunEnd::Done,
                    // A block has neither adapters nor commands.
                    Job::EnterMaintenance(_) | Job::LeaveMaintenance(_) | Job::ShutDown(_) => {
                        RunEnd::Failed
                    }
                };
                self.site.handle(now, Input::Ran { run, end });
            }
            // Nobody gives orders here.
            Action::Answer { .. } | Action::AnswerPlan { .. } => {}
        }
    }

    fn persist(&mut self, now: Instant, generation: u64) {
        let written = match self.site.record(self.record) {
            Ok(len) => self.store.write(self.record.get(..len).unwrap_or_default()).is_ok(),
            // There is room for the longest one.
            Err(_) => false,
        };
        if written {
            if self.unwritten.take().is_some() {
                let code = Code::StoredAgain.number();
                defmt::info!("KMN{}-I the record can be written again", code);
            }
            self.site.handle(now, Input::Persisted(generation));
        } else {
            if self.unwritten.is_none() {
                let code = Code::NotStored.number();
                defmt::error!("KMN{}-E the record cannot be written; tried each second", code);
            }
            self.unwritten = Some((generation, now + AGAIN));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let due = earliest(self.site.deadline(), self.lan.deadline());
        let due = earliest(due, self.unwritten.map(|(_, due)| due));
        self.readers.iter().fold(due, |due, reader| earliest(due, reader.deadline()))
    }
}

fn seed(chance: &mut Drbg) -> Seed {
    let mut bytes = Zeroizing::new([0; 32]);
    chance.fill(bytes.as_mut());
    Seed::new(*bytes)
}

/// Makes the network where it stays; with how many ports of clusters.
#[inline(never)]
fn place<N: Nic>(
    room: &'static mut MaybeUninit<Lan<N>>,
    mut nic: N,
    block: &Block<'_>,
    chance: &mut Drbg,
    streams: &'static mut Streams,
    now: Instant,
) -> (&'static mut Lan<N>, usize) {
    let network = block.network();
    if let Some(mac) = network.mac {
        nic.set_address(mac);
    }
    let addressing = match network.addressing {
        block::Addressing::Dhcp => Addressing::Dhcp,
        block::Addressing::Static { address, prefix, gateway } => {
            Addressing::Static(Address { ip: address, prefix, gateway })
        }
    };
    let mut ports: Vec<u16, PORTS> = block.clusters().map(|cluster| cluster.port).collect();
    let clusters = ports.len();
    let mut drawn = [0; 8];
    chance.fill(&mut drawn);
    let drawn = u64::from_le_bytes(drawn);
    // BMCs answer to a port that nobody guesses; never one of a cluster's.
    let free = (0..).map(|more| 49_152 + (drawn.wrapping_add(more) % 16_384) as u16);
    let status = block.status().map(|status| status.port);
    let taken = |port: &u16| ports.contains(port) || status == Some(*port);
    let bmc = free.into_iter().find(|port| !taken(port));
    ports.extend(bmc.into_iter().chain(status));
    let lan = Lan::new(nic, addressing, drawn, &ports, streams, now);
    (room.write(lan), clusters)
}
