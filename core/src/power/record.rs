//! What of the power machine outlasts a restart.
//!
//! | tag | entry |
//! |---|---|
//! | 1 | the machine: newest outage (8) |
//! | 2 | a plan: outage (8), cause (1), its UPS (2), flags (1), fell (2), concerned (2), lost (2) |
//! | 3 | a server: its index (2), step (1), group (1), flags (1), epoch (8), each measure (2) |
//! | 4 | an adapter: its number (1), state (1) |
//! | 5 | an output: UPS (2), outlet (1), flags (1), off at the latest (8), at the earliest (8) |
//! | 6 | what a charge is worth: UPS (2), milliseconds of runtime for each percent (4) |
//!
//! Moments are UNIX milliseconds. Flags of a plan: bit 0 = back with the mains, 1 = outputs are
//! cut, 2 = released, 3 = mains were gone, 4 = called off, 5 = not waiting for energy. Of a server:
//! bit 0 = it was on, 1 = it fell, 2 = the epoch is known, 3 = to be thawed, 4 = its feeds
//! contradict it, 5 = what its member has stopped is to be started. Of an output: bit 0 = back with
//! the mains, 1 = it cannot be called off, 2 = an operator has ordered it, 3 = a reading has shown
//! it.

use crate::journal::{Full, Get, Mark, Record, Writer};
use crate::time::{Instant, Millis};
use crate::types::{Epoch, Outlet, UpsIndex};

use super::adapters::{self, Software};
use super::budget::{Measured, STEPS, Steps};
use super::chain::{At, Chain, Means};
use super::config::PlannedServer;
use super::cutting::Output;
use super::plan::Plan;
use super::shared::Shared;
use super::supply::Line;
use super::tell::Cause;
use super::words::{Back, OutageId};

/// Whose record it is.
const KIND: u8 = b'P';

const MACHINE: u8 = 1;
const PLAN: u8 = 2;
const SERVER: u8 = 3;
const ADAPTER: u8 = 4;
const OUTPUT: u8 = 5;
const WORTH: u8 = 6;

/// Longest header with machine, plan and adapters, and longest entries of a server, of an output
/// and of a UPS.
pub(super) const HEADER_LEN: usize = 22 + 11 + 21 + 8 * 5;
pub(super) const SERVER_LEN: usize = 3 + 13 + 2 * STEPS;
pub(super) const OUTPUT_LEN: usize = 3 + 20;
pub(super) const UPS_LEN: usize = 3 + 6;

/// What is written.
pub(super) struct Written<'a> {
    pub(super) shared: &'a Shared,
    pub(super) lines: &'a [Line],
    pub(super) servers: &'a [PlannedServer],
    pub(super) chains: &'a [Chain],
    pub(super) outputs: &'a [Output],
    pub(super) software: &'a [Software],
    /// UNIX time in milliseconds at the origin of the machine's clock.
    pub(super) origin_ms: i64,
}

/// Writes the record.
pub(super) fn write(all: &Written<'_>, out: &mut [u8]) -> Result<usize, Full> {
    let mut writer = Writer::new(out, KIND, all.shared.journal.current());
    writer.entry(MACHINE, |put| {
        put.u64(all.shared.outage.0);
    })?;
    if let Some(plan) = &all.shared.plan {
        write_plan(&mut writer, plan)?;
    }
    for (config, chain) in all.servers.iter().zip(all.chains) {
        let empty = chain.at == At::Free && chain.steps == Steps::default();
        if !empty || chain.proof.told || chain.owed {
            write_server(&mut writer, config, chain)?;
        }
    }
    for (number, software) in (0u8..).zip(all.software) {
        if software.state != adapters::State::Out {
            writer.entry(ADAPTER, |put| {
                put.u8(number).u8(adapter_code(software.state));
            })?;
        }
    }
    for output in all.outputs.iter().filter(|output| output.state != super::cutting::State::Idle) {
        let Some((ups, outlet)) = output.place else { continue };
        let flags = u8::from(output.back == Back::WithMains) | u8::from(output.is_final) << 1;
        let flags = flags | u8::from(output.by_hand) << 2 | u8::from(output.seen) << 3;
        let (last, first) = (output.over_at, output.off_at.min(output.over_at));
        writer.entry(OUTPUT, |put| {
            put.u16(ups.0).u8(outlet.number()).u8(flags);
            put.u64(unix(all.origin_ms, last)).u64(unix(all.origin_ms, first));
        })?;
    }
    for (ups, line) in (0u16..).zip(all.lines) {
        let Some(worth) = line.worth() else { continue };
        let worth = u32::try_from(worth.duration().as_millis()).unwrap_or(u32::MAX);
        writer.entry(WORTH, |put| {
            put.u16(ups).u32(worth);
        })?;
    }
    writer.finish()
}

