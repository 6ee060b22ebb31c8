//! Fields of the services that move between servers.

use komainu_core::limits::MAX_HOSTS;
use komainu_core::member::{MAX_PARENTS, OnFailure};
use komainu_core::types::ServiceNumber;

use crate::config::field::{Field, Section};
use crate::config::kind::{Choice, Command, Flag, List, Name, Number, Time};

pub(crate) const NUMBER: Field<Number<ServiceNumber>> =
    Field::required("number", Number::new(1, 65_535), "The service's number in the cluster.");
pub(crate) const NAME: Field<Name> =
    Field::required("name", Name, "What operators call the service.");
pub(crate) const HOSTS: Field<List<Name>> = Field::required(
    "hosts",
    List::new(Name, 1, MAX_HOSTS),
    "The servers that may run it: the primary first, then the standbys in the order in which they \
     take over.",
);
pub(crate) const AUTOSTART: Field<Flag> =
    Field::or("autostart", Flag, "true", "Start it on the primary when the cluster starts.");
pub(crate) const START: Field<Command> = Field::required(
    "start",
    Command,
    "Starts the service; 0 means that it runs. Must succeed when it runs already.",
);
pub(crate) const STOP: Field<Command> = Field::required(
    "stop",
    Command,
    "Stops the service; 0 means that nothing of it is left. Must succeed when it is stopped \
     already.",
);
pub(crate) const CHECK: Field<Command> = Field::maybe(
    "check",
    Command,
    "the service is not watched, only its host",
    "Tells whether the service runs: 0 if it does.",
);
pub(crate) const START_LIMIT: Field<Time> = Field::or(
    "start-limit",
    Time::new(1_000, 3_600_000),
    "\"60s\"",
    "Longest time that 'start' may take, each time it is tried.",
);
pub(crate) const START_TRIES: Field<Number<u8>> = Field::or(
    "start-tries",
    Number::new(1, 10),
    "2",
    "How often 'start' is tried before the next host in line takes over.",
);
pub(crate) const STOP_LIMIT: Field<Time> = Field::or(
    "stop-limit",
    Time::new(1_000, 3_600_000),
    "\"60s\"",
    "Longest time that 'stop' may take. A service that cannot be stopped takes its host down.",
);
pub(crate) const CHECK_EVERY: Field<Time> =
    Field::or("check-every", Time::new(500, 3_600_000), "\"10s\"", "How often 'check' is asked.");
pub(crate) const CHECK_LIMIT: Field<Time> = Field::or(
    "check-limit",
    Time::new(100, 3_600_000),
    "\"5s\"",
    "Longest time that 'check' may take.",
);
pub(crate) const CHECK_TRIES: Field<Number<u8>> = Field::or(
    "check-tries",
    Number::new(1, 100),
    "2",
    "So many failures of 'check' in a row are a failure of the service.",
);

/// The words of [`ON_FAILURE`].
const WORDS: [(&str, OnFailure); 3] = [
    ("hand-over", OnFailure::HandOver),
    ("pair-down", OnFailure::PairDown),
    ("stop", OnFailure::Stop),
];
pub(crate) const ON_FAILURE: Field<Choice<OnFailure>> = Field::or(
    "on-failure",
    Choice(&WORDS),
    "\"hand-over\"",
    "When the service fails: \"hand-over\" stops it and lets the next host start it, \"pair-down\" \
     takes the whole host down so that it is fenced, \"stop\" stops it.",
);
pub(crate) const GROUP: Field<Number<u8>> = Field::maybe(
    "group",
    Number::new(0, 255),
    "it moves alone",
    "Services of one group move together.",
);
pub(crate) const PARENTS: Field<List<Name>> = Field::or(
    "parents",
    List::new(Name, 0, MAX_PARENTS),
    "[]",
    "Services that must run on the same host before it starts, and stop after it.",
);

/// A service.
pub(crate) const SERVICE: Section = Section {
    path: "cluster.service",
    many: true,
    about: "A service: active on one server, standing by on others.",
    fields: &[
        &NUMBER,
        &NAME,
        &HOSTS,
        &AUTOSTART,
        &START,
        &STOP,
        &CHECK,
        &START_LIMIT,
        &START_TRIES,
        &STOP_LIMIT,
        &CHECK_EVERY,
        &CHECK_LIMIT,
        &CHECK_TRIES,
        &ON_FAILURE,
        &GROUP,
        &PARENTS,
    ],
    children: &[],
    secrets: &[],
    shared: true,
};
