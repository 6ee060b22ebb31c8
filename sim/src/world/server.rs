//! A server: its BMC, its operating system, its disk, and what runs on it.

use std::time::Duration;

use super::disk::Disk;
use super::hypervisor::Guest;
use super::process::Process;
use super::workload::Workload;
use crate::bmc::Bmc;

/// The operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    /// There is none: no power, or it has crashed.
    Down,
    /// It starts.
    Booting,
    /// It runs.
    Up,
    /// It ends by order: what dies is not started again.
    Ending,
}

/// A server.
pub(super) struct Server<M, I> {
    pub(super) bmc: Bmc,
    /// When the BMC wants to be polled.
    pub(super) bmc_due: Option<Duration>,
    /// How many of the BMC's chassis actions were looked at.
    pub(super) actions_seen: usize,
    /// Whether the server has power, as last looked at.
    pub(super) on: bool,
    pub(super) system: System,
    /// How often the operating system was started; tells what belongs to an earlier life.
    pub(super) boots: u32,
    pub(super) disk: Disk,
    /// How long a sync takes.
    pub(super) sync: Duration,
    /// What the wall clock shows beyond the world's time, in milliseconds since 1970.
    pub(super) unix_ms: i64,
    pub(super) member: Process<M, I>,
    /// By service.
    pub(super) workloads: Vec<Workload>,
    pub(super) guests: Vec<Guest>,
    /// It was fenced: nobody answers for what ran on it but its services.
    pub(super) shot: bool,
}

impl<M, I> Server<M, I> {
    /// A server that is on, and has not yet booted.
    pub(super) fn new(bmc: Bmc, services: usize, guests: Vec<Guest>, unix_ms: i64) -> Self {
        Self {
            bmc_due: bmc.deadline(),
            bmc,
            actions_seen: 0,
            on: true,
            system: System::Booting,
            boots: 0,
            disk: Disk::default(),
            sync: Duration::from_millis(1),
            unix_ms,
            member: Process::default(),
            workloads: vec![Workload::default(); services],
            guests,
            shot: false,
        }
    }

    /// The wall clock.
    pub(super) fn wall_clock(&self, now: Duration) -> u64 {
        wall_clock(self.unix_ms, now)
    }

    /// The operating system is gone, and everything with it but `reached` writes to the disk.
    pub(super) fn end(&mut self, reached: usize) {
        self.system = System::Down;
        self.member.kill();
        self.disk.crash(reached);
        for workload in &mut self.workloads {
            *workload = Workload { ill: workload.ill, ..Workload::default() };
        }
        for guest in &mut self.guests {
            guest.on = false;
        }
    }
}

/// A wall clock that shows so much beyond the world's time.
pub(super) fn wall_clock(unix_ms: i64, now: Duration) -> u64 {
    u64::try_from(unix_ms.saturating_add(now.as_millis() as i64)).unwrap_or(0)
}
