//! Rights as Windows has them: lists of who may do what.
//!
//! Nobody but the system, the administrators, the services of Windows, the owner and we ourselves
//! may be in such a list. An owner may change the list, so it must be one of these as well.

use std::env;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{
    CloseHandle, GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo,
    SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, DACL_SECURITY_INFORMATION, GetAce, GetTokenInformation,
    INHERIT_ONLY_ACE, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES,
    TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, FILE_ATTRIBUTE_NORMAL, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_SHARE_READ, FILE_TYPE_DISK, GetFileType, MOVEFILE_REPLACE_EXISTING,
    MOVEFILE_WRITE_THROUGH, MoveFileExW, READ_CONTROL,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::windows::check;

/// Full access for the system, the administrators and the owner; nothing is inherited.
const PRIVATE: &str = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";
/// Who may do anything on this machine: the system, the administrators, and whoever owns a thing.
const TRUSTED: [&str; 3] = ["S-1-5-18", "S-1-5-32-544", "S-1-3-4"];
/// How the names of services begin; the installer of Windows is one.
const SERVICES: &str = "S-1-5-80-";
/// The kind of an entry that allows something.
const ALLOWS: u8 = 0;
/// The kind of an entry that denies something.
const DENIES: u8 = 1;
/// Rights of which each alone lets somebody read: data, all of them, or any read right.
const READS: u32 = 0x0000_0001 | 0x1000_0000 | 0x8000_0000;
/// Rights of which each alone lets somebody change it, or who may: write, append, delete
/// children, delete, change the list, become owner, and what stands for them.
const WRITES: u32 = 0x0000_0046 | 0x000D_0000 | 0x1000_0000 | 0x4000_0000;

pub(super) fn data_folder() -> PathBuf {
    // Every process has the variable; a user who takes it away harms only what he starts himself.
    let all = env::var_os("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into());
    Path::new(&all).join("Komainu")
}

pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return refuse_shared(folder);
    }
    if let Some(parent) = folder.parent()
        && !parent.exists()
    {
        make_folder(parent)?;
    }
    let name = wide(folder);
    with(PRIVATE, |attributes| {
        // SAFETY: the name ends with 0, and both outlive the call.
        check(unsafe { CreateDirectoryW(name.as_ptr(), attributes) })
    })
}

/// A folder of somebody else is refused: who made it may read all that comes into it.
fn refuse_shared(folder: &Path) -> io::Result<()> {
    let opened = OpenOptions::new()
        .access_mode(READ_CONTROL)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .open(folder)?;
    if strangers_have(&opened, READS | WRITES)? {
        let remedy = format!("other users may use it; take it from them: {}", remedy(folder));
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, remedy));
    }
    Ok(())
}

pub(super) fn new_file(path: &Path) -> io::Result<File> {
    new_file_for(path, PRIVATE)
}

fn new_file_for(path: &Path, whom: &str) -> io::Result<File> {
    let name = wide(path);
    let (share, new, plain) = (FILE_SHARE_READ, CREATE_NEW, FILE_ATTRIBUTE_NORMAL);
    with(whom, |attributes| {
        // READ_CONTROL, so that the rights of the file can be read through it.
        let rights = GENERIC_WRITE | READ_CONTROL;
        // SAFETY: the name ends with 0, and both pointers outlive the call.
        let handle = unsafe {
            CreateFileW(name.as_ptr(), rights, share, attributes, new, plain, null_mut())
        };
        if handle == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was just opened, and nobody else has it.
        Ok(unsafe { File::from_raw_handle(handle) })
    })
}

/// The rights of the folder are inherited.
pub(super) fn file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

pub(super) fn others_may_read(file: &File) -> io::Result<bool> {
    // SAFETY: the handle is that of an open file.
    let on_disk = unsafe { GetFileType(file.as_raw_handle()) } == FILE_TYPE_DISK;
    Ok(on_disk && strangers_have(file, READS)?)
}

pub(super) fn others_may_write(file: &File) -> io::Result<bool> {
    strangers_have(file, WRITES)
}

pub(super) fn remedy(path: &Path) -> String {
    let inherit = if path.is_dir() { "(OI)(CI)" } else { "" };
    format!(
        "icacls \"{0}\" /setowner *S-1-5-32-544, then icacls \"{0}\" /inheritance:r /grant:r \
         *S-1-5-18:{inherit}F *S-1-5-32-544:{inherit}F",
        path.display()
    )
}

pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let [from, to] = [from, to].map(wide);
    let flags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
    // SAFETY: both names end with 0, and outlive the call.
    check(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), flags) })
}

/// Calls with attributes that say whose something new is.
fn with<T>(
    whom: &str,
    make: impl FnOnce(*const SECURITY_ATTRIBUTES) -> io::Result<T>,
) -> io::Result<T> {
    let text = wide(Path::new(whom));
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: the text ends with 0, and the descriptor is written to.
    check(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            null_mut(),
        )
    })?;
    let descriptor = Freed(descriptor);
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.0,
        bInheritHandle: 0,
    };
    make(&raw const attributes)
}

/// Whether somebody who is not trusted has one of the rights.
fn strangers_have(file: &File, rights: u32) -> io::Result<bool> {
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
        Ok(TRUSTED.contains(&sid.as_str()) || sid.starts_with(SERVICES) || sid == me)
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

/// What is given back to the system at the end.
struct Freed(*mut core::ffi::c_void);

impl Drop for Freed {
    fn drop(&mut self) {
        // SAFETY: the system has handed it out with that duty.
        unsafe { LocalFree(self.0) };
    }
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_may_read_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        // Wine gives nobody else the right to write, whatever the list says.
        for (name, more, reads, writes) in
            [("private", "", false, false), ("read by everybody", "(A;;FR;;;WD)", true, false)]
        {
            let path = folder.path().join(name);
            drop(new_file_for(&path, &format!("{PRIVATE}{more}")).expect("a file"));
            let file = File::open(&path).expect("ours");
            assert_eq!(others_may_read(&file).expect("known"), reads, "{name}");
            assert_eq!(others_may_write(&file).expect("known"), writes, "{name}");
        }
    }
}
