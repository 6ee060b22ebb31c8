//! `alert show`.

use komainu_core::wire::command::alert_policy::{AlertPolicyCount, AlertPolicyEntry};
use komainu_core::wire::command::channel::THIS_CHANNEL;
use komainu_core::wire::command::event_filter::{EventFilter, EventFilterCount};
use komainu_core::wire::command::event_text::sensor_type_name;
use komainu_core::wire::command::lan::GetLanConfiguration;
use komainu_core::wire::command::lan_alert::{AlertAddress, DestinationAddress, DestinationCount};
use komainu_core::wire::command::pef::{GetPefConfiguration, PefActionControl, PefControl};
use serde::Serialize;

use crate::engine::Bmc;
use crate::output::{Report, Text};
use crate::problem::Problem;

/// What is set up.
#[derive(Debug, Serialize)]
pub(crate) struct AlertState {
    filtering: bool,
    alerts_allowed: bool,
    destinations: Vec<DestinationLine>,
    policies: Vec<PolicyLine>,
    filters: Vec<FilterLine>,
}

#[derive(Debug, Serialize)]
struct DestinationLine {
    number: u8,
    address: String,
}

#[derive(Debug, Serialize)]
struct PolicyLine {
    entry: u8,
    policy: u8,
    channel: u8,
    destination: u8,
    rule: String,
}

#[derive(Debug, Serialize)]
struct FilterLine {
    entry: u8,
    policy: u8,
    sensor_type: Option<u8>,
    offsets: u16,
}

impl Report for AlertState {
    fn text(&self) -> Text {
        let switch = |on| if on { "on" } else { "off" };
        let mut lines = vec![format!(
            "event filtering {}, alerts {}",
            switch(self.filtering),
            switch(self.alerts_allowed)
        )];
        lines.extend(
            self.destinations
                .iter()
                .map(|line| format!("destination {:>2}  {}", line.number, line.address)),
        );
        lines.extend(self.policies.iter().map(|line| {
            format!(
                "policy {:>2}       entry {}: {} to destination {} of channel {}",
                line.policy, line.entry, line.rule, line.destination, line.channel
            )
        }));
        lines.extend(self.filters.iter().map(|line| {
            let sensor = match line.sensor_type {
                None => "any sensor",
                Some(sensor) => sensor_type_name(sensor).unwrap_or("sensor of another type"),
            };
            format!(
                "filter {:>3}      {sensor}, offsets 0x{:04x}: policy {}",
                line.entry, line.offsets, line.policy
            )
        }));
        Text::Block(lines)
    }
}

/// Reads what is set up: destinations with an address, policies and alerting filters in force.
pub(crate) async fn show(bmc: Bmc<'_>) -> Result<AlertState, Problem> {
    let control = bmc.ask(&GetPefConfiguration::<PefControl>::new()).await?.value;
    let actions = bmc.ask(&GetPefConfiguration::<PefActionControl>::new()).await?.value;
    Ok(AlertState {
        filtering: control.enabled,
        alerts_allowed: actions.0.alert,
        destinations: destinations(bmc).await?,
        policies: policies(bmc).await?,
        filters: filters(bmc).await?,
    })
}

async fn destinations(bmc: Bmc<'_>) -> Result<Vec<DestinationLine>, Problem> {
    let count = GetLanConfiguration::<DestinationCount>::new(THIS_CHANNEL);
    let mut lines = Vec::new();
    for number in 1..=bmc.ask(&count).await?.value.0 {
        let question =
            GetLanConfiguration::<DestinationAddress>::of_destination(THIS_CHANNEL, number);
        let Some(reading) = bmc.try_ask(&question).await? else { continue };
        let address = match reading.value.address {
            AlertAddress::Ipv4 { ip, .. } if ip.is_unspecified() => continue,
            AlertAddress::Ipv4 { ip, .. } => ip.to_string(),
            AlertAddress::Ipv6(ip) => ip.to_string(),
            AlertAddress::Other(format) => format!("address of format {format}"),
        };
        lines.push(DestinationLine { number, address });
    }
    Ok(lines)
}

async fn policies(bmc: Bmc<'_>) -> Result<Vec<PolicyLine>, Problem> {
    let count = bmc.ask(&GetPefConfiguration::<AlertPolicyCount>::new()).await?.value.0;
    let mut lines = Vec::new();
    for number in 1..=count {
        let question = GetPefConfiguration::<AlertPolicyEntry>::of_entry(number);
        let Some(reading) = bmc.try_ask(&question).await? else { continue };
        let AlertPolicyEntry { policy, enabled, rule, channel, destination, .. } = reading.value;
        if enabled {
            let rule = rule.to_string();
            lines.push(PolicyLine { entry: number, policy, channel, destination, rule });
        }
    }
    Ok(lines)
}

async fn filters(bmc: Bmc<'_>) -> Result<Vec<FilterLine>, Problem> {
    let count = bmc.ask(&GetPefConfiguration::<EventFilterCount>::new()).await?.value.0;
    let mut lines = Vec::new();
    for number in 1..=count {
        let question = GetPefConfiguration::<EventFilter>::of_entry(number);
        let Some(reading) = bmc.try_ask(&question).await? else { continue };
        let EventFilter { enabled, actions, policy, sensor_type, offsets, .. } = reading.value;
        if enabled && actions.alert {
            lines.push(FilterLine { entry: number, policy, sensor_type, offsets });
        }
    }
    Ok(lines)
}
