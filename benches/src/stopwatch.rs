//! What a piece of work costs this process, and the line that tells it.

use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::allocations::counted;

/// Runs from its start.
pub struct Stopwatch {
    started: Instant,
    usage: Usage,
    allocated: (u64, u64),
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self { started: Instant::now(), usage: usage(), allocated: counted() }
    }

    /// Prints what `sessions` sessions, `failed` of them in vain, have cost since the start: one
    /// JSON object on one line, times in microseconds for all of them.
    pub fn tell(&self, name: &str, sessions: usize, failed: usize) {
        let wall = self.started.elapsed().as_micros();
        let now = usage();
        let user = (now.user_time() - self.usage.user_time()).num_microseconds();
        let system = (now.system_time() - self.usage.system_time()).num_microseconds();
        let (calls, bytes) = counted();
        let (calls, bytes) = (calls - self.allocated.0, bytes - self.allocated.1);
        println!(
            "{{\"name\": \"{name}\", \"sessions\": {sessions}, \"failed\": {failed}, \
             \"wall_us\": {wall}, \"user_us\": {user}, \"system_us\": {system}, \
             \"allocations\": {calls}, \"allocated_bytes\": {bytes}}}"
        );
    }
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage")
}
