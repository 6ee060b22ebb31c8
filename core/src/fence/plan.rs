//! How a server is fenced: methods in order, budgets, and the worst case that follows from them.

use core::fmt;
use core::time::Duration;

use heapless::Vec;

use crate::types::ChassisAction;

/// One way to end a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Power off, confirmed by reading; power on afterwards if the plan wants it.
    Off,
    /// Power cycle. Counts only when the off in between was read.
    Cycle,
    /// Hard reset. Counts only when an off was read, which few BMCs show.
    Reset,
}

impl Method {
    /// All methods, in the order of how well they can be proved.
    pub const ALL: [Self; 3] = [Self::Off, Self::Cycle, Self::Reset];

    /// The action that carries it out.
    pub const fn action(self) -> ChassisAction {
        match self {
            Self::Off => ChassisAction::Off,
            Self::Cycle => ChassisAction::Cycle,
            Self::Reset => ChassisAction::Reset,
        }
    }

    /// How often it is tried. Off may be repeated while the server is still on; a second cycle or
    /// reset could hit a server that is starting.
    pub const fn tries(self) -> u8 {
        match self {
            Self::Off => 2,
            Self::Cycle | Self::Reset => 1,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Cycle => "cycle",
            Self::Reset => "reset",
        })
    }
}

/// How long each part of a fencing may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Until the first look has succeeded, a login included. Default 20 s.
    pub look: Duration,
    /// Until an action is answered, a login included. Default 10 s.
    pub act: Duration,
    /// From the command off to the reading of off. Default 20 s.
    pub off: Duration,
    /// From the command on to the reading of on. Default 30 s.
    pub on: Duration,
    /// In which the off of a cycle or reset must be read. Default 15 s.
    pub pulse: Duration,
    /// From a soft shutdown to the reading of off. Default 120 s.
    pub soft: Duration,
    /// For which a BMC may be silent after an action before that counts as a failure: a port that
    /// it shares with the server renegotiates. Default 60 s.
    pub silence: Duration,
    /// Between the two readings of off that confirm. Default 100 ms.
    pub confirm_gap: Duration,
    /// Between two readings. Default 250 ms.
    pub look_interval: Duration,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(20),
            act: Duration::from_secs(10),
            off: Duration::from_secs(20),
            on: Duration::from_secs(30),
            pulse: Duration::from_secs(15),
            soft: Duration::from_secs(120),
            silence: Duration::from_secs(60),
            confirm_gap: Duration::from_millis(100),
            look_interval: Duration::from_millis(250),
        }
    }
}

/// Most methods of a plan.
const MAX_METHODS: usize = Method::ALL.len();

/// What a fencing does, and for how long at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    methods: Vec<Method, MAX_METHODS>,
    /// Switch the server on again after [`Method::Off`].
    pub power_on: bool,
    /// How long each part may take.
    pub budgets: Budgets,
}

impl Default for Plan {
    /// Off, then cycle, then reset; on again afterwards.
    fn default() -> Self {
        let methods = Method::ALL.into_iter().collect();
        Self { methods, power_on: true, budgets: Budgets::default() }
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
        Some(Self { methods: Vec::from_slice(methods).ok()?, power_on, budgets })
    }

    /// The `at`th method.
    pub fn method(&self, at: usize) -> Option<Method> {
        self.methods.get(at).copied()
    }

    /// The steps, in order, with the longest that each may take.
    pub fn steps(&self) -> impl Iterator<Item = PlanStep> + '_ {
        let look = core::iter::once(PlanStep::Look(self.budgets.look));
        let methods = self.methods.iter().map(|method| self.step(*method));
        let on = self.power_on.then(|| PlanStep::PowerOn(self.powering_on()));
        look.chain(methods).chain(on)
    }

    fn step(&self, method: Method) -> PlanStep {
        let budgets = &self.budgets;
        let watch = match method {
            Method::Off => budgets.off,
            Method::Cycle | Method::Reset => budgets.pulse,
        };
        let tries = u32::from(method.tries());
        // A reading that is under way when its time ends is waited for.
        let answering = (budgets.act + watch + super::order::LOOK) * tries;
        let silent = (budgets.act + budgets.silence.max(watch) + super::order::LOOK) * tries;
        PlanStep::Method { method, tries: method.tries(), answering, silent }
    }

    fn powering_on(&self) -> Duration {
        let watch = self.budgets.silence.max(self.budgets.on) + super::order::LOOK;
        (self.budgets.act + watch) * u32::from(Method::Off.tries())
    }

    /// The longest time to a result, fenced or failed, without the power-on.
    ///
    /// `answering` when the BMC answers throughout; `silent` when it falls silent after each
    /// action and comes back just in time.
    pub fn worst_case(&self) -> WorstCase {
        let mut worst = WorstCase { answering: self.budgets.look, silent: self.budgets.look };
        for method in &self.methods {
            if let PlanStep::Method { answering, silent, method, .. } = self.step(*method) {
                // A cycle or reset that is refused for the power's state is followed by a look.
                let look = if method == Method::Off { Duration::ZERO } else { self.budgets.look };
                worst.answering += answering + look;
                worst.silent += silent + look;
            }
        }
        worst
    }
}

/// The longest time to the end of a fencing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorstCase {
    /// While the BMC answers.
    pub answering: Duration,
    /// When it falls silent after every action.
    pub silent: Duration,
}
