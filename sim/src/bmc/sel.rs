//! The system event log (section 31).

use std::time::Duration;

use super::Bmc;
use super::call::{Call, Entry, Outcome, Refusal};
use super::config::Privilege;

/// How many records fit.
const CAPACITY: usize = 512;
const RECORD_LEN: usize = 16;
/// Stands for the first and the last record in requests.
const FIRST: u16 = 0x0000;
const LAST: u16 = 0xffff;
/// The generator of the BMC's own events: its slave address.
const BMC_GENERATOR: [u8; 2] = [0x20, 0x00];
const SYSTEM_EVENT: u8 = 0x02;
const EVENT_REVISION: u8 = 0x04;
/// Sensor-specific event, and its deassertion.
const SENSOR_SPECIFIC: u8 = 0x6f;
const DEASSERTED: u8 = 0x80;

/// What the BMC logs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    LogCleared,
    PowerOff,
    PowerOn,
    PowerCycle,
    HardReset,
    DiagnosticInterrupt,
    /// With the offset of table 42-3 for sensor type watchdog 2, and the timer's use.
    Watchdog(u8, u8),
}

/// The sensors that the events name; the sensor data records describe them.
pub(super) mod sensor {
    pub(in crate::bmc) const POWER_UNIT: [u8; 2] = [0x09, 0x01];
    pub(in crate::bmc) const EVENT_LOGGING: [u8; 2] = [0x10, 0x02];
    pub(in crate::bmc) const SYSTEM_BOOT: [u8; 2] = [0x1d, 0x03];
    pub(in crate::bmc) const CRITICAL_INTERRUPT: [u8; 2] = [0x13, 0x04];
    pub(in crate::bmc) const WATCHDOG: [u8; 2] = [0x23, 0x05];
}

