//! `komainu ups`: what supplies are, and orders to them.

use super::orders;
use super::plan::{power, time};
use super::table::{Table, age};
use super::told::word;
use crate::cli::{Reach, UpsOff, UpsOutlet, UpsVerb};
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::exit::Exit;
use crate::service::{PowerOrder, PowerStatus, UpsDoing, UpsStatus};

/// Runs the verb.
pub(super) async fn run(verb: &UpsVerb) -> Result<Exit, Stop> {
    match verb {
        UpsVerb::List(reach) => list(reach).await,
        UpsVerb::Status(args) => status(&args.reach, &args.ups).await,
        UpsVerb::Test(args) => {
            let what = if args.stop { UpsDoing::StopTest } else { UpsDoing::Test };
            let order = order(&args.of.ups, 0, what, 0);
            orders::power(&args.of.reach, &args.of.ups, order, None).give().await
        }
        UpsVerb::Off(args) => off(args).await,
        UpsVerb::On(args) => output(args, UpsDoing::On).await,
        UpsVerb::Cancel(args) => output(args, UpsDoing::Cancel).await,
    }
}

fn order(ups: &str, outlet: u8, what: UpsDoing, delay: u32) -> PowerOrder {
    PowerOrder::Ups { ups: ups.to_owned(), outlet, what, delay }
}

async fn output(args: &UpsOutlet, what: UpsDoing) -> Result<Exit, Stop> {
    let order = order(&args.of.ups, args.outlet, what, 0);
    orders::power(&args.of.reach, &args.of.ups, order, None).give().await
}

async fn off(args: &UpsOff) -> Result<Exit, Stop> {
    let UpsOutlet { outlet, of } = &args.at;
    let what = if args.stay_off { UpsDoing::Off } else { UpsDoing::OffUntilMains };
    let delay = u32::try_from(args.delay.as_secs()).unwrap_or(u32::MAX);
    let order = order(&of.ups, *outlet, what, delay);
    orders::power(&of.reach, &of.ups, order, Some(args.confirm.clone())).give().await
}

async fn list(reach: &Reach) -> Result<Exit, Stop> {
    let power = power(reach).await?;
    let text = match reach.json {
        true => power.ups.iter().map(line).collect(),
        false => table(&power),
    };
    print(text.as_bytes())
}

/// The UPSes in columns.
pub(super) fn table(power: &PowerStatus) -> String {
    let mut table =
        Table::new(["UPS", "GIVES", "READ", "CHARGE", "RUNTIME", "LOAD", "SAYS", "FEEDS"]);
    for ups in &power.ups {
        table.row([
            ups.name.clone(),
            word(&ups.state),
            read(ups),
            percent(ups.charge),
            ups.runtime_ms.map_or_else(|| "-".to_owned(), time),
            percent(ups.load),
            says(ups),
            fed(power, &ups.name),
        ]);
    }
    table.lines()
}

fn read(ups: &UpsStatus) -> String {
    let late = if ups.late { ", late" } else { "" };
    format!("{}{late}", age(ups.age_ms))
}

fn percent(value: Option<u8>) -> String {
    value.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

/// Everything beyond numbers that a UPS says.
fn says(ups: &UpsStatus) -> String {
    let mut all = ups.flags.clone();
    all.extend(ups.off_in_ms.map(|ms| format!("off in {}", time(ms))));
    all.extend(ups.on_in_ms.map(|ms| format!("on in {}", time(ms))));
    let groups: Vec<_> = ups.outlets_off.iter().map(u8::to_string).collect();
    if !groups.is_empty() {
        all.push(format!("outlets {} off", groups.join(" ")));
    }
    all.extend(ups.failure.clone());
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

/// The servers that hang on it.
fn fed(power: &PowerStatus, ups: &str) -> String {
    let of = |feed: &String| feed.split(':').next() == Some(ups);
    let servers = power.servers.iter().filter(|server| server.feeds.iter().any(of));
    let names: Vec<_> = servers.map(|server| server.name.as_str()).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

async fn status(reach: &Reach, name: &str) -> Result<Exit, Stop> {
    let power = power(reach).await?;
    let Some(ups) = power.ups.iter().find(|ups| ups.name == name) else {
        let text = format!("the connector has no UPS {name:?}\n  'komainu ups list' lists them.");
        return Err(Stop::new(Exit::NoSuch, text));
    };
    if reach.json {
        return print(line(ups).as_bytes());
    }
    let unknown = || "not said".to_owned();
    let rows = [
        ("gives", word(&ups.state)),
        ("lives on", ups.supply.as_ref().map_or_else(unknown, word)),
        ("read", if ups.age_ms.is_some() { read(ups) + " ago" } else { read(ups) }),
        ("charge", percent(ups.charge)),
        ("runtime", ups.runtime_ms.map_or_else(unknown, time)),
        ("load", percent(ups.load)),
        ("says", says(ups)),
        ("feeds", fed(&power, name)),
    ];
    let mut text = format!("UPS {name}\n");
    for (what, value) in rows {
        text.push_str(&format!("  {what:9} {value}\n"));
    }
    for output in power.outputs.iter().filter(|output| output.ups == name) {
        text.push_str(&format!("  {}\n", super::plan::standing(output)));
    }
    print(text.as_bytes())
}
