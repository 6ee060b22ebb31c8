//! How power is at a moment. All of it is JSON; times are in milliseconds from that moment.

use komainu_core::power::{
    Forecast, OutputSnapshot, PlanSnapshot, Scope, ServerSnapshot, Snapshot, StageSnapshot,
    UpsSnapshot,
};
use komainu_core::time::{Instant, Millis};
use komainu_core::types::{Outlet, ServerIndex, UpsReading};
use serde::{Deserialize, Serialize};

use super::names::PowerNames;
use super::outages::{OccasionStatus, OutageStatus, Outages};
use super::words::{self, Back, Phase, Step, Supply, UpsState};
use crate::service::connector::millis;
use crate::service::words::Power;

/// Supplies, and the plan for when they fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PowerStatus {
    /// What everything is at.
    pub(crate) phase: Phase,
    /// The plan that runs.
    pub(crate) plan: Option<PlanStatus>,
    /// What a plan for all would take if it began now.
    pub(crate) forecast: ForecastStatus,
    /// The UPSes, in the order of the configuration.
    pub(crate) ups: Vec<UpsStatus>,
    /// The stages; the one that stops first in front.
    pub(crate) stages: Vec<StageStatus>,
    /// The planned servers, in the order of the configuration.
    pub(crate) servers: Vec<PlannedStatus>,
    /// The outputs that an order stands for.
    pub(crate) outputs: Vec<OutputStatus>,
    /// What is put into maintenance.
    pub(crate) maintenance: Vec<MaintenanceStatus>,
    /// Outages that are known before, the next one in front.
    pub(crate) outages: Vec<OutageStatus>,
    /// What comes next of the calendar, the first in front.
    #[serde(default)]
    pub(crate) calendar: Vec<OccasionStatus>,
    /// Nothing of the calendar begins before then, in milliseconds since 1970.
    #[serde(default)]
    pub(crate) paused_until_ms: Option<u64>,
}

/// A plan that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PlanStatus {
    /// The name of its outage.
    pub(crate) outage: u64,
    /// Why it began.
    pub(crate) cause: String,
    /// Since it began, or this process did in the middle of it.
    pub(crate) since_ms: u64,
    /// How servers come back.
    pub(crate) back: Back,
    /// Whether outputs are cut.
    pub(crate) cut: bool,
}

/// What a plan would take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ForecastStatus {
    /// So many servers would stop.
    pub(crate) servers: u16,
    /// What they take, by what was measured and else by their limits.
    pub(crate) expected_ms: u64,
    /// The same with margin and reserve.
    pub(crate) needed_ms: u64,
    /// What it takes when every limit runs out.
    pub(crate) worst_ms: u64,
    /// What the batteries give.
    pub(crate) runtime_ms: Option<u64>,
    /// Whether it fits them; null while that is not known.
    pub(crate) fits: Option<bool>,
}

/// A UPS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct UpsStatus {
    /// Its name.
    pub(crate) name: String,
    /// What it gives, by all that was heard.
    pub(crate) state: UpsState,
    /// Its reading is overdue.
    pub(crate) late: bool,
    /// Why it is not read.
    pub(crate) failure: Option<String>,
    /// Since it was asked for what it said last.
    pub(crate) age_ms: Option<u64>,
    /// What its output lives on, by its last word.
    pub(crate) supply: Option<Supply>,
    /// Percent of charge.
    pub(crate) charge: Option<u8>,
    /// Percent of the load that it can feed.
    pub(crate) load: Option<u8>,
    /// How long the battery lasts, or would.
    pub(crate) runtime_ms: Option<u64>,
    /// Until its output goes off by an order, as it says.
    pub(crate) off_in_ms: Option<u64>,
    /// Until its output comes on, likewise.
    pub(crate) on_in_ms: Option<u64>,
    /// Outlet groups that are off.
    pub(crate) outlets_off: Vec<u8>,
    /// What else it says: low, forced, testing, replace, overload.
    pub(crate) flags: Vec<String>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct StageStatus {
    /// Its name.
    pub(crate) name: String,
    /// So many servers are in it.
    pub(crate) servers: u16,
    /// So many of them are off by the plan.
    pub(crate) off: u16,
    /// Whether it has begun.
    pub(crate) begun: bool,
    /// What it takes, or still takes.
    pub(crate) needed_ms: u64,
    /// It begins so long after an outage was confirmed.
    pub(crate) after_ms: Option<u64>,
    /// It begins when less runtime is left.
    pub(crate) below_ms: Option<u64>,
}

