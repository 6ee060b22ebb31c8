//! What operators ask and tell a running connector or member, over its control socket.

mod alert;
mod appliance;
mod calendar;
mod orders;
mod outage;
mod path;
mod plan;
mod reach;
mod show;
mod table;
mod told;
mod ups;

use super::manual::{line, print};
use super::{Stop, runtime};
use crate::cli::{HistoryArgs, OperatorVerb, Reach};
use crate::exit::Exit;
use crate::moment::utc;
use crate::service::Entry;
pub(super) use reach::{Reached, Wanted, reach};
pub(super) use told::{Told, word};

/// Runs the verb.
pub(super) fn run(verb: &OperatorVerb) -> Result<Exit, Stop> {
    runtime()?.block_on(carry_out(verb))
}

async fn carry_out(verb: &OperatorVerb) -> Result<Exit, Stop> {
    match verb {
        OperatorVerb::Show(args) => match args.appliance {
            Some(at) => appliance::run(args, at).await,
            None => show::run(&args.reach).await,
        },
        OperatorVerb::Path(args) => path::run(args).await,
        OperatorVerb::Ups { verb } => ups::run(verb).await,
        OperatorVerb::Plan { verb } => plan::run(verb).await,
        OperatorVerb::Outage { verb } => outage::run(verb).await,
        OperatorVerb::Calendar { verb } => calendar::run(verb).await,
        OperatorVerb::History(args) => history(args).await,
        OperatorVerb::Reload(args) => reload(args).await,
        OperatorVerb::Alert(args) => alert::run(args).await,
        OperatorVerb::Reset(args) => orders::reset(args).give().await,
        OperatorVerb::PowerOn(args) => orders::power_on(args).give().await,
        OperatorVerb::Drill(args) => orders::drill(args).give().await,
        OperatorVerb::ConfirmOff(args) => orders::confirm_off(args).give().await,
        OperatorVerb::AcceptBmc(args) => orders::accept_bmc(args).give().await,
        OperatorVerb::Activate(args) => orders::activate(args).give().await,
        OperatorVerb::Deactivate(args) => orders::deactivate(args).give().await,
        OperatorVerb::Swap(args) => orders::swap(args).give().await,
        OperatorVerb::Maintenance(args) => orders::maintenance(args).give().await,
        OperatorVerb::Thaw(args) => orders::thaw(args).give().await,
        OperatorVerb::Act(args) => orders::act(args).give().await,
        OperatorVerb::NewKey(args) => orders::new_key(args).give().await,
    }
}

async fn history(args: &HistoryArgs) -> Result<Exit, Stop> {
    let reached = reach(&args.reach, Wanted::Either).await?;
    let entries = reached.client.history(args.most).await?;
    let line = |entry: &Entry| match args.reach.json {
        true => line(entry),
        false => {
            let seconds = u32::try_from(entry.time_ms / 1000).unwrap_or(u32::MAX);
            format!("{} UTC  {}  {}\n", utc(seconds), entry.id, entry.text)
        }
    };
    print(entries.iter().map(line).collect::<String>().as_bytes())
}

async fn reload(args: &Reach) -> Result<Exit, Stop> {
    let reached = reach(args, Wanted::Either).await?;
    reached.client.reload().await?;
    let text = match args.json {
        true => line(&reached.about),
        false => format!("{} has read its configuration again\n", reached.whom()),
    };
    print(text.as_bytes())
}
