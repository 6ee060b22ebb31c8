//! The command line.

use std::time::Duration;

use clap::Parser;
use komainu_sim::many::Many;
use komainu_sim::world::{Scenario, Topology};

/// Runs simulated worlds, each made of one seed, and checks every step of them.
#[derive(Debug, Parser)]
#[command(name = "worlds", version)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) many: Many,
    /// Only worlds of this topology: 1:1, mutual, n:1, 1:n, two-connectors.
    #[arg(long)]
    pub(crate) topology: Option<Topology>,
    /// Worlds in which nothing bad happens, of so many simulated seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) quiet: Option<u64>,
    /// Worlds whose mains fail and return, in which processes die meanwhile.
    #[arg(long, conflicts_with = "quiet")]
    pub(crate) outages: bool,
    /// Tell the story of this seed.
    #[arg(long, value_name = "SEED")]
    pub(crate) trace: Option<u64>,
    /// Tell the shortest story that breaks the same promise.
    #[arg(long)]
    pub(crate) shrink: bool,
    /// Search small worlds exhaustively instead.
    #[arg(long)]
    pub(crate) search: bool,
    /// Only stories whose name contains this.
    #[arg(long, default_value = "", requires = "search")]
    pub(crate) story: String,
    /// Most things that go otherwise than usual in a run of the search.
    #[arg(long, default_value_t = 1)]
    pub(crate) twists: usize,
    /// Cut the search of a story short after so many runs.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) most_runs: u64,
    /// Run machines without each of their laws, until they break a promise.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    pub(crate) mutants: bool,
    /// Only mutants whose name contains this.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    pub(crate) mutant: Option<String>,
    /// The summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Options {
    /// The world of that seed.
    pub(crate) fn scenario(&self, seed: u64) -> Scenario {
        match self.quiet {
            Some(seconds) => {
                let topology = self.topology.unwrap_or(Topology::OneToOne);
                let mut scenario = Scenario::quiet(seed, topology);
                scenario.heals_at = Duration::from_secs(seconds);
                scenario
            }
            None if self.outages => Scenario::outage(seed, self.topology),
            None => Scenario::new(seed, self.topology),
        }
    }
}
