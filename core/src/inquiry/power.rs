//! What an appliance tells of power.

use super::fields::{Fields, Put, age, ms};
use crate::power::{
    Phase, PlanSnapshot, ServerSnapshot, Snapshot, StepKind, UpsSnapshot, UpsState,
};
use crate::time::Instant;
use crate::types::{PowerState, ServerIndex, Supply, UpsIndex};
use crate::wire::{Full, Writer};

const PHASES: [Phase; 14] = [
    Phase::Normal,
    Phase::OnBattery,
    Phase::Preparing,
    Phase::StoppingGuests,
    Phase::StoppingServices,
    Phase::StoppingHosts,
    Phase::ConfirmingOff,
    Phase::CuttingOutput,
    Phase::LastOne,
    Phase::Returned,
    Phase::StartingHosts,
    Phase::WaitingForMembers,
    Phase::StartingGuests,
    Phase::LeavingMaintenance,
];
const STEPS: [StepKind; 17] = [
    StepKind::Free,
    StepKind::Up,
    StepKind::Freezing,
    StepKind::StoppingGuests,
    StepKind::StoppingServices,
    StepKind::ShuttingDown,
    StepKind::Forcing,
    StepKind::Off,
    StepKind::NotProvedOff,
    StepKind::Last,
    StepKind::Waiting,
    StepKind::Starting,
    StepKind::Booting,
    StepKind::StartingServices,
    StepKind::StartingGuests,
    StepKind::Leaving,
    StepKind::Dropped,
];
const STATES: [UpsState; 4] = [UpsState::Unread, UpsState::Mains, UpsState::Battery, UpsState::Off];
const SUPPLIES: [Option<Supply>; 5] =
    [None, Some(Supply::Mains), Some(Supply::Bypass), Some(Supply::Battery), Some(Supply::Off)];
const POWERS: [PowerState; 3] = [PowerState::On, PowerState::Off, PowerState::Unknown];
/// Stands for a percentage that is not known.
const NONE: u8 = u8::MAX;

/// Power in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfPower {
    /// What everything is at.
    pub phase: Phase,
    /// The plan that runs.
    pub plan: Option<OfPlan>,
}

/// A plan that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfPlan {
    /// The name of its outage.
    pub outage: u64,
    /// Since it began, in milliseconds.
    pub since_ms: u32,
    /// Whether outputs are cut.
    pub cut: bool,
}

impl OfPower {
    pub(super) fn of(seen: &Snapshot<'_>) -> Self {
        let plan = |plan: PlanSnapshot| OfPlan {
            outage: plan.outage.0,
            since_ms: age(seen.now(), plan.since),
            cut: plan.cut,
        };
        Self { phase: seen.phase(), plan: seen.plan().map(plan) }
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.word(&PHASES, &self.phase)?;
        out.u8(self.plan.is_some().into())?;
        let Some(OfPlan { outage, since_ms, cut }) = self.plan else { return Ok(()) };
        out.u64_be(outage)?;
        out.u32_be(since_ms)?;
        out.u8(cut.into())
    }

    pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        let phase = fields.of(&PHASES)?;
        let plan = match fields.flag()? {
            false => None,
            true => {
                Some(OfPlan { outage: fields.u64()?, since_ms: fields.u32()?, cut: fields.flag()? })
            }
        };
        Some(Self { phase, plan })
    }
}

/// A UPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfUps {
    /// Its place in the configuration.
    pub ups: UpsIndex,
    /// What it gives, by all that was heard.
    pub state: UpsState,
    /// Its reading is overdue.
    pub late: bool,
    /// Since it was asked for what it said last, in milliseconds.
    pub age_ms: Option<u32>,
    /// What its output lives on, by its last word.
    pub supply: Option<Supply>,
    /// It calls its battery low.
    pub low: bool,
    /// Percent of charge.
    pub charge: Option<u8>,
    /// Percent of the load that it can feed.
    pub load: Option<u8>,
    /// How long the battery lasts, or would, in milliseconds.
    pub runtime_ms: Option<u32>,
    /// Until its output goes off by an order, in milliseconds.
    pub off_in_ms: Option<u32>,
    /// Until its output comes on, likewise.
    pub on_in_ms: Option<u32>,
    /// Bit n: outlet group n is off.
    pub outlets_off: u16,
}

impl OfUps {
    pub(super) fn of(seen: &UpsSnapshot, now: Instant) -> Self {
        let said = seen.reading.map(|(_, reading)| reading);
        Self {
            ups: seen.ups,
            state: seen.state,
            late: seen.is_late,
            age_ms: seen.reading.map(|(asked, _)| age(now, asked)),
            supply: said.map(|reading| reading.supply),
            low: said.is_some_and(|reading| reading.low),
            charge: said.and_then(|reading| reading.charge),
            load: said.and_then(|reading| reading.load),
            runtime_ms: seen.runtime.map(ms),
            off_in_ms: said.and_then(|reading| reading.off_in).map(ms),
            on_in_ms: said.and_then(|reading| reading.on_in).map(ms),
            outlets_off: said.map_or(0, |reading| reading.outlets_off),
        }
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_be(self.ups.0)?;
        out.word(&STATES, &self.state)?;
        out.u8(self.late.into())?;
        out.maybe_ms(self.age_ms)?;
        out.word(&SUPPLIES, &self.supply)?;
        out.u8(self.low.into())?;
        for percent in [self.charge, self.load] {
            out.u8(percent.unwrap_or(NONE))?;
        }
        for time in [self.runtime_ms, self.off_in_ms, self.on_in_ms] {
            out.maybe_ms(time)?;
        }
        out.u16_be(self.outlets_off)
    }

    pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        let percent = |percent: u8| (percent != NONE).then_some(percent);
        Some(Self {
            ups: UpsIndex(fields.u16()?),
            state: fields.of(&STATES)?,
            late: fields.flag()?,
            age_ms: fields.maybe_ms()?,
            supply: fields.of(&SUPPLIES)?,
            low: fields.flag()?,
            charge: fields.u8().map(percent)?,
            load: fields.u8().map(percent)?,
            runtime_ms: fields.maybe_ms()?,
            off_in_ms: fields.maybe_ms()?,
            on_in_ms: fields.maybe_ms()?,
            outlets_off: fields.u16()?,
        })
    }
}

/// A server that hangs on UPSes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfPlanned {
    /// Its place in the configuration.
    pub server: ServerIndex,
    /// Place of its stage.
    pub stage: u8,
    /// What it is at.
    pub step: StepKind,
    /// Since when, in milliseconds.
    pub since_ms: u32,
    /// A plan holds it: nobody fences it or takes it over.
    pub held: bool,
    /// Its power, as read.
    pub power: PowerState,
}

impl OfPlanned {
    pub(super) fn of(seen: &ServerSnapshot, now: Instant) -> Self {
        let ServerSnapshot { server, stage, step, since, held, power, .. } = *seen;
        Self { server, stage, step, since_ms: age(now, since), held, power }
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_be(self.server.0)?;
        out.u8(self.stage)?;
        out.word(&STEPS, &self.step)?;
        out.u32_be(self.since_ms)?;
        out.u8(self.held.into())?;
        out.word(&POWERS, &self.power)
    }

    pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            server: ServerIndex(fields.u16()?),
            stage: fields.u8()?,
            step: fields.of(&STEPS)?,
            since_ms: fields.u32()?,
            held: fields.flag()?,
            power: fields.of(&POWERS)?,
        })
    }
}
