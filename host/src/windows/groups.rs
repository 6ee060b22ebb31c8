//! Groups of processes: a job for each command, with all that it starts.
//!
//! A job is found again by its name, also by the next start of this service. A name is forgotten
//! with the last handle of its job, so each process of a group is given one to keep.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use windows_sys::Win32::Foundation::{
    CloseHandle, DUPLICATE_SAME_ACCESS, DuplicateHandle, ERROR_ALREADY_EXISTS,
    ERROR_FILE_NOT_FOUND, ERROR_MORE_DATA, GetLastError, HANDLE, SetLastError,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JobObjectBasicProcessIdList, OpenJobObjectW,
    QueryInformationJobObject, TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, CREATE_SUSPENDED, GetCurrentProcess, OpenProcess,
    PROCESS_DUP_HANDLE, PROCESS_SET_QUOTA, PROCESS_SUSPEND_RESUME, PROCESS_TERMINATE,
};

use super::{check, wide};

/// How a command is started that is to be in a group: it waits with its first instruction, so
/// that nothing escapes.
pub const IN_GROUP: u32 = CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW;
/// Most processes of a group that are given a handle.
const MOST: usize = 254;
/// `JOB_OBJECT_QUERY` and `JOB_OBJECT_TERMINATE`.
const RIGHTS: u32 = 0x0004 | 0x0008;
/// How a killed process ends.
const KILLED: u32 = 1;

// SAFETY: so it is declared in the kernel's own library, under that name since Windows XP.
#[link(name = "ntdll")]
unsafe extern "system" {
    fn NtResumeProcess(process: HANDLE) -> i32;
}

/// The groups of the commands that run, by the process ids of their leaders.
#[derive(Debug, Default)]
pub struct Groups(Mutex<BTreeMap<u32, Group>>);

#[derive(Debug)]
struct Group {
    job: Handle,
    /// The processes that keep its name.
    keepers: BTreeSet<usize>,
}

/// What `JobObjectBasicProcessIdList` answers.
#[repr(C)]
struct Members {
    assigned: u32,
    listed: u32,
    ids: [usize; MOST],
}

impl Groups {
    /// Puts a process that was started with [`IN_GROUP`] into a new group, and lets it begin.
    ///
    /// # Errors
    /// When the system refuses; the process waits then.
    pub fn adopt(&self, leader: u32) -> io::Result<()> {
        let rights = PROCESS_SET_QUOTA | PROCESS_TERMINATE | PROCESS_SUSPEND_RESUME;
        let process = open_process(leader, rights)?;
        let job = create(leader)?;
        // SAFETY: both handles are open, with the rights for it.
        check(unsafe { AssignProcessToJobObject(job.0, process.0) })?;
        let mut group = Group { job, keepers: BTreeSet::new() };
        // One without a keeper is only lost to the next start of this service.
        let _ = group.lives();
        self.lock().insert(leader, group);
        // SAFETY: the handle is open, with the right for it.
        match unsafe { NtResumeProcess(process.0) } {
            0.. => Ok(()),
            status => Err(io::Error::other(format!("NtResumeProcess answers {status:#010x}"))),
        }
    }

