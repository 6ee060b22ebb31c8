//! What the power machine is told once: supplies, who hangs on them, and in which order they go.

use core::fmt;

use heapless::Vec;

use crate::limits::{MAX_ADAPTERS, MAX_FEEDS, MAX_GROUPS, MAX_STAGES};
use crate::time::Millis;
use crate::types::{GroupName, Outlet, ServerIndex, UpsIndex};

use super::cutting::OUTPUTS;
use super::view::Site;

/// How a UPS can be told to cut its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Cut {
    /// Not at all: it is only read.
    Never,
    /// With a delay of at most that, which may be called off: ordered early, while whoever speaks
    /// for the UPS still lives.
    Delayed {
        /// The longest delay.
        most: Millis,
    },
    /// With a delay of at most that, which may not be called off: ordered only once every server
    /// is proved off.
    Final {
        /// The longest delay.
        most: Millis,
    },
}

/// A UPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UpsConfig {
    /// On battery for so long, by our own clock, is an outage. Default 10 s.
    pub confirm: Millis,
    /// Mains for so long is their return. Default 10 s.
    pub settle: Millis,
    /// A low-battery flag that charge and runtime contradict counts after so long. Default 30 s.
    pub low_grace: Millis,
    /// A reading that old is late. Default 5 s.
    pub late: Millis,
    /// A reading that old tells nothing any more: the runtime it told counts down. Default 30 s.
    pub unknown: Millis,
    /// A self test excuses a discharge for so long at most. Default 5 min.
    pub test_limit: Millis,
    /// How its output is cut.
    pub cut: Cut,
    /// Percent of charge before servers are started on it. `None` = what one more complete
    /// shutdown takes, by the runtime that it tells.
    pub floor: Option<u8>,
    /// The runtime that is reckoned with while it tells none. Default 3 min.
    pub assumed: Millis,
}

/// One supply of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Feed {
    /// From which UPS.
    pub ups: UpsIndex,
    /// From what of its output.
    pub outlet: Outlet,
    /// Nothing else hangs on this outlet: it may be switched off to fence the server.
    pub alone: bool,
}

/// How a server is asked to shut down. At the limit it is forced off through its BMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AskBy {
    /// By a directive to its member.
    Member,
    /// By a command of the connector's machine, such as one over SSH.
    Command,
    /// By its BMC, through ACPI.
    Bmc,
}

/// How a server is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StartBy {
    /// By its BMC, and verified.
    Bmc,
    /// By its firmware when power comes; by its BMC when it has not within `boot`.
    Mains,
    /// Not by us.
    Hand,
}

/// A server that hangs on supplies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedServer {
    /// Which.
    pub server: ServerIndex,
    /// What feeds it.
    pub feeds: Vec<Feed, MAX_FEEDS>,
    /// So many of them are needed. Default 1.
    pub needed: u8,
    /// Place of its stage in the configuration.
    pub stage: u8,
    /// How it is asked to shut down.
    pub ask_by: AskBy,
    /// How it is started again.
    pub start_by: StartBy,
    /// Groups of guests that are stopped one after the other before the services; started in
    /// reverse. One with the empty name = all guests at once; none = the host's own shutdown
    /// stops them.
    pub groups: Vec<GroupName, MAX_GROUPS>,
    /// Bit n: maintenance adapter n covers it.
    pub adapters: u16,
    /// For freezing; then it goes on without. Default 10 s.
    pub freeze: Millis,
    /// For each group of guests. Default 180 s.
    pub guests: Millis,
    /// For stopping the services. Default 120 s.
    pub services: Millis,
    /// From the order to shut down to the reading of off; then it is forced off. Default 300 s.
    pub shutdown: Millis,
    /// For being forced off. Default 30 s.
    pub force: Millis,
    /// From the order to switch on until its member is heard; without a member, until it reads
    /// on. Then it is alerted, dropped from the plan, and taken over by the usual rules.
    /// Default 600 s.
    pub boot: Millis,
    /// From the return of power to the order to switch on. Default 0.
    pub start_wait: Millis,
}

/// When a stage begins, within an outage that touches its servers. In any case at the last safe
/// moment: when what is left of the runtime only just suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stage {
    /// So long after the outage was confirmed. `None` = only at the last safe moment, or by
    /// `below`.
    pub after: Option<Millis>,
    /// As soon as the runtime left is below that.
    pub below: Option<Millis>,
}

/// Software that must not heal what is being stopped: it is put into maintenance first, and out
/// of it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Adapter {
    /// For entering; then the plan goes on without. Default 60 s.
    pub enter: Millis,
    /// For leaving, each time it is tried. Default 120 s.
    pub leave: Millis,
}

