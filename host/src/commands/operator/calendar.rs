//! `komainu calendar`: outages that come again.

use super::orders;
use super::outage::day;
use super::plan::power;
use super::table::Table;
use crate::cli::{CalendarVerb, Reach};
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::exit::Exit;
use crate::service::{OutageOrder, PowerStatus};

/// Runs the verb.
pub(super) async fn run(verb: &CalendarVerb) -> Result<Exit, Stop> {
    match verb {
        CalendarVerb::List(reach) => list(reach).await,
        CalendarVerb::Pause(args) => {
            let order = OutageOrder::Pause { until_ms: Some(args.until) };
            let whom = format!("the calendar pauses until {}", day(args.until));
            orders::outage(&args.reach, &whom, order).give().await
        }
        CalendarVerb::Resume(reach) => {
            let order = OutageOrder::Pause { until_ms: None };
            orders::outage(reach, "the calendar goes on", order).give().await
        }
    }
}

async fn list(reach: &Reach) -> Result<Exit, Stop> {
    let power = power(reach).await?;
    let text = match reach.json {
        true => power.calendar.iter().map(line).collect(),
        false => table(&power),
    };
    print(text.as_bytes())
}

fn table(power: &PowerStatus) -> String {
    let paused = power
        .paused_until_ms
        .map_or_else(String::new, |until| format!("nothing begins before {}\n", day(until)));
    if power.calendar.is_empty() {
        return paused + "nothing comes: 'komainu config explain calendar' tells how it is said\n";
    }
    let mut table = Table::new(["WHAT", "FROM", "UNTIL", "OUTPUTS"]);
    for coming in &power.calendar {
        table.row([
            coming.occasion.clone(),
            day(coming.at_ms),
            coming.until_ms.map_or_else(|| "ordered".to_owned(), day),
            if coming.cut { "cut" } else { "stay on" }.to_owned(),
        ]);
    }
    paused + &table.lines()
}
