//! Fields of how servers stop and start in a plan.

use komainu_core::limits::{MAX_ADAPTERS, MAX_FEEDS, MAX_GROUPS};
use komainu_core::power::{AskBy, StartBy};

use crate::config::field::{AnyField, Field, Section};
use crate::config::kind::{Choice, Command, Group, List, Name, Number, Time};

pub(crate) const NEEDED: Field<Number<u8>> = Field::or(
    "feeds-needed",
    Number::new(1, MAX_FEEDS as u32),
    "1",
    "So many of the server's feeds have to give power.",
);
pub(crate) const STAGE: Field<Name> =
    Field::maybe("stage", Name, "the first one", "The stage that it stops in.");

/// The words of [`ASK_BY`].
const ASK: [(&str, AskBy); 3] =
    [("member", AskBy::Member), ("command", AskBy::Command), ("bmc", AskBy::Bmc)];
pub(crate) const ASK_BY: Field<Choice<AskBy>> = Field::or(
    "ask-by",
    Choice(&ASK),
    "\"member\"",
    "Who asks it to shut down: its member, a command of the connector's machine, or its BMC \
     through ACPI. At the limit it is forced off through its BMC.",
);
pub(crate) const COMMAND: Field<Command> = Field::maybe(
    "command",
    Command,
    "needed for \"command\" only",
    "For \"command\": has it shut down, such as that of ssh. It need not wait for the end.",
);

/// The words of [`START_BY`].
const START: [(&str, StartBy); 3] =
    [("bmc", StartBy::Bmc), ("mains", StartBy::Mains), ("hand", StartBy::Hand)];
pub(crate) const START_BY: Field<Choice<StartBy>> = Field::or(
    "start-by",
    Choice(&START),
    "\"bmc\"",
    "Who starts it again: its BMC, its firmware when power comes (and the BMC when it does not), \
     or people.",
);
pub(crate) const GROUPS: Field<List<Group>> = Field::or(
    "groups",
    List::new(Group, 0, MAX_GROUPS),
    "[]",
    "Groups of guests that are stopped one after the other before the services, and started in \
     reverse. \"\" is all guests at once; without any the host's own shutdown stops them.",
);
pub(crate) const FREEZE: Field<Time> = Field::or(
    "freeze",
    Time::new(0, 600_000),
    "\"10s\"",
    "Longest time until its member takes nothing over any more.",
);
pub(crate) const GUESTS: Field<Time> = Field::or(
    "guests",
    Time::new(1_000, 7_200_000),
    "\"3m\"",
    "Longest time for each group of guests.",
);
pub(crate) const SERVICES: Field<Time> = Field::or(
    "services",
    Time::new(1_000, 7_200_000),
    "\"2m\"",
    "Longest time for stopping the services of its member.",
);
pub(crate) const SHUTDOWN: Field<Time> = Field::or(
    "shutdown",
    Time::new(1_000, 14_400_000),
    "\"5m\"",
    "Longest time from the order to shut down to the reading of off; then it is forced off.",
);
pub(crate) const FORCE: Field<Time> =
    Field::or("force", Time::new(1_000, 600_000), "\"30s\"", "Longest time for being forced off.");
pub(crate) const BOOT: Field<Time> = Field::or(
    "boot",
    Time::new(1_000, 14_400_000),
    "\"10m\"",
    "Longest time from the order to switch on until its member is heard; then it is alerted, and \
     left out of the plan. One that has no member is left in maintenance for so long.",
);
pub(crate) const START_WAIT: Field<Time> = Field::or(
    "power-on-wait",
    Time::new(0, 14_400_000),
    "\"0s\"",
    "From the return of power to the order to switch on.",
);
pub(crate) const MAINTENANCE: Field<List<Name>> = Field::or(
    "maintenance",
    List::new(Name, 0, MAX_ADAPTERS),
    "[]",
    "What is put into maintenance before it is stopped, as [[power.maintenance]] names it.",
);

const FIELDS: &[&dyn AnyField] = &[
    &NEEDED,
    &STAGE,
    &ASK_BY,
    &COMMAND,
    &START_BY,
    &GROUPS,
    &FREEZE,
    &GUESTS,
    &SERVICES,
    &SHUTDOWN,
    &FORCE,
    &BOOT,
    &START_WAIT,
    &MAINTENANCE,
];

/// How the servers of a cluster stop and start.
pub(crate) const CLUSTER_POWER: Section = Section {
    path: "cluster.power",
    many: false,
    about: "How the cluster's servers stop and start in an outage. A plan only touches servers \
            that have feeds.",
    fields: FIELDS,
    children: &[],
    secrets: &[],
    shared: false,
};

/// How one server stops and starts.
pub(crate) const SERVER_POWER: Section = Section {
    path: "cluster.server.power",
    many: false,
    about: "What differs for this server from [cluster.power].",
    fields: FIELDS,
    children: &[],
    secrets: &[],
    shared: false,
};
