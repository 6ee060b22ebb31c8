//! What a world consists of: all of it follows from a seed.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::lans::{BMC_LAN, MONITORING};
use super::outage::Outage;
use super::script::{Entry, Writer};
use crate::net::Faults;
use crate::rng::Rng;

/// Who stands by for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topology {
    /// One service, an active and a standby host.
    OneToOne,
    /// Two services, each host standing by for the other's.
    Mutual,
    /// Two active hosts, one that stands by for both.
    NToOne,
    /// One active host, two that stand by for it.
    OneToN,
    /// One to one, with two connectors.
    TwoConnectors,
}

impl Topology {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::OneToOne, Self::Mutual, Self::NToOne, Self::OneToN, Self::TwoConnectors];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneToOne => "1:1",
            Self::Mutual => "mutual",
            Self::NToOne => "n:1",
            Self::OneToN => "1:n",
            Self::TwoConnectors => "two-connectors",
        }
    }

    /// The hosts of each service, the primary first.
    fn services(self) -> Vec<Vec<usize>> {
        match self {
            Self::OneToOne | Self::TwoConnectors => vec![vec![0, 1]],
            Self::Mutual => vec![vec![0, 1], vec![1, 0]],
            Self::NToOne => vec![vec![0, 2], vec![1, 2]],
            Self::OneToN => vec![vec![0, 1, 2]],
        }
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Topology {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|topology| topology.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|topology| topology.name()).collect();
            format!("choose one of {}", names.join(", "))
        })
    }
}

/// A service of a world.
#[derive(Clone, Debug)]
pub struct ServicePlan {
    /// Where it may run, the primary first.
    pub hosts: Vec<usize>,
    /// How often it is asked whether it runs.
    pub check_every: Option<Duration>,
    /// What a failure of it leads to.
    pub on_failure: OnFailure,
    /// The services of a group move together.
    pub group: Option<u8>,
    /// Services that run on a host before this one is started there.
    pub parents: Vec<usize>,
}

/// What a failed service leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// Another host takes it.
    HandOver,
    /// Its host goes down, and another host takes it.
    PairDown,
    /// It stays stopped.
    Stop,
}

/// Spans that the machines are configured with.
#[derive(Clone, Copy, Debug)]
pub struct Spans {
    /// Silence after which a host is suspect.
    pub patrol: Duration,
    /// Between two heartbeats.
    pub heartbeat: Duration,
    /// Between two requesters of different rank.
    pub step: Duration,
    /// Without a connector, how long a start stays frozen.
    pub start_wait: Duration,
    /// Between two readings of power.
    pub poll: Duration,
    /// How long a host that was switched on after a fencing is not shot again.
    pub boot_grace: Duration,
    /// How long a host takes to boot, at most.
    pub boot: Duration,
    /// From an off command to off, at most.
    pub off_delay: Duration,
    /// How long a start or stop command may take.
    pub command_limit: Duration,
    /// A host that is heard by the connector alone is fenced all the same.
    pub fence_isolated: bool,
}

/// Everything that makes a world.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The seed that it came from.
    pub seed: u64,
    /// Who stands by for whom.
    pub topology: Topology,
    /// How many hosts.
    pub hosts: usize,
    /// How many connectors.
    pub connectors: usize,
    /// Members find their connectors by broadcast.
    pub broadcast: bool,
    /// How many monitoring paths, 1 at least.
    pub paths: usize,
    /// The services.
    pub services: Vec<ServicePlan>,
    /// The machines' spans.
    pub spans: Spans,
    /// The fencing plan tries power cycle and reset after off.
    pub all_methods: bool,
    /// The networks' faults at the start.
    pub faults: Vec<Faults>,
    /// Chance that a start or stop command fails, in percent.
    pub command_failure: f64,
    /// Datagrams are recorded, so that they can be sent again.
    pub attacker: bool,
    /// What befalls the world.
    pub script: Vec<Entry>,
    /// When all that ends and everything is mended.
    pub heals_at: Duration,
    /// A host that is off when everything is mended stays off.
    pub one_stays_off: bool,
    /// The mains fail and return.
    pub outage: Option<Outage>,
    /// The conditions that members hold to.
    #[cfg(feature = "mutants")]
    pub laws: komainu_core::member::Laws,
    /// The conditions that connectors hold to.
    #[cfg(feature = "mutants")]
    pub arbiter_laws: komainu_core::cluster::Laws,
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A network as it should be.
#[must_use]
pub fn good_network() -> Faults {
    Faults { delay_min: ms(0), delay_max: Duration::from_micros(300), ..Faults::default() }
}

