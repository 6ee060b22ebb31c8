//! What a connector needs on its machine to carry plans out.

use std::collections::BTreeMap;

use komainu_core::power::AskBy;
use komainu_core::types::ServerIndex;
use tokio::sync::watch;

use crate::config::{Connector, Finding, Maintenance, Site};
use crate::ups::Source;
use crate::ups::server::Board;
use crate::ups::setup::ServerSetup;

/// Whoever speaks for UPSes, what is put into maintenance, and what shuts servers down.
#[derive(Debug, Default)]
pub(crate) struct Equipment {
    pub(super) ups: Vec<String>,
    pub(super) sources: Vec<Source>,
    pub(super) maintenance: Vec<Kept>,
    pub(super) commands: BTreeMap<ServerIndex, (String, Vec<String>)>,
    /// The NUT server of ours, and what it shows.
    pub(super) serving: Option<(ServerSetup, watch::Receiver<Option<Board>>)>,
}

/// What is put into maintenance, and the servers that it covers.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(super) said: Maintenance,
    pub(super) servers: Vec<String>,
}

impl Equipment {
    /// What the file says of that connector. Fails with every secret that is not to be had.
    pub(crate) fn of(site: &Site, me: &Connector) -> Result<Self, Vec<Finding>> {
        let sources = site.ups_sources(me)?;
        if site.power_connector() != Some(me.number) {
            return Ok(Self::default());
        }
        let covered = |at: u32| {
            let servers =
                site.planned(me).filter(move |(_, one)| one.power.adapters >> at & 1 != 0);
            servers.map(|(_, server)| server.name.to_string()).collect()
        };
        let maintenance = (0..).zip(&site.supplies.maintenance);
        let maintenance =
            maintenance.map(|(at, said)| Kept { said: said.clone(), servers: covered(at) });
        let commands = site.planned(me).filter_map(|(at, server)| {
            let command = server.power.command.as_ref();
            let command = command.filter(|_| server.power.ask_by == AskBy::Command)?;
            Some((at, (server.name.to_string(), command.clone())))
        });
        Ok(Self {
            ups: site.supplies.ups.iter().map(|ups| ups.name.to_string()).collect(),
            sources,
            maintenance: maintenance.collect(),
            commands: commands.collect(),
            serving: None,
        })
    }

    /// With a NUT server that shows what stands on the board.
    pub(in crate::service) fn serve(
        &mut self,
        setup: ServerSetup,
        board: watch::Receiver<Option<Board>>,
    ) {
        self.serving = Some((setup, board));
    }
}
