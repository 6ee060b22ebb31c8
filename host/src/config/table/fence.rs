//! Fields of how servers are fenced.

use komainu_core::fence::Method;

use crate::config::field::{AnyField, Field, Section};
use crate::config::kind::{Choice, Flag, List, Time};

/// The words of [`METHODS`].
const WORDS: [(&str, Method); 4] = [
    ("off", Method::Off),
    ("cycle", Method::Cycle),
    ("reset", Method::Reset),
    ("outlet", Method::Outlet),
];
pub(crate) const METHODS: Field<List<Choice<Method>>> = Field::or(
    "methods",
    List::new(Choice(&WORDS), 1, 4),
    "[\"off\", \"cycle\", \"reset\"]",
    "Ways to end a server, in order. Each counts only when the server was read off.",
);
pub(crate) const POWER_ON: Field<Flag> =
    Field::or("power-on", Flag, "true", "Switch the server on again after \"off\".");
pub(crate) const LOOK: Field<Time> = Field::or(
    "look",
    Time::new(500, 600_000),
    "\"10s\"",
    "Until the first reading of the power has succeeded, a login included.",
);
pub(crate) const ACT: Field<Time> = Field::or(
    "act",
    Time::new(500, 600_000),
    "\"5s\"",
    "Until a command is answered, a login included.",
);
pub(crate) const OFF: Field<Time> = Field::or(
    "off",
    Time::new(500, 600_000),
    "\"20s\"",
    "From the command off to the reading of off, each time it is tried.",
);
pub(crate) const ON: Field<Time> = Field::or(
    "on",
    Time::new(500, 600_000),
    "\"30s\"",
    "From the command on to the reading of on.",
);
pub(crate) const PULSE: Field<Time> = Field::or(
    "pulse",
    Time::new(500, 600_000),
    "\"10s\"",
    "In which the off of a cycle or reset must be read.",
);
pub(crate) const SOFT: Field<Time> = Field::or(
    "soft",
    Time::new(1_000, 3_600_000),
    "\"120s\"",
    "From a request to shut down to the reading of off.",
);
pub(crate) const SILENCE: Field<Time> = Field::or(
    "silence",
    Time::new(0, 600_000),
    "\"60s\"",
    "A BMC may be silent for so long after a command: a port that it shares with the server \
     renegotiates.",
);
pub(crate) const CONFIRM_GAP: Field<Time> = Field::or(
    "confirm-gap",
    Time::new(10, 10_000),
    "\"100ms\"",
    "Between the two readings of off that confirm.",
);
pub(crate) const LOOK_INTERVAL: Field<Time> = Field::or(
    "look-interval",
    Time::new(50, 60_000),
    "\"250ms\"",
    "Between two readings while something is waited for.",
);

const FIELDS: &[&dyn AnyField] = &[
    &METHODS,
    &POWER_ON,
    &LOOK,
    &ACT,
    &OFF,
    &ON,
    &PULSE,
    &SOFT,
    &SILENCE,
    &CONFIRM_GAP,
    &LOOK_INTERVAL,
];

/// How the servers of a cluster are fenced.
pub(crate) const CLUSTER_FENCE: Section = Section {
    path: "cluster.fence",
    many: false,
    about: "How the cluster's servers are fenced. 'komainu config check' prints the worst case \
            that follows.",
    fields: FIELDS,
    children: &[],
    secrets: &[],
    shared: true,
};

/// How one server is fenced.
pub(crate) const SERVER_FENCE: Section = Section {
    path: "cluster.server.fence",
    many: false,
    about: "What differs for this server from [cluster.fence].",
    fields: FIELDS,
    children: &[],
    secrets: &[],
    shared: true,
};
