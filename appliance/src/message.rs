//! The numbers of messages: those that a service has for the same; `docs/operating.md` lists them.

use komainu_core::connector::Tell;
use komainu_core::power::{self, RunEnd};
use komainu_core::types::{BmcState, Mode, PowerState, Source};

/// What a message says, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Code {
    Started = 200,
    FirstStart = 210,
    RecordCorrupt = 211,
    NotStored = 213,
    StoredAgain = 214,
    Asked = 230,
    Refused = 231,
    Fencing = 232,
    Fenced = 233,
    FenceFailed = 234,
    PowerOn = 235,
    PowerOff = 236,
    PowerUnknown = 237,
    BmcAnswers = 238,
    BmcUnknown = 239,
    BmcSilent = 240,
    BmcRefuses = 241,
    BmcNotPinned = 242,
    ServerPathLost = 243,
    ServerPathBack = 244,
    ModeNormal = 245,
    ModeMaintenance = 246,
    ModePlan = 247,
    ModeStandby = 248,
    Discarded = 249,
    ServerDiffers = 250,
    KeyChanged = 251,
    LetBe = 252,
    PlannedOff = 253,
    WentBack = 316,
    UpsOnBattery = 450,
    UpsOnMains = 451,
    UpsLow = 452,
    UpsLowDoubted = 453,
    UpsOff = 454,
    UpsUnread = 455,
    UpsReadAgain = 456,
    UpsTesting = 457,
    UpsTested = 458,
    UpsNeedsCare = 459,
    FeedsContradict = 460,
    PlanDoesNotFit = 461,
    PlanFits = 462,
    PlanBegan = 463,
    StageBegan = 464,
    StepInVain = 465,
    ServerStopped = 466,
    ServerNotProvedOff = 467,
    UpsCutting = 468,
    UpsOrderFailed = 469,
    LastOne = 470,
    MainsReturned = 471,
    WaitsForEnergy = 472,
    ServerStarting = 473,
    ServerBack = 474,
    ServerDropped = 475,
    MaintenanceEntered = 476,
    MaintenanceLeft = 477,
    MaintenanceFailed = 478,
    PlanEnded = 479,
    PlanEndedShort = 480,
    UpsAccountRefused = 482,
    UpsAccountTaken = 483,
}

impl Code {
    /// The number behind `KMN`.
    pub(crate) const fn number(self) -> u16 {
        self as u16
    }

    /// That of something that the connector tells.
    pub(crate) const fn of(tell: &Tell) -> Self {
        match tell {
            Tell::Asked { .. } => Self::Asked,
            Tell::Refused { .. } => Self::Refused,
            Tell::Fencing { .. } => Self::Fencing,
            Tell::Fenced { .. } => Self::Fenced,
            Tell::FenceFailed { .. } => Self::FenceFailed,
            Tell::LetBe { .. } => Self::LetBe,
            Tell::Power { power: PowerState::On, .. } => Self::PowerOn,
            Tell::Power { source: Source::Plan, .. } => Self::PlannedOff,
            Tell::Power { power: PowerState::Off, .. } => Self::PowerOff,
            Tell::Power { power: PowerState::Unknown, .. } => Self::PowerUnknown,
            Tell::Bmc { bmc, .. } => match bmc {
                BmcState::Unknown => Self::BmcUnknown,
                BmcState::Answers => Self::BmcAnswers,
                BmcState::Silent => Self::BmcSilent,
                BmcState::RefusesLogin => Self::BmcRefuses,
                BmcState::NotPinned => Self::BmcNotPinned,
            },
            Tell::PathLost { .. } => Self::ServerPathLost,
            Tell::PathBack { .. } => Self::ServerPathBack,
            Tell::WentBack { .. } => Self::WentBack,
            Tell::Mode { mode, .. } => match mode {
                Mode::Normal => Self::ModeNormal,
                Mode::Maintenance => Self::ModeMaintenance,
                Mode::Plan => Self::ModePlan,
                Mode::Standby => Self::ModeStandby,
            },
            Tell::Discarded { .. } => Self::Discarded,
            Tell::DigestDiffers { .. } => Self::ServerDiffers,
            Tell::KeyChanged { .. } => Self::KeyChanged,
        }
    }

    /// That of something that a plan tells.
    pub(crate) const fn of_plan(tell: &power::Tell) -> Self {
        use power::Tell;
        match tell {
            Tell::OnBattery(_) => Self::UpsOnBattery,
            Tell::OnMains(_) => Self::UpsOnMains,
            Tell::Low { believed: true, .. } => Self::UpsLow,
            Tell::Low { believed: false, .. } => Self::UpsLowDoubted,
            Tell::OutputOff(_) => Self::UpsOff,
            Tell::Unread { .. } => Self::UpsUnread,
            Tell::ReadAgain(_) => Self::UpsReadAgain,
            Tell::Testing { on: true, .. } => Self::UpsTesting,
            Tell::Testing { on: false, .. } => Self::UpsTested,
            Tell::NeedsCare(_) => Self::UpsNeedsCare,
            Tell::Contradiction(_) => Self::FeedsContradict,
            Tell::DoesNotFit { .. } => Self::PlanDoesNotFit,
            Tell::Fits => Self::PlanFits,
            Tell::Began { .. } => Self::PlanBegan,
            Tell::Stage { .. } => Self::StageBegan,
            Tell::Slow { .. } => Self::StepInVain,
            Tell::Stopped(_) => Self::ServerStopped,
            Tell::NotProvedOff(_) => Self::ServerNotProvedOff,
            Tell::Cutting { .. } => Self::UpsCutting,
            Tell::OrderFailed { .. } => Self::UpsOrderFailed,
            Tell::LastOne => Self::LastOne,
            Tell::Returned(_) => Self::MainsReturned,
            Tell::WaitsForEnergy(_) => Self::WaitsForEnergy,
            Tell::Starting(_) => Self::ServerStarting,
            Tell::Back(_) => Self::ServerBack,
            Tell::Dropped(_) => Self::ServerDropped,
            Tell::Maintenance { end: RunEnd::Failed | RunEnd::TimedOut, .. } => {
                Self::MaintenanceFailed
            }
            Tell::Maintenance { enter: true, .. } => Self::MaintenanceEntered,
            Tell::Maintenance { enter: false, .. } => Self::MaintenanceLeft,
            Tell::Ended { lost: 0, .. } => Self::PlanEnded,
            Tell::Ended { .. } => Self::PlanEndedShort,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    /// A service's list of messages, and this one.
    const SERVICES: &str = include_str!("../../host/src/service/message.rs");
    const OURS: &str = include_str!("message.rs");

    #[test]
    fn a_message_has_the_number_that_a_service_gives_it() {
        let (ours, _) = OURS.split_once("impl Code").expect("the list");
        let ours = ours.lines().filter_map(|line| line.strip_suffix(',')?.split_once(" = "));
        let wrong: Vec<_> = ours
            .filter(|(name, number)| {
                let name = name.trim();
                !SERVICES.lines().any(|line| {
                    let mut words = line.split_whitespace();
                    words.next() == Some(name)
                        && words.next() == Some("=")
                        && words.next() == Some(number)
                })
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
