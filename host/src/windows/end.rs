//! How this machine is ended.

use std::io;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_NOT_ALL_ASSIGNED, ERROR_SHUTDOWN_IN_PROGRESS, ERROR_SHUTDOWN_IS_SCHEDULED,
    HANDLE,
};
use windows_sys::Win32::Security::{
    AdjustTokenPrivileges, LUID_AND_ATTRIBUTES, LookupPrivilegeValueW, SE_PRIVILEGE_ENABLED,
    SE_SHUTDOWN_NAME, TOKEN_ADJUST_PRIVILEGES, TOKEN_PRIVILEGES, TOKEN_QUERY,
};
use windows_sys::Win32::System::Shutdown::{
    AbortSystemShutdownW, InitiateSystemShutdownExW, SHTDN_REASON_FLAG_PLANNED,
    SHTDN_REASON_MAJOR_POWER, SHTDN_REASON_MINOR_ENVIRONMENT,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::{check, wide};

/// `ShutdownPowerOff` of `SHUTDOWN_ACTION`.
const POWER_OFF: u32 = 2;
/// What people on the machine see.
const NOTICE: &str = "Komainu shuts this machine down.";

// SAFETY: so it is declared in the kernel's own library, under that name since the first.
#[link(name = "ntdll")]
unsafe extern "system" {
    fn NtShutdownSystem(action: u32) -> i32;
}

/// Cuts the power: no service is stopped and no program is asked. What waits in the caches of
/// file systems is written by the kernel, which Windows offers no way around.
///
/// # Errors
/// When the system refuses.
pub fn cut_power() -> io::Result<()> {
    allow()?;
    // SAFETY: it takes a number, and asks for the right that was just enabled.
    match unsafe { NtShutdownSystem(POWER_OFF) } {
        0.. => Ok(()),
        status => Err(io::Error::other(format!("NtShutdownSystem answers {status:#010x}"))),
    }
}

/// Shuts Windows down at once; it stops its services, this one with them. One that somebody has
/// planned for later is brought forward.
///
/// # Errors
/// When the system refuses.
pub fn shut_down() -> io::Result<()> {
    allow()?;
    match begin() {
        Err(error) if is(&error, ERROR_SHUTDOWN_IS_SCHEDULED) => {
            // SAFETY: without a name it is this machine.
            check(unsafe { AbortSystemShutdownW(null()) })?;
            begin()
        }
        // It ends already, as was wanted.
        Err(error) if is(&error, ERROR_SHUTDOWN_IN_PROGRESS) => Ok(()),
        begun => begun,
    }
}

fn begin() -> io::Result<()> {
    let notice = wide(NOTICE);
    let reason =
        SHTDN_REASON_MAJOR_POWER | SHTDN_REASON_MINOR_ENVIRONMENT | SHTDN_REASON_FLAG_PLANNED;
    let text = notice.as_ptr();
    // SAFETY: the notice ends with 0 and outlives the call; without a name it is this machine.
    check(unsafe { InitiateSystemShutdownExW(null(), text, 0, 1, 0, reason) })
}

fn is(error: &io::Error, code: u32) -> bool {
    error.raw_os_error() == Some(code.cast_signed())
}

/// Enables the right to shut this machine down, which a service has but does not use.
fn allow() -> io::Result<()> {
    let mut token: HANDLE = null_mut();
    let rights = TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY;
    // SAFETY: the handle of this process always counts, and the token is written to.
    check(unsafe { OpenProcessToken(GetCurrentProcess(), rights, &raw mut token) })?;
    let enabled = enable(token);
    // SAFETY: the token was opened above.
    unsafe { CloseHandle(token) };
    enabled
}

fn enable(token: HANDLE) -> io::Result<()> {
    let mut one =
        LUID_AND_ATTRIBUTES { Luid: Default::default(), Attributes: SE_PRIVILEGE_ENABLED };
    // SAFETY: without a name it is this machine, and the number is written to.
    check(unsafe { LookupPrivilegeValueW(null(), SE_SHUTDOWN_NAME, &raw mut one.Luid) })?;
    let wanted = TOKEN_PRIVILEGES { PrivilegeCount: 1, Privileges: [one] };
    // SAFETY: the list has the one entry that it says; what was before is not asked for.
    check(unsafe {
        AdjustTokenPrivileges(token, 0, &raw const wanted, 0, null_mut(), null_mut())
    })?;
    // It succeeds also when there is nothing that it could enable.
    let error = io::Error::last_os_error();
    match is(&error, ERROR_NOT_ALL_ASSIGNED) {
        true => Err(error),
        false => Ok(()),
    }
}
