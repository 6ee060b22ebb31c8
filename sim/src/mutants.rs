//! Machines that lack one of their laws, to show that the checks bite.
//!
//! Each law of the member (when a service may start) and of the arbiter (when a host is shot, and
//! said to be fenced) stands here with the promise that is broken without it, and with what
//! notices. What worlds cannot show has a story among the unit tests, named after the law.

#[cfg(feature = "mutants")]
use komainu_core::{cluster, member};

use crate::checks::Invariant;
#[cfg(feature = "mutants")]
use crate::world::Scenario;

/// Whose law it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The member's.
    Member,
    /// The arbiter's.
    Arbiter,
}

/// What notices that a law is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caught {
    /// Random worlds.
    Worlds,
    /// Random worlds whose mains fail.
    Outages,
    /// A unit test of the law in `tests/laws.rs` of that module.
    Story(&'static str),
}

/// A machine without a law.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Whose.
    pub side: Side,
    /// The law that it lacks.
    pub name: &'static str,
    /// What it breaks.
    pub breaks: Invariant,
    /// What notices.
    pub caught: Caught,
}

const fn member(name: &'static str, breaks: Invariant, caught: Caught) -> Mutant {
    Mutant { side: Side::Member, name, breaks, caught }
}

const fn arbiter(name: &'static str, breaks: Invariant, caught: Caught) -> Mutant {
    Mutant { side: Side::Arbiter, name, breaks, caught }
}

/// All of them.
pub const MUTANTS: &[Mutant] = {
    use Caught::{Outages, Story, Worlds};
    const MEMBER: Caught = Story("member");
    const ARBITER: Caught = Story("cluster");
    const SITE: Caught = Story("site");
    use Invariant::{Durable, Healing, Held, OneActive, OneRequest, OneSurvivor, Order, Proof};
    &[
        member("yields_from_all", OneActive, Worlds),
        member("yield_bound_to_generation", OneActive, MEMBER),
        member("yield_drops_candidacy", Healing, Worlds),
        member("yield_drops_token", OneActive, Worlds),
        member("yield_drops_request", OneActive, Worlds),
        member("yields_only_higher", OneActive, MEMBER),
        member("active_keeps", OneActive, Worlds),
        member("word_dropped_like_token", OneActive, MEMBER),
        member("id_bound_to_connector_epoch", OneRequest, Worlds),
        member("adopt_running", OneActive, Worlds),
        member("no_double_start_per_generation", Durable, Worlds),
        member("generation_durable_before_start", Durable, Worlds),
        member("frozen_starts_nothing", Held, MEMBER),
        member("starts_frozen", Held, MEMBER),
        member("unknown_never_suspect", OneRequest, MEMBER),
        member("notice_is_no_proof", OneActive, MEMBER),
        member("failed_start_is_stopped", Healing, Worlds),
        member("reports_to_giver", Order, Outages),
        member("start_takes_stop_back", Healing, Outages),
        member("unfound_may_run", Order, Outages),
        arbiter("unheard_is_looked_at", OneRequest, ARBITER),
        arbiter("maintenance_holds", Held, ARBITER),
        arbiter("plan_holds_back", Held, SITE),
        arbiter("planned_off_is_expected", Held, SITE),
        arbiter("plan_keeps_off", Held, SITE),
        arbiter("first_shooter_wins", OneSurvivor, Worlds),
        arbiter("seen_again_by_new_nonce", OneSurvivor, Worlds),
        arbiter("session_ends_first", OneSurvivor, ARBITER),
        arbiter("looks_anew", Proof, Worlds),
        arbiter("boot_grace_holds", OneRequest, ARBITER),
        arbiter("active_is_kept", OneRequest, ARBITER),
        arbiter("active_is_kept_at_command", OneRequest, ARBITER),
        arbiter("wanted_until_command", OneRequest, ARBITER),
        arbiter("survivors_are_left", OneSurvivor, ARBITER),
        arbiter("in_flight_is_limited", OneSurvivor, ARBITER),
        arbiter("standby_refuses", OneRequest, ARBITER),
        arbiter("acts_once", OneRequest, Worlds),
        arbiter("durable_before_command", Durable, Worlds),
        arbiter("durable_before_accepted", Durable, ARBITER),
        arbiter("durable_before_fenced", OneRequest, ARBITER),
        arbiter("nothing_is_repeated", OneRequest, ARBITER),
        arbiter("off_is_read_twice", Proof, ARBITER),
        arbiter("readings_follow_question", Proof, Worlds),
        arbiter("readings_follow_command", Proof, ARBITER),
        arbiter("silence_is_not_off", Proof, Worlds),
        arbiter("tokens_are_durable", Proof, ARBITER),
        arbiter("lost_tokens_wait", Proof, ARBITER),
    ]
};

#[cfg(feature = "mutants")]
impl Mutant {
    /// Has the scenario's machines break the law; false when they have no such law.
    pub fn infect(&self, scenario: &mut Scenario) -> bool {
        match self.side {
            Side::Member => {
                let law = member::Laws::EACH.iter().find(|(name, _)| *name == self.name);
                law.map(|(_, take_away)| take_away(&mut scenario.laws)).is_some()
            }
            Side::Arbiter => {
                let law = cluster::Laws::EACH.iter().find(|(name, _)| *name == self.name);
                law.map(|(_, take_away)| take_away(&mut scenario.arbiter_laws)).is_some()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str) -> String {
        let path = format!("{}/../core/src/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).expect(&path)
    }

    #[test]
    fn every_law_has_its_mutant() {
        for (side, file) in [(Side::Member, "member/laws.rs"), (Side::Arbiter, "cluster/laws.rs")] {
            let laws = source(file);
            let name = |line: &str| line.strip_prefix("    ")?.strip_suffix(',').map(str::to_owned);
            let names: Vec<_> = laws.lines().filter_map(name).collect();
            let of = MUTANTS.iter().filter(|mutant| mutant.side == side);
            let listed: Vec<_> = of.map(|mutant| mutant.name.to_owned()).collect();
            assert_eq!(names, listed, "{side:?}");
        }
    }

    #[test]
    fn what_no_world_shows_has_a_story() {
        for Mutant { name, caught, .. } in MUTANTS {
            if let Caught::Story(module) = caught {
                let stories = source(&format!("{module}/tests/laws.rs"));
                let taken = [format!(".{name} = false"), format!("{name}: false")];
                assert!(taken.iter().any(|taken| stories.contains(taken)), "{name}");
            }
        }
    }
}
