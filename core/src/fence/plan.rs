//! How a server is fenced: methods in order, budgets, and the worst case that follows from them.

use core::fmt;
use core::time::Duration;

use crate::time::Millis;
use crate::types::ChassisAction;

use super::attempt::LOOK;

/// One way to end a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Method {
    /// Power off, confirmed by reading; power on afterwards if the plan wants it.
    Off,
    /// Power cycle. Counts only when the off in between was read.
    Cycle,
    /// Hard reset. Counts only when an off was read, which few BMCs show.
    Reset,
    /// The outlets that feed the server are switched off, by whoever owns UPSes: each must feed
    /// nothing else. Proved by the readings of the outlets, or of the BMC where that has power.
    Outlet,
}

impl Method {
    /// All that a BMC carries out, in the order of how well they can be proved.
    pub const ALL: [Self; 3] = [Self::Off, Self::Cycle, Self::Reset];

    /// The action of the BMC that carries it out; `None` when that has no part in it.
    pub const fn action(self) -> Option<ChassisAction> {
        match self {
            Self::Off => Some(ChassisAction::Off),
            Self::Cycle => Some(ChassisAction::Cycle),
            Self::Reset => Some(ChassisAction::Reset),
            Self::Outlet => None,
        }
    }

    /// How often it is tried. Off may be repeated while the server is still on; a second cycle or
    /// reset could hit a server that is starting.
    pub const fn tries(self) -> u8 {
        match self {
            Self::Off => 3,
            Self::Cycle | Self::Reset | Self::Outlet => 1,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Cycle => "cycle",
            Self::Reset => "reset",
            Self::Outlet => "outlet",
        })
    }
}

/// How long each part of a fencing may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Until the first look has succeeded, a login included. Default 10 s.
    pub look: Millis,
    /// Until an action is answered, a login included. Default 5 s.
    pub act: Millis,
    /// From the command off to the reading of off, each time it is tried. Default 20 s.
    pub off: Millis,
    /// From the command on to the reading of on. Default 30 s.
    pub on: Millis,
    /// In which the off of a cycle or reset must be read. Default 10 s.
    pub pulse: Millis,
    /// From a soft shutdown to the reading of off. Default 120 s.
    pub soft: Millis,
    /// For which a BMC may be silent after an action before that counts as a failure: a port that
    /// it shares with the server renegotiates. Default 60 s.
    pub silence: Millis,
    /// Between the two readings of off that confirm. Default 100 ms.
    pub confirm_gap: Millis,
    /// Between two readings. Default 250 ms. In the first 2 s after an action that is to switch
    /// off, the next reading follows an answer of *on* at once, but 5 ms after the last at least.
    pub look_interval: Millis,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            look: Millis::from_secs(10),
            act: Millis::from_secs(5),
            off: Millis::from_secs(20),
            on: Millis::from_secs(30),
            pulse: Millis::from_secs(10),
            soft: Millis::from_secs(120),
            silence: Millis::from_secs(60),
            confirm_gap: Millis::new(100),
            look_interval: Millis::new(250),
        }
    }
}

/// How often switching on again is tried.
pub(super) const POWER_ON_TRIES: u8 = 2;

/// Most methods of a plan.
const MAX_METHODS: usize = Method::ALL.len() + 1;

/// How long an outlet may take from the order to the proof: some count down, each reading takes
/// its time, and a server may run on without power for 10 s.
pub(super) const OUTLET: Millis = Millis::from_secs(45);

/// How long a BMC may take to answer after it had no power.
pub(super) const WAKE: Millis = Millis::from_secs(180);

/// Methods in order, four bits each: every server has them. There is none behind the first 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Methods(u16);

impl Methods {
    const BITS: u32 = 4;

    fn of(methods: &[Method]) -> Self {
        let code = |method: &Method| *method as u16 + 1;
        let pack = |packed, method| packed << Self::BITS | code(method);
        Self(methods.iter().rev().fold(0, pack))
    }

    pub(super) fn get(&self, at: u8) -> Option<Method> {
        let packed = self.0.checked_shr(u32::from(at) * Self::BITS)?;
        match packed & 0xF {
            1 => Some(Method::Off),
            2 => Some(Method::Cycle),
            3 => Some(Method::Reset),
            4 => Some(Method::Outlet),
            _ => None,
        }
    }

    fn iter(&self) -> impl Iterator<Item = Method> + use<> {
        let methods = *self;
        (0..).map_while(move |at| methods.get(at))
    }
}

