//! Whether the plan fits the batteries, and the supplies fit the plan.

use std::net::IpAddr;
use std::time::Duration;

use komainu_core::guests::Way;
use komainu_core::power::Cut;
use komainu_core::types::{GroupName, SystemName, UpsIndex};

use super::{seconds, warn};
use crate::config::finding::{Finding, Misfit};
use crate::config::plan::{self, PlanFigures};
use crate::config::site::{Connector, Server, ServingTls, Site, SnmpAccess, Speaker, Tls, Ups};
use crate::config::table::{nut_server, power, server, ups};
use crate::guests::GuestSetup;

/// Notes what works, but not well.
pub(super) fn supplies(found: &mut Vec<Finding>, site: &Site) {
    let number = site.power_connector();
    let me = site.connectors.iter().find(|connector| Some(connector.number) == number);
    let Some(me) = me else { return };
    if let Some(figures) = PlanFigures::of(site, me) {
        plan_time(found, site, &figures);
    }
    controller(found, site, me);
    for (_, server) in site.planned(me) {
        groups(found, server);
    }
    serving(found, site);
    for (at, ups) in (0..).map(UpsIndex).zip(&site.supplies.ups) {
        delay(found, site, at, ups);
        never_cut(found, site, at, ups);
        reading(found, ups);
        in_the_clear(found, ups);
        if !plan::feeds(site, at) {
            let text = "feeds nothing, so its outages mean nothing".to_owned();
            let remedy = "name it in [[cluster.server.feed]] or [[power.feed]]".to_owned();
            warn(found, Misfit::FeedsNothing, (&ups.marks, &ups::NAME), text, remedy);
        }
    }
}

fn plan_time(found: &mut Vec<Finding>, site: &Site, figures: &PlanFigures<'_>) {
    let Some(runtime) = figures.runtime.filter(|runtime| *runtime < figures.needed) else { return };
    let feeding = (0..).map(UpsIndex).zip(&site.supplies.ups);
    let feeding = feeding.filter(|(at, _)| plan::feeds(site, *at)).map(|(_, ups)| ups);
    let Some(least) = feeding.min_by_key(|ups| ups.config.assumed) else { return };
    let text = format!(
        "a plan may need {} with margin and reserve, but the battery is assumed to last {}",
        seconds(figures.needed),
        seconds(runtime)
    );
    let remedy = "say what the battery gives at this load, shorten limits in [cluster.power] to \
                  what you have measured, or put servers into one stage"
        .to_owned();
    warn(found, Misfit::PlanTime, (&least.marks, &ups::ASSUMED), text, remedy);
}

/// The controller must not sit on what its own plan stops, unless that is said.
fn controller(found: &mut Vec<Finding>, site: &Site, me: &Connector) {
    let own = site.supplies.own.server.as_ref();
    let on = |server: &&Server| runs_on(site, me, server) && own != Some(&server.name);
    let Some(server) = site.planned(me).map(|(_, server)| server).find(on) else { return };
    let text = format!("the connector runs on {}, which its own plan stops", server.name);
    let remedy = format!(
        "run it on a machine of its own, or say own-server = \"{}\" here: then that server goes \
         last, by its own shutdown",
        server.name
    );
    let at = (&site.supplies.marks, &power::OWN_SERVER);
    warn(found, Misfit::Controller, at, text, remedy);
}

/// Guests that the plan passes over, and groups that it waits for in vain.
fn groups(found: &mut Vec<Finding>, server: &Server) {
    let groups = &server.power.groups;
    let guests: &[GuestSetup] = server.guests.as_ref().map_or(&[], |setup| &setup.guests);
    let all = groups.contains(&GroupName::default());
    let left = guests
        .iter()
        .filter(|guest| guest.way == Way::Komainu && !all && !groups.contains(&guest.group));
    let left = left.map(|guest| format!("guest {} is in no group that the plan stops", guest.name));
    let has = |group: &&GroupName| guests.iter().any(|guest| guest.group == **group);
    let named = groups.iter().filter(|group| **group != GroupName::default());
    let empty = named.filter(|group| !has(group));
    let empty = empty.map(|group| format!("group {group} of the plan has no guest"));
    for text in left.chain(empty) {
        let remedy =
            "name the groups of its guests in 'groups' of [cluster.server.power], or take \
                      groups = [\"\"] for all at once"
                .to_owned();
        warn(found, Misfit::Groups, (&server.marks, &server::NAME), text, remedy);
    }
}

