//! Platform event filtering and alerting (section 30).

use super::Bmc;
use super::call::{Call, Entry, Outcome, Refusal};
use super::config::Privilege;
use super::parameters::{Definition, Parameters, Shape};

const REVISION: u8 = 0x11;
const FILTERS: u8 = 16;
const POLICIES: u8 = 16;
const STRINGS: u8 = 4;
/// Alert, power off, reset, power cycle and diagnostic interrupt.
const ACTIONS: u8 = 0x2f;

/// Table 30-5.
const DEFINITIONS: &[Definition] = &[
    (0, Shape::Progress),
    (1, Shape::Plain(1)),
    (2, Shape::Plain(1)),
    (3, Shape::Plain(1)),
    (4, Shape::Plain(1)),
    (5, Shape::ReadOnly(1)),
    (6, Shape::Selected { last: FILTERS, len: 21 }),
    (7, Shape::Selected { last: FILTERS, len: 2 }),
    (8, Shape::ReadOnly(1)),
    (9, Shape::Selected { last: POLICIES, len: 4 }),
    (10, Shape::Plain(17)),
    (11, Shape::ReadOnly(1)),
    (12, Shape::Selected { last: STRINGS, len: 3 }),
    (13, Shape::Blocks { last: STRINGS, blocks: 4 }),
];

/// Postpone timer, table of parameters, what the system management software has processed.
#[derive(Clone, Debug)]
pub(super) struct Pef {
    parameters: Parameters,
    postpone: u8,
    last_processed: u16,
}

impl Default for Pef {
    fn default() -> Self {
        let mut parameters = Parameters::new(DEFINITIONS);
        parameters.preset(5, &[FILTERS]);
        parameters.preset(8, &[POLICIES]);
        parameters.preset(11, &[STRINGS]);
        Self { parameters, postpone: 0, last_processed: 0 }
    }
}

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x10 => (Privilege::User, capabilities),
        0x11 => (Privilege::Administrator, arm_postpone),
        0x12 => (Privilege::Administrator, set),
        0x13 => (Privilege::Operator, get),
        0x14 => (Privilege::Administrator, set_last_processed),
        0x15 => (Privilege::Administrator, get_last_processed),
        0x16 => (Privilege::Administrator, alert_immediate),
        0x17 => (Privilege::User, acknowledge),
        _ => return None,
    })
}

fn capabilities(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    out.extend_from_slice(&[0x51, ACTIONS, FILTERS]);
    Ok(())
}

fn arm_postpone(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Asks for the present value.
    const PRESENT: u8 = 0xff;
    let [seconds] = call.data()?;
    if seconds != PRESENT {
        bmc.pef.postpone = seconds;
    }
    out.push(bmc.pef.postpone);
    Ok(())
}

fn set(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    let (number, data) = call.request.data.split_first().ok_or(Refusal::WrongLength)?;
    bmc.pef.parameters.set(number & 0x7f, data)?;
    // Parameter 7 is the first byte of parameter 6's entry under another name.
    if let (7, [selector, first]) = (number & 0x7f, data) {
        let mut entry = Vec::new();
        bmc.pef.parameters.get(6, selector & 0x7f, 0, &mut entry)?;
        entry[1] = *first;
        bmc.pef.parameters.set(6, &entry)?;
    }
    Ok(())
}

fn get(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Asks for the revision only.
    const REVISION_ONLY: u8 = 0x80;
    let [number, selector, block] = call.data()?;
    out.push(REVISION);
    match number & !REVISION_ONLY {
        _ if number & REVISION_ONLY != 0 => Ok(()),
        7 => {
            let mut entry = Vec::new();
            bmc.pef.parameters.get(6, selector, 0, &mut entry)?;
            out.extend_from_slice(&entry[..2]);
            Ok(())
        }
        number => bmc.pef.parameters.get(number, selector, block, out),
    }
}

fn set_last_processed(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    let [_, low, high] = call.data()?;
    bmc.pef.last_processed = u16::from_le_bytes([low, high]);
    Ok(())
}

fn get_last_processed(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    let processed = bmc.pef.last_processed.to_le_bytes();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&(bmc.sel.len() as u16).to_le_bytes());
    out.extend_from_slice(&processed);
    out.extend_from_slice(&processed);
    Ok(())
}

fn alert_immediate(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Asks how the last alert went.
    const STATUS: u8 = 0x40;
    let [channel, operation, _] = call.data()?;
    if !super::is_our_channel(channel & 0x0f) {
        return Err(Refusal::InvalidField);
    }
    let destination = operation & 0x0f;
    if bmc.lan.value([19, destination, 0]).is_none() {
        return Err(Refusal::ParameterOutOfRange);
    }
    if operation & 0xc0 == STATUS {
        out.push(0x01);
    }
    Ok(())
}

fn acknowledge(_: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    call.data::<12>().map(|_| ())
}
