//! What happens in a recorded run, as bytes and back.

use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::time::Duration;

use crate::connector::ClusterIndex;
use crate::power::RunId;
use crate::site::Input;
use crate::time::{Instant, Millis};
use crate::types::{Supply, UpsAnswer, UpsFailure, UpsIndex, UpsReading};
use crate::wire::{Full, Writer};

const SUPPLIES: [Supply; 4] = [Supply::Mains, Supply::Bypass, Supply::Battery, Supply::Off];

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'e> {
    /// Nothing but that time has passed.
    Tick,
    /// A datagram on a cluster's port.
    ResetPath {
        /// Whose port.
        cluster: u8,
        /// Its sender.
        from: SocketAddrV4,
        /// Its bytes.
        datagram: &'e [u8],
    },
    /// A datagram of a BMC.
    Bmc {
        /// Its sender.
        from: SocketAddrV4,
        /// Its bytes.
        datagram: &'e [u8],
    },
    /// A UPS was read just now.
    Reading {
        /// Which.
        ups: u8,
        /// What it says; `None` = it is silent.
        reading: Option<UpsReading>,
    },
    /// A UPS has taken an order.
    Ordered {
        /// Which run.
        run: RunId,
    },
}

impl Event<'_> {
    /// What a site is told; the datagram is copied to `room`.
    pub(super) fn input<'r>(&self, now: Instant, room: &'r mut [u8]) -> Option<Input<'r>> {
        Some(match *self {
            Self::Tick => return None,
            Self::ResetPath { cluster, from, datagram } => {
                let (cluster, from) = (ClusterIndex(cluster.into()), SocketAddr::V4(from));
                Input::ResetPath { cluster, from, datagram: copied(datagram, room)? }
            }
            Self::Bmc { from, datagram } => {
                Input::Bmc { from: SocketAddr::V4(from), datagram: copied(datagram, room)? }
            }
            Self::Reading { ups, reading } => Input::Reading {
                ups: UpsIndex(ups.into()),
                asked: now,
                reading: reading.ok_or(UpsFailure::Silent),
            },
            Self::Ordered { run } => Input::Ordered { run, answer: UpsAnswer::Accepted },
        })
    }
}

fn copied<'r>(datagram: &[u8], room: &'r mut [u8]) -> Option<&'r mut [u8]> {
    let room = room.get_mut(..datagram.len())?;
    room.copy_from_slice(datagram);
    Some(room)
}

/// Writes an event that happens so many microseconds after the one before.
pub fn emit(since_us: u32, event: &Event<'_>, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u32_be(since_us)?;
    match *event {
        Event::Tick => out.u8(0),
        Event::ResetPath { cluster, from, datagram } => {
            out.u8(1)?;
            out.u8(cluster)?;
            emit_datagram(from, datagram, out)
        }
        Event::Bmc { from, datagram } => {
            out.u8(2)?;
            emit_datagram(from, datagram, out)
        }
        Event::Reading { ups, reading } => {
            out.u8(3)?;
            out.u8(ups)?;
            match reading {
                None => out.u8(0),
                Some(reading) => {
                    out.u8(1)?;
                    emit_reading(&reading, out)
                }
            }
        }
        Event::Ordered { run } => {
            out.u8(4)?;
            out.u64_be(run.0)
        }
    }
}

fn emit_datagram(from: SocketAddrV4, datagram: &[u8], out: &mut Writer<'_>) -> Result<(), Full> {
    out.bytes(&from.ip().octets())?;
    out.u16_be(from.port())?;
    out.u16_be(u16::try_from(datagram.len()).map_err(|_| Full)?)?;
    out.bytes(datagram)
}

fn emit_reading(reading: &UpsReading, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u8(reading.supply as u8)?;
    let UpsReading { low, forced, testing, replace, overload, .. } = *reading;
    let flags = [low, forced, testing, replace, overload];
    out.u8(flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag)))?;
    for percent in [reading.charge, reading.load] {
        // No more than 100.
        out.u8(percent.unwrap_or(u8::MAX))?;
    }
    for time in [reading.runtime, reading.off_in, reading.on_in] {
        out.u32_be(time.map_or(u32::MAX, Millis::get))?;
    }
    out.u16_be(reading.outlets_off)
}

/// The first event: how long after the one before, what, and the bytes behind it.
pub(super) fn parse(bytes: &[u8]) -> Option<(Duration, Event<'_>, &[u8])> {
    let (since, rest) = bytes.split_first_chunk()?;
    let since = Duration::from_micros(u32::from_be_bytes(*since).into());
    let (kind, rest) = rest.split_first()?;
    let (event, rest) = match kind {
        0 => (Event::Tick, rest),
        1 => {
            let (cluster, rest) = rest.split_first()?;
            let (from, datagram, rest) = parse_datagram(rest)?;
            (Event::ResetPath { cluster: *cluster, from, datagram }, rest)
        }
        2 => {
            let (from, datagram, rest) = parse_datagram(rest)?;
            (Event::Bmc { from, datagram }, rest)
        }
        3 => {
            let ([ups, there], rest) = rest.split_first_chunk()?;
            let (reading, rest) = match there {
                0 => (None, rest),
                _ => parse_reading(rest).map(|(reading, rest)| (Some(reading), rest))?,
            };
            (Event::Reading { ups: *ups, reading }, rest)
        }
        4 => {
            let (run, rest) = rest.split_first_chunk()?;
            (Event::Ordered { run: RunId(u64::from_be_bytes(*run)) }, rest)
        }
        _ => return None,
    };
    Some((since, event, rest))
}

fn parse_datagram(bytes: &[u8]) -> Option<(SocketAddrV4, &[u8], &[u8])> {
    let (ip, rest) = bytes.split_first_chunk::<4>()?;
    let (port, rest) = rest.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (datagram, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
    Some((SocketAddrV4::new(Ipv4Addr::from(*ip), u16::from_be_bytes(*port)), datagram, rest))
}

fn parse_reading(bytes: &[u8]) -> Option<(UpsReading, &[u8])> {
    let ([supply, flags, charge, load], rest) = bytes.split_first_chunk()?;
    let (times, rest) = rest.split_first_chunk::<12>()?;
    let (outlets, rest) = rest.split_first_chunk()?;
    let mut times = times.as_chunks::<4>().0.iter().map(|time| u32::from_be_bytes(*time));
    let mut time = || times.next().filter(|time| *time != u32::MAX).map(Millis::new);
    let percent = |percent: u8| (percent != u8::MAX).then_some(percent);
    let flag = |bit: u8| flags >> bit & 1 != 0;
    let reading = UpsReading {
        supply: *SUPPLIES.get(usize::from(*supply))?,
        low: flag(0),
        forced: flag(1),
        testing: flag(2),
        replace: flag(3),
        overload: flag(4),
        charge: percent(*charge),
        load: percent(*load),
        runtime: time(),
        off_in: time(),
        on_in: time(),
        outlets_off: u16::from_be_bytes(*outlets),
    };
    Some((reading, rest))
}
