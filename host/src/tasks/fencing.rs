//! `fence`: the core's fencing, driven and told step by step.

use std::time::Duration;

use komainu_core::fence::{Ask, Fence, Fenced, How, OrderEnd, Outcome, Plan, Told};
use komainu_core::time::Instant;
use komainu_core::types::PowerState;

use super::power::{put, refused};
use crate::engine::Bmc;
use crate::problem::Problem;

/// What a fencing says while it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// The power was read, for the first time or differently than before.
    Power(PowerState),
    /// A command goes out.
    Sent(komainu_core::types::ChassisAction),
    /// The BMC took the command.
    Accepted,
    /// The BMC refuses with this completion code.
    Refused(u8),
    /// No answer to the command or the reading.
    Failed(komainu_core::failure::Failure),
    /// The server is proved to be off.
    Fenced(How),
}

/// Hears the steps of a fencing as they happen.
pub(crate) trait Voice {
    /// A step, and how long the fencing has lasted.
    fn step(&mut self, after: Duration, step: Step);
}

/// The result of a fencing that has succeeded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fencing {
    /// How the server came to be off.
    pub(crate) how: How,
    /// From the beginning to the confirmation of off.
    pub(crate) fenced_after: Duration,
    /// From the beginning to the end, the power-on included.
    pub(crate) took: Duration,
    /// Whether it was switched on again; `None` when that was not wanted.
    pub(crate) power_on: Option<bool>,
}

/// Fences one server.
pub(crate) async fn fence(
    bmc: Bmc<'_>,
    plan: Plan,
    voice: &mut dyn Voice,
) -> Result<Fencing, Problem> {
    let began = bmc.now();
    let mut fence = Fence::new(plan, began);
    let mut teller = Teller { began, voice, power: None, fenced: false };
    loop {
        while let Some(ask) = fence.poll(bmc.now()) {
            teller.asked(bmc.now(), ask);
            let told = put(bmc, ask).await?;
            teller.told(bmc.now(), told);
            fence.handle(bmc.now(), told);
            teller.fenced(bmc.now(), fence.fenced());
        }
        if let Some(outcome) = fence.outcome() {
            return result(outcome, fence.fenced(), began, bmc.now());
        }
        bmc.rest(fence.deadline().unwrap_or(bmc.now())).await?;
    }
}

/// Turns questions and answers into steps, each told once.
struct Teller<'v> {
    began: Instant,
    voice: &'v mut dyn Voice,
    power: Option<PowerState>,
    fenced: bool,
}

impl Teller<'_> {
    fn say(&mut self, now: Instant, step: Step) {
        self.voice.step(now.since(self.began), step);
    }

    fn asked(&mut self, now: Instant, ask: Ask) {
        if let Ask::Act { action, .. } = ask {
            self.say(now, Step::Sent(action));
        }
    }

    fn told(&mut self, now: Instant, told: Told) {
        match told {
            Told::Power(power) => {
                if self.power.replace(power) != Some(power) {
                    self.say(now, Step::Power(power));
                }
            }
            Told::Accepted => self.say(now, Step::Accepted),
            Told::Refused(refusal) => self.say(now, Step::Refused(refusal.code)),
            Told::Failed(failure) => self.say(now, Step::Failed(failure)),
        }
    }

    fn fenced(&mut self, now: Instant, fenced: Option<Fenced>) {
        if let Some(fenced) = fenced
            && !std::mem::replace(&mut self.fenced, true)
        {
            self.say(now, Step::Fenced(fenced.how));
        }
    }
}

fn result(
    outcome: Outcome,
    fenced: Option<Fenced>,
    began: Instant,
    now: Instant,
) -> Result<Fencing, Problem> {
    match outcome {
        Outcome::Fenced { power_on } => {
            let Some(fenced) = fenced else {
                unreachable!("a fencing that has succeeded tells when and how")
            };
            let on = |end: OrderEnd| matches!(end, OrderEnd::Proved { .. });
            Ok(Fencing {
                how: fenced.how,
                fenced_after: fenced.at.since(began),
                took: now.since(began),
                power_on: power_on.map(on),
            })
        }
        Outcome::Unreachable(failure) | Outcome::BadCredentials(failure) => {
            Err(Problem::Failed(failure))
        }
        Outcome::Refused(refusal) => Err(refused(refusal)),
        Outcome::Unconfirmed { power } => Err(Problem::Unconfirmed(format!(
            "not fenced: the power still reads {power} after every method"
        ))),
    }
}