    /// Ends all processes of a group; none is left when it has gone already.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&self, leader: u32) -> io::Result<()> {
        let mut groups = self.lock();
        match find(&mut groups, leader)? {
            // SAFETY: the handle is open, with the right for it.
            Some(group) => check(unsafe { TerminateJobObject(group.job.0, KILLED) }),
            None => Ok(()),
        }
    }

    /// Whether a process of the group runs. What cannot be found out counts as running.
    pub fn lives(&self, leader: u32) -> bool {
        let mut groups = self.lock();
        let lives = match find(&mut groups, leader) {
            Ok(Some(group)) => group.lives().unwrap_or(true),
            Ok(None) => false,
            Err(_) => true,
        };
        if !lives {
            groups.remove(&leader);
        }
        lives
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Group>> {
        // No step in between leaves a group half made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Group {
    /// Whether a process of it runs; those that are new are made keepers of its name.
    fn lives(&mut self) -> io::Result<bool> {
        let mut members = Members { assigned: 0, listed: 0, ids: [0; MOST] };
        // SAFETY: the handle is open, and there is as much room as is said.
        let told = check(unsafe {
            QueryInformationJobObject(
                self.job.0,
                JobObjectBasicProcessIdList,
                (&raw mut members).cast(),
                size_of::<Members>() as u32,
                null_mut(),
            )
        });
        match told {
            Err(error) if error.raw_os_error() == Some(ERROR_MORE_DATA.cast_signed()) => {}
            told => told?,
        }
        for id in members.ids.into_iter().take(members.listed as usize) {
            // One that has gone meanwhile, or may not be touched, keeps nothing.
            if !self.keepers.contains(&id) && keep(&self.job, id).is_ok() {
                self.keepers.insert(id);
            }
        }
        Ok(members.assigned.max(members.listed) > 0)
    }
}

/// The group of that leader: one of this start, or of an earlier one.
fn find(groups: &mut BTreeMap<u32, Group>, leader: u32) -> io::Result<Option<&mut Group>> {
    use std::collections::btree_map::Entry;
    match groups.entry(leader) {
        Entry::Occupied(known) => Ok(Some(known.into_mut())),
        Entry::Vacant(place) => {
            // SAFETY: the name ends with 0 and outlives the call.
            let job = unsafe { OpenJobObjectW(RIGHTS, 0, name(leader).as_ptr()) };
            match Handle::of(job) {
                Ok(job) => Ok(Some(place.insert(Group { job, keepers: BTreeSet::new() }))),
                Err(error) if error.raw_os_error() == Some(ERROR_FILE_NOT_FOUND.cast_signed()) => {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        }
    }
}

/// A new job. Where an old group has the name still, it has none.
fn create(leader: u32) -> io::Result<Handle> {
    // SAFETY: the name ends with 0 and outlives the call; the error is this thread's own.
    let (job, error) = unsafe {
        SetLastError(0);
        (CreateJobObjectW(null(), name(leader).as_ptr()), GetLastError())
    };
    let job = Handle::of(job)?;
    if error != ERROR_ALREADY_EXISTS {
        return Ok(job);
    }
    // SAFETY: without a name and attributes there is nothing to point to.
    Handle::of(unsafe { CreateJobObjectW(null(), null()) })
}

/// Gives a process a handle of the job, which it does not know of, and which ends with it.
fn keep(job: &Handle, id: usize) -> io::Result<()> {
    let process = open_process(u32::try_from(id).map_err(io::Error::other)?, PROCESS_DUP_HANDLE)?;
    let mut theirs = null_mut();
    // SAFETY: all handles are open, and the new one is written to.
    check(unsafe {
        DuplicateHandle(
            GetCurrentProcess(),
            job.0,
            process.0,
            &raw mut theirs,
            0,
            0,
            DUPLICATE_SAME_ACCESS,
        )
    })
}

fn open_process(id: u32, rights: u32) -> io::Result<Handle> {
    // SAFETY: it takes numbers alone.
    Handle::of(unsafe { OpenProcess(rights, 0, id) })
}

fn name(leader: u32) -> Vec<u16> {
    wide(&format!(r"Global\Komainu-{leader}"))
}

/// A handle that is closed at its end.
#[derive(Debug)]
struct Handle(HANDLE);

// SAFETY: handles of jobs and processes belong to the process, not to a thread.
unsafe impl Send for Handle {}

impl Handle {
    fn of(handle: HANDLE) -> io::Result<Self> {
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(handle)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: it was opened for this value alone.
        unsafe { CloseHandle(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use std::os::windows::process::CommandExt;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            assert!(began.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_group_dies_as_one() {
        let groups = Groups::default();
        let mut command = Command::new("cmd.exe");
        // The inner one outlives the outer.
        command.args(["/c", "start /b cmd.exe /c \"ping -n 60 127.0.0.1\""]);
        let mut child = command.creation_flags(IN_GROUP).spawn().expect("a shell");
        let leader = child.id();
        groups.adopt(leader).expect("a group");
        assert!(child.wait().expect("it ends").success());
        assert!(groups.lives(leader), "what it has started runs on");
        drop(groups);
        // Another start of the service knows nothing but the number.
        let after = Groups::default();
        assert!(after.lives(leader), "its group is found again");
        after.kill(leader).expect("killed");
        wait_until("something of it lives", || !after.lives(leader));
        after.kill(leader).expect("nothing is left, which is no failure");
    }

    #[test]
    fn nobody_else_is_ever_killed() {
        let groups = Groups::default();
        for leader in [0, std::process::id(), u32::MAX] {
            groups.kill(leader).expect("there is no such group");
            assert!(!groups.lives(leader), "{leader}");
        }
    }
}