/// A planned server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PlannedStatus {
    /// Its system name.
    pub(crate) name: String,
    /// The number of its cluster.
    pub(crate) cluster: u16,
    /// Its stage.
    pub(crate) stage: String,
    /// What it is at.
    pub(crate) step: Step,
    /// Since when.
    pub(crate) since_ms: u64,
    /// A plan holds it: nobody fences it or takes it over.
    pub(crate) held: bool,
    /// It was on when the plan came to it.
    pub(crate) was_on: bool,
    /// Its power, as read.
    pub(crate) power: Power,
    /// What it takes, or still takes, until it is off.
    pub(crate) needed_ms: u64,
    /// What its feeds give; none = the mains.
    pub(crate) runtime_ms: Option<u64>,
    /// The server that it waits for.
    pub(crate) waits_for: Option<String>,
    /// Its feeds: a UPS, or a UPS with the number of an outlet group behind a colon.
    pub(crate) feeds: Vec<String>,
    /// So many of them are needed.
    pub(crate) feeds_needed: u8,
    /// What is put into maintenance before it stops.
    pub(crate) maintenance: Vec<String>,
}

/// An output that an order stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct OutputStatus {
    /// Of which UPS.
    pub(crate) ups: String,
    /// Which outlet group; 0 = all.
    pub(crate) outlet: u8,
    /// The UPS has shown that the order stands.
    pub(crate) read_back: bool,
    /// Until the output goes off.
    pub(crate) off_in_ms: u64,
    /// It is off.
    pub(crate) off: bool,
    /// It cannot be called off any more.
    pub(crate) r#final: bool,
}

/// What is put into maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct MaintenanceStatus {
    /// Its name.
    pub(crate) name: String,
    /// Whether we have put it there: out, entering, ours, not-ours, leaving.
    pub(crate) state: String,
}

/// What servers are called, and of which cluster they are.
pub(crate) type ServerNames<'n> = &'n dyn Fn(ServerIndex) -> (String, u16);

/// The picture of power.
pub(in crate::service) fn of(
    snapshot: &Snapshot<'_>,
    names: &PowerNames,
    servers: ServerNames<'_>,
    outages: &Outages,
    unix_ms: u64,
) -> PowerStatus {
    let now = snapshot.now();
    let adapters = (0..).zip(snapshot.adapters());
    PowerStatus {
        phase: snapshot.phase().into(),
        plan: snapshot.plan().map(|plan| of_plan(&plan, names, now)),
        forecast: forecast(&snapshot.forecast(Scope::All)),
        ups: snapshot.ups().map(|ups| of_ups(&ups, names, now)).collect(),
        stages: snapshot.stages().map(|stage| of_stage(&stage, names)).collect(),
        servers: snapshot.servers().map(|one| of_server(&one, names, servers, now)).collect(),
        outputs: snapshot.outputs().map(|one| of_output(&one, names, now)).collect(),
        maintenance: adapters
            .map(|(at, state)| MaintenanceStatus {
                name: names.adapter(at).to_owned(),
                state: words::adapter(state).to_owned(),
            })
            .collect(),
        outages: outages.status(),
        calendar: outages.coming(unix_ms),
        paused_until_ms: outages.paused_until(),
    }
}

fn ms(time: Millis) -> u64 {
    millis(time.duration())
}

fn forecast(forecast: &Forecast) -> ForecastStatus {
    ForecastStatus {
        servers: forecast.servers,
        expected_ms: ms(forecast.expected),
        needed_ms: ms(forecast.needed),
        worst_ms: ms(forecast.worst),
        runtime_ms: forecast.runtime.map(ms),
        fits: forecast.fits,
    }
}

