//! How a site that stays where it is made is told what it guards, piece by piece: a whole
//! configuration beside it would take as much room as itself.

use core::fmt;

use super::{Site, writes};
use crate::connector::{self, ClusterConfig, Restored, ServerConfig};
use crate::power::{self, Own, PlannedServer, Stage, Timing, UpsConfig};
use crate::rng::Seed;
use crate::time::Instant;
use crate::types::{ConnectorNumber, SystemName};

/// A piece of what a site is told. What refers to another comes after it.
#[derive(Debug)]
pub enum Piece {
    /// A cluster.
    Cluster(ClusterConfig),
    /// A server of the cluster that came last.
    Server(ServerConfig),
    /// A UPS.
    Ups(UpsConfig),
    /// A stage of the power plan.
    Stage(Stage),
    /// A server that hangs on UPSes.
    Planned(PlannedServer),
    /// What the connector's own machine hangs on.
    Own(Own),
}

/// A piece does not fit to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// A cluster or a server.
    Connector(connector::ConfigError),
    /// What the plan is about.
    Power(power::ConfigError),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector(error) => error.fmt(f),
            Self::Power(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Misfit {}

impl<const N: usize, const C: usize, const U: usize> Site<N, C, U> {
    /// A site that guards nothing yet: [`Site::move_in`] tells it, with the same `restored` and
    /// `now`. Out of line, so that it can be built where it stays.
    #[inline(never)]
    pub fn vacant(
        number: ConnectorNumber,
        name: SystemName,
        timing: Timing,
        seed: &Seed,
        restored: Restored<'_>,
        now: Instant,
    ) -> Self {
        let (record, of_power) = writes::split(restored.record);
        let of_power = power::Restored { record: of_power, unix_ms: restored.unix_ms };
        let restored = Restored { record, ..restored };
        Self::of(
            connector::Connector::vacant(number, name, seed, restored, now),
            power::Power::vacant(timing, of_power, now),
        )
    }

    /// Tells a vacant site everything, and has it begin. With a [`Misfit`] it has not, and is of
    /// no use.
    pub fn move_in(
        &mut self,
        restored: Restored<'_>,
        now: Instant,
        pieces: impl Iterator<Item = Piece>,
    ) -> Result<(), Misfit> {
        let (record, of_power) = writes::split(restored.record);
        let mut connector = self.connector.move_in(Restored { record, ..restored }, now);
        let power = self.power.config_mut();
        for piece in pieces {
            match piece {
                Piece::Cluster(cluster) => connector.add_cluster(cluster)?,
                Piece::Server(server) => connector.add_server(server)?,
                Piece::Ups(ups) => power.add_ups(ups).map(drop)?,
                Piece::Stage(stage) => power.add_stage(stage).map(drop)?,
                Piece::Planned(server) => power.add_server(server)?,
                Piece::Own(own) => power.set_own(own)?,
            }
        }
        connector.set_out();
        let of_power = power::Restored { record: of_power, unix_ms: restored.unix_ms };
        self.power.set_out(of_power, now);
        Ok(())
    }
}

impl From<connector::ConfigError> for Misfit {
    fn from(error: connector::ConfigError) -> Self {
        Self::Connector(error)
    }
}

impl From<power::ConfigError> for Misfit {
    fn from(error: power::ConfigError) -> Self {
        Self::Power(error)
    }
}