/// The machine that the connector itself runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// What feeds it; none = no plan ever shuts it down.
    pub feeds: Vec<Feed, MAX_FEEDS>,
    /// It goes down in so long at most, measured from our order. Default 120 s.
    pub stop: Option<Millis>,
    /// It is one of the servers: the single-server shape.
    pub server: Option<ServerIndex>,
}

/// What holds for the whole site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timing {
    /// Is added to what the plan is reckoned to need, in percent. Default 25.
    pub margin: u8,
    /// And on top of that. Default 30 s.
    pub reserve: Millis,
    /// Between two servers that are switched on. Default 1 s.
    pub stagger: Millis,
}

impl Default for Timing {
    fn default() -> Self {
        Self { margin: 25, reserve: Millis::from_secs(30), stagger: Millis::from_secs(1) }
    }
}

impl Default for UpsConfig {
    fn default() -> Self {
        Self {
            confirm: Millis::from_secs(10),
            settle: Millis::from_secs(10),
            low_grace: Millis::from_secs(30),
            late: Millis::from_secs(5),
            unknown: Millis::from_secs(30),
            test_limit: Millis::from_secs(300),
            cut: Cut::Delayed { most: Millis::from_secs(600) },
            floor: None,
            assumed: Millis::from_secs(180),
        }
    }
}

impl PlannedServer {
    /// A server with the defaults, in the first stage.
    pub fn new(server: ServerIndex) -> Self {
        Self {
            server,
            feeds: Vec::new(),
            needed: 1,
            stage: 0,
            ask_by: AskBy::Member,
            start_by: StartBy::Bmc,
            groups: Vec::new(),
            adapters: 0,
            freeze: Millis::from_secs(10),
            guests: Millis::from_secs(180),
            services: Millis::from_secs(120),
            shutdown: Millis::from_secs(300),
            force: Millis::from_secs(30),
            boot: Millis::from_secs(600),
            start_wait: Millis::new(0),
        }
    }

    /// Whether it has not the feeds that it needs without those.
    pub(super) fn lacks_power_without(&self, lost: impl Fn(&Feed) -> bool) -> bool {
        let left = self.feeds.iter().filter(|feed| !lost(feed)).count();
        left < self.feeds.len() && left < usize::from(self.needed)
    }
}

/// Everything the power machine is told: `N` servers at most, on `U` UPSes.
///
/// Built step by step; each step checks what it adds, so that none is invalid.
#[derive(Clone, Debug)]
pub struct Config<const N: usize, const U: usize> {
    pub(super) timing: Timing,
    pub(super) ups: Vec<UpsConfig, U>,
    pub(super) stages: Vec<Stage, MAX_STAGES>,
    pub(super) adapters: Vec<Adapter, MAX_ADAPTERS>,
    pub(super) servers: Vec<PlannedServer, N>,
    pub(super) own: Own,
}

impl<const N: usize, const U: usize> Config<N, U> {
    /// Nothing that hangs on anything: no plan ever begins.
    pub const fn new(timing: Timing) -> Self {
        Self {
            timing,
            ups: Vec::new(),
            stages: Vec::new(),
            adapters: Vec::new(),
            servers: Vec::new(),
            own: Own { feeds: Vec::new(), stop: None, server: None },
        }
    }

    /// Adds a UPS.
    pub fn add_ups(&mut self, ups: UpsConfig) -> Result<UpsIndex, ConfigError> {
        let index = UpsIndex(self.ups.len() as u16);
        if ups.late >= ups.unknown {
            return Err(ConfigError::LateAfterUnknown(index));
        }
        self.ups.push(ups).map_err(|_| ConfigError::TooManyUps(U))?;
        Ok(index)
    }

    /// Adds a stage; the first one added is the least important and stops first.
    pub fn add_stage(&mut self, stage: Stage) -> Result<u8, ConfigError> {
        let index = self.stages.len() as u8;
        self.stages.push(stage).map_err(|_| ConfigError::TooManyStages)?;
        Ok(index)
    }

    /// Adds software that is put into maintenance.
    pub fn add_adapter(&mut self, adapter: Adapter) -> Result<u8, ConfigError> {
        let index = self.adapters.len() as u8;
        self.adapters.push(adapter).map_err(|_| ConfigError::TooManyAdapters)?;
        Ok(index)
    }

