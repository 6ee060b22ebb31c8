//! How this host is ended.

use std::io;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::platform::{self, Platform};

/// How long the configured command has to end the host before the system is asked itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// How this host is ended: at once, or in good order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostEnd {
    /// Ends it at once; without one the system is asked to cut the power.
    pub(crate) at_once: Option<Vec<String>>,
    /// Shuts it down in good order; without one the system is asked to.
    pub(crate) in_order: Option<Vec<String>>,
}

impl HostEnd {
    /// Ends the host at once. A service that ran here may be started elsewhere soon, so what the
    /// configured command does not do in time the system is asked for.
    pub(crate) fn at_once(&self, platform: &Arc<dyn Platform>) -> io::Result<()> {
        let Some(argv) = &self.at_once else { return platform.cut_power() };
        let started = start(argv);
        let platform = Arc::clone(platform);
        let cut = move || {
            std::thread::sleep(PATIENCE);
            // There is nothing left to do about a refusal: the fencing does it.
            let _ = platform.cut_power();
        };
        std::thread::Builder::new().name("host-down".into()).spawn(cut)?;
        started
    }

    /// Shuts the host down in good order.
    pub(crate) fn in_order(&self, platform: &Arc<dyn Platform>) -> io::Result<()> {
        self.in_order.as_ref().map_or_else(|| platform.shut_down(), |argv| start(argv))
    }
}

fn start(argv: &[String]) -> io::Result<()> {
    let missing = || io::Error::new(io::ErrorKind::InvalidInput, "the command is empty");
    let (program, arguments) = argv.split_first().ok_or_else(missing)?;
    let mut command = Command::new(program);
    platform::keep_ours(&mut command);
    command.args(arguments).stdin(Stdio::null()).spawn().map(|_| ())
}
