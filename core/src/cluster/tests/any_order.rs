//! Whatever happens in whatever order, these hold.

use std::collections::{BTreeMap, BTreeSet};
use std::vec;

use proptest::collection;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Ask { by: u8, of: u8, id: u64, look: bool },
    Hear(u8),
    Read(u8, PowerState),
    Confirm(u8),
    Fail(u8),
    Command(u8, ChassisAction),
    EndPowerOn(u8),
    EndSession(u8),
    Store,
    Crash,
    Wait(u64),
    Maintain(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let host = || 0..3_u8;
    let power = prop_oneof![
        3 => Just(PowerState::Off), 1 => Just(PowerState::On), 1 => Just(PowerState::Unknown),
    ];
    let action = prop_oneof![
        3 => Just(ChassisAction::Off),
        1 => Just(ChassisAction::Cycle),
        2 => Just(ChassisAction::On),
    ];
    prop_oneof![
        8 => (host(), host(), 1..9_u64, any::<bool>())
            .prop_map(|(by, of, id, look)| Step::Ask { by, of, id, look }),
        4 => host().prop_map(Step::Hear),
        8 => (host(), power).prop_map(|(of, power)| Step::Read(of, power)),
        4 => host().prop_map(Step::Confirm),
        2 => host().prop_map(Step::Fail),
        6 => (host(), action).prop_map(|(of, action)| Step::Command(of, action)),
        2 => host().prop_map(Step::EndPowerOn),
        3 => host().prop_map(Step::EndSession),
        6 => Just(Step::Store),
        1 => Just(Step::Crash),
        4 => (0..200_u64).prop_map(Step::Wait),
        1 => Just(Step::Wait(400_000)),
        1 => any::<bool>().prop_map(Step::Maintain),
    ]
}

/// What the world saw, to hold the arbiter against.
#[derive(Default)]
struct Seen {
    /// The questions that wait for the fencing of each host, and whether a command of it left.
    waiting: BTreeMap<u8, (BTreeSet<(u8, u64)>, bool)>,
    /// When a command left last for a question.
    acted: BTreeMap<(u8, u64), Instant>,
    /// When each question arrived first.
    arrived: BTreeMap<(u8, u64), Instant>,
    /// When each host was read off; what was read otherwise begins a new list.
    off: BTreeMap<u8, Vec<Vec<Instant>>>,
    token: Token,
}

impl Seen {
    fn judged(&mut self, question: (u8, u64), of: u8, verdict: Verdict, now: Instant) {
        let (questions, commanded) = self.waiting.entry(of).or_default();
        match verdict {
            Verdict::Fence => {
                let before = self.acted.get(&question);
                let held = before.is_some_and(|acted| now < *acted + RESULTS_FOR);
                assert!(!held, "one question, two resets");
                (*questions, *commanded) = (BTreeSet::from([question]), false);
            }
            Verdict::Joined => {
                questions.insert(question);
                if *commanded {
                    self.acted.insert(question, now);
                }
            }
            Verdict::Repeat | Verdict::Refused(_) | Verdict::Look(_) => {}
        }
    }

    fn commanded(&mut self, of: u8, now: Instant) {
        let (questions, commanded) = self.waiting.entry(of).or_default();
        *commanded = true;
        self.acted.extend(questions.iter().map(|question| (*question, now)));
    }

    fn check(&mut self, answer: Answer, now: Instant, known: Token) {
        let Asker::Host(HostIndex(by)) = answer.to else { return };
        if answer.state != ResetState::Fenced {
            assert_eq!(answer.token, Token(0));
            return;
        }
        assert!(answer.token > Token(0) && answer.token <= known, "{answer:?}");
        self.token = self.token.max(answer.token);
        let asked = self.arrived.get(&(by, answer.id.0.get())).expect("it was asked");
        assert!(*asked <= now);
    }
}

