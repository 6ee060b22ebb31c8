//! Looks, quick readings, joining and going on after a restart.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn at(ms: u64) -> Instant {
    Instant::from_micros(1_000_000 + ms * 1000)
}

fn sent(actions: &[ChassisAction]) -> Sent {
    actions.iter().fold(Sent::default(), |sent, action| sent.with(*action))
}

/// A course and its clock, answered in a millisecond.
struct Ride {
    course: Course,
    now: Instant,
    acts: Vec<ChassisAction>,
}

impl Ride {
    fn resumed(methods: &[Method], power_on: bool, before: &[ChassisAction]) -> Self {
        let plan = Plan::new(methods, power_on, Budgets::default()).expect("the methods differ");
        let course = Course::resumed(&plan, sent(before), at(0));
        Self { course, now: at(0), acts: Vec::new() }
    }

    fn tell(&mut self, answers: &[Told]) {
        let budgets = Budgets::default();
        for told in answers {
            let ask = loop {
                match self.course.poll(&budgets, self.now) {
                    Some(ask) => break ask,
                    None => self.now = self.course.deadline().expect("it asks"),
                }
            };
            if let Ask::Act { action, .. } = ask {
                self.acts.push(action);
            }
            self.now = self.now + ms(1);
            self.course.handle(&budgets, self.now, *told);
        }
    }
}

#[test]
fn readings_follow_one_another_quickly_for_two_seconds() {
    let mut bench = Bench::with(&[Method::Off]);
    bench.tell(&[READ_ON, Told::Accepted]);
    let start = bench.now;
    let mut readings = 0;
    while bench.now < start + SECOND {
        bench.tell(&[READ_ON]);
        readings += 1;
    }
    assert!((199..=201).contains(&readings), "5 ms apart: {readings}");
    while bench.now < start + 3 * SECOND {
        bench.tell(&[READ_ON]);
    }
    let before = bench.now;
    bench.tell_after(Duration::ZERO, READ_ON);
    assert_eq!(bench.now.since(before), Budgets::default().look_interval.duration());
}

#[test]
fn a_slow_bmc_sets_the_pace_itself() {
    let mut bench = Bench::with(&[Method::Off]);
    bench.tell(&[READ_ON, Told::Accepted]);
    bench.tell_after(ms(80), READ_ON);
    let answered = bench.now;
    bench.ask();
    assert_eq!(bench.now, answered, "asked again at once");
}

#[test]
fn who_joins_is_answered_by_later_readings_only() {
    let mut ride = Ride::resumed(&[Method::Off], false, &[]);
    ride.tell(&[READ_ON, Told::Accepted, READ_OFF]);
    ride.course.renew();
    ride.tell(&[READ_OFF]);
    assert_eq!(ride.course.fenced(), None);
    ride.tell(&[READ_OFF]);
    assert!(ride.course.fenced().is_some());
}

#[test]
fn a_reading_under_way_when_somebody_joins_does_not_count() {
    let budgets = Budgets::default();
    let mut look = Look::new(&budgets, at(0));
    assert!(look.poll(at(0)).is_some());
    look.renew();
    look.handle(at(5), READ_OFF);
    assert!(look.poll(at(5)).is_some(), "asked again at once");
    look.handle(at(6), READ_OFF);
    assert_eq!(look.deadline(), Some(at(106)));
    assert!(look.poll(at(106)).is_some());
    look.handle(at(107), READ_OFF);
    assert_eq!(look.end(), Some(LookEnd::Off));
}

#[test]
fn a_look_ends_by_a_reading_of_on_a_final_failure_or_its_time() {
    let budgets = Budgets::default();
    let ends = [
        (READ_ON, LookEnd::On),
        (Told::Failed(Failure::WrongPassword), LookEnd::Failed(Failure::WrongPassword)),
        (LOST, LookEnd::Unknown(Some(Failure::Lost))),
        (READ_NOTHING, LookEnd::Unknown(None)),
    ];
    for (told, end) in ends {
        let mut look = Look::new(&budgets, at(0));
        let mut now = at(0);
        while look.end().is_none() {
            assert!(now <= at(0) + budgets.look, "{told:?}");
            match look.poll(now) {
                Some(_) => look.handle(now, told),
                None => now = look.deadline().unwrap_or(now),
            }
        }
        assert_eq!(look.end(), Some(end), "{told:?}");
        assert_eq!(look.deadline(), None);
    }
}

#[test]
fn after_a_restart_only_off_is_sent_again() {
    let mut ride = Ride::resumed(&Method::ALL, false, &[Off, Cycle]);
    assert_eq!(ride.course.due_action(), None, "it looks first");
    ride.tell(&[READ_ON]);
    assert_eq!(ride.course.due_action(), Some(Off));
    let refused = refused(RefusalKind::Other, 0xd4);
    ride.tell(&[refused, refused]);
    assert_eq!(ride.acts, [Off, Reset], "the cycle may have been sent");
}

#[test]
fn what_reads_off_after_a_restart_was_switched_off_by_what_was_sent() {
    let mut ride = Ride::resumed(&[Method::Off], true, &[Off]);
    ride.tell(&[READ_OFF, READ_OFF]);
    assert_eq!(ride.course.fenced().map(|fenced| fenced.how), Some(How::Method(Method::Off)));
    assert_eq!(ride.course.due_action(), Some(On), "and is switched on again");
    let mut ride = Ride::resumed(&[Method::Off], true, &[Off, On]);
    ride.tell(&[READ_OFF, READ_OFF]);
    assert_eq!(ride.course.outcome(), Some(Outcome::Fenced { power_on: None }), "on went out");
}

#[test]
fn a_power_on_that_is_due_after_a_restart_begins_with_a_look() {
    for (read, acts) in
        [(&[READ_OFF, READ_OFF, Told::Accepted, READ_ON][..], &[On][..]), (&[READ_ON], &[])]
    {
        let plan = Plan::default();
        let how = How::Method(Method::Off);
        let course = Course::resumed_at_power_on(&plan, how, sent(&[Off]), at(0));
        let mut ride = Ride { course, now: at(0), acts: Vec::new() };
        assert!(ride.course.fenced().is_some());
        ride.tell(read);
        assert_eq!(ride.acts, acts);
        assert!(matches!(ride.course.outcome(), Some(Outcome::Fenced { .. })));
    }
}

#[test]
fn a_server_may_be_left_off() {
    let mut ride = Ride::resumed(&[Method::Off], true, &[]);
    ride.tell(&[READ_ON, Told::Accepted, READ_OFF, READ_OFF]);
    assert_eq!(ride.course.due_action(), Some(On));
    ride.course.leave_off();
    assert_eq!(ride.course.outcome(), Some(Outcome::Fenced { power_on: None }));
    assert_eq!(ride.acts, [Off]);
}

#[test]
fn what_went_off_and_came_back_unproved_is_not_shot_by_the_next_method() {
    let mut ride = Ride::resumed(&[Method::Cycle, Method::Reset], true, &[]);
    ride.tell(&[READ_ON, Told::Accepted, READ_OFF]);
    let budgets = Budgets::default();
    while ride.course.outcome().is_none() {
        match ride.course.poll(&budgets, ride.now) {
            Some(Ask::Look { .. }) => ride.course.handle(&budgets, ride.now + ms(1), READ_ON),
            Some(other) => panic!("{other:?}"),
            None => ride.now = ride.course.deadline().unwrap_or(ride.now),
        }
    }
    let outcome = ride.course.outcome();
    assert_eq!(outcome, Some(Outcome::Unconfirmed { power: PowerState::On }));
}
