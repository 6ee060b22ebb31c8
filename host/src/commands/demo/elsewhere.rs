//! The takeover, where the processes of a server cannot be found.

use std::path::Path;
use std::sync::Arc;

use crate::cli::WebVerb;
use crate::commands::Stop;
use crate::exit::Exit;
use crate::service::platform::Platform;

fn refused() -> Stop {
    let text = "the demo of a takeover needs Linux\n  'komainu demo bmc' runs here, too.";
    Stop::new(Exit::Local, text)
}

pub(super) fn run(_: bool, _: bool, _: &Arc<dyn Platform>) -> Result<Exit, Stop> {
    Err(refused())
}

pub(super) fn contained(_: Arc<dyn Platform>) -> Result<Arc<dyn Platform>, Stop> {
    Err(refused())
}

pub(super) fn web(_: WebVerb) -> Result<Exit, Stop> {
    Err(refused())
}

pub(super) fn janitor(_: &Path) -> Result<Exit, Stop> {
    Err(refused())
}
