//! `identify` and `policy`.

use komainu_core::wire::command::chassis::{ChassisIdentify, GetChassisStatus};
use komainu_core::wire::command::restart::{RestorePolicy, SetPowerRestorePolicy};
use serde::Serialize;

use crate::cli::Identify;
use crate::engine::Bmc;
use crate::output::{Report, Text};
use crate::problem::Problem;

/// The identify light.
#[derive(Debug, Serialize)]
pub(super) struct Light {
    identify: String,
}

impl Report for Light {
    fn text(&self) -> Text {
        Text::Line(format!("identify light {}", self.identify))
    }
}

/// Switches the identify light.
pub(super) async fn identify(bmc: Bmc<'_>, how: Identify) -> Result<Light, Problem> {
    let (command, identify) = match (how.seconds, how.force, how.off) {
        (_, _, true) => (ChassisIdentify::Off, "off".to_owned()),
        (_, true, _) => (ChassisIdentify::Indefinite, "on until it is switched off".to_owned()),
        (Some(time), ..) => (ChassisIdentify::Seconds(time), format!("on for {time} s")),
        (None, ..) => (ChassisIdentify::Briefly, "on for a while".to_owned()),
    };
    bmc.ask(&command).await?;
    Ok(Light { identify })
}

/// What happens when mains power returns.
#[derive(Debug, Serialize)]
pub(super) struct Policy {
    policy: String,
}

impl Report for Policy {
    fn text(&self) -> Text {
        Text::Line(self.policy.clone())
    }
}

/// Reads the policy.
pub(super) async fn policy(bmc: Bmc<'_>) -> Result<Policy, Problem> {
    let status = bmc.ask(&GetChassisStatus).await?;
    let policy = status.restore_policy.ok_or(Problem::Unsupported("power restore policy"))?;
    Ok(Policy { policy: policy.to_string() })
}

/// Sets the policy, if the chassis has it.
pub(super) async fn set_policy(bmc: Bmc<'_>, policy: RestorePolicy) -> Result<Policy, Problem> {
    let supported = bmc.ask(&SetPowerRestorePolicy { policy: None }).await?;
    let has = match policy {
        RestorePolicy::StayOff => supported.stay_off,
        RestorePolicy::Previous => supported.previous,
        RestorePolicy::PowerUp => supported.power_up,
    };
    if !has {
        return Err(Problem::Unsupported("such power restore policy"));
    }
    bmc.ask(&SetPowerRestorePolicy { policy: Some(policy) }).await?;
    Ok(Policy { policy: policy.to_string() })
}
