//! From the checked file to the configuration block of an appliance, and what none can do.

use std::net::SocketAddr;

use komainu_core::block::{
    ApplianceSite, Block, Cluster as ClusterRecord, Encoder, Identity, NutServer, Status,
    Ups as UpsRecord,
};
use komainu_core::connector::{ClusterConfig, Restored};
use komainu_core::limits::{
    APPLIANCE_CLUSTERS, APPLIANCE_NUT_SERVERS, APPLIANCE_SERVERS, APPLIANCE_UPSES, MAX_BLOCK,
    MAX_FEEDS,
};
use komainu_core::power::{AskBy, Own};
use komainu_core::rng::Seed;
use komainu_core::time::{Instant, Millis};
use komainu_core::wire::Full;
use komainu_core::wire::nut::UpsName;
use zeroize::Zeroizing;

use super::finding::{Finding, Place, Severity};
use super::reader::Marks;
use super::secret::Secret;
use super::setup::Passwords;
use super::site::{Appliance, Connector, Nut, Site, Speaker, Tls, Ups};
use super::table::{appliance, connector, power, server, ups};
use crate::credentials::{self, What};
use crate::exit::Exit;

impl Site {
    /// The connectors that are appliances.
    pub(crate) fn appliances(&self) -> impl Iterator<Item = (&Connector, &Appliance)> {
        let all = self.connectors.iter();
        all.filter_map(|connector| Some((connector, connector.appliance.as_ref()?)))
    }

    /// The block of that connector. Fails with everything that an appliance cannot do, with every
    /// secret that is not to be had, and when there is more than fits.
    pub(crate) fn block(
        &self,
        me: &Connector,
        appliance: &Appliance,
    ) -> Result<Zeroizing<Vec<u8>>, Vec<Finding>> {
        let refused = self.refused(me, appliance);
        if !refused.is_empty() {
            return Err(refused);
        }
        let mut bytes = Zeroizing::new(vec![0; MAX_BLOCK]);
        let mut encoder = Encoder::new(&mut bytes).map_err(|_| full(me))?;
        self.encode(me, appliance, &mut encoder)?;
        let len = encoder.finish().map_err(|_| full(me))?;
        bytes.truncate(len);
        prove(&bytes).map_err(|text| vec![wrong(&me.marks, text, "")])?;
        Ok(bytes)
    }

    fn encode(
        &self,
        me: &Connector,
        appliance: &Appliance,
        block: &mut Encoder<'_>,
    ) -> Result<(), Vec<Finding>> {
        let full = |Full| full(me);
        block.network(&appliance.network).map_err(full)?;
        let (number, name) = (me.number, me.name.clone());
        block.identity(&Identity { number, name }).map_err(full)?;
        if let Some(secret) = &appliance.status_key {
            let key = secret.source.read(What::StatusKey);
            let key = key.and_then(|bytes| credentials::status_key(&bytes));
            let key = key.map_err(|error| vec![secret.wrong(&error)])?;
            block.status(&Status { port: appliance.status_port, key }).map_err(full)?;
        }
        let mut passwords = Passwords::default();
        for cluster in self.clusters_of(me) {
            let others = cluster.connectors.keys().filter(|number| **number != me.number);
            let config = ClusterConfig {
                number: cluster.number,
                keys: cluster.key_ring()?,
                digest: cluster.digest(),
                rules: cluster.rules,
                connectors: others.copied().collect(),
            };
            let (name, port) = (cluster.name.clone(), cluster.port);
            block.cluster(&ClusterRecord { name, port, config }).map_err(full)?;
            for server in &cluster.servers {
                block.server(&server.config(&mut passwords)?).map_err(full)?;
            }
        }
        self.encode_power(me, block)
    }

    fn encode_power(&self, me: &Connector, block: &mut Encoder<'_>) -> Result<(), Vec<Finding>> {
        let full = |Full| full(me);
        let supplies = &self.supplies;
        block.timing(&supplies.timing).map_err(full)?;
        if self.power_connector() != Some(me.number) {
            return Ok(());
        }
        let servers = NutPlaces::of(&supplies.ups);
        for place in &servers.0 {
            place.encode(block, me)?;
        }
        for (ups, nut) in supplies.ups.iter().filter_map(|ups| Some((ups, nut_of(ups)?))) {
            let place = servers.of_ups(nut);
            let there = UpsName::new(&nut.place.ups);
            let there = there.map_err(|error| vec![wrong(&ups.marks, error, "")])?;
            let (name, config) = (ups.name.clone(), ups.config);
            block.ups(&UpsRecord { name, nut: place, there, config }).map_err(full)?;
        }
        for stage in &supplies.stages {
            block.stage(&stage.time).map_err(full)?;
        }
        for (index, server) in self.planned(me) {
            block.planned(&server.power.planned(index)).map_err(full)?;
        }
        let feeds = supplies.own.feeds.iter().take(MAX_FEEDS).copied().collect();
        let own = Own { feeds, stop: Some(supplies.own.stop), server: None };
        block.own(&own).map_err(full)
    }

