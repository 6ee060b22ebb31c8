//! An alarm of the kernel's.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;

use komainu_core::time::Instant;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::unix::AsyncFd;

/// An alarm on the clock that goes on while the machine sleeps, exact to microseconds: a fencing
/// waits for several deadlines one after the other, and each is part of the time to the takeover.
pub(crate) struct Timer {
    fd: AsyncFd<Waitable>,
    set: Option<Instant>,
}

struct Waitable(TimerFd);

impl AsRawFd for Waitable {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Timer {
    /// An alarm that is not set. Made inside the runtime.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let timer = TimerFd::new(ClockId::CLOCK_BOOTTIME, flags)?;
        // SAFETY: the timer owns its descriptor, which is neither closed nor replaced before both
        // are dropped.
        let fd = unsafe { AsyncFd::register(Waitable(timer)) }?;
        Ok(Self { fd, set: None })
    }

    /// Rings at that moment, or at once when it is past; never without one.
    pub(crate) fn set(&mut self, at: Option<Instant>) -> io::Result<()> {
        if self.set == at {
            return Ok(());
        }
        self.set = at;
        let timer = &self.fd.get_ref().0;
        let Some(at) = at else { return Ok(timer.unset()?) };
        // A time of zero would mean never.
        let at = Duration::from_micros(at.as_micros().max(1));
        let once = Expiration::OneShot(TimeSpec::from_duration(at));
        Ok(timer.set(once, TimerSetTimeFlags::TFD_TIMER_ABSTIME)?)
    }

    /// Waits for the alarm. May return early.
    pub(crate) async fn rings(&mut self) -> io::Result<()> {
        self.fd.readable().await?.clear_ready();
        // It has to be set again; that clears the count of rings, which is of no use.
        self.set = None;
        Ok(())
    }
}
