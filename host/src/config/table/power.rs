//! Fields of the plan: what is reckoned with, its stages, what it puts into maintenance, and what
//! the connector itself hangs on.

pub(crate) mod server;

use komainu_core::types::{ConnectorNumber, Outlet};

use crate::config::field::{Field, Section};
use crate::config::kind::{Choice, Command, FilePath, Flag, List, Name, Number, Time};
use crate::config::site::{MaintenanceKind, Nodes};

pub(crate) const CONNECTOR: Field<Number<ConnectorNumber>> = Field::maybe(
    "connector",
    Number::new(0, 255),
    "the one with the lowest number",
    "Which connector reads and orders the UPSes, and carries plans out.",
);
pub(crate) const MARGIN: Field<Number<u8>> = Field::or(
    "margin",
    Number::new(0, 200),
    "25",
    "Percent that is added to what a plan is reckoned to need.",
);
pub(crate) const RESERVE: Field<Time> =
    Field::or("reserve", Time::new(0, 3_600_000), "\"30s\"", "Is added on top of that.");
pub(crate) const STAGGER: Field<Time> = Field::or(
    "stagger",
    Time::new(0, 600_000),
    "\"1s\"",
    "Between two servers that are switched on.",
);
pub(crate) const OWN_STOP: Field<Time> = Field::or(
    "own-stop",
    Time::new(1_000, 3_600_000),
    "\"2m\"",
    "The connector's own machine goes down in so long at most.",
);
pub(crate) const OWN_SERVER: Field<Name> = Field::maybe(
    "own-server",
    Name,
    "it is none of the servers",
    "The server that the connector itself runs on. It goes down last, by its own shutdown.",
);

/// The plan.
pub(crate) const POWER: Section = Section {
    path: "power",
    many: false,
    about: "What holds for every outage: who carries the plan out, and what it reckons with.",
    fields: &[&CONNECTOR, &MARGIN, &RESERVE, &STAGGER, &OWN_STOP, &OWN_SERVER],
    children: &[&OWN_FEED, &STAGE, &MAINTENANCE],
    secrets: &[],
    shared: false,
};

pub(crate) const FEED_UPS: Field<Name> =
    Field::required("ups", Name, "The UPS, as its 'name' says.");
pub(crate) const FEED_OUTLET: Field<Number<Outlet>> = Field::or(
    "outlet",
    Number::new(0, Outlet::MAX as u32),
    "0",
    "The group of its outlets; 0 is all of its output.",
);

/// What the connector hangs on.
pub(crate) const OWN_FEED: Section = Section {
    path: "power.feed",
    many: true,
    about: "What feeds the connector's own machine. Without any, no plan shuts it down.",
    fields: &[&FEED_UPS, &FEED_OUTLET],
    children: &[],
    secrets: &[],
    shared: false,
};

pub(crate) const FEED_ALONE: Field<Flag> = Field::or(
    "alone",
    Flag,
    "false",
    "Nothing else hangs on that outlet, so that it may be switched off to fence the server.",
);

/// What a server hangs on.
pub(crate) const SERVER_FEED: Section = Section {
    path: "cluster.server.feed",
    many: true,
    about: "What feeds the server: one for each of its power supplies. Without any, no outage \
            touches it.",
    fields: &[&FEED_UPS, &FEED_OUTLET, &FEED_ALONE],
    children: &[],
    secrets: &[],
    shared: false,
};

pub(crate) const STAGE_NAME: Field<Name> =
    Field::required("name", Name, "What servers call it in their 'stage'.");
pub(crate) const STAGE_AFTER: Field<Time> = Field::maybe(
    "after",
    Time::new(0, 86_400_000),
    "only by 'below', or at the last safe moment",
    "It begins so long after the outage was confirmed.",
);
pub(crate) const STAGE_BELOW: Field<Time> = Field::maybe(
    "below",
    Time::new(0, 86_400_000),
    "only by 'after', or at the last safe moment",
    "It begins as soon as the runtime left is below that.",
);

