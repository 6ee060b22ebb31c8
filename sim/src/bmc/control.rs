//! Session control (sections 22.18 to 22.20): privilege, close, information.

use std::net::IpAddr;

use super::Bmc;
use super::call::{Call, Entry, Outcome, Refusal};
use super::config::Privilege;
use super::session::{Format, Stage};

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x3b => (Privilege::User, set_privilege),
        0x3c => (Privilege::Callback, close),
        0x3d => (Privilege::User, info),
        _ => return None,
    })
}

fn set_privilege(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// The level is not available to the user, or exceeds the session's limit.
    const EXCEEDS: Refusal = Refusal::Specific(0x81);
    let [asked] = call.data()?;
    let id = call.identity.session_id;
    let active = bmc.sessions.active_mut(id).ok_or(Refusal::NotInThisState)?;
    if asked & 0x0f != 0 {
        let level = Privilege::from_number(asked & 0x0f).filter(|l| *l > Privilege::Callback);
        let level = level.ok_or(Refusal::InvalidField)?;
        active.privilege = Some(level).filter(|l| *l <= active.limit).ok_or(EXCEEDS)?;
    }
    out.push(active.privilege as u8);
    Ok(())
}

fn close(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    const UNKNOWN: Refusal = Refusal::Specific(0x87);
    let [id, handle] = call
        .data_from::<5>(4)
        .map(|[a, b, c, d, handle]| [u32::from_le_bytes([a, b, c, d]), u32::from(handle)])?;
    // Id 0 names the session by its handle instead, which is its place in the table.
    let id = match (id, handle.checked_sub(1)) {
        (0, Some(at)) => bmc.sessions.iter().nth(at as usize).map_or(0, |session| session.id),
        _ => id,
    };
    let own = call.identity.session_id;
    let caller = bmc.sessions.active(own).ok_or(Refusal::NotInThisState)?;
    if id != own && caller.privilege < Privilege::Administrator {
        return Err(Refusal::InsufficientPrivilege);
    }
    if id == own {
        bmc.sessions.find_mut(own).ok_or(UNKNOWN)?.closing = true;
    } else {
        bmc.sessions.active(id).ok_or(UNKNOWN)?;
        bmc.sessions.remove(id);
    }
    Ok(())
}

fn info(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    let sessions = &bmc.sessions;
    let open = || {
        sessions.iter().enumerate().filter(|(_, session)| matches!(session.stage, Stage::Active(_)))
    };
    let found = match call.request.data {
        [0x00] => open().find(|(_, session)| session.id == call.identity.session_id),
        [0xfe, handle] => open().find(|(at, _)| at + 1 == usize::from(*handle)),
        [0xff, a, b, c, d] => {
            let id = u32::from_le_bytes([*a, *b, *c, *d]);
            open().find(|(_, session)| session.id == id)
        }
        [index @ 0x01..=0xfd] => open().nth(usize::from(*index) - 1),
        _ => return Err(Refusal::WrongLength),
    };
    let counts = [sessions.slots() as u8, sessions.active_count() as u8];
    let Some((at, session)) = found else {
        out.extend_from_slice(&[0, counts[0], counts[1]]);
        return Ok(());
    };
    let Stage::Active(active) = &session.stage else { return Err(Refusal::NotPresent) };
    let protocol = u8::from(matches!(active.format, Format::V20 { .. })) << 4;
    out.extend_from_slice(&[at as u8 + 1, counts[0], counts[1], active.user as u8 + 1]);
    out.extend_from_slice(&[active.privilege as u8, super::CHANNEL | protocol]);
    let address = match session.peer.ip() {
        IpAddr::V4(address) => address.octets(),
        IpAddr::V6(_) => [0; 4],
    };
    out.extend_from_slice(&address);
    out.extend_from_slice(&[0; 6]);
    out.extend_from_slice(&session.peer.port().to_le_bytes());
    Ok(())
}
