//! What no field shows by itself about supplies.

use komainu_core::limits::{MAX_ADAPTERS, MAX_FEEDS, MAX_STAGES};

use super::super::{Server, Site};
use super::once;
use crate::config::field::Section;
use crate::config::finding::{Notes, Place};
use crate::config::table::{nut_server, power, ups};

/// Notes everything about supplies that cannot be together.
pub(super) fn check(notes: &Notes<'_>, site: &Site) {
    let supplies = &site.supplies;
    once(notes, &ups::NAME, supplies.ups.iter().map(|ups| (&ups.marks, ups.name.as_str())));
    let most = |is: usize, most: usize, section: &Section, at: Place| {
        if is > most {
            let text = format!("there are {is}, at most {most} fit");
            notes.wrong(at, section.path, text, "take some of them together");
        }
    };
    let at = supplies.marks.at();
    most(supplies.stages.len(), MAX_STAGES, &power::STAGE, at);
    most(supplies.maintenance.len(), MAX_ADAPTERS, &power::MAINTENANCE, at);
    most(supplies.own.feeds.len(), MAX_FEEDS, &power::OWN_FEED, at);
    for server in servers(site) {
        most(server.power.feeds.len(), MAX_FEEDS, &power::SERVER_FEED, server.marks.at());
    }
    nut_server(notes, site);
    twice(notes, site);
    parties(notes, site);
}

fn servers(site: &Site) -> impl Iterator<Item = &Server> {
    site.clusters.iter().flat_map(|cluster| &cluster.servers)
}

/// Notes a NUT server that nobody can use.
fn nut_server(notes: &Notes<'_>, site: &Site) {
    let Some(server) = &site.supplies.nut_server else { return };
    once(notes, &nut_server::NAME, server.users.iter().map(|one| (&one.marks, one.name.as_str())));
    let at = server.marks.at();
    if site.supplies.ups.is_empty() {
        notes.wrong(at, server.marks.section(), "there is no UPS to show", "add it as [[ups]]");
    }
    if server.users.is_empty() && !server.anonymous {
        let remedy = "add [[nut-server.user]], or say anonymous = true";
        notes.wrong(at, server.marks.section(), "nobody may log in", remedy);
    }
}

/// Notes stages and maintenance of one name.
fn twice(notes: &Notes<'_>, site: &Site) {
    let supplies = &site.supplies;
    let stages = supplies.stages.iter().map(|stage| (stage.name.as_str(), supplies.marks.at()));
    let maintenance = supplies.maintenance.iter().map(|one| (one.name.as_str(), one.at));
    let all: [(_, Vec<_>); 2] =
        [(power::STAGE.path, stages.collect()), (power::MAINTENANCE.path, maintenance.collect())];
    for (section, names) in all {
        for (number, (name, at)) in names.iter().enumerate() {
            if names.iter().take(number).any(|(before, _)| before == name) {
                let text = format!("{name} is there twice");
                notes.wrong(*at, section, text, "each needs its own name");
            }
        }
    }
}

/// Notes connectors and servers that are not there, or not where they are needed.
fn parties(notes: &Notes<'_>, site: &Site) {
    let supplies = &site.supplies;
    let marks = &supplies.marks;
    if let Some(number) = supplies.connector
        && site.connectors.iter().all(|connector| connector.number != number)
    {
        let (at, path) = (marks.of(&power::CONNECTOR), marks.path(&power::CONNECTOR));
        notes.wrong(at, &path, "there is no such connector", "add it as [[connector]]");
    }
    if let Some(own) = &supplies.own.server
        && servers(site).all(|server| server.name != *own)
    {
        let (at, path) = (marks.of(&power::OWN_SERVER), marks.path(&power::OWN_SERVER));
        let text = format!("there is no server {:?}", own.as_str());
        notes.wrong(at, &path, text, "name servers as their 'name' says");
    }
    let Some(number) = site.power_connector() else { return };
    for cluster in site.clusters.iter().filter(|one| !one.connectors.contains_key(&number)) {
        for server in cluster.servers.iter().filter(|server| !server.power.feeds.is_empty()) {
            let text = format!(
                "connector {} carries the plan out, but does not serve this cluster",
                number.0
            );
            let remedy = "add it as [[cluster.connector]], or say 'connector' in [power]";
            notes.wrong(server.marks.at(), power::SERVER_FEED.path, text, remedy);
        }
    }
}
