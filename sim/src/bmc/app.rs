//! Commands about the BMC itself, its channels and its users (sections 20 and 22).

use super::Bmc;
use super::call::{Call, Entry, Outcome, Refusal};
use super::config::Privilege;
use super::suite::{Confidentiality, Integrity};

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x01 => (Privilege::User, device_id),
        0x04 => (Privilege::User, self_test),
        0x07 => (Privilege::User, acpi_power),
        0x08 => (Privilege::User, guid),
        0x37 => (Privilege::User, guid),
        0x38 => (Privilege::Callback, authentication_capabilities),
        0x41 => (Privilege::User, channel_access),
        0x42 => (Privilege::User, channel_info),
        0x44 => (Privilege::Operator, user_access),
        0x46 => (Privilege::Operator, user_name),
        0x54 => (Privilege::Callback, cipher_suites),
        _ => return super::watchdog::entry(command).or_else(|| super::control::entry(command)),
    })
}

/// The commands that are answered outside a session; Get Session Challenge and Activate Session
/// belong to their own module.
pub(super) fn sessionless(command: u8) -> Option<super::call::Handler> {
    match command {
        0x37 => Some(guid),
        0x38 => Some(authentication_capabilities),
        0x54 => Some(cipher_suites),
        _ => None,
    }
}

fn device_id(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Chassis, event log and sensor records.
    const FUNCTIONS: u8 = 0x86;
    call.data::<0>()?;
    let version = if bmc.config.versions.v20() { 0x02 } else { 0x51 };
    out.extend_from_slice(&[0x20, 0x01, 0x01, 0x00, version, FUNCTIONS, 0, 0, 0, 0x01, 0x00]);
    out.extend_from_slice(&[0; 4]);
    Ok(())
}

fn self_test(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    out.extend_from_slice(&[0x55, 0x00]);
    Ok(())
}

fn acpi_power(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    let state = if bmc.power.on() { 0x00 } else { 0x05 };
    out.extend_from_slice(&[state, 0x00]);
    Ok(())
}

fn guid(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    out.extend_from_slice(&bmc.guid);
    Ok(())
}

fn authentication_capabilities(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Asks for what IPMI 2.0 added.
    const EXTENDED: u8 = 0x80;
    let [channel, privilege] = call.data()?;
    let level = Privilege::from_number(privilege & 0x0f);
    if !super::is_our_channel(channel & 0x0f) || level.is_none() {
        return Err(Refusal::InvalidField);
    }
    let config = &bmc.config;
    let extended = channel & EXTENDED != 0;
    if extended && (config.quirks.v20_bit_refused || !config.versions.v20()) {
        return Err(Refusal::InvalidField);
    }
    let types = if config.versions.v15() { config.auth_types.bits() } else { 0 };
    let versions = u8::from(config.versions.v15()) | u8::from(config.versions.v20()) << 1;
    out.push(super::CHANNEL);
    out.push(types | u8::from(extended) << 7);
    out.push(login_status(bmc, extended));
    out.push(if extended { versions } else { 0 });
    out.extend_from_slice(&[0; 4]);
    Ok(())
}

fn login_status(bmc: &Bmc, extended: bool) -> u8 {
    let config = &bmc.config;
    let per_message = config.per_message_authentication && !config.quirks.per_message_lie;
    let null = |empty: bool| {
        config.users.iter().any(|user| {
            let no_password = user.password.expose().iter().all(|byte| *byte == 0);
            user.enabled && user.name.is_empty() && no_password == empty
        })
    };
    let named = config.users.iter().any(|user| user.enabled && !user.name.is_empty());
    u8::from(null(true))
        | u8::from(null(false)) << 1
        | u8::from(named) << 2
        | u8::from(!config.user_level_authentication) << 3
        | u8::from(!per_message) << 4
        | u8::from(extended && config.kg.is_some()) << 5
}

fn channel_access(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Always available.
    const ALWAYS: u8 = 0x02;
    let [channel, _] = call.data()?;
    if !super::is_our_channel(channel & 0x0f) {
        return Err(Refusal::InvalidField);
    }
    out.extend_from_slice(&[ALWAYS, Privilege::Administrator as u8]);
    Ok(())
}

