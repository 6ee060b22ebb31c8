//! Power in the words of the shell: UPSes, plans, what is ordered of them, and who does it.

mod clerk;
mod clients;
mod equipment;
mod hands;
mod names;
mod orders;
mod outages;
mod picture;
mod status;
mod tells;
mod words;

pub(in crate::service) use clients::Clients;
pub(crate) use equipment::Equipment;
pub(crate) use hands::{PowerEffect, PowerEvent, PowerHands, PowerTell};
pub(crate) use names::PowerNames;
pub(super) use names::is_by_places;
pub(super) use orders::{Meant, answered};
pub(crate) use orders::{PlanScope, PowerOrder, UpsDoing};
pub(super) use outages::{Due, Standing};
pub(crate) use outages::{OutageOrder, OutageStatus, Outages};
pub(super) use status::of as status_of;
pub(crate) use status::{ForecastStatus, OutputStatus, PlannedStatus, PowerStatus, UpsStatus};
pub(crate) use tells::message;
pub(crate) use words::{Back, Phase};
pub(super) use words::{Step, UpsState};
