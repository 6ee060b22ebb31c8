//! Whether times and paths fit together, and how long a failover takes at worst.

mod power;

use std::time::Duration;

use komainu_core::fence::{Method, PlanStep};
use komainu_core::session::Version;
use komainu_core::suite::Suite;
use komainu_core::wire::command::session::AuthType;

use super::field::Field;
use super::finding::{Finding, Misfit, Severity};
use super::reader::Marks;
use super::site::{Cluster, Server, Service, Site};
use super::table::{bmc, cluster, fence, server, service};

/// A `patrol` below this asks much of a busy host.
const SHORT_PATROL: Duration = Duration::from_secs(2);
/// A `start-wait` below this does not outlast the restart of a connector.
const SHORT_START_WAIT: Duration = Duration::from_secs(10);
/// What a server takes at least from power to its member.
const FASTEST_BOOT: Duration = Duration::from_secs(60);
/// The off of a cycle lasts one second at least (IPMI 2.0, table 28-4); two readings must fall
/// into it.
const LONG_GAP: Duration = Duration::from_millis(500);
/// Some BMCs answer readings this close from one measurement.
const SHORT_GAP: Duration = Duration::from_millis(50);

/// Everything that works, but not well.
pub(crate) fn misfits(site: &Site) -> Vec<Finding> {
    let mut found = Vec::new();
    for cluster in &site.clusters {
        timers(&mut found, cluster);
        for server in &cluster.servers {
            fencing(&mut found, cluster, server);
            watching(&mut found, cluster, server);
        }
        for service in &cluster.services {
            commands(&mut found, cluster, service);
        }
    }
    power::supplies(&mut found, site);
    found.sort_by_key(|finding| finding.place);
    found.dedup();
    found
}

fn warn<K>(
    found: &mut Vec<Finding>,
    misfit: Misfit,
    (marks, field): (&Marks, &Field<K>),
    text: String,
    remedy: String,
) {
    found.push(Finding {
        severity: Severity::Warning(misfit),
        place: marks.of(field),
        field: marks.path(field),
        text,
        remedy,
    });
}

/// A time for people.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{} s", (time.as_secs_f64() * 10.0).ceil() / 10.0)
}

fn timers(found: &mut Vec<Finding>, cluster: &Cluster) {
    let (marks, timers) = (&cluster.marks, &cluster.timers);
    let patrol = timers.patrol.duration();
    if patrol < SHORT_PATROL {
        let text = "so short that a host which is only busy may look failed".to_owned();
        let remedy = format!("take {} or more, unless you have measured it", seconds(SHORT_PATROL));
        warn(found, Misfit::Patrol, (marks, &cluster::PATROL), text, remedy);
    }
    let least = (patrol * 3).max(SHORT_START_WAIT);
    if timers.start_wait.duration() < least {
        let text = "a host that starts would decide before it can have heard the others, or a \
                    connector that restarts";
        let remedy = format!("take {} or more", seconds(least));
        warn(found, Misfit::StartWait, (marks, &cluster::START_WAIT), text.to_owned(), remedy);
    }
    let worst = Figures::of(cluster).fencing;
    if timers.request_budget.duration() < worst {
        let text = format!(
            "a fencing may take {}, but members give it up after {}",
            seconds(worst),
            seconds(timers.request_budget.duration())
        );
        let remedy = "leave it out: then it follows from the servers' worst cases".to_owned();
        warn(found, Misfit::RequestBudget, (marks, &cluster::REQUEST_BUDGET), text, remedy);
    }
    let on = cluster.servers.iter().filter(|server| server.plan.power_on);
    let on = on.map(|server| server.plan.budgets.on.duration()).max();
    if let Some(least) = on.map(|on| on + FASTEST_BOOT)
        && cluster.rules.boot_grace.duration() < least
    {
        let text = "a server that was fenced may be shot again while it starts".to_owned();
        let remedy = format!("take {} or more", seconds(least));
        warn(found, Misfit::BootGrace, (marks, &cluster::BOOT_GRACE), text, remedy);
    }
}

