//! System boot options (sections 28.12 to 28.14): parameters 0 to 5.

use super::Bmc;
use super::call::{Call, Outcome, Refusal};

/// The version of the parameters' format.
const VERSION: u8 = 1;
/// Boot flags: valid for the next boot.
const VALID: u8 = 0x80;
/// Boot flags: stay valid for all boots.
const PERSISTENT: u8 = 0x40;

/// Set in progress, service partition selector, service partition scan, flag valid clearing,
/// boot info acknowledge, boot flags.
const LENGTHS: [usize; 6] = [1, 1, 1, 1, 2, 5];
const FLAGS: usize = 5;

/// The stored parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct BootOptions {
    values: [[u8; 5]; 6],
    invalid: [bool; 6],
}

impl BootOptions {
    /// A boot uses the flags up, unless they are persistent.
    pub(super) fn consume(&mut self) {
        if self.values[FLAGS][0] & PERSISTENT == 0 {
            self.values[FLAGS] = [0; 5];
        }
    }

    /// The boot flags, when they are valid for the next boot.
    pub(super) fn flags(&self) -> Option<[u8; 5]> {
        let flags = self.values[FLAGS];
        (flags[0] & VALID != 0).then_some(flags)
    }
}

pub(super) fn set(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    let (selector, data) = call.request.data.split_first().ok_or(Refusal::WrongLength)?;
    let number = usize::from(selector & 0x7f);
    let boot = &mut bmc.chassis.boot;
    let length = *LENGTHS.get(number).ok_or(Refusal::Specific(0x80))?;
    // Without data, only whether the parameter is valid is set.
    if !data.is_empty() {
        if data.len() != length {
            return Err(Refusal::WrongLength);
        }
        let busy = boot.values[0][0] & 0x03 == 1;
        if number == 0 && busy && data[0] & 0x03 == 1 {
            return Err(Refusal::Specific(0x81));
        }
        store(&mut boot.values[number], number, data);
    }
    boot.invalid[number] = selector & 0x80 != 0;
    Ok(())
}

fn store(value: &mut [u8; 5], number: usize, data: &[u8]) {
    /// Boot info acknowledge: the first byte says which bits of the second to write.
    const ACKNOWLEDGE: usize = 4;
    match (number, data) {
        (ACKNOWLEDGE, [mask, bits]) => value[1] = (value[1] & !mask) | (bits & mask),
        _ => value[..data.len()].copy_from_slice(data),
    }
}

pub(super) fn get(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    let [selector, _, _] = call.data()?;
    let number = usize::from(selector & 0x7f);
    let boot = &bmc.chassis.boot;
    let length = *LENGTHS.get(number).ok_or(Refusal::Specific(0x80))?;
    let invalid = u8::from(boot.invalid[number]) << 7;
    out.extend_from_slice(&[VERSION, number as u8 | invalid]);
    out.extend_from_slice(&boot.values[number][..length]);
    Ok(())
}
