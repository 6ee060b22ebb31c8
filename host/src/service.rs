//! The services: a connector or a member of the core, its sockets, its disk and its commands.

mod appliance;
mod connector;
mod driver;
mod guests;
mod handle;
mod hands;
mod history;
mod hostdown;
mod log;
mod machine;
mod member;
mod message;
mod net;
mod orders;
pub mod platform;
mod power;
mod runner;
mod start;
mod status;
mod store;
mod timer;
mod words;

pub(crate) use appliance::{ApplianceNames, AppliancePower, ApplianceStatus};
pub(crate) use connector::{ConnectorMachine, Settings as ConnectorSettings};
#[cfg(test)]
pub(crate) use handle::Request;
pub(crate) use handle::{ConnectorHandle, Handle, MemberHandle};
pub(crate) use history::{Entry, latest};
pub(crate) use hostdown::HostEnd;
#[cfg(target_os = "linux")]
pub(crate) use log::unix_ms;
pub(crate) use member::{MemberMachine, Settings as MemberSettings};
pub(crate) use orders::{
    ConnectorAnswer, ConnectorOrder, Hint, Hinted, MemberAnswer, MemberOrder, ServerRef,
};
pub(crate) use power::message as power_message;
pub(crate) use power::{
    Back, ForecastStatus, OutageOrder, OutageStatus, Outages, OutputStatus, Phase, PlanScope,
    PlannedStatus, PowerNames, PowerOrder, PowerStatus, UpsDoing, UpsStatus,
};
pub(crate) use start::{Beside, Start};
pub(crate) use status::{
    ClusterStatus, ConnectorStatus, MemberStatus, PeerStatus, ServerStatus, ServiceOnHost,
    ServiceStatus,
};
#[cfg(test)]
pub(crate) use words::Cause;
pub(crate) use words::{Method, Power};