fn fencing(found: &mut Vec<Finding>, cluster: &Cluster, server: &Server) {
    let gap = server.plan.budgets.confirm_gap.duration();
    let cycles = server.plan.steps().any(|step| match step {
        PlanStep::Method { method, .. } => matches!(method, Method::Cycle | Method::Reset),
        PlanStep::Look(_) | PlanStep::PowerOn(_) => false,
    });
    let at = (&server.fence_marks, &fence::CONFIRM_GAP);
    if gap > LONG_GAP && cycles {
        let text = "a cycle may be off for one second only, too short for two readings this far \
                    apart"
            .to_owned();
        let remedy = "take 100ms, or leave \"cycle\" and \"reset\" out of 'methods'".to_owned();
        warn(found, Misfit::ConfirmGap, at, text, remedy);
    } else if gap < SHORT_GAP {
        let text = "a BMC may answer two readings this close from one measurement".to_owned();
        warn(found, Misfit::ConfirmGap, at, text, "take 100ms".to_owned());
    }
    let (poll, patrol) = (server.bmc.poll.duration(), cluster.timers.patrol.duration());
    if poll > patrol {
        let text = format!("longer than 'patrol' ({}): members notice first", seconds(patrol));
        let remedy = "leave it out: the power is read every second then".to_owned();
        warn(found, Misfit::Poll, (&server.bmc.marks, &bmc::POLL), text, remedy);
    }
}

fn watching(found: &mut Vec<Finding>, cluster: &Cluster, server: &Server) {
    if server.paths.len() == 1 && !cluster.services.is_empty() {
        let text =
            "there is one monitoring path: a single fault makes hosts look failed".to_owned();
        let remedy = "add a second network".to_owned();
        warn(found, Misfit::Paths, (&server.marks, &server::PATHS), text, remedy);
    }
    let (marks, profile) = (&server.bmc.marks, &server.bmc.profile);
    let open = |id: &&u8| Suite::from_id(**id).is_none_or(|suite| !suite.is_authenticated());
    if let Some(id) = server.bmc.suites.iter().find(open) {
        let text = format!("suite {id} lets anybody forge readings and commands");
        let remedy = "take 17 or 3".to_owned();
        warn(found, Misfit::Suite, (marks, &bmc::SUITES), text, remedy);
    }
    let open = [AuthType::None, AuthType::Straight];
    let open = open.iter().any(|auth| profile.auth_types.contains(*auth));
    if open && profile.version != Version::V20 {
        let text = "\"none\" and \"straight\" let anybody who listens forge commands".to_owned();
        let remedy = "take \"md5\"".to_owned();
        warn(found, Misfit::Suite, (marks, &bmc::AUTH), text, remedy);
    }
}

fn commands(found: &mut Vec<Finding>, cluster: &Cluster, service: &Service) {
    if let Some(check) = service.check.as_ref().filter(|check| check.limit > check.every) {
        let text = format!("longer than 'check-every' ({})", seconds(check.every.duration()));
        let remedy = "shorten it, or check less often".to_owned();
        warn(found, Misfit::CheckLimit, (&service.marks, &service::CHECK_LIMIT), text, remedy);
    }
    let last = Figures::of(cluster).step(service);
    if last > cluster.timers.patrol.duration() {
        let text = format!("the last standby of {} asks {} late", service.name, seconds(last));
        let remedy = "shorten it: the connector arbitrates, so 200ms are enough".to_owned();
        warn(found, Misfit::Step, (&cluster.marks, &cluster::STEP), text, remedy);
    }
}

/// How long things take in a cluster at worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// From the failure of a host to the first request: silence that counts.
    pub(crate) detection: Duration,
    /// From the request to its result, when it is the only one.
    pub(crate) fencing: Duration,
    /// The same, when all other hosts fail at once and wait for one another.
    pub(crate) all: Duration,
    step: Duration,
}

