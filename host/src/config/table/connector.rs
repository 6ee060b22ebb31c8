//! Fields of the connectors and of what members keep on their machine.

use komainu_core::types::ConnectorNumber;

use crate::config::field::{Field, Section};
use crate::config::kind::{Address, FilePath, List, Name, Number};

/// Where connector and member keep what must outlive a restart. On Windows beside the file, which
/// has its place where the system has it.
#[cfg(not(windows))]
const DEFAULT_STATES: [&str; 2] = ["\"/var/lib/komainu/connector\"", "\"/var/lib/komainu/member\""];
#[cfg(windows)]
const DEFAULT_STATES: [&str; 2] = ["\"data/connector\"", "\"data/member\""];

pub(crate) const NUMBER: Field<Number<ConnectorNumber>> = Field::or(
    "number",
    Number::new(0, 255),
    "0",
    "Tells several connectors apart on the reset path.",
);
pub(crate) const NAME: Field<Name> = Field::required(
    "name",
    Name,
    "What it is called. 'komainu connector' takes the one with this machine's host name, or the \
     only one.",
);
pub(crate) const LISTEN: Field<List<Address>> = Field::or(
    "listen",
    List::new(Address, 0, 16),
    "[]",
    "Addresses of this machine that members reach it at. Without any it listens on every \
     interface, also on those that get their address later.",
);
pub(crate) const STATE: Field<FilePath> = Field::or(
    "state",
    FilePath,
    DEFAULT_STATES[0],
    "Folder for what must outlive a restart: fencings under way, tokens, the history.",
);
pub(crate) const CONTROL: Field<Address> = Field::or(
    "control",
    Address,
    "\"127.0.0.1:7420\"",
    "Where operator commands and scripts reach it; on this machine only.",
);
pub(crate) const TRAPS: Field<Address> = Field::maybe(
    "traps",
    Address,
    "no traps are received",
    "Where it receives SNMP traps of BMCs (Platform Event Trap), usually port 162. A trap is a \
     hint: it has the power read at once.",
);

/// A connector.
pub(crate) const CONNECTOR: Section = Section {
    path: "connector",
    many: true,
    about: "A connector: the service on a management server that carries out resets.",
    fields: &[&NUMBER, &NAME, &LISTEN, &STATE, &CONTROL, &TRAPS],
    children: &[&super::appliance::APPLIANCE],
    secrets: &[],
    shared: false,
};

pub(crate) const MEMBER_STATE: Field<FilePath> = Field::or(
    "state",
    FilePath,
    DEFAULT_STATES[1],
    "Folder for what must outlive a restart: generations, tokens, what runs here.",
);
pub(crate) const MEMBER_CONTROL: Field<Address> = Field::or(
    "control",
    Address,
    "\"127.0.0.1:7421\"",
    "Where operator commands and scripts reach it; on this machine only.",
);

/// What members have in common.
pub(crate) const MEMBER: Section = Section {
    path: "member",
    many: false,
    about: "What every member keeps on its own machine.",
    fields: &[&MEMBER_STATE, &MEMBER_CONTROL],
    children: &[],
    secrets: &[],
    shared: false,
};