    /// Everything that an appliance cannot do.
    fn refused(&self, me: &Connector, of: &Appliance) -> Vec<Finding> {
        let mut found = Vec::new();
        if !me.listen.is_empty() {
            let remedy = "take it out, and give the appliance its address";
            found.push(at(&me.marks, &connector::LISTEN, "an appliance has one address", remedy));
        }
        if me.traps.is_some() {
            let text = "an appliance receives no traps: it polls";
            found.push(at(&me.marks, &connector::TRAPS, text, "take it out"));
        }
        let clusters: Vec<_> = self.clusters_of(me).collect();
        let servers = || clusters.iter().flat_map(|cluster| &cluster.servers);
        let mut most = |is: usize, most: usize, what: &str| {
            if is > most {
                let text = format!("an appliance guards {most} {what} at most, and these are {is}");
                let remedy = "let another connector serve some, by 'cluster.connector'";
                found.push(wrong(&me.marks, text, remedy));
            }
        };
        most(clusters.len(), APPLIANCE_CLUSTERS, "clusters");
        most(servers().count(), APPLIANCE_SERVERS, "servers");
        for cluster in &clusters {
            if cluster.port == of.status_port {
                let text = format!("{} is the port of cluster {}", cluster.port, cluster.name);
                found.push(at(&of.marks, &appliance::STATUS_PORT, text, "take another one"));
            }
        }
        for server in servers() {
            let addresses = [Some(server.bmc.address), server.address];
            if let Some(other) = addresses.into_iter().flatten().find(SocketAddr::is_ipv6) {
                let text = format!("an appliance speaks IPv4, and {other} is none of that");
                found.push(wrong(&server.marks, text, "give the address of IPv4"));
            }
        }
        if self.power_connector() == Some(me.number) {
            self.refused_power(me, &mut found);
        }
        found.sort_by_key(|finding| finding.place);
        found
    }

    fn refused_power(&self, me: &Connector, found: &mut Vec<Finding>) {
        let supplies = &self.supplies;
        if supplies.ups.len() > APPLIANCE_UPSES {
            let text = format!("an appliance reads {APPLIANCE_UPSES} UPSes at most");
            found.push(wrong(&supplies.marks, text, "name another connector in 'power'"));
        }
        if NutPlaces::of(&supplies.ups).0.len() > APPLIANCE_NUT_SERVERS {
            let text = format!("an appliance asks {APPLIANCE_NUT_SERVERS} NUT servers at most");
            let remedy = "let one NUT server speak for more UPSes";
            found.push(wrong(&supplies.marks, text, remedy));
        }
        found.extend(supplies.ups.iter().filter_map(refused_ups));
        if let Some(first) = supplies.maintenance.first() {
            let text = "an appliance runs no programs, so it puts nothing into maintenance";
            found.push(finding(first.at, power::MAINTENANCE.path, text, "take it out"));
        }
        if let Some(serving) = &supplies.nut_server {
            let text = "an appliance serves no clients of NUT";
            found.push(wrong(&serving.marks, text, "name another connector in 'power'"));
        }
        if supplies.own.server.is_some() {
            let text = "an appliance is no server";
            found.push(at(&supplies.marks, &power::OWN_SERVER, text, "take it out"));
        }
        if !self.occasions.is_empty() {
            let text = "an appliance has no calendar";
            let remedy = "name another connector in 'power', or begin plans by hand";
            found.push(wrong(&supplies.marks, text, remedy));
        }
        for (_, server) in self.planned(me) {
            if server.power.ask_by == AskBy::Command {
                let text = format!("an appliance runs no command to shut {} down", server.name);
                let (place, path) = (server.marks.at(), server::SERVER.path);
                found.push(finding(place, path, text, "say ask-by = \"member\" or \"bmc\""));
            }
        }
    }
}

