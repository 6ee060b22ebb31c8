//! Fields of the managed servers.

use komainu_core::limits::MAX_PATHS;
use komainu_core::types::HostAddress;

use super::{bmc, fence, guest, power};
use crate::config::field::{Field, Section};
use crate::config::kind::{Address, List, Name, Number};

pub(crate) const HOST: Field<Number<HostAddress>> = Field::required(
    "host",
    Number::new(1, HostAddress::MAX as u32),
    "The host address: the server's number in the cluster. Where all else is equal, the lowest \
     comes first.",
);
pub(crate) const NAME: Field<Name> = Field::required(
    "name",
    Name,
    "What the server is called. 'komainu member' takes the one with this machine's host name.",
);
pub(crate) const ADDRESS: Field<Address> = Field::maybe(
    "address",
    Address,
    "learned from what its member sends",
    "Where its member is on the reset path; the port is the cluster's unless one is given.",
);
pub(crate) const PATHS: Field<List<Address>> = Field::or(
    "paths",
    List::new(Address, 0, MAX_PATHS),
    "[]",
    "Its address on monitoring path 1, 2 ...: networks other than the reset path. The port is the \
     cluster's plus the number of the path unless one is given.",
);

/// A managed server.
pub(crate) const SERVER: Section = Section {
    path: "cluster.server",
    many: true,
    about: "A server of the cluster.",
    fields: &[&HOST, &NAME, &ADDRESS, &PATHS],
    children: &[
        &bmc::SERVER_BMC,
        &fence::SERVER_FENCE,
        &power::server::SERVER_POWER,
        &power::SERVER_FEED,
        &guest::SERVER_GUESTS,
        &guest::SERVER_GUEST,
    ],
    secrets: &[],
    shared: true,
};
