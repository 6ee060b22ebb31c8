//! A management server: a connector, its disk and its clock.

use std::time::Duration;

use komainu_core::site::Site;

use super::ConnectorInput;
use super::disk::Disk;
use super::process::Process;
use super::server::wall_clock;
use crate::checks::Newest;
use crate::rng::Rng;

/// The connector of these worlds: up to four servers in one cluster, and a UPS in some of them.
pub(super) type Machine = Site<4, 1, 1>;

/// A management server.
pub(super) struct Manager {
    pub(super) process: Process<Machine, ConnectorInput>,
    pub(super) disk: Disk,
    /// How long a sync takes.
    pub(super) sync: Duration,
    /// What the wall clock shows beyond the world's time, in milliseconds since 1970.
    pub(super) unix_ms: i64,
    /// When its life began.
    pub(super) began: Duration,
    /// What came to it.
    pub(super) newest: Newest,
}

impl Manager {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            process: Process::default(),
            disk: Disk::default(),
            sync: Duration::from_millis(1),
            unix_ms: 1_767_225_600_000 + rng.below(5000) as i64,
            began: Duration::ZERO,
            newest: Newest::default(),
        }
    }

    /// The wall clock.
    pub(super) fn wall_clock(&self, now: Duration) -> u64 {
        wall_clock(self.unix_ms, now)
    }

    /// The process is gone; `reached` writes got to the disk.
    pub(super) fn end(&mut self, reached: usize) {
        self.process.kill();
        self.disk.crash(reached);
    }
}
