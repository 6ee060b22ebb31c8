//! The story: the active server dies, and the other one takes over.

use std::time::Duration;

use serde::Serialize;

use super::figures::Failure;
use super::log::State;
use super::site::{PATROL, Which};
use super::stage::Stage;
use crate::commands::Stop;
use crate::service::unix_ms;

/// Until everything has started.
const START: Duration = Duration::from_secs(30);
/// Until the service answers again.
const TAKEOVER: Duration = Duration::from_secs(30);
/// Until the failed server stands by.
const RETURN: Duration = Duration::from_secs(15);
/// Longest time in which what has happened is told.
const SETTLING: Duration = Duration::from_millis(150);
/// Time to read, on a terminal that stays.
const PAUSE: Duration = Duration::from_secs(3);

const OPENING: &str = "\
Two servers, alpha and beta, and a small web service that must run on one of them: never
on both, for both would write to the same data. When its server fails, the other one takes
over, but not before the failed one is PROVED to be off. The connector proves that: it
asks the server's BMC, a small computer in each server that switches it off and on.

Members, connector and web service are real processes on this machine. The servers' BMCs
are simulated; when one switches its server off, all processes of that server are killed.
";

/// What `--json` ends with; times in milliseconds after the failure.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Summary {
    failed: &'static str,
    serves: &'static str,
    noticed_ms: Option<u64>,
    asked_ms: Option<u64>,
    proved_off_ms: Option<u64>,
    serves_ms: Option<u64>,
    stands_by_again: bool,
    answers: u64,
    two_at_once: bool,
}

#[derive(Serialize)]
struct Last {
    summary: Summary,
}

/// Tells the story.
pub(super) async fn tell(stage: &mut Stage, stays: bool) -> Result<(), Stop> {
    stage.teller.say(OPENING);
    let began = unix_ms();
    if !stage.until(START, is_ready).await? {
        return Err(stage.failure("it did not start in time"));
    }
    introduce(stage, unix_ms().saturating_sub(began));
    if stays {
        stage.until(PAUSE, |_| false).await?;
    }
    let victim = stage.seen.serving.unwrap_or(Which::Alpha);
    fail(stage, victim)?;
    let over = |stage: &Stage| stage.figures.failure.as_ref().is_some_and(Failure::is_taken_over);
    if !stage.until(TAKEOVER, over).await? {
        return Err(stage.failure("nobody took over"));
    }
    let back = |stage: &Stage| stage.seen.states[victim.index()] == Some(State::Standby);
    let back = stage.until(RETURN, back).await?;
    stage.until(SETTLING, |_| false).await?;
    end(stage, back)
}

/// Everybody is in place.
fn is_ready(stage: &Stage) -> bool {
    let seen = &stage.seen;
    seen.bmcs == [true; 2]
        && seen.serving.is_some_and(|active| {
            seen.states[active.index()] == Some(State::Active)
                && seen.states[active.other().index()] == Some(State::Standby)
        })
}

fn introduce(stage: &mut Stage, took_ms: u64) {
    let Stage { site, teller, seen, .. } = stage;
    teller.say(&format!("All of it has started in {:.1} s.\n", took_ms as f64 / 1e3));
    for which in Which::ALL {
        let does = if seen.serving == Some(which) { "serves" } else { "stands by" };
        let (name, web, bmc) = (which.name(), site.web(which), site.bmc(which));
        teller.say(&format!("  {name:6} {does:10} http://{web}/   its BMC: {bmc}"));
    }
    let config = site.config_of(Which::Alpha);
    teller.say(&format!("  configuration: {}\n", config.display()));
}

/// All processes of the server are killed.
fn fail(stage: &mut Stage, victim: Which) -> Result<(), Stop> {
    let at = unix_ms();
    stage.figures.fails(victim, at);
    stage.machine(victim).end()?;
    let name = victim.name();
    let text = format!("{name} crashes: all its processes are killed. Its power stays on.");
    stage.teller.began(at, text);
    Ok(())
}

fn end(stage: &mut Stage, back: bool) -> Result<(), Stop> {
    let two_at_once = stage.figures.record.overlaps();
    let answers = stage.figures.record.answers;
    let Some(failure) = &stage.figures.failure else { return Ok(()) };
    let after = |at: Option<u64>| at.map(|at| at.saturating_sub(failure.at));
    let summary = Summary {
        failed: failure.victim.name(),
        serves: failure.victim.other().name(),
        noticed_ms: after(failure.noticed),
        asked_ms: after(failure.asked),
        proved_off_ms: after(failure.off),
        serves_ms: after(failure.serves),
        stands_by_again: back,
        answers,
        two_at_once,
    };
    stage.teller.say(&closing(&summary));
    stage.teller.object(&Last { summary });
    match two_at_once {
        true => Err(stage.failure("both servers served at once")),
        false => Ok(()),
    }
}

fn closing(summary: &Summary) -> String {
    let seconds = |ms: Option<u64>| ms.map_or("-".into(), |ms| format!("{:.3} s", ms as f64 / 1e3));
    let Summary { failed, serves, answers, .. } = summary;
    let lines = [
        format!("noticed after        {:>8}", seconds(summary.noticed_ms)),
        format!("   a server is given up after {PATROL} of silence here; 5s if not set"),
        format!("\n  asked after          {:>8}", seconds(summary.asked_ms)),
        format!("\n  proved off after     {:>8}", seconds(summary.proved_off_ms)),
        "   the simulated server takes 0.3 s to go off".into(),
        format!("\n  service back after   {:>8}", seconds(summary.serves_ms)),
        format!("   on {serves}"),
    ];
    let two = match summary.two_at_once {
        true => "BOTH SERVERS SERVED AT ONCE",
        false => "Never did both serve at once",
    };
    let back = match summary.stands_by_again {
        true => format!("{failed} was switched on again and stands by for {serves} now."),
        false => format!("{failed} does not stand by again yet."),
    };
    format!("\n  {}\n\n{two}: {answers} answers were compared.\n{back}", lines.concat())
}