/// A stage.
pub(crate) const STAGE: Section = Section {
    path: "power.stage",
    many: true,
    about: "A stage of the plan: the first one stops first and starts last, so the least \
            important servers belong into it. In any case it begins at the last safe moment: \
            when the runtime left only just suffices. Without any there is one stage.",
    fields: &[&STAGE_NAME, &STAGE_AFTER, &STAGE_BELOW],
    children: &[],
    secrets: &[],
    shared: false,
};

pub(crate) const MAINTENANCE_NAME: Field<Name> =
    Field::required("name", Name, "What servers call it in their 'maintenance'.");

/// The words of [`KIND`].
const KINDS: [(&str, MaintenanceKind); 3] = [
    ("pacemaker", MaintenanceKind::Pacemaker),
    ("wsfc", MaintenanceKind::Wsfc),
    ("command", MaintenanceKind::Command),
];
pub(crate) const KIND: Field<Choice<MaintenanceKind>> = Field::required(
    "kind",
    Choice(&KINDS),
    "The software: \"pacemaker\" (its maintenance mode), \"wsfc\" (Windows Server Failover \
     Clustering), or any by commands of your own, such as SigmaSystemCenter by its ssc.",
);
pub(crate) const THROUGH: Field<Command> = Field::maybe(
    "through",
    Command,
    "the commands run on the connector's machine",
    "What stands before each command, such as that of ssh with its options and the machine.",
);
pub(crate) const PROGRAM: Field<FilePath> = Field::maybe(
    "program",
    FilePath,
    "where its makers put it",
    "The program of 'kind': crm_attribute or PowerShell.",
);
pub(crate) const MACHINES: Field<List<Name>> = Field::or(
    "machines",
    List::new(Name, 0, 64),
    "[]",
    "What the software calls the machines. Without any, they are called as the servers that name \
     it.",
);
pub(crate) const ENTER: Field<Command> = Field::maybe(
    "enter",
    Command,
    "'kind' has its own",
    "For \"command\": enters maintenance. 0 says done, 3 that it was so before: then it is not \
     left by us either. With \"{machine}\" in a word it is run for each machine.",
);
pub(crate) const LEAVE: Field<Command> = Field::maybe(
    "leave",
    Command,
    "'kind' has its own",
    "For \"command\": leaves maintenance. 0 says done, 3 that it was so before.",
);
pub(crate) const LOOK: Field<Command> = Field::maybe(
    "look",
    Command,
    "the ends of 'enter' and 'leave' are believed",
    "For \"command\": tells whether it is in maintenance: 0 if it is, 1 if not.",
);

/// The words of [`NODES`].
const NODE_WORDS: [(&str, Nodes); 3] =
    [("suspend", Nodes::Suspend), ("drain", Nodes::Drain), ("stop", Nodes::Stop)];
pub(crate) const NODES: Field<Choice<Nodes>> = Field::or(
    "nodes",
    Choice(&NODE_WORDS),
    "\"suspend\"",
    "For \"wsfc\": \"suspend\" keeps roles from moving to the nodes, \"drain\" moves theirs to \
     others as well (of no use when all go down), \"stop\" stops the whole cluster.",
);
pub(crate) const ENTER_LIMIT: Field<Time> = Field::or(
    "enter-limit",
    Time::new(1_000, 3_600_000),
    "\"60s\"",
    "Longest time for entering; then the plan goes on without.",
);
pub(crate) const LEAVE_LIMIT: Field<Time> = Field::or(
    "leave-limit",
    Time::new(1_000, 3_600_000),
    "\"2m\"",
    "Longest time for leaving, each time it is tried.",
);

/// Software that is put into maintenance.
pub(crate) const MAINTENANCE: Section = Section {
    path: "power.maintenance",
    many: true,
    about: "Software that must not heal what a plan stops: it is put into maintenance first, and \
            out of it last. What was in maintenance before stays so.",
    fields: &[
        &MAINTENANCE_NAME,
        &KIND,
        &THROUGH,
        &PROGRAM,
        &MACHINES,
        &ENTER,
        &LEAVE,
        &LOOK,
        &NODES,
        &ENTER_LIMIT,
        &LEAVE_LIMIT,
    ],
    children: &[],
    secrets: &[],
    shared: false,
};
