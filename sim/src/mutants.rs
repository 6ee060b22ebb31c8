//! Machines without one of their laws, to show that the checks bite.

use komainu_core::{cluster, member};

use crate::world::Scenario;

/// Whose law it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The member's: when a service may start.
    Member,
    /// The connector's: when a host is shot, and said to be fenced.
    Connector,
}

/// A machine without a law.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Whose.
    pub side: Side,
    /// The law that it lacks.
    pub name: &'static str,
}

impl Mutant {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let members = member::Laws::EACH.iter().map(|(name, _)| (Side::Member, *name));
        let connectors = cluster::Laws::EACH.iter().map(|(name, _)| (Side::Connector, *name));
        members.chain(connectors).map(|(side, name)| Self { side, name })
    }

    /// Has the scenario's machines break the law.
    pub fn infect(&self, scenario: &mut Scenario) {
        let (members, connectors) = (member::Laws::EACH, cluster::Laws::EACH);
        let own = |name: &str| name == self.name;
        match self.side {
            Side::Member => members.iter().filter(|(name, _)| own(name)).for_each(|(_, take)| {
                take(&mut scenario.laws);
            }),
            Side::Connector => {
                connectors.iter().filter(|(name, _)| own(name)).for_each(|(_, take)| {
                    take(&mut scenario.arbiter_laws);
                });
            }
        }
    }
}