/// A network with so much trouble, 0 to 3.
pub(super) fn network(rng: &mut Rng, trouble: u64) -> Faults {
    let good = good_network();
    let percent = |rng: &mut Rng, most: u64| rng.below(most * 10 + 1) as f64 / 10.0;
    match trouble {
        0 => good,
        1 => Faults { loss_percent: percent(rng, 3), delay_max: ms(1 + rng.below(10)), ..good },
        2 => Faults {
            loss_percent: percent(rng, 20),
            duplicate_percent: percent(rng, 10),
            reorder_percent: percent(rng, 10),
            delay_max: ms(1 + rng.below(200)),
            ..good
        },
        _ => Faults {
            loss_percent: percent(rng, 60),
            duplicate_percent: percent(rng, 30),
            reorder_percent: percent(rng, 30),
            delay_min: ms(rng.below(50)),
            delay_max: ms(50 + rng.below(4000)),
        },
    }
}

impl Scenario {
    /// The world of a seed; of that topology where one is asked for.
    #[must_use]
    pub fn new(seed: u64, topology: Option<Topology>) -> Self {
        let mut rng = Rng::new(seed ^ 0x6b6f_6d61_696e_7531);
        let any = Topology::ALL[(seed % Topology::ALL.len() as u64) as usize];
        let mut scenario = Self::calm(seed, topology.unwrap_or(any), &mut rng);
        let violence = rng.below(4);
        let lans = scenario.faults.len();
        scenario.faults = (0..lans)
            .map(|_| {
                let trouble = rng.below(violence + 1);
                network(&mut rng, trouble)
            })
            .collect();
        if rng.percent(25.0) {
            scenario.command_failure = rng.below(30) as f64;
        }
        scenario.attacker = rng.percent(30.0);
        scenario.heals_at = Duration::from_secs(30 + rng.below(120));
        scenario.script = Writer::new(&scenario, &mut rng, violence).write();
        scenario
    }

    /// A world of that topology in which nothing bad happens.
    #[must_use]
    pub fn quiet(seed: u64, topology: Topology) -> Self {
        Self::calm(seed, topology, &mut Rng::new(seed))
    }

    pub(super) fn calm(seed: u64, topology: Topology, rng: &mut Rng) -> Self {
        let services = topology.services();
        let hosts = services.iter().flatten().max().map_or(0, |most| most + 1);
        let paths = 1 + rng.below(2) as usize;
        let mut services: Vec<_> = services.into_iter().map(|hosts| service(hosts, rng)).collect();
        if services.len() == 1 && rng.percent(30.0) {
            let second = companion(&mut services[0], rng);
            services.push(second);
        }
        Self {
            seed,
            topology,
            hosts,
            connectors: if topology == Topology::TwoConnectors { 2 } else { 1 },
            broadcast: rng.percent(20.0),
            paths,
            services,
            spans: spans(rng),
            all_methods: rng.percent(25.0),
            faults: vec![good_network(); MONITORING + paths],
            command_failure: 0.0,
            attacker: false,
            script: Vec::new(),
            heals_at: Duration::from_secs(30),
            one_stays_off: rng.percent(30.0),
            outage: None,
            #[cfg(feature = "mutants")]
            laws: komainu_core::member::Laws::ALL,
            #[cfg(feature = "mutants")]
            arbiter_laws: komainu_core::cluster::Laws::ALL,
        }
    }

    /// All networks but that of the BMCs.
    pub fn lans_of_hosts(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.faults.len()).filter(|lan| *lan != BMC_LAN)
    }
}

fn service(hosts: Vec<usize>, rng: &mut Rng) -> ServicePlan {
    let on_failure = match rng.below(4) {
        0 => OnFailure::PairDown,
        1 => OnFailure::Stop,
        _ => OnFailure::HandOver,
    };
    let check_every = rng.percent(50.0).then(|| Duration::from_secs(1 + rng.below(10)));
    ServicePlan { hosts, check_every, on_failure, group: None, parents: Vec::new() }
}

/// A second service beside the first: of its group, or one that needs it, or both.
fn companion(first: &mut ServicePlan, rng: &mut Rng) -> ServicePlan {
    let mut second = first.clone();
    let which = 1 + rng.below(3);
    if which & 1 != 0 {
        first.group = Some(1);
        second.group = Some(1);
    }
    if which & 2 != 0 {
        second.parents = vec![0];
    }
    second
}

fn spans(rng: &mut Rng) -> Spans {
    let patrol = [1000, 2000, 5000][rng.below(3) as usize];
    Spans {
        patrol: ms(patrol),
        heartbeat: ms(patrol / 4),
        step: ms(200),
        start_wait: Duration::from_secs([5, 20, 60][rng.below(3) as usize]),
        poll: Duration::from_secs(1),
        boot_grace: Duration::from_secs([10, 30][rng.below(2) as usize]),
        boot: Duration::from_secs(1 + rng.below(20)),
        off_delay: ms([0, 50, 2000][rng.below(3) as usize]),
        command_limit: Duration::from_secs(5 + rng.below(20)),
        fence_isolated: rng.percent(50.0),
    }
}