const _: () = assert!(MAX_METHODS * Methods::BITS as usize <= u16::BITS as usize);

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What a fencing does, and for how long at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) methods: Methods,
    /// Switch the server on again after [`Method::Off`].
    pub power_on: bool,
    /// How long each part may take.
    pub budgets: Budgets,
}

impl Default for Plan {
    /// Off, then cycle, then reset; on again afterwards.
    fn default() -> Self {
        Self { methods: Methods::of(&Method::ALL), power_on: true, budgets: Budgets::default() }
    }
}

/// One line of a printed plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanStep {
    /// Read the power; off already is success.
    Look(Duration),
    /// Carry the method out, and read off twice.
    Method {
        /// Which.
        method: Method,
        /// How often it is tried at most.
        tries: u8,
        /// Longest time of all tries while the BMC answers.
        answering: Duration,
        /// Longest time of all tries when it falls silent after the action.
        silent: Duration,
    },
    /// Switch on again, after the fencing is confirmed.
    PowerOn(Duration),
}

impl Plan {
    /// A plan of these methods, in this order. `None` when there is none, or one comes twice.
    pub fn new(methods: &[Method], power_on: bool, budgets: Budgets) -> Option<Self> {
        let twice = methods
            .iter()
            .enumerate()
            .any(|(at, method)| methods.iter().take(at).any(|earlier| earlier == method));
        if methods.is_empty() || twice {
            return None;
        }
        Some(Self { methods: Methods::of(methods), power_on, budgets })
    }

    /// The `at`th method.
    pub fn method(&self, at: u8) -> Option<Method> {
        self.methods.get(at)
    }

    /// Whether that method is one of them.
    pub fn has(&self, method: Method) -> bool {
        self.methods.iter().any(|one| one == method)
    }

    /// The steps, in order, with the longest that each may take.
    pub fn steps(&self) -> impl Iterator<Item = PlanStep> + '_ {
        let look = core::iter::once(PlanStep::Look(self.budgets.look.duration()));
        let methods = self.methods.iter().map(|method| self.step(method));
        let on = self.power_on.then(|| PlanStep::PowerOn(self.powering_on()));
        look.chain(methods).chain(on)
    }

    fn step(&self, method: Method) -> PlanStep {
        let budgets = &self.budgets;
        let watch = match method {
            Method::Off => budgets.off,
            Method::Cycle | Method::Reset => budgets.pulse,
            Method::Outlet => {
                let outlet = OUTLET.duration();
                return PlanStep::Method { method, tries: 1, answering: outlet, silent: outlet };
            }
        };
        let (answering, silent) = (self.tried(method, watch), budgets.silence.max(watch));
        PlanStep::Method {
            method,
            tries: method.tries(),
            answering,
            silent: self.tried(method, silent),
        }
    }

    /// The longest time of all tries, when each watches for `watch`.
    fn tried(&self, method: Method, watch: Millis) -> Duration {
        let budgets = &self.budgets;
        // The second reading of off is waited for, wherever the first one falls.
        let watch = sum(&[watch.duration(), budgets.confirm_gap.duration(), LOOK]);
        // What is refused for the power's state is not watched, but followed by a look.
        let after = watch.max(budgets.look.duration());
        sum(&[budgets.act.duration(), after]).saturating_mul(u32::from(method.tries()))
    }

    fn powering_on(&self) -> Duration {
        let budgets = &self.budgets;
        let watch = budgets.silence.max(budgets.on).duration();
        let once = sum(&[budgets.act.duration(), watch, LOOK]);
        once.saturating_mul(u32::from(POWER_ON_TRIES))
    }

    /// The longest time to a result, fenced or failed, without the power-on.
    ///
    /// `answering` when the BMC answers throughout; `silent` when it falls silent after each
    /// action and comes back just in time.
    pub fn worst_case(&self) -> WorstCase {
        let look = self.budgets.look.duration();
        let mut worst = WorstCase { answering: look, silent: look };
        for method in self.methods.iter() {
            if let PlanStep::Method { answering, silent, .. } = self.step(method) {
                worst.answering = sum(&[worst.answering, answering]);
                worst.silent = sum(&[worst.silent, silent]);
            }
        }
        worst
    }
}

fn sum(parts: &[Duration]) -> Duration {
    parts.iter().fold(Duration::ZERO, |sum, part| sum.saturating_add(*part))
}

/// The longest time to the end of a fencing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct WorstCase {
    /// While the BMC answers.
    pub answering: Duration,
    /// When it falls silent after every action.
    pub silent: Duration,
}
