//! A server without power is off, though its BMC says nothing.

use super::*;
use crate::failure::Failure;

const OF_FIRST: UpsIndex = UpsIndex(0);
const OF_SECOND: UpsIndex = UpsIndex(1);

/// Each of two hosts hangs on a UPS of its own.
fn two_upses() -> power::Config<4, 2> {
    let mut config = no_plan();
    config.add_stage(power::Stage { after: None, below: None }).unwrap();
    for at in 0..2 {
        let ups = config.add_ups(UpsConfig::default()).unwrap();
        let mut server = PlannedServer::new(ServerIndex(at));
        server.feeds.push(Feed { ups, outlet: Outlet::WHOLE, alone: false }).unwrap();
        config.add_server(server).unwrap();
    }
    config
}

impl Bench {
    /// For so many seconds both UPSes are read, the first host says that it lives, and the BMC of
    /// the second is silent.
    fn without_bmc(&mut self, seconds: u64, supply: Supply) {
        for _ in 0..seconds {
            self.read(OF_FIRST, Supply::Mains);
            self.read(OF_SECOND, supply);
            self.check(1);
            for _ in 0..4 {
                self.pass(ms(250));
                if self.question(2).is_some() {
                    self.tell(2, Told::Failed(Failure::Silent));
                }
                if self.question(1).is_some() {
                    self.tell(1, READ_ON);
                }
            }
        }
    }

    fn read(&mut self, ups: UpsIndex, supply: Supply) {
        let (asked, reading) = (self.now, Ok(UpsReading::of(supply)));
        self.machine.handle(self.now, Input::Reading { ups, asked, reading });
        self.drain();
    }

    fn state(&self) -> Option<(ResetState, Cause)> {
        self.last(1).map(|last| (last.state, last.cause))
    }
}

/// The second host has lost its power for good; the first one asks for its reset.
fn asked(method: ResetMethod) -> Bench {
    let mut bench = Bench::ready(2, two_upses());
    bench.without_bmc(1, Supply::Mains);
    bench.without_bmc(6, Supply::Off);
    bench.request(1, 7, 2, method);
    bench
}

#[test]
fn a_server_whose_feed_is_off_is_fenced_though_its_bmc_is_silent() {
    for method in [ResetMethod::AsConfigured, ResetMethod::LookOnly] {
        let mut bench = asked(method);
        let start = bench.now;
        while bench.state().is_none_or(|(state, _)| state != ResetState::Fenced) {
            let open = matches!(bench.state(), Some((ResetState::Accepted, _)));
            assert!(open, "{:?} after {:?}", bench.state(), bench.now.since(start));
            bench.without_bmc(1, Supply::Off);
        }
        let took = bench.now.since(start);
        assert!(took >= ms(10_000), "the server runs on for a while without power: {took:?}");
        assert!(took <= ms(13_000), "{took:?}");
        let fenced = |action: &Action| {
            let how = connector::How::Feed;
            matches!(action, Action::Tell(connector::Tell::Fenced { server: SECOND, how: by, .. })
                if *by == how)
        };
        assert!(bench.done.iter().any(fenced), "{:?}", bench.done);
    }
}

#[test]
fn a_server_whose_feed_is_on_is_not_fenced_by_silence() {
    for supply in [Supply::Mains, Supply::Battery] {
        let mut bench = Bench::ready(2, two_upses());
        bench.without_bmc(7, supply);
        bench.request(1, 7, 2, ResetMethod::AsConfigured);
        bench.without_bmc(11, supply);
        assert_eq!(bench.state(), Some((ResetState::Failed, Cause::BmcSilent)));
        bench.without_bmc(30, supply);
        assert_eq!(bench.state(), Some((ResetState::Failed, Cause::BmcSilent)));
    }
}

#[test]
fn a_ups_that_cannot_be_read_proves_nothing() {
    let mut bench = asked(ResetMethod::LookOnly);
    for _ in 0..60 {
        let (asked, reading) = (bench.now, Err(UpsFailure::Silent));
        bench.machine.handle(bench.now, Input::Reading { ups: OF_SECOND, asked, reading });
        bench.check(1);
        bench.pass(ms(1000));
        if bench.question(2).is_some() {
            bench.tell(2, Told::Failed(Failure::Silent));
        }
    }
    let (state, _) = bench.state().expect("answered");
    assert!(matches!(state, ResetState::Failed | ResetState::Refused), "it ends: {state:?}");
}

#[test]
fn what_its_bmc_says_in_between_counts_against_the_feeds() {
    let mut bench = asked(ResetMethod::LookOnly);
    let start = bench.now;
    for _ in 0..8 {
        bench.without_bmc(1, Supply::Off);
        bench.machine.connector.bmc_spoke(bench.now, 2);
    }
    while bench.now.since(start) < ms(17_000) {
        assert_ne!(bench.state().map(|(state, _)| state), Some(ResetState::Fenced));
        bench.without_bmc(1, Supply::Off);
    }
}

#[test]
fn power_that_is_back_leaves_nobody_fenced() {
    let mut bench = asked(ResetMethod::LookOnly);
    bench.without_bmc(6, Supply::Off);
    bench.without_bmc(40, Supply::Mains);
    let (state, _) = bench.state().expect("answered");
    assert!(matches!(state, ResetState::Failed | ResetState::Refused), "{state:?}");
}

#[test]
fn the_wait_for_proof_ends() {
    // Its member speaks though its feed reads off: the file is wrong, or the UPS.
    let mut bench = asked(ResetMethod::AsConfigured);
    let start = bench.now;
    while bench.state().is_none_or(|(state, _)| state == ResetState::Accepted) {
        assert!(bench.now.since(start) < ms(30_000), "{:?}", bench.state());
        bench.without_bmc(1, Supply::Off);
        bench.check(2);
    }
    assert_eq!(bench.state(), Some((ResetState::Failed, Cause::BmcSilent)));
}