impl Figures {
    /// The figures of a cluster.
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let worst = cluster.servers.iter().map(|server| server.plan.worst_case().silent);
        let fencing = worst.max().unwrap_or_default();
        let others = cluster.servers.len().saturating_sub(1);
        let turns = others.div_ceil(usize::from(cluster.rules.max_resets_in_flight).max(1));
        Self {
            detection: cluster.timers.patrol.duration(),
            fencing,
            all: fencing.saturating_mul(u32::try_from(turns).unwrap_or(u32::MAX)),
            step: cluster.timers.step.duration(),
        }
    }

    /// How long the last standby of a service waits before it asks.
    fn step(&self, service: &Service) -> Duration {
        let later = service.hosts.len().saturating_sub(2);
        self.step.saturating_mul(u32::try_from(later).unwrap_or(u32::MAX))
    }

    /// From the failure of its host until a service runs on its next standby.
    pub(crate) fn takeover(&self, service: &Service) -> Duration {
        let start = service.start_limit.duration() * u32::from(service.start_tries);
        self.detection + self.fencing + start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::example::{Topology, example};
    use std::path::Path;

    /// What an example warns of when a line of it is replaced.
    fn misfits_with(line: &str, by: &str) -> Vec<Misfit> {
        let text = example(Topology::OneToMany);
        assert!(text.contains(line), "{line}");
        let read = Site::parse(&text.replacen(line, by, 1), Path::new("/"));
        let site = read.site.unwrap_or_else(|| panic!("{by}: {:#?}", read.findings));
        let warned = |finding: Finding| match finding.severity {
            Severity::Warning(misfit) => misfit,
            Severity::Error(_) => panic!("{finding}"),
        };
        misfits(&site).into_iter().map(warned).collect()
    }

    #[test]
    fn each_misfit_is_found_and_nothing_else() {
        for (line, by, misfit) in [
            ("#request-budget = ...", "request-budget = 60 #", Misfit::RequestBudget),
            ("#patrol = \"5s\"", "patrol = \"1s\"", Misfit::Patrol),
            ("#start-wait = \"60s\"", "start-wait = \"14s\"", Misfit::StartWait),
            ("#boot-grace = \"300s\"", "boot-grace = \"89s\"", Misfit::BootGrace),
            ("#confirm-gap = \"100ms\"", "confirm-gap = \"600ms\"", Misfit::ConfirmGap),
            ("#confirm-gap = \"100ms\"", "confirm-gap = \"20ms\"", Misfit::ConfirmGap),
            ("#poll = \"1s\"", "poll = 6", Misfit::Poll),
            ("#check-limit = \"5s\"", "check-limit = \"11s\"", Misfit::CheckLimit),
            ("#step = \"200ms\"", "step = 6", Misfit::Step),
            (", \"203.0.113.11\"]", "]", Misfit::Paths),
            ("#suites = [17, 3]", "suites = [17, 3, 0]", Misfit::Suite),
            ("#auth = [\"md5\", \"md2\"]", "auth = [\"straight\"]", Misfit::Suite),
        ] {
            assert_eq!(misfits_with(line, by), [misfit], "{by}");
        }
        for (line, by) in [
            ("#confirm-gap = \"100ms\"", "confirm-gap = \"600ms\"\nmethods = [\"off\"]"),
            ("#start-wait = \"60s\"", "start-wait = \"15s\""),
            ("#boot-grace = \"300s\"", "boot-grace = \"90s\""),
            ("#ipmi = \"auto\"", "ipmi = \"2.0\""),
        ] {
            assert_eq!(misfits_with(line, by), [], "{by}");
        }
    }

    #[test]
    fn figures_follow_from_the_plans() {
        let text = example(Topology::OneToMany).replacen(
            "#max-resets-in-flight = 2",
            "max-resets-in-flight = 1",
            1,
        );
        let site = Site::parse(&text, Path::new("/")).site.expect("a site");
        let cluster = &site.clusters[0];
        let figures = Figures::of(cluster);
        assert_eq!((figures.detection, figures.all), (Duration::from_secs(5), figures.fencing * 2));
        assert_eq!(figures.fencing, cluster.servers[0].plan.worst_case().silent);
        let takeover = figures.takeover(&cluster.services[0]);
        assert_eq!(takeover, figures.fencing + Duration::from_secs(5 + 2 * 60));
        assert_eq!(seconds(Duration::from_millis(1_210)), "1.3 s");
    }
}
