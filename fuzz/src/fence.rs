//! A fencing, told anything at any time.

use std::time::Duration;

use komainu_core::failure::Failure;
use komainu_core::fence::{
    Ask, Budgets, Fence, Fenced, Method, Outcome, Plan, PlanStep, Refusal, RefusalKind, Told,
};
use komainu_core::time::{Instant, Millis};
use komainu_core::types::PowerState;

use crate::tape::Tape;

const METHODS: [&[Method]; 6] = [
    &Method::ALL,
    &[Method::Off],
    &[Method::Cycle],
    &[Method::Reset],
    &[Method::Cycle, Method::Off],
    &[Method::Reset, Method::Cycle],
];

const fn refused(kind: RefusalKind) -> Told {
    Told::Refused(Refusal { code: 0xff, kind })
}

/// The first ones are what the way to a result takes.
const ANSWERS: [Told; 14] = [
    Told::Power(PowerState::Off),
    Told::Power(PowerState::On),
    Told::Accepted,
    Told::Failed(Failure::Unanswered),
    Told::Power(PowerState::Unknown),
    Told::Failed(Failure::Lost),
    Told::Failed(Failure::Silent),
    Told::Failed(Failure::Held),
    Told::Failed(Failure::WrongPassword),
    Told::Failed(Failure::WrongBmc),
    refused(RefusalKind::Busy),
    refused(RefusalKind::WrongState),
    refused(RefusalKind::Privilege),
    refused(RefusalKind::Other),
];

/// More questions than any plan asks.
const MOST_QUESTIONS: usize = 1_000_000;

/// A reading of off: when it was asked for, and when it came.
#[derive(Clone, Copy)]
struct Off {
    asked: Instant,
    told: Instant,
}

/// What the law on confirmations is held against.
#[derive(Default)]
struct Readings {
    /// Of off, since the last action and the last reading of on.
    first: Option<Off>,
    last: Option<Off>,
}

impl Readings {
    fn note(&mut self, ask: Ask, asked: Instant, told_at: Instant, told: Told) {
        let off = Off { asked, told: told_at };
        match (ask, told) {
            (Ask::Look { .. }, Told::Power(PowerState::Off)) => {
                self.first.get_or_insert(off);
                self.last = Some(off);
            }
            (Ask::Look { .. }, Told::Power(PowerState::On))
            // What was read before an action says nothing about what comes after it.
            | (Ask::Act { .. }, Told::Accepted | Told::Power(_))
            | (Ask::Act { .. }, Told::Failed(Failure::Unanswered)) => *self = Self::default(),
            (Ask::Look { .. }, _) => self.last = None,
            (Ask::Act { .. }, Told::Refused(_) | Told::Failed(_)) => {}
        }
    }

    fn confirm(&self, fenced: Fenced, gap: Duration) {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            panic!("fenced without two readings of off")
        };
        assert_eq!(last.told, fenced.at, "fenced when the second reading came");
        assert!(last.asked >= first.told + gap, "the two readings are less than {gap:?} apart");
    }
}

fn plan(tape: &mut Tape<'_>) -> Plan {
    let methods = tape.pick(&METHODS);
    let flags = tape.byte();
    let mut budgets = Budgets::default();
    if flags & 2 != 0 {
        let mut span = |unit: u32| Millis::new(1 + u32::from(tape.byte()) * unit);
        budgets.look = span(100);
        budgets.act = span(100);
        budgets.off = span(100);
        budgets.on = span(100);
        budgets.pulse = span(100);
        budgets.silence = span(500);
        budgets.confirm_gap = span(10);
        budgets.look_interval = span(10);
    }
    Plan::new(methods, flags & 1 != 0, budgets).expect("the methods differ")
}

/// Longest time to the end, the power-on included.
fn longest(plan: &Plan) -> Duration {
    let powering_on = plan.steps().map(|step| match step {
        PlanStep::PowerOn(time) => time,
        PlanStep::Look(_) | PlanStep::Method { .. } => Duration::ZERO,
    });
    plan.worst_case().silent + powering_on.sum::<Duration>()
}

/// Fences by a plan and with answers that `bytes` say.
pub fn run(bytes: &[u8]) {
    let mut tape = Tape::new(bytes);
    let plan = plan(&mut tape);
    let start = Instant::from_micros(0);
    let mut now = start;
    let mut fence = Fence::new(plan.clone(), now);
    let mut readings = Readings::default();
    for _ in 0..MOST_QUESTIONS {
        let Some(ask) = next(&mut fence, &mut now) else { break };
        let (Ask::Look { budget } | Ask::Act { budget, .. }) = ask;
        let asked = now;
        let (took, told) = if tape.is_over() {
            (budget, Told::Failed(Failure::Lost))
        } else {
            let part = u32::from(tape.byte());
            (budget * part / 255, tape.pick(&ANSWERS))
        };
        now = now + took;
        readings.note(ask, asked, now, told);
        let before = fence.fenced();
        fence.handle(now, told);
        if let (None, Some(fenced)) = (before, fence.fenced()) {
            readings.confirm(fenced, plan.budgets.confirm_gap.duration());
            assert!(now.since(start) <= plan.worst_case().silent, "later than printed");
        }
    }
    let Some(outcome) = fence.outcome() else { panic!("the fencing does not end") };
    let fenced = matches!(outcome, Outcome::Fenced { .. });
    assert_eq!(fenced, fence.fenced().is_some(), "{outcome:?}");
    assert!(now.since(start) <= longest(&plan), "{:?} of {:?}", now.since(start), longest(&plan));
    // What is over stays as it is.
    let (over, power) = (fence.outcome(), fence.fenced());
    fence.handle(now, Told::Power(PowerState::Off));
    assert_eq!((fence.poll(now), fence.deadline()), (None, None));
    assert_eq!((fence.outcome(), fence.fenced()), (over, power));
}

/// The next question, waited for; `None` at the end.
fn next(fence: &mut Fence, now: &mut Instant) -> Option<Ask> {
    loop {
        if let Some(ask) = fence.poll(*now) {
            assert_eq!(fence.poll(*now), None, "one question at a time");
            return Some(ask);
        }
        // An answer that nobody waits for confirms nothing.
        let before = fence.fenced();
        fence.handle(*now, Told::Power(PowerState::Off));
        assert_eq!(fence.fenced(), before);
        let due = fence.deadline()?;
        assert!(due > *now, "nothing to ask, but due");
        *now = due;
    }
}
