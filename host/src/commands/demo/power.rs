//! `komainu demo power`: an outage, and the mains back in the middle of it. The machine that
//! decides is the real one; the UPSes, the servers with their guests, and time are pretended.

mod chart;
mod machine;
mod names;
mod supply;
mod world;

use std::io::{self, IsTerminal};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::Stop;
use crate::cli::DemoPowerArgs;
use crate::commands::manual::{line, print};
use crate::exit::Exit;
use chart::Chart;
use world::{Said, World};

/// The mains fail at that time of the story.
const FAIL: Duration = Duration::from_secs(20);
/// Nothing may take longer.
const END: Duration = Duration::from_secs(1800);
/// So many seconds of the story go by in one second, for those who watch.
const SPEED: u32 = 20;

const OPENING: &str = "\
Two UPSes feed three servers: gamma with three guests, and the cluster of alpha and beta.
alpha serves, beta stands by. The plan has three stages: guests first, then the standby,
and the one that serves as late as the batteries allow. Pacemaker must not heal what is
being stopped, so it is put into maintenance before.

What decides here is the machine of 'komainu connector', and these are its messages. UPSes,
servers and time are pretended. The mains fail in 20 seconds.
";

const CLOSING: &str = "\
Nothing was stopped by a fixed wait: each step began when the one before it was proved, and
each server counts as off only when its BMC has said so twice. The mains came back while
beta was going down: it finished, and was started again; gamma was started with its guests;
alpha never stopped serving. 'komainu plan dry-run' shows the same for your own site.
";

/// A message, for `--json`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Line<'s> {
    at_ms: u64,
    id: &'s str,
    text: &'s str,
}

/// How it ended, for `--json`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Summary {
    took_ms: u64,
    stopped: Vec<&'static str>,
    kept: Vec<&'static str>,
    power_lost: bool,
    all_back: bool,
}

/// Plays the story.
pub(super) fn run(args: &DemoPowerArgs) -> Result<Exit, Stop> {
    let paced = !args.fast && !args.json && io::stdout().is_terminal();
    let mut world = World::new();
    let mut chart = Chart::default();
    say(args, OPENING)?;
    let mut returned = false;
    while world.now() < END && !(returned && world.is_well()) {
        if world.now() == FAIL {
            tell(args, &world.mains(false))?;
        }
        // beta is on its way down: the worst moment for others, and an ordinary one here.
        if !returned && world.is_stopping(names::BETA) {
            returned = true;
            tell(args, &world.mains(true))?;
        }
        for said in world.step() {
            tell(args, &said)?;
        }
        chart.note(&world);
        if paced {
            thread::sleep(World::TICK / SPEED);
        }
    }
    finish(args, &world, &chart)
}

fn say(args: &DemoPowerArgs, text: &str) -> Result<(), Stop> {
    if !args.json {
        print(format!("{text}\n").as_bytes())?;
    }
    Ok(())
}

fn tell(args: &DemoPowerArgs, said: &Said) -> Result<(), Stop> {
    let Said { at, id, text } = said;
    let text = match args.json {
        true => line(&Line { at_ms: millis(*at), id, text }),
        false => {
            let seconds = at.as_secs();
            format!("{:02}:{:02}  {id:8}  {text}\n", seconds / 60, seconds % 60)
        }
    };
    print(text.as_bytes()).map(|_| ())
}

fn finish(args: &DemoPowerArgs, world: &World, chart: &Chart) -> Result<Exit, Stop> {
    let summary = Summary {
        took_ms: millis(world.now()),
        stopped: world.fallen(true),
        kept: world.fallen(false),
        power_lost: world.has_lost_power(),
        all_back: world.is_well(),
    };
    let went_well = summary.all_back && !summary.power_lost;
    if args.json {
        print(line(&summary).as_bytes())?;
    } else {
        print(format!("\n{}\n", chart.lines()).as_bytes())?;
        if went_well {
            say(args, CLOSING)?;
        }
    }
    match went_well {
        true => Ok(Exit::Ok),
        false => Err(Stop::new(Exit::Local, "the story did not end as it should")),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_ends_well_and_alpha_never_stops() {
        let args = DemoPowerArgs { fast: true, json: true };
        assert!(run(&args).is_ok_and(|exit| exit == Exit::Ok));
        let mut world = World::new();
        let mut said = Vec::new();
        let mut returned = false;
        while world.now() < END && !(returned && world.is_well()) {
            if world.now() == FAIL {
                world.mains(false);
            }
            if !returned && world.is_stopping(names::BETA) {
                returned = true;
                world.mains(true);
            }
            said.extend(world.step());
        }
        assert_eq!(world.fallen(true), ["beta", "gamma"]);
        assert_eq!(world.fallen(false), ["alpha"]);
        let at = |part: &str| said.iter().position(|one| one.text.contains(part));
        let order = ["gamma is off", "pacemaker is in maintenance", "beta is off", "is over"];
        let order = order.map(at);
        assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?} {said:#?}");
    }
}