fn channel_info(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// The enterprise number of the protocols that IPMI itself defines, and no more to say.
    const REST: [u8; 5] = [0xf2, 0x1b, 0x00, 0x00, 0x00];
    let [channel] = call.data()?;
    out.extend_from_slice(&match channel & 0x0f {
        // Medium, protocol and session support: IPMB, LAN, system interface.
        0x00 => [0x00, 0x01, 0x01, 0x00],
        super::CHANNEL | super::THIS_CHANNEL => [super::CHANNEL, 0x04, 0x01, 0x80],
        0x0f => [0x0f, 0x0c, 0x05, 0x00],
        _ => return Err(Refusal::NotPresent),
    });
    out.extend_from_slice(&REST);
    Ok(())
}

fn user_access(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// IPMI messaging enabled.
    const MESSAGING: u8 = 0x10;
    let [channel, id] = call.data()?;
    if !super::is_our_channel(channel & 0x0f) {
        return Err(Refusal::InvalidField);
    }
    let users = &bmc.config.users;
    let user = users.get(usize::from(id & 0x3f).wrapping_sub(1));
    let user = user.ok_or(Refusal::ParameterOutOfRange)?;
    let enabled = users.iter().filter(|user| user.enabled).count() as u8;
    let status = if user.enabled { 0x40 } else { 0x80 };
    let access = user.limit as u8 | if user.enabled { MESSAGING } else { 0 };
    out.extend_from_slice(&[users.len() as u8, status | enabled, 0, access]);
    Ok(())
}

fn user_name(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    let [id] = call.data()?;
    let user = bmc.config.users.get(usize::from(id & 0x3f).wrapping_sub(1));
    let user = user.ok_or(Refusal::ParameterOutOfRange)?;
    let start = out.len();
    out.extend_from_slice(&user.name);
    out.resize(start + 16, 0);
    Ok(())
}

/// Get Channel Cipher Suites (section 22.15): 16 bytes of the records at a time.
fn cipher_suites(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    const PAGE: usize = 16;
    /// Lists suites; without it, every algorithm once.
    const BY_SUITE: u8 = 0x80;
    let [channel, payload_type, index] = call.data()?;
    if !bmc.config.versions.v20() {
        return Err(Refusal::InvalidCommand);
    }
    if !super::is_our_channel(channel & 0x0f) || payload_type & 0x3f != 0 {
        return Err(Refusal::InvalidField);
    }
    let records = if index & BY_SUITE != 0 { suite_records(bmc) } else { algorithm_records(bmc) };
    let page = records.chunks(PAGE).nth(usize::from(index & 0x3f)).unwrap_or_default();
    out.push(super::CHANNEL);
    out.extend_from_slice(page);
    Ok(())
}

/// Tags of table 22-18.
const INTEGRITY_TAG: u8 = 0x40;
const CONFIDENTIALITY_TAG: u8 = 0x80;

fn suite_records(bmc: &Bmc) -> Vec<u8> {
    let mut records = Vec::new();
    for offered in &bmc.config.suites {
        let suite = offered.suite;
        records.extend([0xc0, suite.number, suite.authentication as u8]);
        records.push(INTEGRITY_TAG | suite.integrity as u8);
        let tag = if bmc.config.quirks.cipher_suites_tags { 0 } else { CONFIDENTIALITY_TAG };
        records.push(tag | suite.confidentiality as u8);
    }
    records
}

fn algorithm_records(bmc: &Bmc) -> Vec<u8> {
    let mut records: Vec<u8> = Vec::new();
    let suites = || bmc.config.suites.iter().map(|offered| offered.suite);
    records.extend(suites().map(|suite| suite.authentication as u8));
    let integrity = suites().map(|suite| suite.integrity).filter(|i| *i != Integrity::None);
    records.extend(integrity.map(|integrity| INTEGRITY_TAG | integrity as u8));
    let hidden = suites()
        .map(|suite| suite.confidentiality)
        .filter(|confidentiality| *confidentiality != Confidentiality::None);
    records.extend(hidden.map(|algorithm| CONFIDENTIALITY_TAG | algorithm as u8));
    records.sort_unstable();
    records.dedup();
    records
}
