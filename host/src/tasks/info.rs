//! `info`: what a BMC is, and how its server stands.

use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::channel::THIS_CHANNEL;
use komainu_core::wire::command::chassis::{ChassisStatus, GetChassisStatus};
use komainu_core::wire::command::device::{DeviceId, GetDeviceId, GetSystemGuid};
use komainu_core::wire::command::lan::{AddressSource, GetLanConfiguration, IpAddress, MacAddress};
use komainu_core::wire::command::restart::GetSystemRestartCause;
use serde::Serialize;

use crate::engine::Bmc;
use crate::output::{Report, Text};
use crate::problem::Problem;

/// What a BMC is.
#[derive(Debug, Serialize)]
pub(super) struct Info {
    ipmi: String,
    firmware: String,
    manufacturer: u32,
    product: u16,
    device: u8,
    updating: bool,
    guid: Option<String>,
    session: &'static str,
    power: &'static str,
    faults: Vec<&'static str>,
    last_power_event: Vec<&'static str>,
    restore_policy: Option<String>,
    restart_cause: Option<String>,
    identify: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lan: Option<Lan>,
}

/// The BMC's own address; told to operators only.
#[derive(Debug, Serialize)]
struct Lan {
    ip: String,
    source: Option<String>,
    mac: Option<String>,
}

impl Report for Info {
    fn text(&self) -> Text {
        let unknown = || "not told".to_owned();
        let or = |text: &Option<String>| text.clone().unwrap_or_else(unknown);
        let list = |words: &[&str]| match words.is_empty() {
            true => "none".to_owned(),
            false => words.join(", "),
        };
        let updating = if self.updating { ", being updated" } else { "" };
        let mut lines = vec![
            format!("IPMI             {}, session over {}", self.ipmi, self.session),
            format!("firmware         {}{updating}", self.firmware),
            format!(
                "device           manufacturer {}, product {}, device {}",
                self.manufacturer, self.product, self.device
            ),
            format!("GUID             {}", or(&self.guid)),
            format!("power            {}", self.power),
            format!("last power event {}", list(&self.last_power_event)),
            format!("restart cause    {}", or(&self.restart_cause)),
            format!("restore policy   {}", or(&self.restore_policy)),
            format!("faults           {}", list(&self.faults)),
            format!("identify light   {}", or(&self.identify)),
        ];
        if let Some(lan) = &self.lan {
            let (source, mac) = (or(&lan.source), or(&lan.mac));
            lines.push(format!("address          {} ({source}), {mac}", lan.ip));
        }
        Text::Block(lines)
    }
}

/// Asks it all; what a BMC does not have is left out.
pub(super) async fn info(bmc: Bmc<'_>, privilege: Privilege) -> Result<Info, Problem> {
    let device: DeviceId = bmc.ask(&GetDeviceId).await?;
    let suite = bmc.session().and_then(|session| session.suite);
    let guid = bmc.try_ask(&GetSystemGuid).await?;
    let status = bmc.ask(&GetChassisStatus).await?;
    let restart = bmc.try_ask(&GetSystemRestartCause).await?;
    let lan = if privilege >= Privilege::Operator { lan(bmc).await? } else { None };
    Ok(Info {
        ipmi: device.ipmi_version.to_string(),
        firmware: device.firmware.to_string(),
        manufacturer: device.manufacturer.number(),
        product: device.product_id,
        device: device.device_id,
        updating: device.updating,
        guid: guid.map(|guid| guid.to_string()),
        session: if suite.is_some() { "2.0" } else { "1.5" },
        power: if status.power_on { "on" } else { "off" },
        faults: faults(&status),
        last_power_event: last_event(&status),
        restore_policy: status.restore_policy.map(|policy| policy.to_string()),
        restart_cause: restart.map(|restart| restart.cause.to_string()),
        identify: status.identify.map(|identify| identify.to_string()),
        lan,
    })
}

async fn lan(bmc: Bmc<'_>) -> Result<Option<Lan>, Problem> {
    let ip = GetLanConfiguration::<IpAddress>::new(THIS_CHANNEL);
    let Some(ip) = bmc.try_ask(&ip).await? else { return Ok(None) };
    let source = bmc.try_ask(&GetLanConfiguration::<AddressSource>::new(THIS_CHANNEL)).await?;
    let mac = bmc.try_ask(&GetLanConfiguration::<MacAddress>::new(THIS_CHANNEL)).await?;
    Ok(Some(Lan {
        ip: ip.value.0.to_string(),
        source: source.map(|source| source.value.to_string()),
        mac: mac.map(|mac| mac.value.to_string()),
    }))
}

fn faults(status: &ChassisStatus) -> Vec<&'static str> {
    let all = [
        (status.power_fault, "power"),
        (status.power_control_fault, "power control"),
        (status.power_overload, "power overload"),
        (status.interlock, "interlock"),
        (status.drive_fault, "drive"),
        (status.cooling_fault, "cooling"),
        (status.intrusion, "chassis open"),
    ];
    all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect()
}

fn last_event(status: &ChassisStatus) -> Vec<&'static str> {
    let event = status.last_power_event;
    let all = [
        (event.ac_failed, "mains failed"),
        (event.overload, "overload"),
        (event.interlock, "interlock"),
        (event.fault, "fault"),
        (event.on_by_command, "on by command"),
    ];
    all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect()
}