/// What an appliance cannot do with a UPS.
fn refused_ups(of: &Ups) -> Option<Finding> {
    match &of.speaker {
        Speaker::Nut(nut) if nut.tls != Tls::Off => Some(at(
            &of.marks,
            &ups::TLS,
            "an appliance has no room for TLS",
            "say tls = \"off\", and keep the network between them to yourself",
        )),
        Speaker::Nut(nut) if nut.place.at.is_ipv6() => {
            Some(at(&of.marks, &ups::NUT, "an appliance speaks IPv4", "give such an address"))
        }
        Speaker::Nut(_) => None,
        Speaker::Snmp(_) | Speaker::Apcupsd(_) => Some(wrong(
            &of.marks,
            "an appliance reads UPSes from NUT servers alone",
            "let a NUT server speak for it: 'nut = \"UPS@ADDRESS\"'",
        )),
    }
}

fn nut_of(ups: &Ups) -> Option<&Nut> {
    match &ups.speaker {
        Speaker::Nut(nut) => Some(nut),
        Speaker::Snmp(_) | Speaker::Apcupsd(_) => None,
    }
}

/// A NUT server, as somebody there.
struct NutPlace<'s> {
    nut: &'s Nut,
    poll: Millis,
}

/// The NUT servers, each user of one for itself.
struct NutPlaces<'s>(Vec<NutPlace<'s>>);

impl<'s> NutPlaces<'s> {
    fn of(upses: &'s [Ups]) -> Self {
        let mut places: Vec<NutPlace<'_>> = Vec::new();
        for (ups, nut) in upses.iter().filter_map(|ups| Some((ups, nut_of(ups)?))) {
            match places.iter_mut().find(|place| is_same(place.nut, nut)) {
                Some(place) => place.poll = place.poll.min(ups.poll),
                None => places.push(NutPlace { nut, poll: ups.poll }),
            }
        }
        Self(places)
    }

    fn of_ups(&self, nut: &Nut) -> u8 {
        let found = self.0.iter().position(|place| is_same(place.nut, nut));
        // All were put there, and there are few.
        found.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
    }
}

fn is_same(one: &Nut, other: &Nut) -> bool {
    let login = |nut: &Nut| {
        nut.login.as_ref().map(|(user, password)| (user.clone(), password.source.clone()))
    };
    one.place.at == other.place.at && login(one) == login(other)
}

impl NutPlace<'_> {
    fn encode(&self, block: &mut Encoder<'_>, me: &Connector) -> Result<(), Vec<Finding>> {
        let SocketAddr::V4(address) = self.nut.place.at else { return Ok(()) };
        let login = self.nut.login.as_ref();
        let password = login.map(|(user, secret): &(String, Secret)| {
            let read = secret.source.read(What::Password);
            read.map(|bytes| (user, bytes)).map_err(|error| vec![secret.wrong(&error)])
        });
        let login = password.transpose()?;
        let login = login.as_ref().map(|(user, bytes)| (user.as_str(), &bytes[..]));
        let server = NutServer { address, login, poll: self.poll };
        block.nut_server(&server).map_err(|_| full(me))
    }
}

/// Whether an appliance will take it: does with it what that will do.
fn prove(bytes: &[u8]) -> Result<(), String> {
    let block = Block::open(bytes).map_err(|fault| fault.to_string())?;
    let restored = Restored { record: None, damaged: false, unix_ms: 0 };
    let (seed, now) = (Seed::new([0; 32]), Instant::from_micros(0));
    let site = block.vacant(&seed, restored, now).map_err(|fault| fault.to_string())?;
    let mut site: Box<ApplianceSite> = Box::new(site);
    block.move_in(&mut site, restored, now).map_err(|misfit| misfit.to_string())
}

fn full(me: &Connector) -> Vec<Finding> {
    let text = format!("there is more than the {MAX_BLOCK} bytes of a block hold");
    vec![wrong(&me.marks, text, "let another connector serve some, by 'cluster.connector'")]
}

fn wrong(marks: &Marks, text: impl ToString, remedy: &str) -> Finding {
    finding(marks.at(), marks.section(), text, remedy)
}

fn at<K>(
    marks: &Marks,
    field: &super::field::Field<K>,
    text: impl ToString,
    remedy: &str,
) -> Finding {
    finding(marks.of(field), &marks.path(field), text, remedy)
}

fn finding(place: Place, field: &str, text: impl ToString, remedy: &str) -> Finding {
    Finding {
        severity: Severity::Error(Exit::Usage),
        place,
        field: field.to_owned(),
        text: text.to_string(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests;
