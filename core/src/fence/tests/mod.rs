//! Every transition, outcome and rule of a fencing, with answers from a script.

extern crate std;

mod course;

use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::failure::Failure;
use crate::time::Millis;
use crate::types::ChassisAction;
use ChassisAction::{Cycle, Off, On, Reset};

const READ_ON: Told = Told::Power(PowerState::On);
const READ_OFF: Told = Told::Power(PowerState::Off);
const READ_NOTHING: Told = Told::Power(PowerState::Unknown);
const LOST: Told = Told::Failed(Failure::Lost);
const UNANSWERED: Told = Told::Failed(Failure::Unanswered);
const WRONG_STATE: Told = refused(RefusalKind::WrongState, 0xd5);
const BUSY: Told = refused(RefusalKind::Busy, 0xc0);

const fn refused(kind: RefusalKind, code: u8) -> Told {
    Told::Refused(Refusal { code, kind })
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A fencing and its clock; every answer takes as long as it is told to.
struct Bench {
    fence: Fence,
    now: Instant,
    acts: Vec<ChassisAction>,
}

impl Bench {
    fn new(plan: Plan) -> Self {
        let now = Instant::from_micros(1_000_000);
        Self { fence: Fence::new(plan, now), now, acts: Vec::new() }
    }

    fn with(methods: &[Method]) -> Self {
        Self::new(Plan::new(methods, false, Budgets::default()).expect("the methods differ"))
    }

    /// The next question, waited for; `None` when there is none any more.
    fn ask(&mut self) -> Option<Ask> {
        loop {
            if let Some(ask) = self.fence.poll(self.now) {
                assert_eq!(self.fence.poll(self.now), None, "one question at a time");
                return Some(ask);
            }
            let due = self.fence.deadline()?;
            assert!(due > self.now, "nothing to ask, but due");
            self.now = due;
        }
    }

    /// Answers the next question after `took`.
    fn tell_after(&mut self, took: Duration, told: Told) -> &mut Self {
        match self.ask().expect("it asks") {
            Ask::Act { action, .. } => self.acts.push(action),
            Ask::Look { .. } => {}
        }
        self.now = self.now + took;
        self.fence.handle(self.now, told);
        self
    }

    fn tell(&mut self, answers: &[Told]) -> &mut Self {
        for told in answers {
            self.tell_after(ms(1), *told);
        }
        self
    }

    /// Answers every further look with `told` and every action with `act`, to the end.
    fn tell_always(&mut self, act: Told, look: Told) -> Outcome {
        while let Some(ask) = self.ask() {
            match ask {
                Ask::Act { action, .. } => self.acts.push(action),
                Ask::Look { .. } => {}
            }
            let told = if matches!(ask, Ask::Act { .. }) { act } else { look };
            self.now = self.now + ms(1);
            self.fence.handle(self.now, told);
        }
        self.fence.outcome().expect("it is over")
    }

    fn how(&self) -> Option<How> {
        self.fence.fenced().map(|fenced| fenced.how)
    }
}

#[test]
fn two_looks_at_what_is_off_are_enough() {
    let mut bench = Bench::new(Plan::default());
    assert_eq!(bench.fence.stage(), Stage::Looking);
    bench.tell(&[READ_OFF]);
    assert_eq!(bench.fence.fenced(), None, "one reading is not enough");
    bench.tell(&[READ_OFF]);
    assert_eq!(bench.fence.outcome(), Some(Outcome::Fenced { power_on: None }));
    assert_eq!(bench.how(), Some(How::AlreadyOff));
    assert_eq!(bench.fence.stage(), Stage::Over);
    assert!(bench.acts.is_empty());
}

#[test]
fn readings_are_a_gap_apart_from_answer_to_question() {
    let mut bench = Bench::new(Plan::default());
    bench.tell_after(ms(700), READ_OFF);
    let first = bench.now;
    bench.ask();
    assert_eq!(bench.now, first + ms(100));
}

#[test]
fn one_look_between_two_readings_of_off_undoes_the_first() {
    for between in [READ_NOTHING, LOST, BUSY] {
        let mut bench = Bench::new(Plan::default());
        bench.tell(&[READ_OFF, between, READ_OFF]);
        assert_eq!(bench.fence.fenced(), None, "{between:?}");
        bench.tell(&[READ_OFF]);
        assert_eq!(bench.how(), Some(How::AlreadyOff), "{between:?}");
    }
}

#[test]
fn off_is_confirmed_then_switched_on() {
    let mut bench = Bench::new(Plan::default());
    bench.tell(&[READ_ON]);
    assert_eq!(bench.fence.stage(), Stage::Working(Method::Off));
    assert_eq!(bench.fence.power(), PowerState::On);
    bench.tell(&[Told::Accepted, READ_ON, READ_OFF]);
    assert_eq!(bench.fence.fenced(), None);
    bench.tell(&[READ_OFF]);
    let fenced = bench.fence.fenced().expect("confirmed");
    assert_eq!((fenced.how, fenced.at), (How::Method(Method::Off), bench.now));
    assert_eq!(bench.fence.stage(), Stage::PoweringOn);
    assert_eq!(bench.fence.outcome(), None, "the power-on is still to come");
    bench.tell(&[Told::Accepted, READ_OFF, READ_ON]);
    let power_on = Some(OrderEnd::Proved { at: bench.now });
    assert_eq!(bench.fence.outcome(), Some(Outcome::Fenced { power_on }));
    assert_eq!(bench.acts, [Off, On]);
}

#[test]
fn a_reading_of_on_between_two_of_off_undoes_the_first() {
    let mut bench = Bench::with(&[Method::Off]);
    bench.tell(&[READ_ON, Told::Accepted, READ_OFF, READ_ON, READ_OFF]);
    assert_eq!(bench.fence.fenced(), None);
    bench.tell(&[READ_OFF]);
    assert_eq!(bench.how(), Some(How::Method(Method::Off)));
}

#[test]
fn an_unanswered_action_is_watched_and_not_repeated_while_it_may_work() {
    let mut bench = Bench::with(&[Method::Off]);
    bench.tell(&[READ_ON, UNANSWERED, READ_OFF, READ_OFF]);
    assert_eq!(bench.fence.outcome(), Some(Outcome::Fenced { power_on: None }));
    assert_eq!(bench.acts, [Off]);
}

#[test]
fn an_action_that_does_nothing_is_followed_by_the_next_method() {
    let mut bench = Bench::new(Plan::default());
    let outcome = bench.tell_always(Told::Accepted, READ_ON);
    assert_eq!(outcome, Outcome::Unconfirmed { power: PowerState::On });
    assert_eq!(bench.acts, [Off, Off, Off, Cycle, Reset]);
    assert_eq!(bench.fence.fenced(), None);
}

#[test]
fn silence_is_never_off() {
    for silence in [LOST, READ_NOTHING, Told::Failed(Failure::Silent)] {
        let mut bench = Bench::new(Plan::default());
        bench.tell(&[READ_ON]);
        let outcome = bench.tell_always(Told::Accepted, silence);
        assert!(!matches!(outcome, Outcome::Fenced { .. }), "{silence:?}: {outcome:?}");
        assert_eq!(bench.fence.fenced(), None);
    }
}

#[test]
fn silence_after_an_action_is_waited_out_longer() {
    let budgets = Budgets::default();
    for (told, span) in [(READ_ON, budgets.off), (LOST, budgets.silence)] {
        let mut bench = Bench::with(&[Method::Off]);
        bench.tell(&[READ_ON, Told::Accepted]);
        let start = bench.now;
        while bench.acts.len() < 2 {
            bench.tell_after(ms(1), if bench.acts.len() < 2 { told } else { Told::Accepted });
        }
        let took = bench.now.since(start);
        assert!(took >= span.duration() && took < span.duration() + ms(500), "{took:?}");
    }
}

#[test]
fn a_first_reading_of_off_at_the_end_is_followed_by_a_second() {
    let mut bench = Bench::with(&[Method::Off]);
    bench.tell(&[READ_ON, Told::Accepted]);
    let end = bench.now + Budgets::default().off;
    while bench.now + ms(600) < end {
        bench.tell(&[READ_ON]);
    }
    let asked = bench.ask();
    assert!(matches!(asked, Some(Ask::Look { .. })) && bench.now < end);
    bench.now = end;
    bench.fence.handle(end, READ_OFF);
    bench.tell_after(ms(4000), READ_OFF);
    assert_eq!(bench.how(), Some(How::Method(Method::Off)));
}

#[test]
fn a_power_that_flaps_comes_to_an_end() {
    let mut bench = Bench::with(&[Method::Reset]);
    bench.tell(&[READ_ON, Told::Accepted]);
    let start = bench.now;
    let mut off = true;
    while bench.fence.outcome().is_none() && bench.ask().is_some() {
        bench.now = bench.now + ms(1);
        bench.fence.handle(bench.now, if off { READ_OFF } else { READ_ON });
        off = !off;
    }
    assert_eq!(bench.fence.fenced(), None);
    let (took, watched) = (bench.now.since(start), Budgets::default().pulse.duration());
    assert!(took < watched + ms(6000), "{took:?}");
}

#[test]
fn a_long_pause_between_readings_does_not_put_the_end_off() {
    let look_interval = Millis::from_secs(3600);
    let budgets = Budgets { look_interval, ..Budgets::default() };
    let plan = Plan::new(&[Method::Reset], false, budgets).expect("one method");
    let worst = plan.worst_case().answering;
    let mut bench = Bench::new(plan);
    let start = bench.now;
    bench.tell_always(Told::Accepted, READ_ON);
    assert!(bench.now.since(start) <= worst, "{:?}", bench.now.since(start));
}

#[test]
fn credentials_that_are_wrong_end_it_at_every_stage() {
    let wrong = Failure::WrongPassword;
    for before in [&[][..], &[READ_ON], &[READ_ON, Told::Accepted]] {
        let mut bench = Bench::new(Plan::default());
        bench.tell(before).tell(&[Told::Failed(wrong)]);
        assert_eq!(bench.fence.outcome(), Some(Outcome::BadCredentials(wrong)), "{before:?}");
        assert_eq!(bench.fence.deadline(), None);
    }
}

#[test]
fn what_never_answers_is_unreachable() {
    let mut bench = Bench::new(Plan::default());
    let start = bench.now;
    let outcome = bench.tell_always(Told::Accepted, Told::Failed(Failure::Silent));
    assert_eq!(outcome, Outcome::Unreachable(Failure::Silent));
    assert!(bench.now.since(start) <= Budgets::default().look.duration());
    assert!(bench.acts.is_empty(), "nothing is done to what was not read");
}

#[test]
fn a_refusal_ends_in_a_refusal() {
    let refusal = Refusal { code: 0xd4, kind: RefusalKind::Privilege };
    let mut bench = Bench::new(Plan::default());
    let outcome = bench.tell_always(Told::Refused(refusal), READ_ON);
    assert_eq!(outcome, Outcome::Refused(refusal));
    assert_eq!(bench.acts, [Off, Cycle, Reset], "each method is refused once");
}

#[test]
fn a_busy_bmc_is_asked_for_off_once_more() {
    let mut bench = Bench::with(&[Method::Off]);
    bench.tell(&[READ_ON, BUSY, Told::Accepted, READ_OFF, READ_OFF]);
    assert_eq!(bench.acts, [Off, Off]);
    assert_eq!(bench.fence.outcome(), Some(Outcome::Fenced { power_on: None }));
}

#[test]
fn an_action_that_the_state_forbids_is_followed_by_a_look() {
    let mut bench = Bench::with(&[Method::Cycle, Method::Off]);
    bench.tell(&[READ_ON, WRONG_STATE]);
    assert_eq!(bench.fence.stage(), Stage::Looking);
    bench.tell(&[READ_OFF, READ_OFF]);
    assert_eq!(bench.how(), Some(How::Method(Method::Cycle)));
    let mut bench = Bench::with(&[Method::Cycle, Method::Off]);
    bench.tell(&[READ_ON, WRONG_STATE, READ_ON]);
    assert_eq!(bench.fence.stage(), Stage::Working(Method::Off), "it is on after all");
}

#[test]
fn a_cycle_switches_on_by_itself() {
    let plan = Plan::new(&[Method::Cycle], true, Budgets::default()).expect("one method");
    let mut bench = Bench::new(plan);
    bench.tell(&[READ_ON, Told::Accepted, READ_OFF, READ_OFF]);
    assert_eq!(bench.fence.outcome(), Some(Outcome::Fenced { power_on: None }));
    assert_eq!(bench.acts, [Cycle]);
}

#[test]
fn a_server_that_stays_off_is_fenced_all_the_same() {
    let mut bench = Bench::new(Plan::default());
    bench.tell(&[READ_ON, Told::Accepted, READ_OFF, READ_OFF]);
    let outcome = bench.tell_always(Told::Accepted, READ_OFF);
    let power_on = Some(OrderEnd::Unproved { power: PowerState::Off, accepted: true });
    assert_eq!(outcome, Outcome::Fenced { power_on });
    assert_eq!(bench.acts, [Off, On, On], "on is tried twice");
}

#[test]
fn an_order_without_proof_ends_with_the_word_of_the_bmc() {
    let now = Instant::from_micros(0);
    let mut order = Order::new(ChassisAction::SoftShutdown, Proof::Word, Budgets::default());
    assert!(matches!(order.poll(now), Some(Ask::Act { action: ChassisAction::SoftShutdown, .. })));
    order.handle(now, Told::Accepted);
    assert_eq!(order.end(), Some(OrderEnd::Accepted));
    let mut order = Order::new(Reset, Proof::Word, Budgets::default());
    let _ask = order.poll(now);
    order.handle(now, UNANSWERED);
    assert!(matches!(order.poll(now), Some(Ask::Look { .. })), "the power says what it can");
    order.handle(now, READ_ON);
    let unproved = OrderEnd::Unproved { power: PowerState::On, accepted: false };
    assert_eq!(order.end(), Some(unproved));
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut bench = Bench::new(Plan::default());
    bench.fence.handle(bench.now, READ_OFF);
    bench.fence.handle(bench.now + ms(500), READ_OFF);
    assert_eq!(bench.fence.fenced(), None);
    bench.tell(&[READ_ON, Told::Accepted]);
    bench.fence.handle(bench.now + ms(1), READ_OFF);
    bench.fence.handle(bench.now + ms(500), READ_OFF);
    assert_eq!(bench.fence.fenced(), None);
}

#[test]
fn plans_are_built_right_or_not_at_all() {
    let budgets = Budgets::default();
    assert_eq!(Plan::new(&[], true, budgets), None);
    assert_eq!(Plan::new(&[Method::Off, Method::Cycle, Method::Off], true, budgets), None);
    let plan = Plan::new(&[Method::Reset], true, budgets).expect("one method");
    assert_eq!(plan.method(0), Some(Method::Reset));
    assert_eq!(plan.method(1), None);
}

#[test]
fn the_worst_case_is_the_sum_of_the_steps_but_the_last() {
    let plan = Plan::default();
    let steps: Vec<_> = plan.steps().collect();
    let budgets = Budgets::default();
    assert_eq!(steps.first(), Some(&PlanStep::Look(budgets.look.duration())));
    assert!(matches!(steps.last(), Some(PlanStep::PowerOn(_))));
    let sum = steps.iter().fold(Duration::ZERO, |sum, step| match step {
        PlanStep::Look(time) => sum + *time,
        PlanStep::Method { answering, .. } => sum + *answering,
        PlanStep::PowerOn(_) => sum,
    });
    assert_eq!(plan.worst_case().answering, sum);
    // Each try: to act, to watch, the gap, and 5 s for a reading that is under way.
    let once = budgets.act.duration() + budgets.off.duration() + ms(100 + 5000);
    let off = steps.get(1).expect("off comes first");
    assert!(matches!(off, PlanStep::Method { answering, .. } if *answering == once * 3), "{off:?}");
    let (act, look) = (Millis::from_secs(10), Millis::from_secs(20));
    let short = Budgets { off: Millis::new(1), act, look, ..budgets };
    let plan = Plan::new(&[Method::Off], false, short).expect("one method");
    // What is refused is followed by a look, which then is the longer way.
    assert_eq!(plan.worst_case().answering, Duration::from_secs(20 + 3 * (10 + 20)));
}
