//! What the places in a plan's configuration are called.

use komainu_core::power::{AdapterState, Feed, Snapshot, Stage};
use komainu_core::types::{ServerIndex, UpsIndex};

use crate::config::{self, Site};

/// A planned server, as far as no snapshot tells of it.
#[derive(Clone, Debug)]
pub(crate) struct PlannedName {
    pub(super) server: ServerIndex,
    pub(super) feeds: Vec<Feed>,
    pub(super) feeds_needed: u8,
    pub(super) maintenance: u16,
}

/// Whether something is under way that knows UPSes, stages and software by their places.
pub(in crate::service) fn is_by_places(shown: &Snapshot<'_>) -> bool {
    shown.plan().is_some()
        || shown.outputs().next().is_some()
        || shown.adapters().any(|adapter| adapter != AdapterState::Out)
}

/// Everything of a plan that has a name, in the order of the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct PowerNames {
    ups: Vec<String>,
    pub(super) stages: Vec<(String, Stage)>,
    pub(super) maintenance: Vec<String>,
    pub(super) planned: Vec<PlannedName>,
}

impl PowerNames {
    /// What is called how in the plan of that connector.
    pub(in crate::service) fn of(site: &Site, me: &config::Connector) -> Self {
        if site.power_connector() != Some(me.number) {
            return Self::default();
        }
        let supplies = &site.supplies;
        let planned = site.planned(me).map(|(server, said)| PlannedName {
            server,
            feeds: said.power.feeds.clone(),
            feeds_needed: said.power.needed,
            maintenance: said.power.adapters,
        });
        Self {
            ups: supplies.ups.iter().map(|ups| ups.name.to_string()).collect(),
            stages: supplies.stages.iter().map(|one| (one.name.clone(), one.time)).collect(),
            maintenance: supplies.maintenance.iter().map(|one| one.name.to_string()).collect(),
            planned: planned.collect(),
        }
    }

    /// Names of a story, which no configuration knows.
    pub(crate) fn pretended(ups: &[&str], stages: &[&str], maintenance: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let time = Stage { after: None, below: None };
        let stages = stages.iter().map(|name| ((*name).to_owned(), time)).collect();
        Self { ups: owned(ups), stages, maintenance: owned(maintenance), planned: Vec::new() }
    }

    /// Whether the same UPSes stand at the same places.
    pub(in crate::service) fn same_ups(&self, other: &Self) -> bool {
        self.ups == other.ups
    }

    /// Whether each UPS, stage and software of `before` still stands at its place. What a plan
    /// knows of them, it knows by that.
    pub(in crate::service) fn keeps_places(&self, before: &Self) -> bool {
        let mut stages = self.stages.iter().map(|(name, _)| name);
        self.ups.starts_with(&before.ups)
            && self.maintenance.starts_with(&before.maintenance)
            && before.stages.iter().all(|(name, _)| stages.next() == Some(name))
    }

    /// Whether there is anything to tell of.
    pub(in crate::service) fn any(&self) -> bool {
        !self.ups.is_empty()
    }

    /// What a UPS is called.
    pub(in crate::service) fn ups(&self, at: UpsIndex) -> &str {
        self.ups.get(at.at()).map_or("?", String::as_str)
    }

    /// The UPS that is called so.
    pub(in crate::service) fn find_ups(&self, name: &str) -> Option<UpsIndex> {
        let at = self.ups.iter().position(|known| known == name)?;
        u16::try_from(at).ok().map(UpsIndex)
    }

    /// What a stage is called.
    pub(super) fn stage(&self, stage: u8) -> &str {
        self.stages.get(usize::from(stage)).map_or("?", |(name, _)| name)
    }

    /// What software is called.
    pub(super) fn adapter(&self, adapter: u8) -> &str {
        self.maintenance.get(usize::from(adapter)).map_or("?", String::as_str)
    }

    /// What is said of a planned server.
    pub(super) fn planned(&self, server: ServerIndex) -> Option<&PlannedName> {
        self.planned.iter().find(|planned| planned.server == server)
    }
}

#[cfg(test)]
mod tests {
    use super::PowerNames;

    #[test]
    fn places_are_kept_when_what_is_new_comes_last() {
        let before = PowerNames::pretended(&["a", "b"], &["early", "late"], &["suite"]);
        let keeps = |ups: &[&str], stages: &[&str], maintenance: &[&str]| {
            PowerNames::pretended(ups, stages, maintenance).keeps_places(&before)
        };
        assert!(keeps(&["a", "b"], &["early", "late"], &["suite"]));
        assert!(keeps(&["a", "b", "c"], &["early", "late", "last"], &["suite", "other"]));
        assert!(!keeps(&["b", "a"], &["early", "late"], &["suite"]), "changed places");
        assert!(!keeps(&["a"], &["early", "late"], &["suite"]), "gone");
        assert!(!keeps(&["a", "b"], &["late", "early"], &["suite"]));
        assert!(!keeps(&["a", "b"], &["early"], &["suite"]));
        assert!(!keeps(&["a", "b"], &["early", "late"], &["other", "suite"]));
    }
}