    /// Adds a server whose UPSes, stage and adapters were added.
    pub fn add_server(&mut self, server: PlannedServer) -> Result<(), ConfigError> {
        let index = server.server;
        if self.servers.iter().any(|other| other.server == index) {
            return Err(ConfigError::SameServer(index));
        }
        if usize::from(server.stage) >= self.stages.len() {
            return Err(ConfigError::NoSuchStage(index));
        }
        self.check_feeds(&server.feeds)?;
        if server.needed == 0 || usize::from(server.needed) > server.feeds.len() {
            return Err(ConfigError::Needed(index));
        }
        if u32::from(server.adapters) >> self.adapters.len() != 0 {
            return Err(ConfigError::NoSuchAdapter(index));
        }
        self.servers.push(server).map_err(|_| ConfigError::TooManyServers(N))
    }

    /// Says what the connector's own machine hangs on.
    pub fn set_own(&mut self, own: Own) -> Result<(), ConfigError> {
        self.check_feeds(&own.feeds)?;
        self.own = own;
        Ok(())
    }

    /// The servers that hang on supplies.
    pub fn servers(&self) -> &[PlannedServer] {
        &self.servers
    }

    fn check_feeds(&self, feeds: &[Feed]) -> Result<(), ConfigError> {
        for (n, feed) in feeds.iter().enumerate() {
            if feed.ups.at() >= self.ups.len() {
                return Err(ConfigError::NoSuchUps(feed.ups));
            }
            let earlier = feeds.iter().take(n).filter(|other| other.ups == feed.ups);
            let new = |outlet: &Outlet| self.outlets(feed.ups).all(|other| other != *outlet);
            let with_this = earlier.map(|other| other.outlet).filter(new).count() + 1;
            if new(&feed.outlet) && self.outlets(feed.ups).count() + with_this > OUTPUTS {
                return Err(ConfigError::TooManyOutlets(feed.ups));
            }
        }
        Ok(())
    }

    /// The outlets of a UPS that something hangs on, each once.
    pub(super) fn outlets(&self, ups: UpsIndex) -> impl Iterator<Item = Outlet> {
        let used = move |outlet: Outlet| {
            let planned = self.servers.iter().flat_map(|server| &server.feeds);
            let mut feeds = planned.chain(&self.own.feeds);
            feeds.any(|feed| feed.ups == ups && feed.outlet == outlet)
        };
        (0..=Outlet::MAX).filter_map(Outlet::new).filter(move |outlet| used(*outlet))
    }

    pub(super) fn site(&self) -> Site<'_> {
        Site {
            timing: &self.timing,
            ups: &self.ups,
            stages: &self.stages,
            adapters: &self.adapters,
            servers: &self.servers,
            own: &self.own,
        }
    }
}

/// Why something cannot be added, and what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// There are so many UPSes already.
    TooManyUps(usize),
    /// There are so many servers already.
    TooManyServers(usize),
    /// There are as many stages as can be.
    TooManyStages,
    /// There are as many adapters as can be.
    TooManyAdapters,
    /// A server comes twice.
    SameServer(ServerIndex),
    /// A feed of a UPS that was not added.
    NoSuchUps(UpsIndex),
    /// Something hangs on too many outlets of one UPS, the whole output counted as one.
    TooManyOutlets(UpsIndex),
    /// A stage that was not added.
    NoSuchStage(ServerIndex),
    /// An adapter that was not added.
    NoSuchAdapter(ServerIndex),
    /// More feeds are needed than there are, or none.
    Needed(ServerIndex),
    /// A reading would tell nothing any more before it is late.
    LateAfterUnknown(UpsIndex),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyUps(most) => write!(f, "keep to {most} UPSes"),
            Self::TooManyServers(most) => write!(f, "keep to {most} servers"),
            Self::TooManyStages => write!(f, "keep to {MAX_STAGES} stages"),
            Self::TooManyAdapters => write!(f, "keep to {MAX_ADAPTERS} maintenance adapters"),
            Self::SameServer(_) => f.write_str("name each server once"),
            Self::NoSuchUps(_) => f.write_str("add a UPS before what hangs on it"),
            Self::TooManyOutlets(_) => write!(f, "use at most {OUTPUTS} outlets of a UPS"),
            Self::NoSuchStage(_) => f.write_str("add a stage before its servers"),
            Self::NoSuchAdapter(_) => f.write_str("add an adapter before its servers"),
            Self::Needed(_) => f.write_str(
                "let a server need one feed at least, and not more \
                                            than it has",
            ),
            Self::LateAfterUnknown(_) => {
                f.write_str("let a reading be late before it tells nothing any more")
            }
        }
    }
}

impl core::error::Error for ConfigError {}
