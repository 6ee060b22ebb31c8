//! The takeover: two servers, a connector and a web service, as real processes on loopback; only
//! the servers' BMCs are simulated. A server fails, and what follows is told with its times.

mod asker;
mod checker;
mod contained;
mod figures;
mod janitor;
mod log;
mod machine;
mod play;
mod processes;
mod site;
mod stage;
mod story;
mod teller;
mod web;

use std::io::{self, IsTerminal};
use std::sync::Arc;

pub(super) use contained::contained;
pub(super) use janitor::janitor;
pub(super) use web::web;

use crate::commands::{Stop, runtime};
use crate::exit::Exit;
use crate::service::platform::Platform;
use stage::Stage;

/// `komainu demo`.
pub(super) fn run(once: bool, json: bool, platform: &Arc<dyn Platform>) -> Result<Exit, Stop> {
    let stays = !once && !json && io::stdout().is_terminal();
    runtime()?.block_on(async {
        let (mut stage, tell) = Stage::set(json, platform)?;
        story::tell(&mut stage, stays).await?;
        if stays {
            play::play(&mut stage, tell).await?;
        }
        stage.teller.say("\nAll of it has ended, and nothing is left behind.");
        Ok(Exit::Ok)
    })
}
