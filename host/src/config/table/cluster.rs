//! Fields of a cluster: its number, keys, rules and timers.

use komainu_core::connector::OnIsolation;
use komainu_core::types::{ConnectorNumber, KeyNumber};

use super::{bmc, fence, power, server, service};
use crate::config::field::{Field, Section};
use crate::config::kind::{Address, Choice, FilePath, Label, Name, Number, Time};

pub(crate) const NUMBER: Field<Number<u16>> = Field::required(
    "number",
    Number::new(1, 65_535),
    "Tells the cluster from others on the same network; also its UDP port, unless 'port' says \
     otherwise.",
);
pub(crate) const NAME: Field<Name> =
    Field::required("name", Name, "What operators call the cluster.");
pub(crate) const PORT: Field<Number<u16>> = Field::maybe(
    "port",
    Number::new(1, 65_535),
    "the number of the cluster",
    "UDP port of the reset path, for members and connectors alike. Monitoring paths 1, 2 ... use \
     the ports after it.",
);
pub(crate) const PATROL: Field<Time> = Field::or(
    "patrol",
    Time::new(200, 3_600_000),
    "\"5s\"",
    "A host from which nothing was heard on any monitoring path for so long has failed.",
);
pub(crate) const HEARTBEAT: Field<Time> = Field::maybe(
    "heartbeat",
    Time::new(50, 900_000),
    "a quarter of 'patrol'",
    "Time between two heartbeats; at most a quarter of 'patrol'.",
);
pub(crate) const STEP: Field<Time> = Field::or(
    "step",
    Time::new(0, 60_000),
    "\"200ms\"",
    "The next standby asks for a reset at once, each later one so much after the one before it.",
);
pub(crate) const START_WAIT: Field<Time> = Field::or(
    "start-wait",
    Time::new(1_000, 3_600_000),
    "\"60s\"",
    "A host that starts, and gets no answer from any connector, takes part after so long.",
);
pub(crate) const REQUEST_BUDGET: Field<Time> = Field::maybe(
    "request-budget",
    Time::new(1_000, 7_200_000),
    "the longest worst case of the cluster's servers, and 10 s",
    "A member gives a request for a reset up after so long, and begins anew.",
);
pub(crate) const BOOT_GRACE: Field<Time> = Field::or(
    "boot-grace",
    Time::new(0, 3_600_000),
    "\"300s\"",
    "A server that was switched on after a fencing is not shot again for so long, unless its \
     member was heard.",
);
pub(crate) const MIN_SURVIVORS: Field<Number<u8>> = Field::or(
    "min-survivors",
    Number::new(1, 63),
    "1",
    "Hosts that must be left, the one that asks included; otherwise a reset is refused.",
);
pub(crate) const MAX_RESETS: Field<Number<u8>> = Field::or(
    "max-resets-in-flight",
    Number::new(1, 64),
    "2",
    "Resets that may run at the same time; others wait.",
);

/// The words of [`ON_ISOLATION`].
const ISOLATION: [(&str, OnIsolation); 2] =
    [("keep", OnIsolation::Keep), ("fence", OnIsolation::Fence)];
pub(crate) const ON_ISOLATION: Field<Choice<OnIsolation>> = Field::or(
    "on-isolation",
    Choice(&ISOLATION),
    "\"keep\"",
    "When only the monitoring paths fail, and the connector still hears the active host: \"keep\" \
     leaves it alone, \"fence\" has it reset.",
);

/// A cluster.
pub(crate) const CLUSTER: Section = Section {
    path: "cluster",
    many: true,
    about: "A cluster: servers that watch one another.",
    fields: &[
        &NUMBER,
        &NAME,
        &PORT,
        &PATROL,
        &HEARTBEAT,
        &STEP,
        &START_WAIT,
        &REQUEST_BUDGET,
        &BOOT_GRACE,
        &MIN_SURVIVORS,
        &MAX_RESETS,
        &ON_ISOLATION,
    ],
    children: &[
        &KEY,
        &REACH,
        &fence::CLUSTER_FENCE,
        &bmc::CLUSTER_BMC,
        &power::server::CLUSTER_POWER,
        &server::SERVER,
        &service::SERVICE,
    ],
    secrets: &[],
    shared: true,
};

pub(crate) const KEY_NUMBER: Field<Number<KeyNumber>> = Field::or(
    "number",
    Number::new(1, 255),
    "1",
    "Tells the key from others, before and after it.",
);
pub(crate) const KEY_FILE: Field<FilePath> = Field::maybe(
    "file",
    FilePath,
    "'env' or 'credential' says where it is",
    "File with the key, as 'komainu key new' writes it; for its owner only.",
);
pub(crate) const KEY_ENV: Field<Label> = Field::maybe(
    "env",
    Label,
    "'file' or 'credential' says where it is",
    "Environment variable with the key.",
);
pub(crate) const KEY_CREDENTIAL: Field<Label> = Field::maybe(
    "credential",
    Label,
    "'file' or 'env' says where it is",
    "systemd credential with the key (LoadCredential=).",
);

/// What to write instead of a key.
const INSTEAD: &str = "file = \"...\", env = \"...\" or credential = \"...\"";

/// A key of a cluster.
pub(crate) const KEY: Section = Section {
    path: "cluster.key",
    many: true,
    about: "The key that all parties of the cluster share. To change it, add a second one behind \
            it, and take the first one out when all use the second.",
    fields: &[&KEY_NUMBER, &KEY_FILE, &KEY_ENV, &KEY_CREDENTIAL],
    children: &[],
    secrets: &[("key", INSTEAD), ("secret", INSTEAD), ("value", INSTEAD)],
    shared: false,
};

pub(crate) const REACH_NUMBER: Field<Number<ConnectorNumber>> =
    Field::required("number", Number::new(0, 255), "Which connector.");
pub(crate) const REACH_ADDRESS: Field<Address> = Field::maybe(
    "address",
    Address,
    "members look for it by broadcast",
    "Where the cluster's members reach it; the port is the cluster's unless one is given.",
);

/// A connector of a cluster.
pub(crate) const REACH: Section = Section {
    path: "cluster.connector",
    many: true,
    about: "A connector that serves the cluster, and where its members reach it. Without any \
            every connector serves it, and is found by broadcast.",
    fields: &[&REACH_NUMBER, &REACH_ADDRESS],
    children: &[],
    secrets: &[],
    shared: true,
};