fn run(world: &mut World, seen: &mut Seen, step: Step) {
    let now = world.now;
    match step {
        Step::Ask { by, of, id, look } => {
            let method = if look { ResetMethod::LookOnly } else { ResetMethod::AsConfigured };
            let mutual = world.phase(HostIndex(by)) != Phase::Free;
            let asked = Request { method, ..request(HostIndex(by), HostIndex(of), id) };
            let verdict = world.judge(asked);
            if verdict != Verdict::Repeat && !matches!(verdict, Verdict::Refused(_)) {
                seen.arrived.insert((by, id), now);
                assert!(!mutual, "one that was shot at, and not seen since, shoots");
            }
            seen.judged((by, id), of, verdict, now);
        }
        Step::Hear(of) => world.hear(HostIndex(of)),
        Step::Read(of, power) => {
            world.read(HostIndex(of), power);
            let off = seen.off.entry(of).or_default();
            match (power, off.last_mut()) {
                (PowerState::Off, Some(last)) => last.push(now),
                (PowerState::Off, None) => off.push(vec![now]),
                (PowerState::On | PowerState::Unknown, _) => off.push(Vec::new()),
            }
        }
        Step::Confirm(of) => world.view().confirmed(now, HostIndex(of), true),
        Step::Fail(of) => world.fail(HostIndex(of)),
        Step::Command(of, action) => {
            if world.permit(HostIndex(of), action) == Permit::Granted {
                let durable = SavedHosts::read(&world.disk).phase(of);
                assert_eq!(durable, Some(world.phase(HostIndex(of))), "sent before it was stored");
                if action != ChassisAction::On {
                    seen.commanded(of, now);
                }
            }
        }
        Step::EndPowerOn(of) => world.view().power_on_ended(now, HostIndex(of)),
        Step::EndSession(of) => world.view().session_ended(HostIndex(of)),
        Step::Store => world.store(),
        Step::Crash => {
            world.crash();
            world.hear_all();
            *seen = Seen { token: seen.token, ..Seen::default() };
        }
        Step::Wait(millis) => world.wait(millis),
        Step::Maintain(on) => world.view().set_maintenance(now, on),
    }
}

/// The hosts of a record.
struct SavedHosts(Vec<SavedHost>);

impl SavedHosts {
    fn read(disk: &[u8]) -> Self {
        let record = Record::read(1, disk).expect("whole");
        let hosts = record.entries().filter(|(tag, _)| *tag == 2);
        Self(hosts.filter_map(|(_, mut fields)| SavedHost::get(&mut fields)).collect())
    }

    fn phase(&self, of: u8) -> Option<Phase> {
        let found = self.0.iter().find(|saved| saved.address.get() == u16::from(of) + 1);
        found.map(|saved| saved.phase)
    }

    /// Whether a connector that starts with this record may shoot.
    fn shoots(&self, of: u8, now: Instant) -> bool {
        let found = self.0.iter().find(|saved| saved.address.get() == u16::from(of) + 1);
        found.is_some_and(|saved| {
            let mut host = Host::new(saved.address);
            host.restore(now, saved);
            host.phase() == Phase::Fencing && !host.fencing.only_looks()
        })
    }
}

/// Two readings of off, asked for after the question and 100 ms apart.
fn is_proved(seen: &Seen, of: u8, asked: Instant) -> bool {
    seen.off.get(&of).into_iter().flatten().any(|readings| {
        let mut later = readings.iter().filter(|at| **at >= asked);
        later.next().is_some_and(|first| later.any(|at| *at >= *first + Millis::new(100)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_invariants_hold(steps in collection::vec(step(), 0..120)) {
        let mut world = World::new(3);
        let mut seen = Seen::default();
        let mut told = BTreeSet::new();
        for step in steps {
            run(&mut world, &mut seen, step);
            if matches!(step, Step::Crash) {
                told.clear();
            }
            let (now, known) = (world.now, world.cluster.token());
            for answer in world.answers() {
                seen.check(answer, now, known);
                let (Asker::Host(HostIndex(by)), Some(of)) = (answer.to, answer.target) else {
                    continue;
                };
                let key = (by, answer.id.0.get());
                if answer.state == ResetState::Fenced && told.insert(key) {
                    let asked = *seen.arrived.get(&key).expect("it was asked");
                    prop_assert!(is_proved(&seen, of.0, asked), "{answer:?} after {step:?}");
                    let shoots = SavedHosts::read(&world.disk).shoots(of.0, now);
                    let again = world.phase(of) == Phase::Fencing && !world.has_read_off(of);
                    prop_assert!(!shoots || again, "{answer:?}, and a restart would shoot");
                }
            }
            prop_assert!(world.view().in_flight() <= 2);
            prop_assert!(world.view().next_answer(now).is_none());
        }
    }
}
