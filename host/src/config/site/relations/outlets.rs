//! Whether a server may be fenced by the outlets that feed it.

use komainu_core::fence::Method;
use komainu_core::power::Feed;

use super::super::{Server, Site, Speaker};
use crate::config::finding::Notes;
use crate::config::table::{fence, power};

/// Notes outlets that cannot be switched off, and those that others hang on, too.
pub(super) fn check(notes: &Notes<'_>, site: &Site) {
    for server in servers(site) {
        let alone = server.power.feeds.iter().filter(|feed| feed.alone);
        for other in alone.filter_map(|feed| shares(site, server, feed)) {
            let text =
                format!("{other} hangs on an outlet of {}, which is called alone", server.name);
            let remedy = "give each its own outlet, or take 'alone' out";
            notes.wrong(server.marks.at(), power::SERVER_FEED.path, text, remedy);
        }
        if server.plan.has(Method::Outlet)
            && let Some((text, remedy)) = obstacle(site, server)
        {
            let marks = &server.fence_marks;
            let (at, path) = (marks.of(&fence::METHODS), marks.path(&fence::METHODS));
            notes.wrong(at, &path, text, remedy);
        }
    }
}

fn servers(site: &Site) -> impl Iterator<Item = &Server> {
    site.clusters.iter().flat_map(|cluster| &cluster.servers)
}

/// Why a server cannot be fenced by outlet, and what helps.
fn obstacle(site: &Site, server: &Server) -> Option<(String, String)> {
    let name = |feed: &Feed| site.supplies.ups.get(feed.ups.at()).map(|ups| ups.name.as_str());
    if server.power.feeds.is_empty() {
        let text = "\"outlet\" switches the feeds of a server off, and there are none".to_owned();
        return Some((text, "add [[cluster.server.feed]], or take \"outlet\" out".to_owned()));
    }
    if let Some(feed) = server.power.feeds.iter().find(|feed| !feed.alone) {
        let ups = name(feed).unwrap_or_default();
        let text = format!("\"outlet\" would cut whatever else hangs on the feed from {ups:?}");
        let remedy = "say alone = true in that feed if nothing else does, or take \"outlet\" out";
        return Some((text, remedy.to_owned()));
    }
    let ordered = |feed: &&Feed| {
        site.supplies.ups.get(feed.ups.at()).is_some_and(|ups| match &ups.speaker {
            Speaker::Nut(nut) => nut.login.is_some(),
            Speaker::Snmp(_) => true,
            Speaker::Apcupsd(_) => false,
        })
    };
    let feed = server.power.feeds.iter().find(|feed| !ordered(feed))?;
    let text = format!("nobody may order the outlets of {:?}", name(feed).unwrap_or_default());
    let remedy = "speak to that UPS as a 'user' of NUT or over SNMP, or take \"outlet\" out";
    Some((text, remedy.to_owned()))
}

/// Who else loses power with a feed of a server.
fn shares(site: &Site, server: &Server, feed: &Feed) -> Option<String> {
    let whole = |feed: &Feed| feed.outlet.number() == 0;
    let hit = |other: &Feed| {
        other.ups == feed.ups && (other.outlet == feed.outlet || whole(other) || whole(feed))
    };
    if site.supplies.own.feeds.iter().any(hit) {
        return Some("the connector's own machine".to_owned());
    }
    let mut others = servers(site).filter(|other| !std::ptr::eq(*other, server));
    let other = others.find(|other| other.power.feeds.iter().any(hit))?;
    Some(other.name.to_string())
}
