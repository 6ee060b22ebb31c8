//! What people complain about elsewhere (`docs/power.md`), each as a story with its rule, and with
//! the rule taken out.

mod judges;
mod sites;

use komainu_core::power::{Action, Back, Cut, Order, Scope, Switch};
use komainu_core::time::Millis;
use komainu_core::types::{Directed, ServerIndex};

use judges::{
    first, in_maintenance, in_stages, nothing_falls, nothing_stops, starts, stops, wants,
};
pub(super) use sites::site;
use sites::{a_ups, happens, outage, patient, two_feeds};

use super::scenario::Disturbance::{self, Card, Mains, Test};
use super::scenario::{Scenario, Software, feed, secs};
use super::world::{Report, World};

/// How the rule is taken out.
#[derive(Clone, Copy, Debug)]
pub enum Without {
    /// The machine lacks that law; only with `mutants`.
    Law(&'static str),
    /// The configuration or the world does not have it.
    Rule(fn(&mut Scenario)),
}

/// A complaint, and what answers it.
#[derive(Clone, Copy, Debug)]
pub struct Complaint {
    /// Its row in the list.
    pub row: u8,
    /// What happens, and what does not.
    pub name: &'static str,
    /// In which world.
    pub scenario: fn() -> Scenario,
    /// Whether it went as it should.
    pub judge: fn(&Report) -> Result<(), String>,
    /// Without what it goes as people complain.
    pub without: Without,
}

impl Complaint {
    /// Tells it with the rule.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub fn told(&self) -> Result<(), String> {
        self.judged((self.scenario)())
    }

    /// Tells it without the rule, which has to go wrong.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub fn told_without(&self) -> Result<(), String> {
        let mut scenario = (self.scenario)();
        match self.without {
            Without::Law(law) => scenario.lacks = Some(law),
            Without::Rule(take) => take(&mut scenario),
        }
        self.judged(scenario)
    }

    fn judged(&self, scenario: Scenario) -> Result<(), String> {
        let report = World::new(scenario, true).run();
        let end = match &report.broken {
            Some(broken) => Err(broken.to_string()),
            None => (self.judge)(&report),
        };
        end.map_err(|why| format!("{why}\n{}", report.lines.join("\n")))
    }
}

