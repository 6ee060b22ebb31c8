//! Servers that are fenced by the outlets that feed them.

use super::*;
use crate::failure::Failure;
use crate::fence::{Budgets, Method, Plan};

/// A power strip that both hosts hang on, each on an outlet of its own.
struct Strip {
    off: u16,
    /// Bit n: it says that outlet n is off, and it is not.
    lies: u16,
    /// It takes orders, and does nothing.
    stuck: bool,
    orders: Vec<UpsOrder>,
}

struct Rack {
    bench: Bench,
    strip: Strip,
    /// The BMC has power of its own.
    bmc_lives: bool,
    /// Host 1 asks for the reset of host 2, until that has come to an end.
    asks: bool,
}

fn strip(alone: bool) -> power::Config<4, 2> {
    let mut config = no_plan();
    let ups = config.add_ups(UpsConfig::default()).unwrap();
    config.add_stage(power::Stage { after: None, below: None }).unwrap();
    for at in 0..2 {
        let mut server = PlannedServer::new(ServerIndex(at));
        let outlet = Outlet::new(at as u8 + 1).unwrap();
        server.feeds.push(Feed { ups, outlet, alone }).unwrap();
        config.add_server(server).unwrap();
    }
    config
}

impl Rack {
    fn new(methods: &[Method], alone: bool) -> Self {
        let plan = Plan::new(methods, true, Budgets::default()).expect("methods");
        let start = Instant::from_micros(1_000_000);
        let bench = Bench::started(2, fenced_by(2, &plan), strip(alone), &[], start);
        let strip = Strip { off: 0, lies: 0, stuck: false, orders: Vec::new() };
        let mut rack = Self { bench, strip, bmc_lives: false, asks: false };
        rack.bench.meet();
        rack.bench.tell(1, READ_ON);
        rack.bench.tell(2, READ_ON);
        rack.run(1);
        rack.bench.pass(ms(6000));
        rack
    }

    fn is_off(&self, number: u16) -> bool {
        self.strip.off & 1 << number != 0
    }

    fn ask(&mut self) {
        self.asks = true;
        self.bench.request(1, 7, 2, ResetMethod::AsConfigured);
    }

    /// The strip does what it was ordered, and is read.
    fn serve(&mut self) {
        for action in core::mem::take(&mut self.bench.done) {
            if let Action::OrderUps { run, order, .. } = action {
                self.strip.orders.push(order);
                match order {
                    _ if self.strip.stuck => {}
                    UpsOrder::Off { outlet, .. } => self.strip.off |= 1 << outlet.number(),
                    UpsOrder::On { outlet } => self.strip.off &= !(1 << outlet.number()),
                    other => panic!("not asked for: {other:?}"),
                }
                let input = Input::Ordered { run, answer: UpsAnswer::Accepted };
                self.bench.machine.handle(self.bench.now, input);
                self.bench.drain();
            }
        }
        let mut reading = UpsReading::of(Supply::Mains);
        reading.outlets_off = self.strip.off | self.strip.lies;
        let (ups, asked) = (UpsIndex(0), self.bench.now);
        self.bench.now = self.bench.now + ms(5);
        let input = Input::Reading { ups, asked, reading: Ok(reading) };
        self.bench.machine.handle(self.bench.now, input);
        self.bench.drain();
    }

    /// For so many seconds host 1 lives, and host 2 does not say a word.
    fn run(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.serve();
            self.bench.check(1);
            for _ in 0..4 {
                self.bench.pass(ms(245));
                if self.asks && self.is_open() {
                    self.bench.request(1, 7, 2, ResetMethod::AsConfigured);
                }
                let told = match (self.bmc_lives, self.is_off(2)) {
                    (false, _) => Told::Failed(Failure::Silent),
                    (true, true) => READ_OFF,
                    (true, false) => READ_ON,
                };
                if let Some(Ask::Look { .. }) = self.bench.question(2) {
                    self.bench.tell(2, told);
                }
                if self.bench.question(1).is_some() {
                    self.bench.tell(1, READ_ON);
                }
            }
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state(), None | Some(ResetState::Accepted | ResetState::Working))
    }

    fn state(&self) -> Option<ResetState> {
        self.bench.last(1).map(|last| last.state)
    }

    fn run_until(&mut self, state: ResetState, limit: Duration) -> Duration {
        let start = self.bench.now;
        while self.state() != Some(state) {
            let took = self.bench.now.since(start);
            assert!(took < limit, "{:?} after {took:?}: {:?}", self.state(), self.strip.orders);
            self.run(1);
        }
        self.bench.now.since(start)
    }
}

const OFF: UpsOrder =
    UpsOrder::Off { outlet: Outlet::new(2).unwrap(), delay: crate::time::Millis::new(0) };
const ON: UpsOrder = UpsOrder::On { outlet: Outlet::new(2).unwrap() };

