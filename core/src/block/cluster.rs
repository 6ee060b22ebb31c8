//! A cluster of an appliance.

use heapless::Vec;

use super::Fault;
use super::fields::{Fields, Put};
use crate::connector::{ClusterConfig, OnIsolation, Rules};
use crate::limits::CLUSTER_KEY_LEN;
use crate::reset_path::ClusterKeys;
use crate::secret::Secret;
use crate::types::{ConfigDigest, ConnectorNumber, KeyNumber, SystemName};
use crate::wire::{Full, Writer};

/// A cluster of an appliance.
#[derive(Debug)]
pub struct Cluster {
    /// Its name, for people.
    pub name: SystemName,
    /// UDP port of its reset path.
    pub port: u16,
    /// What the connector is told of it.
    pub config: ClusterConfig,
}

impl Cluster {
    pub(super) fn parse(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        let name = fields.name("name")?;
        let port = fields.u16("port")?;
        let port = fields.valid("port", (port != 0).then_some(port))?;
        let config = ClusterConfig {
            number: fields.u16("number")?,
            digest: ConfigDigest(fields.u32("digest")?),
            keys: parse_keys(fields)?,
            rules: parse_rules(fields)?,
            connectors: parse_connectors(fields)?,
        };
        Ok(Self { name, port, config })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        let ClusterConfig { number, keys, digest, rules, connectors } = &self.config;
        out.counted(self.name.as_str().as_bytes())?;
        out.u16_be(self.port)?;
        out.u16_be(*number)?;
        out.u32_be(digest.0)?;
        emit_keys(keys, out)?;
        emit_rules(rules, out)?;
        out.u8(connectors.len() as u8)?;
        connectors.iter().try_for_each(|ConnectorNumber(number)| out.u8(*number))
    }
}

fn parse_keys(fields: &mut Fields<'_>) -> Result<ClusterKeys, Fault> {
    let (number, key) = parse_key(fields)?;
    let keys = ClusterKeys::new(number, key);
    match fields.maybe("second key", parse_key)? {
        Some((number, key)) => fields.valid("second key", keys.accept(number, key).ok()),
        None => Ok(keys),
    }
}

fn parse_key(fields: &mut Fields<'_>) -> Result<(KeyNumber, Secret<CLUSTER_KEY_LEN>), Fault> {
    let number = fields.u8("key number")?;
    let number = fields.valid("key number", KeyNumber::new(number))?;
    Ok((number, Secret::from(fields.array::<CLUSTER_KEY_LEN>("key")?)))
}

fn emit_keys(keys: &ClusterKeys, out: &mut Writer<'_>) -> Result<(), Full> {
    let [first, second] = keys.accepted();
    let mut emit = |number: KeyNumber| {
        out.u8(number.get())?;
        keys.get(number).map_or(Ok(()), |key| out.bytes(key.expose_padded()))
    };
    first.map_or(Ok(()), &mut emit)?;
    out.flag(second.is_some())?;
    let mut emit = |number: KeyNumber| {
        out.u8(number.get())?;
        keys.get(number).map_or(Ok(()), |key| out.bytes(key.expose_padded()))
    };
    second.map_or(Ok(()), &mut emit)
}

fn parse_rules(fields: &mut Fields<'_>) -> Result<Rules, Fault> {
    Ok(Rules {
        patrol: fields.millis("patrol")?,
        boot_grace: fields.millis("boot-grace")?,
        min_survivors: fields.u8("min-survivors")?,
        max_resets_in_flight: fields.u8("max-resets")?,
        on_isolation: match fields.flag("on-isolation")? {
            false => OnIsolation::Keep,
            true => OnIsolation::Fence,
        },
    })
}

fn emit_rules(rules: &Rules, out: &mut Writer<'_>) -> Result<(), Full> {
    out.millis(rules.patrol)?;
    out.millis(rules.boot_grace)?;
    out.u8(rules.min_survivors)?;
    out.u8(rules.max_resets_in_flight)?;
    out.flag(rules.on_isolation == OnIsolation::Fence)
}

fn parse_connectors<const M: usize>(
    fields: &mut Fields<'_>,
) -> Result<Vec<ConnectorNumber, M>, Fault> {
    let mut connectors = Vec::new();
    for number in fields.counted("other connectors")? {
        let pushed = connectors.push(ConnectorNumber(*number));
        fields.valid("other connectors", pushed.ok())?;
    }
    Ok(connectors)
}
