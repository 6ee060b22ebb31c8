//! Any inputs in any order: never a panic, always quiescent, always the same.

use super::std::vec;
use super::std::vec::Vec;

use proptest::prelude::*;

use super::world::{at, feed, secs, server};
use crate::power::{
    Action, Adapter, Back, Config, Facts, Input, Order, Own, Power, Restored, RunEnd, RunId, Scope,
    Servers, Stage, Ticket, Timing, UpsConfig,
};
use crate::time::Millis;
use crate::types::{
    Directed, Epoch, Outlet, PowerState, ReportCause, ReportState, ServerIndex, Supply, UpsAnswer,
    UpsFailure, UpsIndex, UpsOrder, UpsReading,
};

/// What happens next, in so many milliseconds.
#[derive(Clone, Debug)]
enum Event {
    Reading {
        ups: u16,
        supply: u8,
        runtime: u32,
        off_in: bool,
        low: bool,
    },
    Silence(u16),
    Power {
        server: u16,
        on: bool,
    },
    Unknown(u16),
    Heard {
        server: u16,
        epoch: u64,
    },
    Fencing(u16, bool),
    Wanted(u16),
    Witness(u16, bool),
    /// The newest run, directive or switch ends so.
    Ends(u8),
    Persisted(bool),
    Order(u8),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let few = 0..3u16;
    prop_oneof![
        6 => (0..2u16, 0..4u8, 0..2_000_000u32, any::<bool>(), any::<bool>()).prop_map(
            |(ups, supply, runtime, off_in, low)| {
                Event::Reading { ups, supply, runtime, off_in, low }
            }
        ),
        1 => (0..2u16).prop_map(Event::Silence),
        4 => (few.clone(), any::<bool>()).prop_map(|(server, on)| Event::Power { server, on }),
        1 => few.clone().prop_map(Event::Unknown),
        2 => (few.clone(), 1..4u64).prop_map(|(server, epoch)| Event::Heard { server, epoch }),
        1 => (few.clone(), any::<bool>()).prop_map(|(server, on)| Event::Fencing(server, on)),
        1 => few.clone().prop_map(Event::Wanted),
        1 => (few, any::<bool>()).prop_map(|(server, on)| Event::Witness(server, on)),
        4 => (0..8u8).prop_map(Event::Ends),
        3 => any::<bool>().prop_map(Event::Persisted),
        1 => (0..12u8).prop_map(Event::Order),
        1 => Just(Event::Restart),
    ]
}

struct Eyes([Facts; 3]);

impl Servers for Eyes {
    fn facts(&self, server: ServerIndex) -> Facts {
        self.0[usize::from(server.0)]
    }
}

struct Run {
    power: Power<3, 2>,
    eyes: Eyes,
    now: u64,
    written: Option<u64>,
    stored: Vec<u8>,
    run: Option<RunId>,
    directed: Option<(ServerIndex, Directed)>,
    switched: Option<ServerIndex>,
    actions: Vec<(u64, Action)>,
}

fn config() -> Config<3, 2> {
    let mut config = Config::new(Timing::default());
    for _ in 0..2 {
        config.add_ups(UpsConfig::default()).unwrap();
        config.add_stage(Stage { after: Some(secs(5)), below: None }).unwrap();
    }
    config.add_adapter(Adapter { enter: secs(6), leave: secs(12) }).unwrap();
    for n in 0..3 {
        let mut one = server(n, n % 2, u8::from(n > 1));
        one.adapters = 1;
        if n == 2 {
            one.feeds.push(feed(1)).unwrap();
        }
        config.add_server(one).unwrap();
    }
    let mut own = Own { stop: Some(secs(60)), ..Own::default() };
    own.feeds.push(feed(0)).unwrap();
    config.set_own(own).unwrap();
    config
}

impl Run {
    fn new() -> Self {
        let facts = Facts::UNKNOWN;
        Self {
            power: Power::new(config(), Restored { record: None, unix_ms: 5 }, at(0)),
            eyes: Eyes([facts; 3]),
            now: 0,
            written: None,
            stored: Vec::new(),
            run: None,
            directed: None,
            switched: None,
            actions: Vec::new(),
        }
    }

