//! The shapes of the examples, each in a simulated site that loses its mains and has them again:
//! what is done, in which order.

use komainu_core::power::{Action, AskBy, Job, StartBy, Switch};
use komainu_core::types::{Directed, UpsOrder};
use komainu_sim::outage::{Disturbance, Report, Scenario, Software, World, server, ups};

use super::super::site::Powered;
use super::*;

const OUT: Duration = Duration::from_secs(100);
const BACK: Duration = Duration::from_secs(15_000);
const OVER: Duration = Duration::from_secs(30_000);
/// This machine goes down within that.
const OWN: Duration = Duration::from_secs(60);

/// What becomes of the first connector's plan.
pub(super) fn outage(site: &Site) -> Report {
    let me = &site.connectors[0];
    let supplies = &site.supplies;
    let mut scenario = Scenario::new(0);
    scenario.ups = supplies.ups.iter().map(|ups| (battery(ups), ups.config)).collect();
    scenario.stages = supplies.stages.iter().map(|stage| stage.time).collect();
    let software = |_| Software { before: false, takes: Duration::from_secs(5) };
    scenario.software = supplies.maintenance.iter().map(software).collect();
    let planned = site.planned(me).map(|(_, server)| &server.power).enumerate();
    let planned = planned.map(|(at, power)| {
        let index = ServerIndex(u16::try_from(at).expect("a few"));
        (machine(power), server::Faults::default(), power.planned(index))
    });
    scenario.servers = planned.collect();
    scenario.own = supplies.own.feeds.first().map(|feed| (feed.ups.at(), OWN));
    let all = |at, on| (0..supplies.ups.len()).map(move |ups| (at, Disturbance::Mains(ups, on)));
    scenario.script = all(OUT, false).chain(all(BACK, true)).collect();
    scenario.script.push((OVER, Disturbance::Heal));
    scenario.heals_at = OVER;
    World::new(scenario, true).run()
}

/// A battery that lasts as long as the file assumes.
fn battery(ups: &crate::config::site::Ups) -> ups::Traits {
    ups::Traits {
        runtime: ups.config.assumed.duration(),
        recharge: 1,
        returns_at: 0,
        says: 100,
        early_low: false,
        ignores_orders: 0,
        ignores_off: false,
        forgets_off: false,
    }
}

fn machine(power: &Powered) -> server::Traits {
    server::Traits {
        feeds: power.feeds.iter().map(|feed| feed.ups.at()).collect(),
        needed: usize::from(power.needed),
        stop: Duration::from_secs(20),
        boot: Duration::from_secs(60),
        services: Duration::from_secs(5),
        guests: vec![Duration::from_secs(10); power.groups.len()],
        starts_with_mains: power.start_by == StartBy::Mains,
        ignores_on: 0,
    }
}

/// When that was done first, and last.
fn done(report: &Report, is_it: impl Fn(&Action) -> bool) -> Option<(Duration, Duration)> {
    let mut all = report.seen.wanted.iter().filter(|(_, action)| is_it(action)).map(|(at, _)| *at);
    let first = all.next()?;
    Some((first, all.last().unwrap_or(first)))
}

/// The steps of the handbook, one after the other, whoever of them the shape has.
pub(super) fn in_order(site: &Site, report: &Report) {
    assert!(report.broken.is_none() && report.seen.crashed.is_empty(), "{}", story(report));
    let me = &site.connectors[0];
    let servers: Vec<_> = site.planned(me).map(|(_, server)| &server.power).collect();
    assert_eq!(report.seen.fell.len(), servers.len(), "each goes down once: {}", story(report));
    let fell = report.seen.fell.iter().map(|(at, _)| *at).max();
    let enter =
        done(report, |one| matches!(one, Action::Run { job: Job::EnterMaintenance(_), .. }));
    let leave =
        done(report, |one| matches!(one, Action::Run { job: Job::LeaveMaintenance(_), .. }));
    assert_eq!(enter.is_some(), !site.supplies.maintenance.is_empty(), "{}", story(report));
    let guests = done(report, directs(Directed::StopGuests));
    let asked = done(report, |one| {
        let command = matches!(one, Action::Run { job: Job::ShutDown(_), .. });
        let soft = matches!(one, Action::Switch { switch: Switch::Soft, .. });
        directs(Directed::ShutDown)(one) || command || soft
    });
    let off = report.seen.wanted.iter().find_map(|(at, action)| match action {
        Action::Order { order: UpsOrder::OffUntilMains { delay, .. }, .. } => {
            Some((*at, delay.duration()))
        }
        _ => None,
    });
    let last = done(report, |one| matches!(one, Action::Run { job: Job::ShutDownThis, .. }));
    let start = done(report, |one| matches!(one, Action::Switch { switch: Switch::On, .. }));
    // One that watches over some servers alone is told when those are to stop.
    let covered = servers.iter().all(|power| power.adapters != 0);
    let steps = [
        enter.filter(|_| covered).map(|(first, _)| ("the suite is told", first)),
        guests.map(|(first, _)| ("guests are stopped", first)),
        asked.map(|(first, _)| ("servers are asked", first)),
        off.map(|(at, _)| ("the UPS is ordered off", at)),
        fell.map(|at| ("the last server is off", at)),
        last.map(|(first, _)| ("this machine goes", first)),
        Some(("the mains are back", BACK)),
        start.map(|(first, _)| ("servers are started", first)),
        leave.map(|(first, _)| ("the suite is released", first)),
    ];
    let steps: Vec<_> = steps.into_iter().flatten().collect();
    assert!(steps.is_sorted_by_key(|(_, at)| *at), "{steps:#?}");
    assert!(asked.is_some() && off.is_some() && last.is_some(), "{steps:#?}");
    let by_bmc = servers.iter().any(|power| power.start_by == StartBy::Bmc);
    assert_eq!(start.is_some(), by_bmc, "{steps:#?}");
    let by_member = |power: &&&Powered| power.ask_by == AskBy::Member && !power.groups.is_empty();
    assert_eq!(guests.is_some(), servers.iter().any(|power| by_member(&power)), "{steps:#?}");
    assert!(off.is_some_and(|(_, delay)| delay > OWN), "the delay outlasts this machine's end");
    let boots = start.map_or(Duration::ZERO, |(_, last)| last + Duration::from_secs(60));
    assert!(leave.is_none_or(|(first, _)| first >= boots), "released once they are up");
}

fn directs(what: Directed) -> impl Fn(&Action) -> bool {
    move |one| matches!(one, Action::Direct { action, .. } if *action == what)
}

fn story(report: &Report) -> String {
    report.lines.join("\n")
}
