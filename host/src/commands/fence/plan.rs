//! `komainu fence --plan`: the steps and the longest time they take, without touching anything.

use std::time::Duration;

use komainu_core::fence::{Plan, PlanStep};
use serde::Serialize;

use crate::output::Printer;

#[derive(Serialize)]
struct Printed<'a> {
    host: &'a str,
    steps: Vec<StepLine>,
    worst_case_seconds: f64,
    worst_case_silent_seconds: f64,
}

#[derive(Serialize)]
struct StepLine {
    step: String,
    tries: u8,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_seconds: Option<f64>,
}

impl StepLine {
    fn of(step: PlanStep) -> Self {
        let (step, tries, time, silent) = match step {
            PlanStep::Look(time) => ("look".to_owned(), 1, time, None),
            PlanStep::Method { method, tries, answering, silent } => {
                (method.to_string(), tries, answering, Some(silent))
            }
            PlanStep::PowerOn(time) => ("power on".to_owned(), 1, time, None),
        };
        let silent_seconds = silent.map(|time| time.as_secs_f64());
        Self { step, tries, seconds: time.as_secs_f64(), silent_seconds }
    }
}

/// Prints the plan.
pub(super) fn print(printer: &mut Printer, host: &str, plan: &Plan) {
    let worst = plan.worst_case();
    if printer.is_json() {
        printer.object(&Printed {
            host,
            steps: plan.steps().map(StepLine::of).collect(),
            worst_case_seconds: worst.answering.as_secs_f64(),
            worst_case_silent_seconds: worst.silent.as_secs_f64(),
        });
    } else {
        printer.line(&format!("How {host} would be fenced; nothing is touched now."));
        for (number, step) in (1..).zip(plan.steps()) {
            printer.line(&format!("  {number}. {}", words(step)));
        }
        printer.line(&format!(
            "Longest time to a result: {} while the BMC answers; {} if it falls silent after each \
             command.",
            seconds(worst.answering),
            seconds(worst.silent)
        ));
    }
    printer.flush();
}

fn words(step: PlanStep) -> String {
    match step {
        PlanStep::Look(time) => {
            format!("Read the power; off already is success. At most {}.", seconds(time))
        }
        PlanStep::Method { method, tries, answering, .. } => {
            let tries = if tries > 1 { format!(", up to {tries} times") } else { String::new() };
            format!(
                "Unless that worked: {method}{tries}, then read off twice. At most {}.",
                seconds(answering)
            )
        }
        PlanStep::PowerOn(time) => format!(
            "After \"off\": switch it on again, which the fencing does not wait for. At most {}.",
            seconds(time)
        ),
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", (time.as_secs_f64() * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_limit() {
        for step in Plan::default().steps() {
            assert!(words(step).contains(" s."), "{}", words(step));
        }
    }
}
