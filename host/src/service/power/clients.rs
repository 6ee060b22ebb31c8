//! What the NUT server's clients are shown, and who of them is told to go down.

use std::collections::BTreeMap;

use komainu_core::power::{Snapshot, UpsState};
use komainu_core::time::Instant;
use komainu_core::types::UpsIndex;
use tokio::sync::watch;

use super::equipment::Equipment;
use super::names::PowerNames;
use super::picture::{Line, Picture};
use crate::config::Serving;
use crate::ups::Told;
use crate::ups::server::Board;

/// Keeps the board of the NUT server up to date.
pub(in crate::service) struct Clients {
    serving: Serving,
    board: watch::Sender<Option<Board>>,
    /// Since when each UPS has said that it is on its battery.
    discharging: BTreeMap<UpsIndex, Instant>,
    /// Something has happened since the board was written.
    stale: bool,
}

impl Clients {
    /// Nothing is on the board yet.
    pub(in crate::service) fn new(serving: Serving) -> Self {
        let (board, _) = watch::channel(None);
        Self { serving, board, discharging: BTreeMap::new(), stale: false }
    }

    /// Follows another configuration. What is on the board stays, unless its UPSes are others.
    pub(in crate::service) fn follow(&mut self, serving: Serving, same_ups: bool) {
        self.serving = serving;
        self.stale = true;
        if !same_ups {
            self.discharging.clear();
            self.board.send_replace(None);
        }
    }

    /// Has a server show the board, if there is to be one.
    pub(in crate::service) fn equip(&self, equipment: &mut Equipment) {
        if let Some(setup) = &self.serving.setup {
            equipment.serve(setup.clone(), self.board.subscribe());
        }
    }

    /// Shows what a UPS has said.
    pub(in crate::service) fn heard(&mut self, told: &Told) {
        if let (Some(_), Told::Reading { ups, asked, reading }) = (&self.serving.setup, told) {
            self.board.send_modify(|board| {
                board.get_or_insert_default().read(*ups, *asked, *reading);
            });
            self.stale = true;
        }
    }

    /// Something happened to power.
    pub(in crate::service) fn happened(&mut self) {
        self.stale = self.serving.setup.is_some();
    }

    /// Whether somebody may have to be told something else.
    pub(in crate::service) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Tells those who have to go down, and nobody else.
    pub(in crate::service) fn renew(&mut self, snapshot: &Snapshot<'_>, names: &PowerNames) {
        self.stale = false;
        let lines = self.lines(snapshot);
        let stages = names.stages.iter().map(|(_, time)| *time).collect();
        let going = Picture::of(snapshot, names, lines, stages).going(&self.serving.users);
        self.board.send_if_modified(|board| match board {
            Some(board) => board.send_down(going),
            None => false,
        });
    }

    fn lines(&mut self, snapshot: &Snapshot<'_>) -> Vec<Line> {
        let now = snapshot.now();
        let of = |seen: komainu_core::power::UpsSnapshot| {
            let confirm = self.serving.confirm.get(seen.ups.at()).copied().unwrap_or_default();
            let outage = if seen.state == UpsState::Battery {
                *self.discharging.entry(seen.ups).or_insert(now) + confirm <= now
            } else {
                self.discharging.remove(&seen.ups);
                false
            };
            let cut = |output: komainu_core::power::OutputSnapshot| {
                output.ups == seen.ups && output.outlet.number() == 0 && !output.is_off
            };
            Line {
                ups: seen.ups,
                outage,
                silent: seen.is_late && seen.failure.is_some(),
                left: seen.runtime,
                cut: snapshot.outputs().any(cut),
            }
        };
        snapshot.ups().map(of).collect()
    }
}
