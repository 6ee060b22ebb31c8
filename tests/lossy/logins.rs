//! Logins with one status each, within their budget.

use std::time::Duration;

use komainu_core::failure::Failure;
use komainu_core::session::{Profile, Suites, Version};
use komainu_core::wire::command::chassis::GetChassisStatus;
use komainu_core::wire::command::{CompletionCode, Request};
use komainu_sim::bmc::BmcConfig;
use komainu_tests::world::{Event, World, good_network, profile};

use crate::{bad_network, seeds};

const BUDGET: Duration = Duration::from_secs(20);

/// A kind of BMC, and how it is spoken to.
#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    quirks: &'static str,
    slots: usize,
    version: Version,
    suite: u8,
    logins: u64,
    /// So many of the logins may fail.
    failures: usize,
}

/// A BMC that keeps to the specification, spoken to as Komainu does by default.
const PLAIN: Row = Row {
    name: "2.0",
    quirks: "",
    slots: 4,
    version: Version::Auto,
    suite: 17,
    logins: 1000,
    failures: 0,
};

impl Row {
    fn config(&self) -> BmcConfig {
        let quirks = self.quirks.parse().expect("quirks that exist");
        BmcConfig { quirks, session_slots: self.slots, ..BmcConfig::default() }
    }

    fn profile(&self) -> Profile {
        let suites = Suites::new(&[self.suite]).expect("a suite that is spoken");
        Profile { version: self.version, suites, ..profile() }
    }

    /// Runs every login over the bad network, and tells how long they took.
    fn run(&self) {
        let (mut took, mut failed, mut most) = (Vec::new(), Vec::new(), 0);
        for seed in seeds(self.logins) {
            let (config, profile) = (self.config(), self.profile());
            let mut world = World::new(config, profile, &["password"], bad_network(), seed);
            match world.ask(status(), BUDGET) {
                Event::Answer { code: CompletionCode::SUCCESS, .. } => took.push(world.now()),
                other => failed.push((seed, other)),
            }
            assert!(world.close(), "seed {seed}: a farewell ends");
            most = most.max(world.most_sessions());
        }
        took.sort();
        let share = |of: usize| took.get(took.len() * of / 1000).or(took.last());
        let (median, high, last) = (share(500), share(990), took.last());
        println!(
            "{}: {} of {} logins in median {median:.1?}, 99 % {high:.1?}, longest {last:.1?}; \
             at most {most} sessions at once",
            self.name,
            took.len(),
            took.len() + failed.len(),
        );
        let wrong = failed.len() > self.failures || failed.iter().any(|(_, what)| !is_honest(what));
        assert!(!wrong, "{}: failed, by seed: {failed:?}", self.name);
    }
}

/// Loss may look like silence, but never like wrong credentials.
fn is_honest(event: &Event) -> bool {
    let Event::Failed(failure) = event else { return false };
    !failure.is_final() && *failure != Failure::Unanswered
}

fn status() -> Request {
    Request::of(&GetChassisStatus).expect("no data fits")
}

#[test]
fn a_thousand_logins_succeed_within_their_budget() {
    PLAIN.run();
}

#[test]
fn other_suites_and_ipmi_1_5_are_no_worse() {
    Row { name: "suite 3", suite: 3, ..PLAIN }.run();
    Row { name: "1.5", version: Version::V15, ..PLAIN }.run();
}

#[test]
fn bmcs_that_are_late_or_speak_twice_are_no_worse() {
    Row { name: "0.7 s late", quirks: "late=700", ..PLAIN }.run();
    Row { name: "twice", quirks: "twice", ..PLAIN }.run();
    // Three more exchanges each.
    Row { name: "busy", quirks: "busy=3", failures: 5, ..PLAIN }.run();
    Row { name: "RAKP 4 sealed", quirks: "rakp4-repeat-sealed", ..PLAIN }.run();
}

/// Each loss of a RAKP message costs such a BMC a whole attempt, and one in four succeeds.
#[test]
fn bmcs_that_refuse_repeats_come_up_nearly_always() {
    let quirks = "rakp-repeat-refused";
    Row { name: "repeats refused", quirks, failures: 40, ..PLAIN }.run();
}

/// A session whose last message of the login is lost takes a slot until the BMC gives it up.
#[test]
fn few_slots_are_enough_nearly_always() {
    Row { name: "two slots", slots: 2, failures: 20, ..PLAIN }.run();
}

#[test]
fn without_faults_one_session_is_up_at_once_and_none_is_left() {
    for quirks in ["", "close-silent", "twice", "late=300", "busy=2", "first-sequence-twice"] {
        for version in [Version::V20, Version::V15] {
            let row = Row { quirks, version, ..PLAIN };
            let (config, profile) = (row.config(), row.profile());
            let mut world = World::new(config, profile, &["password"], good_network(), 1);
            for _ in 0..3 {
                let event = world.ask(status(), BUDGET);
                assert!(matches!(event, Event::Answer { code: CompletionCode::SUCCESS, .. }));
                assert!(world.close());
                assert_eq!(world.bmc.open_sessions(), 0, "{quirks} {version:?}");
            }
            assert_eq!(world.most_sessions(), 1, "{quirks} {version:?}");
        }
    }
}
