//! `komainu demo`: Komainu at work on this machine alone, for people who see it for the first time.

mod bmc;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod power;
#[cfg(target_os = "linux")]
mod takeover;

use std::sync::Arc;

#[cfg(not(target_os = "linux"))]
use elsewhere as takeover;

use super::{Stop, connector, member};
use crate::cli::{DemoArgs, DemoPart};
use crate::exit::Exit;
use crate::service::platform::Platform;

/// Plays the demo, or a part in it.
pub(super) fn run(args: DemoArgs, platform: Arc<dyn Platform>) -> Result<Exit, Stop> {
    match args.part {
        None => takeover::run(args.once, args.json, &platform),
        Some(DemoPart::Bmc(args)) => bmc::run(&args),
        Some(DemoPart::Power(args)) => power::run(&args),
        Some(DemoPart::Connector(args)) => connector::run(args, takeover::contained(platform)?),
        Some(DemoPart::Member(args)) => member::run(args, takeover::contained(platform)?),
        Some(DemoPart::Web { verb }) => takeover::web(verb),
        Some(DemoPart::Janitor { folder }) => takeover::janitor(&folder),
    }
}