#[test]
fn an_outlet_fences_a_server_whose_bmc_is_silent_and_is_switched_on_again() {
    let mut rack = Rack::new(&[Method::Off, Method::Outlet], true);
    rack.ask();
    let took = rack.run_until(ResetState::Fenced, ms(30_000));
    assert!(took >= ms(20_000), "a look in vain, and the hold-up time: {took:?}");
    assert_eq!(rack.strip.orders[0], OFF);
    // It wakes with its power, and its firmware switches it on.
    rack.run(3);
    assert_eq!(rack.strip.orders, [OFF, ON]);
    assert!(!rack.is_off(2));
    rack.bmc_lives = true;
    rack.run(70);
    assert_eq!(rack.bench.is_acting(2), None, "it is on already");
    assert_eq!(rack.strip.orders, [OFF, ON], "and is left alone");
    let phase = rack.bench.machine.snapshot(rack.bench.now).servers(ClusterIndex(0)).nth(1);
    assert_eq!(phase.map(|server| server.fence), Some(FenceState::Fenced));
}

#[test]
fn an_outlet_is_no_outage_to_the_plan() {
    let mut rack = Rack::new(&[Method::Outlet], true);
    rack.ask();
    let mut was_off = false;
    for _ in 0..30 {
        rack.run(1);
        was_off |= rack.is_off(2);
        let cut = |input: &power::Input| match input {
            power::Input::Reading { reading, .. } => {
                reading.is_ok_and(|read| read.outlets_off != 0)
            }
            _ => false,
        };
        assert!(!rack.bench.machine.told.iter().any(cut), "the plan sees an outlet off");
    }
    assert!(was_off && rack.state() == Some(ResetState::Fenced));
    assert_ne!(rack.bench.mode(1), Some(Mode::Plan));
}

#[test]
fn an_outlet_that_comes_first_is_proved_by_a_bmc_that_has_power() {
    let mut rack = Rack::new(&[Method::Outlet], true);
    rack.bmc_lives = true;
    rack.ask();
    let took = rack.run_until(ResetState::Fenced, ms(10_000));
    assert!(took <= ms(4000), "{took:?}");
    assert_eq!(rack.strip.orders[0], OFF);
    for _ in 0..10 {
        rack.run(1);
        if rack.bench.is_acting(2) == Some(ChassisAction::On) {
            rack.bench.tell(2, Told::Accepted);
        }
    }
    assert_eq!(rack.strip.orders, [OFF, ON], "and is on again");
}

#[test]
fn an_outlet_that_feeds_others_too_is_left_alone() {
    let mut rack = Rack::new(&[Method::Outlet, Method::Off], false);
    rack.bmc_lives = true;
    rack.ask();
    rack.run(1);
    assert_eq!(rack.bench.is_acting(2), Some(ChassisAction::Off), "the next method");
    assert_eq!(rack.strip.orders, []);
}

#[test]
fn a_stuck_outlet_fails_within_its_time() {
    let mut rack = Rack::new(&[Method::Outlet], true);
    rack.strip.stuck = true;
    rack.ask();
    let plan = Plan::new(&[Method::Outlet], true, Budgets::default()).expect("methods");
    let worst = plan.worst_case().silent;
    let took = rack.run_until(ResetState::Failed, worst + ms(2000));
    assert!(rack.strip.orders.len() >= 2, "it is ordered again");
    assert!(took <= worst + ms(2000), "{took:?}");
    rack.strip.stuck = false;
    rack.run(10);
    assert_eq!(rack.strip.orders.last(), Some(&ON), "whatever it is, it is not left off");
}

#[test]
fn an_outlet_that_was_off_is_switched_on_after_a_restart() {
    let mut rack = Rack::new(&[Method::Outlet], true);
    rack.ask();
    rack.run(14);
    assert!(rack.is_off(2) && rack.is_open());
    let plan = Plan::new(&[Method::Outlet], true, Budgets::default()).expect("methods");
    let (disk, now) = (rack.bench.disk.clone(), rack.bench.now + ms(500));
    rack.asks = false;
    rack.bench = Bench::started(2, fenced_by(2, &plan), strip(true), &disk, now);
    rack.bench.meet();
    rack.run(60);
    assert_eq!(rack.strip.orders.last(), Some(&ON), "{:?}", rack.strip.orders);
}

#[test]
fn an_outlet_that_was_wrong_proves_nothing() {
    let mut rack = Rack::new(&[Method::Off, Method::Outlet], true);
    (rack.strip.stuck, rack.strip.lies) = (true, 1 << 2);
    for _ in 0..30 {
        rack.run(1);
        rack.bench.check(2);
    }
    rack.ask();
    for _ in 0..120 {
        rack.run(1);
        assert_ne!(rack.state(), Some(ResetState::Fenced), "{:?}", rack.strip.orders);
    }
    assert_eq!(rack.state(), Some(ResetState::Failed));
}