fn write_plan(writer: &mut Writer<'_>, plan: &Plan) -> Result<(), Full> {
    let (cause, ups) = match plan.cause {
        Cause::Mains => (1, 0),
        Cause::Forced(ups) => (2, ups.0),
        Cause::Ordered => (3, 0),
        Cause::Rehearsal => (4, 0),
    };
    let flags = u8::from(plan.back == Back::WithMains)
        | u8::from(plan.cut) << 1
        | u8::from(plan.released) << 2
        | u8::from(plan.gone) << 3
        | u8::from(plan.called_off) << 4
        | u8::from(plan.hasty) << 5;
    writer.entry(PLAN, |put| {
        put.u64(plan.outage.0).u8(cause).u16(ups).u8(flags);
        put.u16(plan.fell).u16(plan.concerned).u16(plan.lost);
    })
}

fn write_server(
    writer: &mut Writer<'_>,
    config: &PlannedServer,
    chain: &Chain,
) -> Result<(), Full> {
    let (step, group) = code(chain.at);
    let flags = u8::from(chain.was_on)
        | u8::from(chain.fell) << 1
        | u8::from(chain.member.is_some()) << 2
        | u8::from(!chain.thawed) << 3
        | u8::from(chain.proof.told) << 4
        | u8::from(chain.owed) << 5;
    writer.entry(SERVER, |put| {
        put.u16(config.server.0).u8(step).u8(group).u8(flags);
        put.u64(chain.member.map_or(0, |epoch| epoch.0));
        for measured in chain.steps.to_raw() {
            put.u16(measured.to_raw());
        }
    })
}

/// The number of each step in the record. A step that a restart interrupts is done again.
const fn code(at: At) -> (u8, u8) {
    match at {
        At::Free | At::Late(_) => (0, 0),
        At::Up => (1, 0),
        At::Freezing => (2, 0),
        At::Guests(group) => (3, group),
        At::Services => (4, 0),
        At::ShuttingDown(Means::Member) => (5, 0),
        At::ShuttingDown(Means::Command) => (5, 1),
        At::ShuttingDown(Means::Bmc) => (5, 2),
        At::Forcing => (6, 0),
        At::Off => (7, 0),
        At::NotProved => (8, 0),
        At::Last => (9, 0),
        At::Waiting => (10, 0),
        At::Starting => (11, 0),
        At::Booting => (12, 0),
        At::ServicesBack => (13, 0),
        At::GuestsBack(group) => (14, group),
        At::Leaving => (15, 0),
        At::Dropped => (16, 0),
    }
}

fn at_of(step: u8, group: u8) -> Option<At> {
    Some(match (step, group) {
        (0, _) => At::Free,
        (1, _) => At::Up,
        (2, _) => At::Freezing,
        (3, group) => At::Guests(group),
        (4, _) => At::Services,
        (5, 0) => At::ShuttingDown(Means::Member),
        (5, 1) => At::ShuttingDown(Means::Command),
        (5, _) => At::ShuttingDown(Means::Bmc),
        (6, _) => At::Forcing,
        (7, _) => At::Off,
        (8, _) => At::NotProved,
        (9, _) => At::Last,
        (10, _) => At::Waiting,
        (11, _) => At::Starting,
        (12, _) => At::Booting,
        (13, _) => At::ServicesBack,
        (14, group) => At::GuestsBack(group),
        (15, _) => At::Leaving,
        (16, _) => At::Dropped,
        _ => return None,
    })
}

const fn adapter_code(state: adapters::State) -> u8 {
    match state {
        adapters::State::Out => 0,
        adapters::State::Entering(_) => 1,
        adapters::State::Ours | adapters::State::Leaving(..) | adapters::State::LeaveAgain(_) => 2,
        adapters::State::NotOurs => 3,
    }
}

/// UNIX milliseconds of a moment.
fn unix(origin_ms: i64, at: Instant) -> u64 {
    let millis = i64::try_from(at.as_micros() / 1000).unwrap_or(i64::MAX);
    u64::try_from(origin_ms.saturating_add(millis)).unwrap_or(0)
}

/// A record that was read.
#[derive(Clone, Copy)]
pub(super) struct Saved<'r>(Option<Record<'r>>);

/// What a record says of an output.
pub(super) struct SavedOutput {
    pub(super) place: (UpsIndex, Outlet),
    pub(super) back: Back,
    pub(super) is_final: bool,
    pub(super) by_hand: bool,
    pub(super) seen: bool,
    /// When it goes off at the latest, and at the earliest.
    pub(super) last_unix_ms: u64,
    pub(super) first_unix_ms: u64,
}

impl<'r> Saved<'r> {
    pub(super) fn read(bytes: Option<&'r [u8]>) -> Self {
        Self(bytes.and_then(|bytes| Record::read(KIND, bytes)))
    }

    pub(super) fn generation(&self) -> u64 {
        self.0.map_or(0, |record| record.generation())
    }

