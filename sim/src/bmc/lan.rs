//! LAN configuration (sections 23.1 and 23.2).

use super::Bmc;
use super::call::{Call, Entry, Outcome, Refusal};
use super::config::{BmcConfig, Privilege};
use super::parameters::{Definition, Parameters, Shape};

/// Parameter revision 1, oldest compatible 1.
const REVISION: u8 = 0x11;
/// How many alert destinations can be set besides the volatile one (0).
const DESTINATIONS: u8 = 4;

/// Table 23-4.
const DEFINITIONS: &[Definition] = &[
    (0, Shape::Progress),
    (1, Shape::ReadOnly(1)),
    (2, Shape::Plain(5)),
    (3, Shape::Plain(4)),
    (4, Shape::Plain(1)),
    (5, Shape::Plain(6)),
    (6, Shape::Plain(4)),
    (7, Shape::Plain(3)),
    (8, Shape::Plain(2)),
    (9, Shape::Plain(2)),
    (10, Shape::Plain(1)),
    (11, Shape::Plain(1)),
    (12, Shape::Plain(4)),
    (13, Shape::Plain(6)),
    (14, Shape::Plain(4)),
    (15, Shape::Plain(6)),
    (16, Shape::Plain(18)),
    (17, Shape::ReadOnly(1)),
    (18, Shape::Selected { last: DESTINATIONS, len: 4 }),
    (19, Shape::Selected { last: DESTINATIONS, len: 13 }),
    (20, Shape::Plain(2)),
    (21, Shape::Plain(1)),
    (22, Shape::ReadOnly(1)),
    (23, Shape::ReadOnly(17)),
    (24, Shape::Plain(9)),
    (26, Shape::Plain(6)),
];

/// The parameters as they are at the start.
pub(super) fn parameters(config: &BmcConfig, mac: [u8; 6]) -> Parameters {
    let mut lan = Parameters::new(DEFINITIONS);
    let auth_types = config.auth_types.bits();
    lan.preset(1, &[auth_types]);
    lan.preset(2, &[auth_types; 5]);
    let [a, b, c, _] = config.lan_address.octets();
    lan.preset(3, &config.lan_address.octets());
    // A static address.
    lan.preset(4, &[1]);
    lan.preset(5, &mac);
    lan.preset(6, &[255, 255, 255, 0]);
    lan.preset(7, &[64, 0x40, 0x10]);
    lan.preset(8, &623u16.to_le_bytes());
    lan.preset(9, &664u16.to_le_bytes());
    lan.preset(12, &[a, b, c, 254]);
    let mut community = [0; 18];
    community[..6].copy_from_slice(b"public");
    lan.preset(16, &community);
    lan.preset(17, &[DESTINATIONS]);
    let count = config.suites.len().min(16);
    let (mut numbers, mut limits) = ([0; 17], [0; 9]);
    for (at, offered) in config.suites.iter().take(count).enumerate() {
        numbers[1 + at] = offered.suite.number;
        limits[1 + at / 2] |= (offered.limit as u8) << (4 * (at % 2));
    }
    lan.preset(22, &[count as u8]);
    lan.preset(23, &numbers);
    lan.preset(24, &limits);
    lan
}

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x01 => (Privilege::Administrator, set),
        0x02 => (Privilege::Operator, get),
        _ => return None,
    })
}

fn check_channel(channel: u8) -> Outcome {
    super::is_our_channel(channel).then_some(()).ok_or(Refusal::InvalidField)
}

fn set(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    let [channel, number, data @ ..] = call.request.data else {
        return Err(Refusal::WrongLength);
    };
    check_channel(channel & 0x0f)?;
    bmc.lan.set(*number, data)
}

fn get(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Asks for the revision only.
    const REVISION_ONLY: u8 = 0x80;
    let [channel, number, selector, block] = call.data()?;
    check_channel(channel & 0x0f)?;
    out.push(REVISION);
    if channel & REVISION_ONLY != 0 {
        return Ok(());
    }
    bmc.lan.get(number, selector, block, out)
}