    fn happen(&mut self, after: u32, event: &Event) {
        self.now += u64::from(after);
        let now = at(self.now);
        let facts = &mut self.eyes.0;
        let input = match event {
            Event::Reading { ups, supply, runtime, off_in, low } => {
                let supplies = [Supply::Mains, Supply::Battery, Supply::Off, Supply::Bypass];
                let mut reading = UpsReading::of(supplies[usize::from(*supply)]);
                reading.runtime = Some(Millis::new(*runtime));
                reading.off_in = off_in.then_some(secs(30));
                reading.low = *low;
                Input::Reading { ups: UpsIndex(*ups), asked: now, reading: Ok(reading) }
            }
            Event::Silence(ups) => {
                let reading = Err(UpsFailure::Silent);
                Input::Reading { ups: UpsIndex(*ups), asked: now, reading }
            }
            Event::Power { server, on } => {
                let one = &mut facts[usize::from(*server)];
                one.power = if *on { PowerState::On } else { PowerState::Off };
                (one.asked, one.bmc_heard) = (Some(now), Some(now));
                Input::Stirred(ServerIndex(*server))
            }
            Event::Unknown(server) => {
                facts[usize::from(*server)].power = PowerState::Unknown;
                Input::Stirred(ServerIndex(*server))
            }
            Event::Heard { server, epoch } => {
                facts[usize::from(*server)].heard = Some((now, Epoch(*epoch)));
                Input::Stirred(ServerIndex(*server))
            }
            Event::Fencing(server, on) => {
                facts[usize::from(*server)].fencing = *on;
                Input::Stirred(ServerIndex(*server))
            }
            Event::Wanted(server) => {
                facts[usize::from(*server)].wanted = Some(now);
                Input::Stirred(ServerIndex(*server))
            }
            Event::Witness(server, lost) => {
                Input::Witness { server: ServerIndex(*server), lost: *lost }
            }
            Event::Ends(how) => self.ends(*how),
            Event::Persisted(newest) => {
                Input::Persisted(if *newest { self.written.unwrap_or(0) } else { 99_999 })
            }
            Event::Order(which) => Input::Order { ticket: Ticket(7), order: order(*which) },
            Event::Restart => {
                let record = Some(&self.stored[..]);
                self.power = Power::new(config(), Restored { record, unix_ms: 5 + self.now }, now);
                Input::Hint(UpsIndex(0))
            }
        };
        self.power.handle(now, input);
        self.drain();
    }

    fn ends(&self, how: u8) -> Input {
        let epoch = Epoch(u64::from(how % 3));
        let run = self.run.unwrap_or(RunId(1));
        match (how, self.directed, self.switched) {
            (0, _, _) => Input::Ordered { run, answer: UpsAnswer::Accepted },
            (1, _, _) => Input::Ordered { run, answer: UpsAnswer::Failed(UpsFailure::Refused) },
            (2, _, _) => Input::Ran { run, end: RunEnd::Done },
            (3, _, _) => Input::Ran { run, end: RunEnd::Failed },
            (4 | 5, Some((server, action)), _) => Input::Reported {
                server,
                epoch,
                action,
                state: if how == 4 { ReportState::Done } else { ReportState::Failed },
                done: 0,
                of: 0,
                cause: ReportCause::None,
            },
            (_, _, Some(server)) => Input::Switched { server, end: Ok(()) },
            _ => Input::Hint(UpsIndex(1)),
        }
    }

    fn drain(&mut self) {
        let now = at(self.now);
        for _ in 0..200 {
            let Some(action) = self.power.poll(now, &self.eyes) else {
                assert_eq!(self.power.poll(now, &self.eyes), None, "quiescent");
                assert!(self.power.deadline().is_none_or(|due| due > now), "later");
                let seen = self.power.snapshot(now, &self.eyes);
                let shown = seen.servers().count() + seen.outputs().count() + seen.ups().count();
                assert!(shown >= 5 && seen.forecast(Scope::All).servers == 3);
                return;
            };
            match action {
                Action::Persist { generation } => {
                    let mut out = [0; Power::<3, 2>::RECORD_LEN];
                    let len = self.power.record(&mut out).unwrap();
                    self.stored = out[..len].to_vec();
                    self.written = Some(generation);
                }
                Action::Order { run, .. } | Action::Run { run, .. } => self.run = Some(run),
                Action::Direct { server, action, .. } => self.directed = Some((server, action)),
                Action::Switch { server, .. } => self.switched = Some(server),
                _ => {}
            }
            self.actions.push((self.now, action));
        }
        panic!("no end: {:?}", &self.actions[self.actions.len() - 8..]);
    }
}

fn order(which: u8) -> Order {
    let off = UpsOrder::Off { outlet: Outlet::WHOLE, delay: secs(1) };
    match which {
        0 => Order::Stop { scope: Scope::All, cut: true, back: Back::WithMains },
        1 => Order::Stop { scope: Scope::Ups(UpsIndex(0)), cut: false, back: Back::OnOrder },
        2 => Order::Stop { scope: Scope::Server(ServerIndex(1)), cut: true, back: Back::OnOrder },
        3 => Order::Cancel { even_on_battery: false },
        4 => Order::Cancel { even_on_battery: true },
        5 => Order::Return { now: false },
        6 => Order::Return { now: true },
        7 => Order::Rehearse { scope: Scope::All },
        8 => Order::Test(UpsIndex(1)),
        9 => Order::Ups { ups: UpsIndex(0), order: off },
        10 => Order::Ups { ups: UpsIndex(1), order: UpsOrder::On { outlet: Outlet::WHOLE } },
        _ => Order::Test(UpsIndex(9)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens(events in prop::collection::vec((0..9000u32, event()), 1..120)) {
        let (mut one, mut other) = (Run::new(), Run::new());
        for (after, event) in &events {
            one.happen(*after, event);
            other.happen(*after, event);
        }
        prop_assert_eq!(&one.actions, &other.actions);
    }

    #[test]
    fn whatever_is_stored(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let restored = Restored { record: Some(&bytes), unix_ms: 5 };
        let mut run = Run::new();
        run.power = Power::new(config(), restored, at(0));
        run.drain();
    }
}