/// All of them that are about the machine.
pub const COMPLAINTS: &[Complaint] = &[
    Complaint {
        row: 1,
        name: "a card that falls silent on mains stops nothing",
        scenario: || happens(site(2), 4000, &[(100, Card(0, true)), (3700, Card(0, false))]),
        judge: nothing_stops,
        without: Without::Law("silence_is_no_outage"),
    },
    Complaint {
        row: 2,
        name: "a minute of silence on battery stops nothing while the last runtime suffices",
        scenario: || {
            let card = [(130, Card(0, true)), (190, Card(0, false))];
            happens(outage(patient(2), 100, 220), 600, &card)
        },
        judge: nothing_stops,
        without: Without::Law("silence_is_no_outage"),
    },
    Complaint {
        row: 3,
        name: "mains that return while guests stop keep the servers up, and start the guests",
        scenario: || happens(outage(site(2), 100, 175), 600, &[]),
        judge: nothing_falls,
        without: Without::Law("returns_in_the_middle"),
    },
    Complaint {
        row: 4,
        name: "an order to cut that a UPS takes and forgets is read back, and given again",
        scenario: || {
            let mut scenario = outage(site(2), 100, 2500);
            scenario.ups[0].0.ignores_orders = 2;
            happens(scenario, 3000, &[])
        },
        judge: |report| wants(!report.seen.cut.is_empty(), "the output was never cut"),
        without: Without::Law("order_read_back"),
    },
    Complaint {
        row: 5,
        name: "no power is cut before a server that hangs reads off",
        scenario: || {
            let mut scenario = outage(site(2), 100, 2500);
            scenario.servers[1].1.hangs = true;
            happens(scenario, 3000, &[])
        },
        judge: |report| wants(report.seen.crashed.is_empty(), "a server was cut while on"),
        without: Without::Law("off_needs_readings"),
    },
    Complaint {
        row: 6,
        name: "a low-battery flag at full charge is doubted",
        scenario: || {
            let mut scenario = outage(patient(2), 100, 125);
            scenario.ups[0].0.early_low = true;
            happens(scenario, 600, &[])
        },
        judge: nothing_stops,
        without: Without::Rule(|scenario| scenario.ups[0].1.low_grace = Millis::of(secs(0))),
    },
    Complaint {
        row: 7,
        name: "a self test shuts nothing down",
        scenario: || happens(site(2), 900, &[(100, Test(0, true)), (300, Test(0, false))]),
        judge: nothing_stops,
        without: Without::Rule(|scenario| scenario.ups[0].1.test_limit = Millis::of(secs(0))),
    },
    Complaint {
        row: 8,
        name: "a glitch on both feeds stops nothing; each has its own debounce",
        scenario: || {
            let mut scenario = two_feeds();
            scenario.stages[0].after = Some(Millis::of(secs(0)));
            let out = |at, on| [(at, Mains(0, on)), (at, Mains(1, on))];
            happens(scenario, 600, &[out(100, false), out(104, true)].concat())
        },
        judge: nothing_stops,
        without: Without::Rule(|scenario| {
            for (_, ups) in &mut scenario.ups {
                ups.confirm = Millis::of(secs(0));
            }
        }),
    },
    Complaint {
        row: 8,
        name: "an output that is off is no good feed",
        scenario: || {
            // The first UPS dies of its empty battery; with the second on battery that is all.
            let mut scenario = two_feeds();
            scenario.ups[0].0.runtime = secs(200);
            let script = [(100, Mains(0, false)), (400, Mains(1, false)), (2500, Mains(1, true))];
            happens(scenario, 3000, &script)
        },
        judge: |report| {
            let fell = report.seen.fell.iter().any(|(at, _)| *at > secs(400));
            wants(fell && report.seen.crashed.is_empty(), "nobody has shut down in time")
        },
        // With another feed that looks good, as one that is off would.
        without: Without::Rule(|scenario| {
            scenario.ups.push(a_ups());
            for (_, _, planned) in &mut scenario.servers {
                planned.feeds.push(feed(2)).expect("there is room");
            }
        }),
    },
    Complaint {
        row: 9,
        name: "the less important go first, the others when those are off, and back in reverse",
        scenario: || {
            let mut scenario = outage(site(4), 100, 1500);
            scenario.stages.push(scenario.stages[0]);
            for (_, _, planned) in scenario.servers.iter_mut().skip(2) {
                planned.stage = 1;
            }
            happens(scenario, 3000, &[])
        },
        judge: in_stages,
        without: Without::Law("stages_in_order"),
    },
    Complaint {
        row: 9,
        name: "guests go before their host",
        scenario: || happens(outage(site(2), 100, 1500), 3000, &[]),
        judge: |report| {
            let guests = first(report, |action| {
                matches!(action, Action::Direct { action: Directed::StopGuests, .. })
            });
            let host = first(report, |action| {
                matches!(action, Action::Direct { action: Directed::ShutDown, .. })
            });
            let in_order = guests.zip(host).is_some_and(|(guests, host)| guests < host);
            wants(in_order, "a host went with its guests")
        },
        without: Without::Law("guests_before_host"),
    },
    Complaint {
        row: 10,
        name: "a fencing that runs ends before anything is stopped",
        scenario: || happens(outage(site(2), 100, 1500), 3000, &[(168, Disturbance::Fence(0))]),
        judge: |report| {
            let stop = first(report, stops).is_some_and(|at| at >= secs(171));
            wants(stop, "something was stopped in the middle of a fencing")
        },
        without: Without::Law("fencing_ends_first"),
    },
    Complaint {
        row: 10,
        name: "what heals is put into maintenance first, and out of it last",
        scenario: || {
            let mut scenario = outage(site(2), 100, 1500);
            scenario.software.push(Software { before: false, takes: secs(5) });
            for (_, _, planned) in &mut scenario.servers {
                planned.adapters = 1;
            }
            scenario.servers[1].0.boot = secs(200);
            happens(scenario, 3000, &[])
        },
        judge: in_maintenance,
        without: Without::Law("leaves_when_back"),
    },
    Complaint {
        row: 11,
        name: "no forgotten order cuts in daylight",
        scenario: || happens(outage(site(2), 100, 210), 2000, &[]),
        judge: |report| wants(report.seen.cut.is_empty(), "the output was cut on mains"),
        without: Without::Law("order_called_off"),
    },
    Complaint {
        row: 11,
        name: "a stop that is to last until an order outlasts an outage",
        scenario: || {
            let back = Back::OnOrder;
            let stop = Order::Stop { scope: Scope::All, cut: false, back };
            happens(outage(site(2), 300, 400), 2000, &[(100, Disturbance::Order(stop))])
        },
        judge: |report| {
            let waits = first(report, starts).is_some_and(|at| at >= secs(2000));
            wants(waits, "a server was started before it was ordered")
        },
        without: Without::Law("waits_for_order"),
    },
    Complaint {
        row: 12,
        name: "nothing is started before the battery could carry one more shutdown",
        scenario: || {
            let mut scenario = outage(outage(site(2), 100, 1000), 1060, 3000);
            (scenario.ups[0].1.cut, scenario.ups[0].1.floor) = (Cut::Never, Some(50));
            happens(scenario, 4000, &[])
        },
        judge: |report| {
            let early = first(report, starts).is_some_and(|at| at < secs(1060));
            wants(!early, "a server was started on an empty battery")
        },
        without: Without::Law("energy_floor"),
    },
    Complaint {
        row: 13,
        name: "a server that does not come on is ordered on again, until it reads on",
        scenario: || {
            let mut scenario = outage(site(2), 100, 1500);
            scenario.servers[0].0.ignores_on = 3;
            happens(scenario, 3000, &[])
        },
        judge: |report| {
            let on = Action::Switch { server: ServerIndex(0), switch: Switch::On };
            let times = report.seen.wanted.iter().filter(|(_, action)| *action == on).count();
            wants(times == 4, "it was given up")
        },
        without: Without::Law("start_verified"),
    },
    Complaint {
        row: 15,
        name: "time on battery begins anew with each outage",
        scenario: || happens(outage(outage(site(2), 100, 160), 200, 250), 900, &[]),
        judge: nothing_stops,
        without: Without::Rule(|scenario| scenario.ups[0].1.settle = Millis::of(secs(300))),
    },
    Complaint {
        row: 16,
        name: "who has just come back is not told again to go down",
        scenario: || {
            let mut scenario = outage(site(2), 100, 300);
            for (traits, _, _) in &mut scenario.servers {
                (traits.starts_with_mains, traits.stop) = (true, secs(40));
            }
            happens(scenario, 2000, &[(210, Disturbance::Crash(secs(600)))])
        },
        judge: |report| {
            let again = report.seen.fell.iter().any(|(at, _)| *at > secs(500));
            wants(!again && report.seen.fell.len() == 2, "a server was shut down twice")
        },
        without: Without::Law("read_before_ordering"),
    },
];