fn of_plan(plan: &PlanSnapshot, names: &PowerNames, now: Instant) -> PlanStatus {
    PlanStatus {
        outage: plan.outage.0,
        cause: words::cause(plan.cause, |ups| names.ups(ups).to_owned()),
        since_ms: millis(now.since(plan.since)),
        back: plan.back.into(),
        cut: plan.cut,
    }
}

fn of_ups(ups: &UpsSnapshot, names: &PowerNames, now: Instant) -> UpsStatus {
    let said = ups.reading.map(|(_, reading)| reading);
    let groups = |reading: UpsReading| {
        (1..=Outlet::MAX).filter(move |group| reading.outlets_off & (1 << group) != 0)
    };
    UpsStatus {
        name: names.ups(ups.ups).to_owned(),
        state: ups.state.into(),
        late: ups.is_late,
        failure: ups.failure.map(|failure| words::failure(failure).to_owned()),
        age_ms: ups.reading.map(|(asked, _)| millis(now.since(asked))),
        supply: said.map(|reading| reading.supply.into()),
        charge: said.and_then(|reading| reading.charge),
        load: said.and_then(|reading| reading.load),
        runtime_ms: ups.runtime.map(ms),
        off_in_ms: said.and_then(|reading| reading.off_in).map(ms),
        on_in_ms: said.and_then(|reading| reading.on_in).map(ms),
        outlets_off: said.into_iter().flat_map(groups).collect(),
        flags: said.map(flags).unwrap_or_default(),
    }
}

fn flags(reading: UpsReading) -> Vec<String> {
    let all = [
        (reading.low, "low"),
        (reading.forced, "forced"),
        (reading.testing, "testing"),
        (reading.replace, "replace"),
        (reading.overload, "overload"),
    ];
    all.iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned()).collect()
}

fn of_stage(stage: &StageSnapshot, names: &PowerNames) -> StageStatus {
    let time = names.stages.get(usize::from(stage.stage)).map(|(_, time)| *time);
    StageStatus {
        name: names.stage(stage.stage).to_owned(),
        servers: stage.servers,
        off: stage.off,
        begun: stage.begun,
        needed_ms: ms(stage.needed),
        after_ms: time.and_then(|time| time.after).map(ms),
        below_ms: time.and_then(|time| time.below).map(ms),
    }
}

fn of_server(
    server: &ServerSnapshot,
    names: &PowerNames,
    servers: ServerNames<'_>,
    now: Instant,
) -> PlannedStatus {
    let (name, cluster) = servers(server.server);
    let planned = names.planned(server.server);
    let feeds = planned.into_iter().flat_map(|planned| &planned.feeds);
    let feeds = feeds.map(|feed| match feed.outlet.number() {
        0 => names.ups(feed.ups).to_owned(),
        group => format!("{}:{group}", names.ups(feed.ups)),
    });
    let covered = planned.map_or(0, |planned| planned.maintenance);
    let maintenance = (0_u32..).zip(&names.maintenance);
    let maintenance = maintenance.filter(|(at, _)| covered >> at & 1 != 0);
    PlannedStatus {
        name,
        cluster,
        stage: names.stage(server.stage).to_owned(),
        step: server.step.into(),
        since_ms: millis(now.since(server.since)),
        held: server.held,
        was_on: server.was_on,
        power: server.power.into(),
        needed_ms: ms(server.needed),
        runtime_ms: server.runtime.map(ms),
        waits_for: server.waits_for.map(|other| servers(other).0),
        feeds: feeds.collect(),
        feeds_needed: planned.map_or(0, |planned| planned.feeds_needed),
        maintenance: maintenance.map(|(_, name)| name.clone()).collect(),
    }
}

fn of_output(output: &OutputSnapshot, names: &PowerNames, now: Instant) -> OutputStatus {
    OutputStatus {
        ups: names.ups(output.ups).to_owned(),
        outlet: output.outlet.number(),
        read_back: output.read_back,
        off_in_ms: millis(output.off_at.since(now)),
        off: output.is_off,
        r#final: output.is_final,
    }
}
