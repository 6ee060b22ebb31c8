//! `komainu plan`: the plan that runs, the one that would, and orders about them.

mod timeline;

use super::orders;
use super::reach::{Wanted, reach};
use super::table::Table;
use super::told::word;
use super::ups;
use crate::cli::{DryRun, PlanStart, PlanVerb, Reach};
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::exit::Exit;
use crate::service::{
    Back, ConnectorStatus, ForecastStatus, OutputStatus, Phase, PlanScope, PlannedStatus,
    PowerOrder, PowerStatus,
};

/// Runs the verb.
pub(super) async fn run(verb: &PlanVerb) -> Result<Exit, Stop> {
    match verb {
        PlanVerb::Show(args) => show(args).await,
        PlanVerb::DryRun(args) => dry_run(args).await,
        PlanVerb::Start(args) => start(args).await,
        PlanVerb::Cancel(args) => {
            let order = PowerOrder::Cancel { even_on_battery: args.even_on_battery };
            orders::power(&args.reach, "the plan", order, None).give().await
        }
        PlanVerb::Return(args) => {
            let order = PowerOrder::Return { now: args.now };
            orders::power(&args.reach, "the return", order, None).give().await
        }
        PlanVerb::Rehearse(args) => {
            let scope = args.scope.scope();
            let whom = format!("rehearsal for {}", scope_text(&scope));
            orders::power(&args.reach, whom, PowerOrder::Rehearse { scope }, None).give().await
        }
    }
}

async fn start(args: &PlanStart) -> Result<Exit, Stop> {
    if !args.scope.is_said() {
        let text = "nobody is named\n  Say --all, --ups NAME or --server NAME.";
        return Err(Stop::new(Exit::Usage, text));
    }
    let scope = args.scope.scope();
    let whom = format!("the plan for {}", scope_text(&scope));
    let back = if args.back { Back::WithMains } else { Back::OnOrder };
    let order = PowerOrder::Stop { scope, cut: args.cut, back };
    orders::power(&args.reach, whom, order, None).give().await
}

/// How power is, by the connector that is reached.
pub(super) async fn power(args: &Reach) -> Result<PowerStatus, Stop> {
    let reached = reach(args, Wanted::Connector).await?;
    let status: ConnectorStatus = reached.client.status().await?;
    status.power.ok_or_else(|| {
        let text = "this connector carries no plans out\n  Add [[ups]] to the configuration, or \
                    ask the connector that [power] names.";
        Stop::new(Exit::NoSuch, text)
    })
}

async fn show(args: &Reach) -> Result<Exit, Stop> {
    let power = power(args).await?;
    let text = match args.json {
        true => line(&power),
        false => shown(&power),
    };
    print(text.as_bytes())
}

async fn dry_run(args: &DryRun) -> Result<Exit, Stop> {
    let power = power(&args.reach).await?;
    let text = match (args.reach.json, args.mermaid) {
        (true, _) => line(&timeline::of(&power)),
        (false, true) => timeline::mermaid(&power),
        (false, false) => fits(&power.forecast) + "\n" + &timeline::ascii(&power),
    };
    print(text.as_bytes())
}

/// What `komainu show` tells of power.
pub(super) fn summary(power: &PowerStatus) -> String {
    format!("\npower: {}\n{}", at(power), ups::table(power))
}

fn shown(power: &PowerStatus) -> String {
    let mut text = format!("{}\n", at(power));
    text.push_str(&fits(&power.forecast));
    text.push('\n');
    text.push_str(&ups::table(power));
    text.push('\n');
    text.push_str(&servers(power));
    for output in &power.outputs {
        text.push_str(&format!("\n{}\n", standing(output)));
    }
    let set = power.maintenance.iter().filter(|one| one.state != "out");
    for one in set {
        text.push_str(&format!("\n{} is in maintenance: {}\n", one.name, one.state));
    }
    for outage in &power.outages {
        let state = if outage.begun { "has begun" } else { "is noted" };
        text.push_str(&format!("\nplanned outage {} {state}\n", outage.number));
    }
    text
}

