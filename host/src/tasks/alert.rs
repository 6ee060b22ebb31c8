//! `alert`: SNMP traps when the server goes off.
//!
//! Three things have to fit together: a destination of the LAN channel, an alert policy that names
//! it, and event filters that name the policy.

mod plan;
mod show;

pub(super) use show::show;

use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::alert_policy::AlertPolicyEntry;
use komainu_core::wire::command::channel::{GetChannelAuthenticationCapabilities, THIS_CHANNEL};
use komainu_core::wire::command::event_filter::EventFilter;
use komainu_core::wire::command::lan::SetLanConfiguration;
use komainu_core::wire::command::lan::{GetLanConfiguration, LanParameter, MacAddress};
use komainu_core::wire::command::lan_alert::{
    AlertAddress, AlertKind, Community, Destination, DestinationAddress, DestinationCount,
};
use komainu_core::wire::command::parameter::SetInProgress;
use komainu_core::wire::command::pef::{
    GetPefCapabilities, GetPefConfiguration, PefActionControl, PefControl, SetPefConfiguration,
};
use serde::Serialize;

use crate::cli::AlertSetup;
use crate::engine::Bmc;
use crate::output::{Report, Text};
use crate::problem::Problem;

/// The LAN channel of nearly all BMCs, for those that do not tell.
const USUAL_CHANNEL: u8 = 1;

/// Alerts are set up.
#[derive(Debug, Serialize)]
pub(super) struct Alerts {
    destination: String,
    number: u8,
    policy: u8,
    policy_entry: u8,
    filters: Vec<u8>,
}

impl Report for Alerts {
    fn text(&self) -> Text {
        let filters: Vec<_> = self.filters.iter().map(u8::to_string).collect();
        Text::Line(format!(
            "traps to {} (destination {}) by policy {} (entry {}), filters {}",
            self.destination,
            self.number,
            self.policy,
            self.policy_entry,
            filters.join(", ")
        ))
    }
}

/// Sets everything up that a trap at power-off needs.
pub(super) async fn setup(
    bmc: Bmc<'_>,
    setup: &AlertSetup,
    community: Option<Community>,
) -> Result<Alerts, Problem> {
    if !bmc.ask(&GetPefCapabilities).await?.actions.alert {
        return Err(Problem::Unsupported("alerts"));
    }
    let channel = match setup.channel {
        Some(channel) => channel,
        None => channel(bmc).await?,
    };
    destination(bmc, setup, community).await?;
    let filters = plan::filters(bmc, setup.policy).await?;
    let policy = plan::policy(bmc, setup.policy, channel, setup.number).await?;
    let written = write(bmc, &filters, policy).await;
    bmc.try_ask(&SetPefConfiguration(SetInProgress::Complete)).await?;
    written?;
    Ok(Alerts {
        destination: setup.destination.to_string(),
        number: setup.number,
        policy: setup.policy,
        policy_entry: policy.number,
        filters: filters.iter().map(|filter| filter.number).collect(),
    })
}

/// The number of the channel that we talk over, which policies have to name.
async fn channel(bmc: Bmc<'_>) -> Result<u8, Problem> {
    let question = GetChannelAuthenticationCapabilities {
        channel: THIS_CHANNEL,
        extended: false,
        privilege: Privilege::Administrator,
    };
    let answer = bmc.try_ask(&question).await?;
    Ok(answer.map_or(USUAL_CHANNEL, |answer| answer.channel))
}

async fn destination(
    bmc: Bmc<'_>,
    setup: &AlertSetup,
    community: Option<Community>,
) -> Result<(), Problem> {
    let count = GetLanConfiguration::<DestinationCount>::new(THIS_CHANNEL);
    if bmc.ask(&count).await?.value.0 < setup.number {
        return Err(Problem::Unsupported("destination of that number"));
    }
    // A BMC need not have this bracket.
    bmc.try_ask(&lan(SetInProgress::InProgress)).await?;
    let written = write_destination(bmc, setup, community).await;
    bmc.try_ask(&lan(SetInProgress::Complete)).await?;
    written
}

async fn write_destination(
    bmc: Bmc<'_>,
    setup: &AlertSetup,
    community: Option<Community>,
) -> Result<(), Problem> {
    if let Some(community) = community {
        bmc.ask(&lan(community)).await?;
    }
    let destination = Destination {
        number: setup.number,
        kind: AlertKind::Trap,
        acknowledged: false,
        interval: 1,
        retries: 2,
    };
    bmc.ask(&lan(destination)).await?;
    let address =
        AlertAddress::Ipv4 { backup_gateway: false, ip: setup.destination, mac: MacAddress::ZERO };
    bmc.ask(&lan(DestinationAddress { number: setup.number, address })).await
}

const fn lan<P: LanParameter>(parameter: P) -> SetLanConfiguration<P> {
    SetLanConfiguration { channel: THIS_CHANNEL, parameter }
}

async fn write(
    bmc: Bmc<'_>,
    filters: &[EventFilter],
    policy: AlertPolicyEntry,
) -> Result<(), Problem> {
    bmc.try_ask(&SetPefConfiguration(SetInProgress::InProgress)).await?;
    bmc.ask(&SetPefConfiguration(policy)).await?;
    for filter in filters {
        bmc.ask(&SetPefConfiguration(*filter)).await?;
    }
    let mut actions = bmc.ask(&GetPefConfiguration::<PefActionControl>::new()).await?.value;
    actions.0.alert = true;
    bmc.ask(&SetPefConfiguration(actions)).await?;
    let mut control = bmc.ask(&GetPefConfiguration::<PefControl>::new()).await?.value;
    control.enabled = true;
    bmc.ask(&SetPefConfiguration(control)).await
}
