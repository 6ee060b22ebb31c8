//! `power`: the state, and orders with or without proof.

use komainu_core::connector::route;
use komainu_core::failure::Failure;
use komainu_core::fence::{Ask, Budgets, Order, OrderEnd, Proof, Refusal as FenceRefusal, Told};
use komainu_core::session::Answer;
use komainu_core::time::Instant;
use komainu_core::types::{ChassisAction, PowerState};
use komainu_core::wire::command::chassis::{ChassisControl, GetChassisStatus};
use komainu_core::wire::command::{Command, CompletionCode};
use serde::Serialize;

use crate::cli::PowerVerb;
use crate::engine::Bmc;
use crate::output::{Report, Text, Tone};
use crate::problem::{Named, Problem, Refusal};

/// The power of a host.
#[derive(Debug, Serialize)]
pub(super) struct Power {
    power: &'static str,
}

impl Report for Power {
    fn text(&self) -> Text {
        Text::Word(self.power, if self.power == "on" { Tone::Good } else { Tone::Notable })
    }
}

/// Reads the power.
pub(super) async fn status(bmc: Bmc<'_>) -> Result<Power, Problem> {
    let status = bmc.ask(&GetChassisStatus).await?;
    Ok(Power { power: if status.power_on { "on" } else { "off" } })
}

/// What became of an order.
#[derive(Debug, Serialize)]
pub(super) struct Ordered {
    action: String,
    /// The power was read as it should be; without waiting, the BMC took the order.
    result: &'static str,
    /// From the order to the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
}

impl Report for Ordered {
    fn text(&self) -> Text {
        Text::Line(match self.seconds {
            Some(seconds) => format!("{}: {} after {seconds:.2} s", self.action, self.result),
            None => format!("{}: {}", self.action, self.result),
        })
    }
}

/// Gives an order.
pub(super) async fn act(bmc: Bmc<'_>, verb: PowerVerb) -> Result<Ordered, Problem> {
    let (action, proof) = match verb {
        PowerVerb::Status => return Err(Problem::Unsupported("order to read")),
        PowerVerb::On(how) => (ChassisAction::On, how.wait.then_some(Proof::On)),
        PowerVerb::Off(how) => (ChassisAction::Off, how.wait.then_some(Proof::Off)),
        PowerVerb::Soft(how) => (ChassisAction::SoftShutdown, how.wait.then_some(Proof::Off)),
        PowerVerb::Cycle(how) => (ChassisAction::Cycle, how.wait.then_some(Proof::Off)),
        PowerVerb::Reset => (ChassisAction::Reset, None),
        PowerVerb::Diag => (ChassisAction::DiagnosticInterrupt, None),
    };
    let began = bmc.now();
    let budgets = Budgets::default();
    let order = Order::new(action, proof.unwrap_or(Proof::Word), budgets);
    let proved = carry_out(bmc, order).await?;
    let mut result = match (proof, proved) {
        (Some(Proof::On), _) => "read on",
        (Some(_), _) => "read off",
        (None, _) => "accepted",
    };
    let mut at = proved;
    if proof.is_some() && action == ChassisAction::Cycle {
        at = Some(until_on(bmc, bmc.now() + budgets.on, &budgets).await?);
        result = "read off, then on";
    }
    let seconds = at.map(|at| at.since(began).as_secs_f64());
    Ok(Ordered { action: action.to_string(), result, seconds })
}

/// Gives the order and looks for its proof; when that came, if one was asked for.
async fn carry_out(bmc: Bmc<'_>, mut order: Order) -> Result<Option<Instant>, Problem> {
    loop {
        while let Some(ask) = order.poll(bmc.now()) {
            let told = put(bmc, ask).await?;
            order.handle(bmc.now(), told);
        }
        match order.end() {
            Some(end) => return outcome(order.action(), end),
            None => bmc.rest(order.deadline().unwrap_or(bmc.now())).await?,
        }
    }
}

fn outcome(action: ChassisAction, end: OrderEnd) -> Result<Option<Instant>, Problem> {
    match end {
        OrderEnd::Proved { at } => Ok(Some(at)),
        OrderEnd::Accepted => Ok(None),
        OrderEnd::Unproved { power, accepted: true } => {
            Err(Problem::Unconfirmed(format!("{action} was accepted, but the power reads {power}")))
        }
        OrderEnd::Unproved { power, accepted: false } => Err(Problem::Unconfirmed(format!(
            "{action} was sent once and not answered; the power reads {power}"
        ))),
        OrderEnd::Refused(refusal) => Err(refused(refusal)),
        OrderEnd::Failed(failure) => Err(Problem::Failed(failure)),
    }
}

/// A refused order, as a problem.
pub(super) fn refused(refusal: FenceRefusal) -> Problem {
    Problem::Refused(Refusal {
        command: Named { net_fn: ChassisControl::NET_FN, code: ChassisControl::CODE },
        code: CompletionCode(refusal.code),
        privilege: ChassisControl::PRIVILEGE,
    })
}

/// Puts a question of a fencing or an order to the BMC.
pub(super) async fn put(bmc: Bmc<'_>, ask: Ask) -> Result<Told, Problem> {
    let (request, budget) = route::request_of(ask).map_err(|_| Problem::TooLarge)?;
    match bmc.send(request, budget).await {
        Ok(code) => Ok(route::told(ask, &Answer { code, data: &bmc.data() })),
        Err(Problem::Failed(failure)) => Ok(Told::Failed(failure)),
        // The way may open again before the time is up.
        Err(Problem::NotSent(_)) => Ok(Told::Failed(Failure::Silent)),
        Err(problem) => Err(problem),
    }
}

/// Reads the power until it is on; when it was.
async fn until_on(bmc: Bmc<'_>, until: Instant, budgets: &Budgets) -> Result<Instant, Problem> {
    loop {
        let left = until.since(bmc.now());
        let told = put(bmc, Ask::Look { budget: left.min(budgets.act.duration()) }).await?;
        match told {
            Told::Power(PowerState::On) => return Ok(bmc.now()),
            Told::Failed(failure) if failure.is_final() => return Err(Problem::Failed(failure)),
            Told::Power(_) | Told::Failed(_) | Told::Refused(_) | Told::Accepted => {}
        }
        if bmc.now() >= until {
            let words = "it was read off, but did not come on again";
            return Err(Problem::Unconfirmed(words.to_owned()));
        }
        bmc.rest(bmc.now() + budgets.look_interval).await?;
    }
}