/// What everything is at, in a line.
fn at(power: &PowerStatus) -> String {
    let phase = word(&power.phase);
    match &power.plan {
        Some(plan) => format!(
            "plan {} runs for {}: {} ({})",
            plan.outage,
            time(plan.since_ms),
            phase,
            plan.cause
        ),
        None if power.phase == Phase::Normal => {
            let unread = power.ups.iter().filter(|ups| ups.age_ms.is_none());
            let names: Vec<_> = unread.map(|ups| ups.name.as_str()).collect();
            match names.as_slice() {
                [] => "no plan runs, and the mains are there".to_owned(),
                names => {
                    format!("no plan runs; not read yet, so not watched: {}", names.join(", "))
                }
            }
        }
        None => format!("no plan runs yet: {phase}"),
    }
}

/// What a plan would need, against what the batteries give.
fn fits(forecast: &ForecastStatus) -> String {
    let ForecastStatus { servers, expected_ms, needed_ms, worst_ms, runtime_ms, fits } = forecast;
    let head = format!(
        "a plan would stop {servers} servers in {}, in {} at worst; with margin and reserve it \
         needs {}",
        time(*expected_ms),
        time(*worst_ms),
        time(*needed_ms)
    );
    match runtime_ms.zip(*fits) {
        None => format!("{head}; what the batteries give is not known\n"),
        Some((runtime, fits)) => {
            let verdict = if fits { "it fits" } else { "it does not fit" };
            format!("{head}; the batteries give {}: {verdict}\n", time(runtime))
        }
    }
}

fn servers(power: &PowerStatus) -> String {
    let mut table = Table::new([
        "SERVER",
        "STAGE",
        "STEP",
        "SINCE",
        "POWER",
        "STOPS IN",
        "RUNTIME",
        "WAITS FOR",
        "FEEDS",
    ]);
    for server in &power.servers {
        table.row(row(server));
    }
    table.lines()
}

fn row(server: &PlannedStatus) -> [String; 9] {
    let needed = match server.feeds_needed {
        1 => String::new(),
        needed => format!(" ({needed} needed)"),
    };
    [
        server.name.clone(),
        server.stage.clone(),
        word(&server.step),
        time(server.since_ms),
        word(&server.power),
        time(server.needed_ms),
        server.runtime_ms.map_or_else(|| "mains".to_owned(), time),
        server.waits_for.clone().unwrap_or_else(|| "-".to_owned()),
        format!("{}{needed}", server.feeds.join(", ")),
    ]
}

/// An order that stands for an output.
pub(super) fn standing(output: &OutputStatus) -> String {
    let OutputStatus { ups, outlet, read_back, off_in_ms, off, r#final } = output;
    let what = match outlet {
        0 => format!("the output of {ups}"),
        group => format!("outlet group {group} of {ups}"),
    };
    if *off {
        return format!("{what} is off by order");
    }
    let shown = if *read_back { "as it shows" } else { "not shown by it yet" };
    let called = if *r#final { ", and cannot be called off" } else { "" };
    format!("{what} goes off in {}, {shown}{called}", time(*off_in_ms))
}

/// Whom a plan is about, for people.
pub(super) fn scope_text(scope: &PlanScope) -> String {
    match scope {
        PlanScope::All => "all".to_owned(),
        PlanScope::Ups(ups) => format!("what hangs on {ups}"),
        PlanScope::Server(at) => at.server.clone(),
    }
}

/// A span of time for people.
pub(super) fn time(ms: u64) -> String {
    match ms.div_ceil(1000) {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 7200 => match seconds % 60 {
            0 => format!("{} min", seconds / 60),
            rest => format!("{} min {rest} s", seconds / 60),
        },
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests;
