//! What a plan would do if it began now, on a line of time.

use serde::Serialize;

use super::time;
use crate::service::PowerStatus;

/// Width of the line of time, in characters.
const WIDTH: u64 = 40;

/// A plan on a line of time, in milliseconds from its begin.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Timeline<'p> {
    /// What is put into maintenance before anything stops.
    maintenance: Vec<&'p str>,
    /// The stages, one after the other.
    stages: Vec<Stage<'p>>,
    /// Until the last server is off.
    stop_ms: u64,
    /// The same with margin and reserve.
    needed_ms: u64,
    /// What the batteries give.
    runtime_ms: Option<u64>,
    /// Whether it fits them; null while that is not known.
    fits: Option<bool>,
}

/// A stage on it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Stage<'p> {
    name: &'p str,
    /// The stage that it waits for.
    waits_for: Option<&'p str>,
    begins_ms: u64,
    ends_ms: u64,
    after_ms: Option<u64>,
    below_ms: Option<u64>,
    servers: Vec<Server<'p>>,
}

/// A server on it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Server<'p> {
    name: &'p str,
    begins_ms: u64,
    ends_ms: u64,
}

/// The plan, if it began now.
pub(super) fn of(power: &PowerStatus) -> Timeline<'_> {
    let mut stages: Vec<Stage<'_>> = Vec::new();
    for stage in &power.stages {
        let begins_ms = stages.last().map_or(0, |before| before.ends_ms);
        let own = power.servers.iter().filter(|server| server.stage == stage.name);
        let servers: Vec<_> = own
            .map(|server| Server {
                name: &server.name,
                begins_ms,
                ends_ms: begins_ms + server.needed_ms,
            })
            .collect();
        let Some(ends_ms) = servers.iter().map(|server| server.ends_ms).max() else { continue };
        stages.push(Stage {
            name: &stage.name,
            waits_for: stages.last().map(|before| before.name),
            begins_ms,
            ends_ms,
            after_ms: stage.after_ms,
            below_ms: stage.below_ms,
            servers,
        });
    }
    Timeline {
        maintenance: power.maintenance.iter().map(|one| one.name.as_str()).collect(),
        stop_ms: stages.last().map_or(0, |stage| stage.ends_ms),
        stages,
        needed_ms: power.forecast.needed_ms,
        runtime_ms: power.forecast.runtime_ms,
        fits: power.forecast.fits,
    }
}

/// The line of time for a terminal.
pub(super) fn ascii(power: &PowerStatus) -> String {
    let timeline = of(power);
    let mut text = String::new();
    if !timeline.maintenance.is_empty() {
        let names = timeline.maintenance.join(", ");
        text.push_str(&format!("first into maintenance, last out of it: {names}\n"));
    }
    let names = timeline.stages.iter().flat_map(|stage| &stage.servers).map(|one| one.name);
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0).max(6);
    let whole = timeline.stop_ms.max(1);
    for stage in &timeline.stages {
        text.push_str(&format!("{}\n", head(stage)));
        for server in &stage.servers {
            let from = server.begins_ms * WIDTH / whole;
            let to = (server.ends_ms * WIDTH).div_ceil(whole).max(from + 1);
            let bar = " ".repeat(from as usize) + &"=".repeat((to - from) as usize);
            let gap = " ".repeat(WIDTH.saturating_sub(to) as usize);
            let span = time(server.ends_ms - server.begins_ms);
            text.push_str(&format!("  {:width$} |{bar}{gap}| {span}\n", server.name));
        }
    }
    let end = time(timeline.stop_ms);
    let pad = (WIDTH as usize).saturating_sub(end.chars().count() + 1);
    text.push_str(&format!("  {:width$} 0{}{end}\n", "", " ".repeat(pad)));
    text
}

/// What a stage is, and when it begins.
fn head(stage: &Stage<'_>) -> String {
    let mut when = Vec::new();
    when.extend(stage.after_ms.map(|ms| format!("{} after an outage is confirmed", time(ms))));
    when.extend(stage.below_ms.map(|ms| format!("when less than {} of runtime is left", time(ms))));
    when.push("at the last safe moment".to_owned());
    let waits = stage.waits_for.map_or_else(String::new, |name| {
        format!("; its servers wait until those of {name} are off")
    });
    format!("stage {}: begins {}{waits}", stage.name, when.join(", or "))
}

/// The line of time as a Mermaid diagram; seconds from the begin.
pub(super) fn mermaid(power: &PowerStatus) -> String {
    let timeline = of(power);
    let mut text =
        "gantt\n  title Plan, if it began now\n  dateFormat X\n  axisFormat %H:%M:%S\n".to_owned();
    for stage in &timeline.stages {
        text.push_str(&format!("  section {}\n", stage.name));
        for server in &stage.servers {
            let (from, to) = (server.begins_ms / 1000, server.ends_ms.div_ceil(1000));
            text.push_str(&format!("  {} :{from}, {to}\n", server.name));
        }
    }
    text
}
