//! Each shape of an installation through an outage and the return from it, in a simulated site that
//! is told what the file says: its steps, in the order of the handbooks.

mod site;

use std::time::Duration;

use komainu_core::power::{Action, Job, Switch, Tell};
use komainu_core::types::{Directed, UpsOrder};
use komainu_sim::outage::Report;

use super::{shape, site};
use site::{BACK, Played, play};

/// What is seen of a site, once each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// The outage is one.
    Detected,
    /// The first software is asked into maintenance, the last is in it.
    Enter,
    Entered,
    /// A member is told to stop guests.
    Guests,
    /// The first host is told to go down: by its member, a command, its BMC, or as this machine.
    Order,
    /// The last host is off.
    Off,
    /// A UPS is first ordered off; the first output goes off.
    Cut,
    Dark,
    /// This machine is told to go down; it has.
    Goes,
    Gone,
    /// The mains are back; the last output is on.
    Mains,
    Lit,
    /// The connector runs again.
    Began,
    /// The first server is switched on, the first comes on, the last is up.
    Start,
    On,
    Up,
    /// A member is told to start guests.
    GuestsBack,
    /// The first software is taken out of maintenance.
    Leave,
}

/// A column of the tables of steps: one server, many of them, a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Single,
    Multi,
    Suite,
}

use Column::{Multi, Single, Suite};
use Event::{
    Began, Cut, Dark, Detected, Enter, Entered, Goes, Gone, Guests, GuestsBack, Leave, Lit, Mains,
    Off, On, Order, Start, Up,
};

const ALL: &[Column] = &[Single, Multi, Suite];
const APART: &[Column] = &[Multi, Suite];

