//! An alarm by the runtime's clock, which is exact to a millisecond.

use std::io;

use komainu_core::time::Instant;

use crate::clock;

/// An alarm.
pub(crate) struct Timer {
    at: Option<Instant>,
}

impl Timer {
    /// An alarm that is not set.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { at: None })
    }

    /// Rings at that moment, or at once when it is past; never without one.
    pub(crate) fn set(&mut self, at: Option<Instant>) -> io::Result<()> {
        self.at = at;
        Ok(())
    }

    /// Waits for the alarm. May return early.
    pub(crate) async fn rings(&mut self) -> io::Result<()> {
        match self.at {
            Some(at) => tokio::time::sleep(at.since(clock::now())).await,
            None => std::future::pending().await,
        }
        Ok(())
    }
}