impl Event {
    /// Sensor type and number, event type, event data.
    fn bytes(self) -> [u8; 6] {
        let event = |[kind, number]: [u8; 2], event_type, data: [u8; 3]| {
            [kind, number, event_type, data[0], data[1], data[2]]
        };
        let plain = |sensor, offset| event(sensor, SENSOR_SPECIFIC, [offset, 0xff, 0xff]);
        match self {
            Self::LogCleared => plain(sensor::EVENT_LOGGING, 2),
            Self::PowerOff => plain(sensor::POWER_UNIT, 0),
            Self::PowerOn => {
                event(sensor::POWER_UNIT, SENSOR_SPECIFIC | DEASSERTED, [0, 0xff, 0xff])
            }
            Self::PowerCycle => plain(sensor::POWER_UNIT, 1),
            Self::HardReset => plain(sensor::SYSTEM_BOOT, 1),
            Self::DiagnosticInterrupt => plain(sensor::CRITICAL_INTERRUPT, 0),
            Self::Watchdog(offset, timer_use) => {
                event(sensor::WATCHDOG, SENSOR_SPECIFIC, [0xc0 | offset, timer_use, 0xff])
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Record {
    id: u16,
    bytes: [u8; RECORD_LEN],
}

/// The log and its clock.
#[derive(Clone, Debug)]
pub(super) struct Sel {
    records: Vec<Record>,
    next_id: u16,
    reservation: u16,
    overflow: bool,
    added_at: u32,
    erased_at: u32,
    /// The clock's seconds since 1970 when virtual time was zero.
    epoch: u32,
}

impl Sel {
    pub(super) fn new(epoch: u32) -> Self {
        let mut sel = Self {
            records: Vec::new(),
            next_id: 1,
            reservation: 0,
            overflow: false,
            added_at: u32::MAX,
            erased_at: epoch,
            epoch,
        };
        sel.log(Duration::ZERO, Event::LogCleared);
        sel
    }

    /// Appends one of the BMC's own events.
    pub(super) fn log(&mut self, now: Duration, event: Event) {
        let mut bytes = [0; RECORD_LEN];
        bytes[2] = SYSTEM_EVENT;
        bytes[7..9].copy_from_slice(&BMC_GENERATOR);
        bytes[9] = EVENT_REVISION;
        bytes[10..].copy_from_slice(&event.bytes());
        self.append(now, bytes);
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    fn clock(&self, now: Duration) -> u32 {
        self.epoch.wrapping_add(now.as_secs() as u32)
    }

    /// Gives the record its id, and its time unless its type has none; `None` when full.
    fn append(&mut self, now: Duration, mut bytes: [u8; RECORD_LEN]) -> Option<u16> {
        /// Record types from here on carry no time.
        const WITHOUT_TIME: u8 = 0xe0;
        if self.records.len() == CAPACITY {
            self.overflow = true;
            return None;
        }
        let id = self.next_id;
        self.next_id = if id == LAST - 1 { 1 } else { id + 1 };
        bytes[..2].copy_from_slice(&id.to_le_bytes());
        if bytes[2] < WITHOUT_TIME {
            bytes[3..7].copy_from_slice(&self.clock(now).to_le_bytes());
        }
        self.added_at = self.clock(now);
        self.records.push(Record { id, bytes });
        Some(id)
    }

    fn position(&self, id: u16) -> Option<usize> {
        match id {
            FIRST => (!self.records.is_empty()).then_some(0),
            LAST => self.records.len().checked_sub(1),
            id => self.records.iter().position(|record| record.id == id),
        }
    }

    fn check(&self, reservation: u16) -> Result<(), Refusal> {
        let held = reservation != 0 && reservation == self.reservation;
        held.then_some(()).ok_or(Refusal::ReservationCancelled)
    }
}

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x40 => (Privilege::User, info),
        0x41 => (Privilege::User, allocation),
        0x42 => (Privilege::User, reserve),
        0x43 => (Privilege::User, get),
        0x44 => (Privilege::Operator, add),
        0x47 => (Privilege::Operator, clear),
        0x48 => (Privilege::User, get_time),
        0x49 => (Privilege::Operator, set_time),
        _ => return None,
    })
}

fn info(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Allocation information and reservation are supported.
    const SUPPORTED: u8 = 0x03;
    call.data::<0>()?;
    let sel = &bmc.sel;
    out.push(0x51);
    out.extend_from_slice(&(sel.records.len() as u16).to_le_bytes());
    let free = (CAPACITY - sel.records.len()) * RECORD_LEN;
    out.extend_from_slice(&(free as u16).to_le_bytes());
    out.extend_from_slice(&sel.added_at.to_le_bytes());
    out.extend_from_slice(&sel.erased_at.to_le_bytes());
    out.push(SUPPORTED | u8::from(sel.overflow) << 7);
    Ok(())
}

fn allocation(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    let free = (CAPACITY - bmc.sel.records.len()) as u16;
    for number in [CAPACITY as u16, RECORD_LEN as u16, free, free] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.push(1);
    Ok(())
}

fn reserve(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    bmc.sel.reservation = bmc.sel.reservation.wrapping_add(1).max(1);
    out.extend_from_slice(&bmc.sel.reservation.to_le_bytes());
    Ok(())
}

fn get(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    let [r0, r1, i0, i1, offset, count] = call.data()?;
    let sel = &bmc.sel;
    if offset != 0 {
        sel.check(u16::from_le_bytes([r0, r1]))?;
    }
    let at = sel.position(u16::from_le_bytes([i0, i1])).ok_or(Refusal::NotPresent)?;
    let rest = sel.records[at].bytes.get(usize::from(offset)..);
    let rest = rest.filter(|rest| !rest.is_empty()).ok_or(Refusal::ParameterOutOfRange)?;
    let next = sel.records.get(at + 1).map_or(LAST, |record| record.id);
    out.extend_from_slice(&next.to_le_bytes());
    out.extend_from_slice(&rest[..rest.len().min(usize::from(count))]);
    Ok(())
}

fn add(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    let id = bmc.sel.append(call.now, call.data()?).ok_or(Refusal::OutOfSpace)?;
    out.extend_from_slice(&id.to_le_bytes());
    Ok(())
}

fn clear(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Erasure is over as soon as it begins.
    const COMPLETED: u8 = 0x01;
    let [r0, r1, b'C', b'L', b'R', operation] = call.data()? else {
        return Err(Refusal::InvalidField);
    };
    let sel = &mut bmc.sel;
    sel.check(u16::from_le_bytes([r0, r1]))?;
    match operation {
        0xaa => {
            sel.records.clear();
            sel.overflow = false;
            sel.erased_at = sel.clock(call.now);
            // A cleared log cancels the reservation (section 31.4).
            sel.reservation = sel.reservation.wrapping_add(1).max(1);
            sel.log(call.now, Event::LogCleared);
        }
        0x00 => {}
        _ => return Err(Refusal::InvalidField),
    }
    out.push(COMPLETED);
    Ok(())
}

fn get_time(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    out.extend_from_slice(&bmc.sel.clock(call.now).to_le_bytes());
    Ok(())
}

fn set_time(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    let clock = u32::from_le_bytes(call.data()?);
    bmc.sel.epoch = clock.wrapping_sub(call.now.as_secs() as u32);
    Ok(())
}
