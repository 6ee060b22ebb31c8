//! Whether a complaint has a reason.

use std::time::Duration;

use komainu_core::power::{Action, Job, Switch, Tell};
use komainu_core::types::{Directed, UpsOrder};

use crate::outage::world::Report;

pub(super) fn wants(holds: bool, why: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why.into()) }
}

pub(super) fn first(report: &Report, is_it: impl Fn(&Action) -> bool) -> Option<Duration> {
    report.seen.wanted.iter().find(|(_, action)| is_it(action)).map(|(at, _)| *at)
}

pub(super) fn last(report: &Report, is_it: impl Fn(&Action) -> bool) -> Option<Duration> {
    report.seen.wanted.iter().rev().find(|(_, action)| is_it(action)).map(|(at, _)| *at)
}

pub(super) fn starts(action: &Action) -> bool {
    matches!(action, Action::Switch { switch: Switch::On, .. })
}

pub(super) fn stops(action: &Action) -> bool {
    match action {
        Action::Direct { action, .. } => {
            matches!(action, Directed::StopGuests | Directed::StopServices | Directed::ShutDown)
        }
        Action::Switch { switch: Switch::Soft | Switch::Off, .. } => true,
        Action::Order { order, .. } => {
            matches!(order, UpsOrder::Off { .. } | UpsOrder::OffUntilMains { .. })
        }
        Action::Run { job: Job::ShutDown(_) | Job::ShutDownThis, .. } => true,
        _ => false,
    }
}

pub(super) fn nothing_stops(report: &Report) -> Result<(), String> {
    wants(first(report, stops).is_none(), "something was stopped")
}

pub(super) fn nothing_falls(report: &Report) -> Result<(), String> {
    let fell = !report.seen.fell.is_empty() || !report.seen.crashed.is_empty();
    wants(!fell, "a server went down")
}

pub(super) fn in_stages(report: &Report) -> Result<(), String> {
    let fell = |of: [usize; 2]| {
        let fell = report.seen.fell.iter().filter(move |(_, server)| of.contains(server));
        fell.map(|(at, _)| *at)
    };
    let first_done = fell([0, 1]).max();
    let stop = |action: &Action| {
        stops(action) && matches!(action, Action::Direct { server, .. } if server.at() >= 2)
    };
    let waits = first(report, stop).zip(first_done).is_some_and(|(stop, done)| stop >= done);
    let on = |of: [usize; 2]| {
        let starts = move |action: &Action| match action {
            Action::Tell(Tell::Starting(server)) => of.contains(&server.at()),
            _ => false,
        };
        (first(report, starts), last(report, starts))
    };
    let reverse = on([0, 1]).0.zip(on([2, 3]).1).is_some_and(|(less, more)| less > more);
    wants(waits && reverse && report.seen.fell.len() == 4, "the stages were not kept")
}

pub(super) fn in_maintenance(report: &Report) -> Result<(), String> {
    let enters =
        |action: &Action| matches!(action, Action::Run { job: Job::EnterMaintenance(_), .. });
    let leaves =
        |action: &Action| matches!(action, Action::Run { job: Job::LeaveMaintenance(_), .. });
    let guests =
        |action: &Action| matches!(action, Action::Direct { action: Directed::StartGuests, .. });
    let before =
        first(report, enters).zip(first(report, stops)).is_some_and(|(one, two)| one < two);
    let after = first(report, leaves).zip(last(report, guests)).is_some_and(|(one, two)| one > two);
    wants(before && after, "maintenance was entered too late, or left too early")
}
