//! Rights as Windows has them: lists of who may do what.
//!
//! Nobody but the system, the administrators, the installer of Windows, the owner and we ourselves
//! may be in such a list. An owner may change the list, so it must be one of these as well.

mod list;

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle};
use std::path::{self, Path, PathBuf};
use std::ptr::null_mut;
use std::thread;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, GENERIC_WRITE, INVALID_HANDLE_VALUE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, FILE_ATTRIBUTE_NORMAL, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_READ, FILE_TYPE_DISK, GetFileType,
    MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH, MoveFileExW, READ_CONTROL,
};

use crate::windows::check;
use list::{READS, REPLACES, WRITES, strangers_have};

/// Full access for the system, the administrators and the owner; nothing is inherited.
const PRIVATE: &str = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";
/// Scanners for viruses and backups open what is new for a moment, and nobody else may take its
/// name meanwhile: so often, and so long between, is it tried again.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

pub(super) fn data_folder() -> PathBuf {
    // Every process has the variable; a user who takes it away harms only what he starts himself.
    let all = env::var_os("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into());
    Path::new(&all).join("Komainu")
}

pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let folder = path::absolute(folder)?;
    make_all(&folder)?;
    // Who made it may read all that comes into it; who may put another in its place, too.
    let shared = if strangers_have(&open(&folder, false)?, READS | WRITES)? {
        Some(folder)
    } else {
        others_may_replace(&folder)?
    };
    shared.map_or(Ok(()), |place| {
        let remedy = format!("other users may use it; take it from them: {}", remedy(&place));
        Err(io::Error::new(io::ErrorKind::PermissionDenied, remedy))
    })
}

fn make_all(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_all(parent)?;
    }
    let name = wide(folder);
    with(PRIVATE, |attributes| {
        // SAFETY: the name ends with 0, and both outlive the call.
        check(unsafe { CreateDirectoryW(name.as_ptr(), attributes) })
    })
}

/// Each folder on the way is looked at as it is named, where a link of somebody else would be, and
/// as it is, where a link may lead.
pub(super) fn others_may_replace(path: &Path) -> io::Result<Option<PathBuf>> {
    for way in [path::absolute(path)?, fs::canonicalize(path)?] {
        // The root of a drive has nothing above it that could be replaced.
        for place in way.ancestors().filter(|place| place.parent().is_some()) {
            if strangers_have(&open(place, true)?, REPLACES)? {
                return Ok(Some(place.to_owned()));
            }
        }
    }
    Ok(None)
}

/// Opens a file or folder to read its rights alone; a link itself, or what it leads to.
fn open(path: &Path, link: bool) -> io::Result<File> {
    let link = if link { FILE_FLAG_OPEN_REPARSE_POINT } else { 0 };
    let flags = FILE_FLAG_BACKUP_SEMANTICS | link;
    OpenOptions::new().access_mode(READ_CONTROL).custom_flags(flags).open(path)
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
    let busy = [ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION].map(u32::cast_signed);
    let mut tries = 0;
    loop {
        // SAFETY: both names end with 0, and outlive the call.
        let moved = check(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), flags) });
        tries += 1;
        match moved {
            Err(error)
                if tries < TRIES
                    && error.raw_os_error().is_some_and(|code| busy.contains(&code)) =>
            {
                thread::sleep(PAUSE);
            }
            moved => return moved,
        }
    }
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

    #[test]
    fn a_folder_may_be_named_from_where_we_are() {
        let here = env::current_dir().expect("a folder");
        let folder = tempfile::tempdir_in(&here).expect("a folder");
        let relative = folder.path().strip_prefix(&here).expect("below").join("state");
        // Who may use it is known only where the tests run.
        let _ = make_folder(&relative);
        assert!(relative.is_dir());
    }

    #[test]
    fn a_file_that_is_looked_at_for_a_moment_is_replaced_all_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
        fs::write(&old, "old").expect("written");
        fs::write(&new, "new").expect("written");
        // As scanners open it: nobody may delete it meanwhile.
        let held = OpenOptions::new().read(true).share_mode(FILE_SHARE_READ).open(&old);
        let held = held.expect("open");
        let scanner = thread::spawn(move || {
            thread::sleep(4 * PAUSE);
            drop(held);
        });
        replace(&new, &old).expect("replaced");
        scanner.join().expect("no panic");
        assert_eq!(fs::read(&old).expect("readable"), b"new");
    }
}