    pub(super) fn outage(&self) -> OutageId {
        OutageId(self.entries(MACHINE).find_map(|mut get| get.u64()).unwrap_or(0))
    }

    pub(super) fn plan(&self, now: Instant) -> Option<Plan> {
        self.entries(PLAN).find_map(|mut get| read_plan(&mut get, now))
    }

    /// Takes over what the record says of a server.
    pub(super) fn restore(&self, config: &PlannedServer, chain: &mut Chain, now: Instant) {
        let mut of_it = self.entries(SERVER).filter_map(|mut get| {
            let server = get.u16()?;
            (server == config.server.0).then_some(get)
        });
        let Some(mut get) = of_it.next() else { return };
        let _ = read_server(&mut get, config, chain, now);
    }

    pub(super) fn adapter(&self, number: u8) -> Option<adapters::State> {
        self.entries(ADAPTER).find_map(|mut get| {
            let of_it = get.u8()? == number;
            let state = match get.u8()? {
                1 => adapters::State::Entering(None),
                2 => adapters::State::Ours,
                3 => adapters::State::NotOurs,
                _ => return None,
            };
            of_it.then_some(state)
        })
    }

    pub(super) fn outputs(&self) -> impl Iterator<Item = SavedOutput> + use<'r> {
        self.entries(OUTPUT).filter_map(|mut get| {
            let ups = UpsIndex(get.u16()?);
            let outlet = Outlet::new(get.u8()?)?;
            let flags = get.u8()?;
            let back = if flags & 1 != 0 { Back::WithMains } else { Back::OnOrder };
            let (is_final, by_hand, seen) = (flags & 2 != 0, flags & 4 != 0, flags & 8 != 0);
            let last_unix_ms = get.u64()?;
            let first_unix_ms = get.u64().unwrap_or(last_unix_ms);
            let place = (ups, outlet);
            Some(SavedOutput { place, back, is_final, by_hand, seen, last_unix_ms, first_unix_ms })
        })
    }

    /// What a percent of charge of that UPS was worth under load.
    pub(super) fn worth(&self, ups: UpsIndex) -> Option<Millis> {
        self.entries(WORTH).find_map(|mut get| {
            let of_it = get.u16()? == ups.0;
            let worth = get.u32()?;
            of_it.then_some(Millis::new(worth))
        })
    }

    fn entries(&self, wanted: u8) -> impl Iterator<Item = Get<'r>> + use<'r> {
        let entries = self.0.map(|record| record.entries()).into_iter().flatten();
        entries.filter(move |(tag, _)| *tag == wanted).map(|(_, get)| get)
    }
}

fn read_plan(get: &mut Get<'_>, now: Instant) -> Option<Plan> {
    let outage = OutageId(get.u64()?);
    let (cause, ups) = (get.u8()?, UpsIndex(get.u16()?));
    let cause = match cause {
        1 => Cause::Mains,
        2 => Cause::Forced(ups),
        3 => Cause::Ordered,
        4 => Cause::Rehearsal,
        _ => return None,
    };
    let flags = get.u8()?;
    let mut plan = Plan::new(outage, cause, now, Mark::STORED);
    plan.back = if flags & 1 != 0 { Back::WithMains } else { Back::OnOrder };
    plan.cut = flags & 2 != 0;
    plan.released = flags & 4 != 0;
    plan.gone = flags & 8 != 0;
    plan.called_off = flags & 16 != 0;
    plan.hasty = flags & 32 != 0;
    (plan.fell, plan.concerned, plan.lost) = (get.u16()?, get.u16()?, get.u16()?);
    plan.told = true;
    Some(plan)
}

fn read_server(
    get: &mut Get<'_>,
    config: &PlannedServer,
    chain: &mut Chain,
    now: Instant,
) -> Option<()> {
    let (step, group, flags) = (get.u8()?, get.u8()?, get.u8()?);
    let epoch = Epoch(get.u64()?);
    let at = at_of(step, group)?;
    let mut measured = [Measured::default(); STEPS];
    for one in &mut measured {
        *one = Measured::from_raw(get.u16()?);
    }
    let at = match at {
        // It is not switched on before everything that speaks for that is looked at again.
        At::Starting => At::Waiting,
        // The groups may have changed.
        At::Guests(group) if usize::from(group) >= config.groups.len() => At::Services,
        At::GuestsBack(group) if usize::from(group) >= config.groups.len() => At::ServicesBack,
        at => at,
    };
    chain.go(at, now, Mark::STORED);
    chain.joined = now;
    chain.was_on = flags & 1 != 0;
    chain.fell = flags & 2 != 0;
    chain.member = (flags & 4 != 0).then_some(epoch);
    chain.thawed = flags & 8 == 0;
    chain.proof.told = flags & 16 != 0;
    // What it was told first is not written anew.
    chain.owed = flags & 32 != 0 || matches!(at, At::Guests(_) | At::Services);
    chain.steps = Steps::from_raw(measured);
    Some(())
}
