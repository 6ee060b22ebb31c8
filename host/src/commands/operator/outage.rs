//! `komainu outage`: outages that are known before.

use super::orders;
use super::plan::{power, scope_text};
use super::table::Table;
use crate::cli::{OutagePlanned, OutageVerb, Reach};
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::exit::Exit;
use crate::moment::utc;
use crate::service::{OutageOrder, OutageStatus};

/// Runs the verb.
pub(super) async fn run(verb: &OutageVerb) -> Result<Exit, Stop> {
    match verb {
        OutageVerb::Planned(args) => planned(args).await,
        OutageVerb::List(reach) => list(reach).await,
        OutageVerb::Forget(args) => {
            let order = OutageOrder::Forget { number: args.number };
            let whom = format!("planned outage {}", args.number);
            orders::outage(&args.reach, &whom, order).give().await
        }
    }
}

async fn planned(args: &OutagePlanned) -> Result<Exit, Stop> {
    let order = OutageOrder::Plan {
        at_ms: args.at,
        until_ms: args.until,
        scope: args.scope.scope(),
        cut: args.cut,
    };
    let whom = format!("outage from {}", day(args.at));
    orders::outage(&args.reach, &whom, order).give().await
}

async fn list(reach: &Reach) -> Result<Exit, Stop> {
    let power = power(reach).await?;
    let text = match reach.json {
        true => power.outages.iter().map(line).collect(),
        false => table(&power.outages),
    };
    print(text.as_bytes())
}

fn table(outages: &[OutageStatus]) -> String {
    if outages.is_empty() {
        return "no outage is noted\n".to_owned();
    }
    let mut table = Table::new(["NUMBER", "FROM", "UNTIL", "WHOM", "OUTPUTS", "STATE"]);
    for outage in outages {
        table.row([
            outage.number.to_string(),
            day(outage.at_ms),
            outage.until_ms.map_or_else(|| "ordered".to_owned(), day),
            scope_text(&outage.scope),
            if outage.cut { "cut" } else { "stay on" }.to_owned(),
            if outage.begun { "begun" } else { "waits" }.to_owned(),
        ]);
    }
    table.lines()
}

/// A moment for people.
pub(super) fn day(ms: u64) -> String {
    format!("{} UTC", utc(u32::try_from(ms / 1000).unwrap_or(u32::MAX)))
}