/// A row of the tables: what it says, in which columns, and what comes before what by it.
type Row = (&'static str, &'static [Column], &'static [(Event, Event)]);

/// Outage, then return.
const ROWS: &[Row] = &[
    ("down 1: the service on the controller detects it", ALL, &[(Detected, Order)]),
    (
        "down 2: the suite has hosts and guests in maintenance before any order",
        &[Suite],
        &[(Detected, Enter), (Enter, Entered), (Entered, Order)],
    ),
    ("down 3: the one server orders its own system", &[Single], &[(Detected, Goes)]),
    ("down 3: each host is ordered to go down", APART, &[(Detected, Order), (Order, Off)]),
    ("down 4: guests end with their host, before its power goes", ALL, &[(Off, Dark)]),
    (
        "down 5: OFF is sent before the controller goes, and takes effect after that",
        ALL,
        &[(Detected, Cut), (Cut, Goes), (Gone, Dark)],
    ),
    ("down 6: the controller goes last", APART, &[(Off, Goes)]),
    ("up 1: the mains come back, and the outputs by themselves", ALL, &[(Mains, Lit)]),
    ("up 2: what boots with the outputs does so by itself", &[Single], &[(Mains, On), (On, Up)]),
    ("up 2: the controller boots", APART, &[(Mains, Began)]),
    ("up 3: the controller has the hosts started", APART, &[(Began, Start), (Start, Up)]),
    ("up 5: maintenance is left once the hosts have booted", &[Suite], &[(Up, Leave)]),
];

/// A shape, by what it is asked for, with what it does besides its column.
struct Shape {
    file: &'static str,
    asked: &'static str,
    column: Column,
    besides: &'static [(Event, Event)],
    never: &'static [Event],
}

const SHAPES: &[Shape] = &[
    Shape {
        file: "single",
        asked: "one server, which is the controller",
        column: Single,
        besides: &[],
        never: &[Enter, Guests, Start, Leave],
    },
    Shape {
        file: "multi",
        asked: "linked servers of any system, light agents",
        column: Multi,
        besides: &[(Guests, Order), (Up, GuestsBack)],
        never: &[Enter, Leave],
    },
    Shape {
        file: "controller-in-cluster",
        asked: "a controller in a cluster, which moves along with it",
        column: Multi,
        besides: &[(Enter, Entered), (Up, Leave)],
        never: &[Guests],
    },
    Shape {
        file: "linked-wsfc",
        asked: "linked servers in a cluster of Windows",
        column: Multi,
        besides: &[(Entered, Order), (Up, Leave)],
        never: &[Guests],
    },
    Shape {
        file: "suite",
        asked: "blades and racks in clusters, under a suite",
        column: Suite,
        besides: &[],
        never: &[Guests],
    },
];

impl Event {
    /// When that was seen.
    fn when(self, of: &Played) -> Option<Duration> {
        let Played { report, servers } = of;
        let seen = &report.seen;
        let after = |at: &Duration| *at >= BACK;
        match self {
            Detected => first(report, |one| matches!(one, Action::Tell(Tell::Began { .. }))),
            Enter => first(report, job(|job| matches!(job, Job::EnterMaintenance(_)))),
            Entered => last(report, |one| {
                matches!(one, Action::Tell(Tell::Maintenance { enter: true, .. }))
            }),
            Guests => first(report, directs(Directed::StopGuests)),
            Order => first(report, orders_down),
            Off => {
                (seen.fell.len() == *servers).then(|| seen.fell.iter().map(|(at, _)| *at).max())?
            }
            Cut => first(report, |one| {
                matches!(one, Action::Order { order: UpsOrder::OffUntilMains { .. }, .. })
            }),
            Dark => seen.cut.first().map(|(at, _)| *at),
            Goes => first(report, job(|job| job == Job::ShutDownThis)),
            Gone => seen.went.first().copied(),
            Mains => Some(BACK),
            Lit => seen.lit.last().map(|(at, _)| *at),
            Began => seen.began.iter().copied().find(after),
            Start => first(report, |one| matches!(one, Action::Switch { switch: Switch::On, .. })),
            On => seen.on.first().map(|(at, _)| *at),
            Up => (seen.up.len() == *servers).then(|| seen.up.last().map(|(at, _)| *at))?,
            GuestsBack => first(report, directs(Directed::StartGuests)),
            Leave => first(report, job(|job| matches!(job, Job::LeaveMaintenance(_)))),
        }
    }
}

fn first(report: &Report, is_it: impl Fn(&Action) -> bool) -> Option<Duration> {
    report.seen.wanted.iter().find(|(_, action)| is_it(action)).map(|(at, _)| *at)
}

fn last(report: &Report, is_it: impl Fn(&Action) -> bool) -> Option<Duration> {
    report.seen.wanted.iter().rev().find(|(_, action)| is_it(action)).map(|(at, _)| *at)
}

fn job(is_it: impl Fn(Job) -> bool) -> impl Fn(&Action) -> bool {
    move |one| matches!(one, Action::Run { job, .. } if is_it(*job))
}

fn directs(what: Directed) -> impl Fn(&Action) -> bool {
    move |one| matches!(one, Action::Direct { action, .. } if *action == what)
}

fn orders_down(one: &Action) -> bool {
    match one {
        Action::Direct { action, .. } => *action == Directed::ShutDown,
        Action::Switch { switch, .. } => *switch == Switch::Soft,
        Action::Run { job, .. } => matches!(job, Job::ShutDown(_) | Job::ShutDownThis),
        _ => false,
    }
}

impl Shape {
    fn judge(&self, played: &Played) {
        let Self { file, asked, column, besides, never } = self;
        let report = &played.report;
        let told = |what: String| format!("{file} ({asked}): {what}\n{}", report.lines.join("\n"));
        let sound = report.broken.is_none() && report.seen.crashed.is_empty();
        assert!(sound, "{}", told(format!("{:?} {:?}", report.broken, report.seen.crashed)));
        let of_it = ROWS.iter().filter(|(_, columns, _)| columns.contains(column));
        let besides = ("besides", ALL, *besides);
        for (row, _, pairs) in of_it.chain([&besides]) {
            for (before, after) in *pairs {
                let both = before.when(played).zip(after.when(played));
                let holds = both.is_some_and(|(before, after)| before <= after);
                assert!(holds, "{}", told(format!("{row}: {before:?} and {after:?}: {both:?}")));
            }
        }
        for event in *never {
            let when = event.when(played);
            assert!(when.is_none(), "{}", told(format!("{event:?} at {when:?}")));
        }
    }
}

#[test]
fn each_shape_goes_down_and_comes_back_in_the_order_of_the_handbooks() {
    for one in SHAPES {
        one.judge(&play(&site(shape(one.file))));
    }
}

#[test]
fn no_shape_is_left_out() {
    let files: Vec<_> = SHAPES.iter().map(|one| one.file).collect();
    assert!(super::SHAPES.iter().all(|(name, _)| files.contains(name)), "{files:?}");
}
