//! UPSes, plans and planned outages.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::Reach;
use super::values::{duration, unix_ms};
use crate::service::{PlanScope, ServerRef};

/// `komainu ups`.
#[derive(Debug, Subcommand)]
pub(crate) enum UpsVerb {
    /// List the UPSes: what they give, how long they last, who hangs on them
    List(Reach),
    /// Show everything that a UPS says
    #[command(arg_required_else_help = true)]
    Status(UpsArgs),
    /// Have a UPS test its battery; the discharge is no outage
    #[command(arg_required_else_help = true)]
    Test(UpsTest),
    /// Have a UPS cut its output; refused while a server that hangs on it is not proved off
    #[command(after_help = OFF_EXAMPLES, arg_required_else_help = true)]
    Off(UpsOff),
    /// Switch the output of a UPS on
    #[command(arg_required_else_help = true)]
    On(UpsOutlet),
    /// Call an off off whose delay is not over
    #[command(arg_required_else_help = true)]
    Cancel(UpsOutlet),
}

/// A UPS of the connector.
#[derive(Debug, Args)]
pub(crate) struct UpsArgs {
    /// Its name
    pub(crate) ups: String,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu ups test`.
#[derive(Debug, Args)]
pub(crate) struct UpsTest {
    /// End the test that runs
    #[arg(long)]
    pub(crate) stop: bool,
    /// Which UPS.
    #[command(flatten)]
    pub(crate) of: UpsArgs,
}

/// An output of a UPS.
#[derive(Debug, Args)]
pub(crate) struct UpsOutlet {
    /// The group of its outlets; 0 is all of its output
    #[arg(long, value_name = "NUMBER", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=15))]
    pub(crate) outlet: u8,
    /// Which UPS.
    #[command(flatten)]
    pub(crate) of: UpsArgs,
}

/// `komainu ups off`.
#[derive(Debug, Args)]
pub(crate) struct UpsOff {
    /// The same name once more: what nobody has told us of goes down, too
    #[arg(long, value_name = "UPS", required = true)]
    pub(crate) confirm: String,
    /// After how long
    #[arg(long, value_name = "TIME", default_value = "20", value_parser = duration)]
    pub(crate) delay: Duration,
    /// Off until it is ordered on; without it the mains bring it back
    #[arg(long)]
    pub(crate) stay_off: bool,
    /// Which output.
    #[command(flatten)]
    pub(crate) at: UpsOutlet,
}

/// `komainu plan`.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanVerb {
    /// Show the plan that runs, or what one would need, and how long the batteries last
    Show(Reach),
    /// Show what a plan would do if it began now: who stops when, and who waits for whom
    #[command(after_help = DRY_RUN_EXAMPLES)]
    DryRun(DryRun),
    /// Stop servers in order, though the mains are there
    #[command(after_help = START_EXAMPLES, arg_required_else_help = true)]
    Start(PlanStart),
    /// Call a plan off: what still runs keeps running, what has gone down is started
    Cancel(PlanCancel),
    /// Start what a plan has stopped on order
    Return(PlanReturn),
    /// Everything of a plan but the irreversible: freeze, maintenance, readings; then back
    Rehearse(PlanRehearse),
}

/// Whom a plan is about.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct ScopeArgs {
    /// Every planned server, as without any of these
    #[arg(long)]
    pub(crate) all: bool,
    /// Those that would be short of feeds without that UPS
    #[arg(long, value_name = "NAME")]
    pub(crate) ups: Option<String>,
    /// One server: its name, or CLUSTER/NAME where two clusters have one of that name
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
}

impl ScopeArgs {
    /// Whether anything was said.
    pub(crate) const fn is_said(&self) -> bool {
        self.all || self.ups.is_some() || self.server.is_some()
    }

    /// The scope in the words of the service.
    pub(crate) fn scope(&self) -> PlanScope {
        match (&self.ups, &self.server) {
            (Some(ups), _) => PlanScope::Ups(ups.clone()),
            (None, Some(name)) => {
                let numbered = name.split_once('/');
                let numbered = numbered.and_then(|(at, name)| Some((at.parse().ok()?, name)));
                PlanScope::Server(match numbered {
                    Some((cluster, name)) => {
                        ServerRef { cluster: Some(cluster), server: name.to_owned() }
                    }
                    None => ServerRef { cluster: None, server: name.clone() },
                })
            }
            (None, None) => PlanScope::All,
        }
    }
}

/// `komainu plan dry-run`.
#[derive(Debug, Args)]
pub(crate) struct DryRun {
    /// The timeline as a Mermaid diagram, for documents
    #[arg(long)]
    pub(crate) mermaid: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu plan start`.
#[derive(Debug, Args)]
pub(crate) struct PlanStart {
    /// Whom.
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Also cut the outputs of the UPSes, and shut this machine down where it hangs on them
    #[arg(long)]
    pub(crate) cut: bool,
    /// Start them again by themselves, once all is down and the mains are there; without it they
    /// wait for 'komainu plan return'
    #[arg(long)]
    pub(crate) back: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu plan cancel`.
#[derive(Debug, Args)]
pub(crate) struct PlanCancel {
    /// Also while the mains are gone: you answer for the battery
    #[arg(long)]
    pub(crate) even_on_battery: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu plan return`.
#[derive(Debug, Args)]
pub(crate) struct PlanReturn {
    /// Without waiting until the batteries could carry one more shutdown
    #[arg(long)]
    pub(crate) now: bool,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu plan rehearse`.
#[derive(Debug, Args)]
pub(crate) struct PlanRehearse {
    /// Whom.
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu outage`.
#[derive(Debug, Subcommand)]
pub(crate) enum OutageVerb {
    /// Note an outage that is known before: servers are stopped when it begins, started when it
    /// is over
    #[command(after_help = OUTAGE_EXAMPLES, arg_required_else_help = true)]
    Planned(OutagePlanned),
    /// List the outages that are noted
    List(Reach),
    /// Strike one off
    #[command(arg_required_else_help = true)]
    Forget(OutageForget),
}

/// `komainu outage planned`.
#[derive(Debug, Args)]
pub(crate) struct OutagePlanned {
    /// When servers begin to stop: 2026-11-28T22:00+09:00, or with Z for UTC, or +90m from now
    #[arg(long, value_name = "TIME", value_parser = unix_ms)]
    pub(crate) at: u64,
    /// When they are started again; without it 'komainu plan return' starts them
    #[arg(long, value_name = "TIME", value_parser = unix_ms)]
    pub(crate) until: Option<u64>,
    /// Also cut the outputs of the UPSes, and shut this machine down where it hangs on them
    #[arg(long)]
    pub(crate) cut: bool,
    /// Whom.
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu outage forget`.
#[derive(Debug, Args)]
pub(crate) struct OutageForget {
    /// Its number, as 'komainu outage list' shows it
    pub(crate) number: u64,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// `komainu calendar`.
#[derive(Debug, Subcommand)]
pub(crate) enum CalendarVerb {
    /// List what comes next
    List(Reach),
    /// Let nothing of it begin before a moment
    #[command(arg_required_else_help = true)]
    Pause(CalendarPause),
    /// End the pause
    Resume(Reach),
}

/// `komainu calendar pause`.
#[derive(Debug, Args)]
pub(crate) struct CalendarPause {
    /// Until when: 2026-11-28T22:00+09:00, or with Z for UTC, or +90m from now
    #[arg(long, value_name = "TIME", value_parser = unix_ms)]
    pub(crate) until: u64,
    /// Whom to ask.
    #[command(flatten)]
    pub(crate) reach: Reach,
}

pub(super) const UPS_EXAMPLES: &str = "\
Examples:
  komainu ups list
  komainu ups status rack-a --json
  komainu ups test rack-a

The connector reads the UPSes all the time; these show what it knows, and pass orders on.";

const OFF_EXAMPLES: &str = "\
Examples:
  komainu ups off rack-a --confirm rack-a
  komainu ups off rack-a --outlet 2 --delay 2m --stay-off --confirm rack-a

A server that hangs on it has to be proved off before: 'komainu plan start --ups rack-a'.";

pub(super) const PLAN_EXAMPLES: &str = "\
Examples:
  komainu plan show
  komainu plan dry-run
  komainu plan rehearse
  komainu plan start --all --cut

An outage begins a plan by itself. While one runs, nobody is fenced or taken over for what it
stops.";

const DRY_RUN_EXAMPLES: &str = "\
Examples:
  komainu plan dry-run
  komainu plan dry-run --mermaid >plan.mmd

Times are those that were measured in earlier plans; where nothing was measured, the limits of the
configuration.";

const START_EXAMPLES: &str = "\
Examples:
  komainu plan start --all
  komainu plan start --server node07 --back
  komainu plan start --ups rack-a --cut

Say whom: --all, --ups or --server. 'komainu plan return' starts them again.";

pub(super) const CALENDAR_EXAMPLES: &str = "\
Examples:
  komainu calendar list
  komainu calendar pause --until 2026-12-28T00:00+09:00

The calendar is in the configuration, as [[calendar]]: see 'komainu config explain calendar'. An
outage that is known only this once is for 'komainu outage planned'.";

pub(super) const OUTAGE_EXAMPLES: &str = "\
Examples:
  komainu outage planned --at 2026-11-28T22:00+09:00 --until 2026-11-29T06:00+09:00 --cut
  komainu outage planned --at +90m --ups rack-a
  komainu outage list

It is noted on the disk, and outlives restarts. A battery is not meant to ride it out: servers are
down before the mains go, and are started when you say that they are back.";