/// Whether name or address of the connector are the server's.
fn runs_on(site: &Site, me: &Connector, server: &Server) -> bool {
    let same = |a: &SystemName, b: &SystemName| a.as_str().eq_ignore_ascii_case(b.as_str());
    let reached = site.clusters.iter().filter_map(|cluster| *cluster.connectors.get(&me.number)?);
    let mut at = reached.map(|address| address.ip()).chain(me.listen.iter().copied());
    let own = |ip: IpAddr| {
        server.address.is_some_and(|address| address.ip() == ip)
            || server.paths.iter().any(|path| path.ip() == ip)
    };
    same(&me.name, &server.name) || at.any(|ip| !ip.is_loopback() && own(ip))
}

/// An off that is ordered early has to wait for everybody who hangs on it.
fn delay(found: &mut Vec<Finding>, site: &Site, at: UpsIndex, ups: &Ups) {
    let Cut::Delayed { most } = ups.config.cut else { return };
    let servers = site.clusters.iter().flat_map(|cluster| &cluster.servers);
    let on = servers.filter(|server| server.power.feeds.iter().any(|feed| feed.ups == at));
    let Some(last) = on.map(|server| server.power.stop()).max() else { return };
    let own = site.supplies.own.feeds.iter().any(|feed| feed.ups == at);
    let own = if own { site.supplies.own.stop.duration() } else { Duration::ZERO };
    if last + own > most.duration() {
        let text = format!(
            "shorter than the {} that servers on it may take: the off is ordered when less is left",
            seconds(last + own)
        );
        let remedy = "take as much as the UPS allows, or shorten limits in [cluster.power]";
        let at = (&ups.marks, &ups::LONGEST_DELAY);
        warn(found, Misfit::Delay, at, text, remedy.to_owned());
    }
}

/// A machine that shut down and kept its power would not start again.
fn never_cut(found: &mut Vec<Finding>, site: &Site, at: UpsIndex, ups: &Ups) {
    let own = site.supplies.own.feeds.iter().any(|feed| feed.ups == at);
    if own && ups.config.cut == Cut::Never {
        let text = "is never cut, so the connector's machine stays up until the battery is at its \
                    end, and starts again only if that runs empty"
            .to_owned();
        let remedy = "let it be cut (NUT: with user and password), or hang the machine on another";
        warn(found, Misfit::NeverCut, (&ups.marks, &ups::NAME), text, remedy.to_owned());
    }
}

/// Passwords and orders to go down cross the network.
fn serving(found: &mut Vec<Finding>, site: &Site) {
    let Some(server) = &site.supplies.nut_server else { return };
    let local = server.listen.iter().all(|at| at.ip().is_loopback());
    if server.tls != ServingTls::Require && !local {
        let text = "whoever is on the network may send clients down, and read their passwords";
        let remedy = "take tls = \"require\", and FORCESSL 1 with CERTVERIFY 1 in upsmon.conf";
        let at = (&server.marks, &nut_server::TLS);
        warn(found, Misfit::InTheClear, at, text.to_owned(), remedy.to_owned());
    }
}

fn reading(found: &mut Vec<Finding>, ups: &Ups) {
    let late = ups.config.late.duration();
    if ups.poll.duration() * 2 > late {
        let text = format!("one lost answer makes a reading late ({})", seconds(late));
        let remedy = "read it more often, or allow more in 'late'".to_owned();
        warn(found, Misfit::ReadRarely, (&ups.marks, &ups::POLL), text, remedy);
    }
}

fn in_the_clear(found: &mut Vec<Finding>, ups: &Ups) {
    let remedy = "take tls = \"require\" or version = \"3\"".to_owned();
    match &ups.speaker {
        Speaker::Nut(nut) if nut.tls != Tls::Require && !nut.place.at.ip().is_loopback() => {
            let text = "whoever is on the network may forge readings, and read the password";
            warn(found, Misfit::InTheClear, (&ups.marks, &ups::TLS), text.to_owned(), remedy);
        }
        Speaker::Snmp(snmp) => match snmp.access {
            SnmpAccess::Community { .. } => {
                let text = "whoever is on the network may forge readings, and order the UPS";
                let at = (&ups.marks, &ups::VERSION);
                warn(found, Misfit::InTheClear, at, text.to_owned(), remedy);
            }
            SnmpAccess::User { .. } => {}
        },
        Speaker::Nut(_) | Speaker::Apcupsd(_) => {}
    }
}
