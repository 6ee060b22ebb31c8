//! Who may do what with something that is open: its owner, and its list of rights.

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, GetSecurityInfo, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, DACL_SECURITY_INFORMATION, GetAce, GetTokenInformation,
    INHERIT_ONLY_ACE, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, TOKEN_QUERY,
    TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::Freed;
use crate::windows::check;

/// Who may do anything on this machine: the system, the administrators, whoever owns a thing, and
/// the installer of Windows, which owns what came with it.
const TRUSTED: [&str; 4] = [
    "S-1-5-18",
    "S-1-5-32-544",
    "S-1-3-4",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];
/// The kind of an entry that allows something.
const ALLOWS: u8 = 0;
/// The kind of an entry that denies something.
const DENIES: u8 = 1;
/// Whoever may change the list or become owner may do everything soon; so may who has it all.
const RULES: u32 = 0x000C_0000 | 0x1000_0000;
/// Rights of which each alone lets somebody read: data, or any read right.
pub(super) const READS: u32 = 0x0000_0001 | 0x8000_0000 | RULES;
/// Rights of which each alone lets somebody take a thing away and put another in its place: to
/// delete it, and, of a folder, what is in it.
pub(super) const REPLACES: u32 = 0x0000_0040 | 0x0001_0000 | RULES;
/// Rights of which each alone lets somebody change a thing: to write, append, make a folder lead
/// elsewhere by its attributes, or replace it.
pub(super) const WRITES: u32 = 0x0000_0116 | 0x4000_0000 | REPLACES;

/// Whether somebody who is not trusted has one of the rights.
pub(super) fn strangers_have(file: &File, rights: u32) -> io::Result<bool> {
    let (mut owner, mut list, mut descriptor): (PSID, *mut ACL, PSECURITY_DESCRIPTOR) =
        (null_mut(), null_mut(), null_mut());
    let wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    // SAFETY: the handle is that of an open file, and all the others are written to.
    let error = unsafe {
        GetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            wanted,
            &raw mut owner,
            null_mut(),
            &raw mut list,
            null_mut(),
            &raw mut descriptor,
        )
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    // Owner and list are part of it.
    let _descriptor = Freed(descriptor);
    let me = myself()?;
    let trusted = |sid: PSID| -> io::Result<bool> {
        let sid = text_of(sid)?;
        Ok(TRUSTED.contains(&sid.as_str()) || sid == me)
    };
    // Without a list everybody may do everything.
    if list.is_null() || !trusted(owner)? {
        return Ok(true);
    }
    // SAFETY: the list lives as long as the descriptor.
    let count = unsafe { (*list).AceCount };
    for index in 0..u32::from(count) {
        let mut entry = null_mut();
        // SAFETY: the list has that many entries.
        check(unsafe { GetAce(list, index, &raw mut entry) })?;
        let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
        // SAFETY: each kind of entry begins with its header.
        let header = unsafe { (*entry).Header };
        if u32::from(header.AceFlags) & INHERIT_ONLY_ACE != 0 || header.AceType == DENIES {
            continue;
        }
        if header.AceType != ALLOWS {
            // Conditions and the like are not judged here.
            return Ok(true);
        }
        // SAFETY: an entry that allows has a mask, and ends with whom it is about.
        let (mask, sid) = unsafe { ((*entry).Mask, (&raw mut (*entry).SidStart).cast()) };
        if mask & rights != 0 && !trusted(sid)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As whom this process runs.
fn myself() -> io::Result<String> {
    let mut token: HANDLE = null_mut();
    // SAFETY: the handle of this process always counts, and the token is written to.
    check(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // A name is at most 68 bytes; pointers in the answer want their place.
    let mut answer = [0_u64; 16];
    let (size, mut len) = (size_of_val(&answer) as u32, 0);
    // SAFETY: the answer has that much room.
    let told = check(unsafe {
        GetTokenInformation(token, TokenUser, answer.as_mut_ptr().cast(), size, &raw mut len)
    });
    // SAFETY: the token was opened above.
    unsafe { CloseHandle(token) };
    told?;
    // SAFETY: the answer is one of these, with its name behind it.
    text_of(unsafe { (*answer.as_ptr().cast::<TOKEN_USER>()).User.Sid })
}

fn text_of(sid: PSID) -> io::Result<String> {
    let mut text = null_mut();
    // SAFETY: it is part of what the system has handed out, and the text is written to.
    check(unsafe { ConvertSidToStringSidW(sid, &raw mut text) })?;
    let freed = Freed(text.cast());
    let mut units = Vec::new();
    for at in 0.. {
        // SAFETY: the text ends with 0, where this ends too.
        match unsafe { *freed.0.cast::<u16>().add(at) } {
            0 => break,
            unit => units.push(unit),
        }
    }
    Ok(String::from_utf16_lossy(&units))
}
