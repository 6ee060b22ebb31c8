//! The sensor data record repository (section 33): read-only, it names the BMC and the sensors
//! that its events come from.

use super::Bmc;
use super::call::{Call, Entry, Outcome, Refusal};
use super::config::Privilege;
use super::sel::sensor;

const VERSION: u8 = 0x51;
const BMC_ADDRESS: u8 = 0x20;
const RESERVATION: [u8; 2] = [0x01, 0x00];
const LAST: u16 = 0xffff;

/// The sensors, each an event-only record (section 43.3).
const SENSORS: [([u8; 2], &str); 5] = [
    (sensor::POWER_UNIT, "Power Unit"),
    (sensor::EVENT_LOGGING, "Event Log"),
    (sensor::SYSTEM_BOOT, "System Boot"),
    (sensor::CRITICAL_INTERRUPT, "Interrupt"),
    (sensor::WATCHDOG, "Watchdog"),
];

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x20 => (Privilege::User, info),
        0x21 => (Privilege::User, allocation),
        0x22 => (Privilege::User, reserve),
        0x23 => (Privilege::User, get),
        _ => return None,
    })
}

fn record_count() -> u16 {
    SENSORS.len() as u16 + 1
}

fn info(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Reservation and allocation information are supported.
    const SUPPORTED: u8 = 0x03;
    call.data::<0>()?;
    out.push(VERSION);
    out.extend_from_slice(&record_count().to_le_bytes());
    out.extend_from_slice(&[0; 2 + 4 + 4]);
    out.push(SUPPORTED);
    Ok(())
}

fn allocation(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    for number in [record_count(), 64, 0, 0] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.push(1);
    Ok(())
}

fn reserve(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    out.extend_from_slice(&RESERVATION);
    Ok(())
}

fn get(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    let [r0, r1, i0, i1, offset, count] = call.data()?;
    if offset != 0 && [r0, r1] != RESERVATION {
        return Err(Refusal::ReservationCancelled);
    }
    let index = match u16::from_le_bytes([i0, i1]) {
        LAST => record_count() - 1,
        id => id,
    };
    let record = record(index).ok_or(Refusal::NotPresent)?;
    let rest = record.get(usize::from(offset)..).ok_or(Refusal::ParameterOutOfRange)?;
    let next = if index + 1 < record_count() { index + 1 } else { LAST };
    out.extend_from_slice(&next.to_le_bytes());
    out.extend_from_slice(&rest[..rest.len().min(usize::from(count))]);
    Ok(())
}

fn record(index: u16) -> Option<Vec<u8>> {
    let (kind, body, name) = match index.checked_sub(1) {
        None => {
            // Management controller device locator (section 43.9): logs events, has a log, sensor
            // records and chassis functions; entity: system management module.
            (0x12, vec![BMC_ADDRESS, 0, 0, 0xa6, 0, 0, 0, 0x06, 1, 0], "Komainu BMC")
        }
        Some(at) => {
            let ([sensor_type, number], name) = *SENSORS.get(usize::from(at))?;
            let body = vec![BMC_ADDRESS, 0, number, 0x07, 1, sensor_type, 0x6f, 0x01, 0, 0, 0];
            (0x03, body, name)
        }
    };
    let mut record = index.to_le_bytes().to_vec();
    record.extend([VERSION, kind, (body.len() + 1 + name.len()) as u8]);
    record.extend(body);
    record.push(0xc0 | name.len() as u8);
    record.extend(name.bytes());
    Some(record)
}
