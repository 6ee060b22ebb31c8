//! Fields of a connector that is an appliance.

use crate::config::field::{Field, Section};
use crate::config::kind::{Address, FilePath, Label, Mac, Number, Own};

pub(crate) const ADDRESS: Field<Own> = Field::or(
    "address",
    Own,
    "\"dhcp\"",
    "Its own address. One that is asked for must always be the same where members are told it.",
);
pub(crate) const GATEWAY: Field<Address> = Field::maybe(
    "gateway",
    Address,
    "none: it reaches its own network only",
    "Who leads to other networks; an address of its own, without a port.",
);
pub(crate) const MAC: Field<Mac> = Field::maybe(
    "mac",
    Mac,
    "that of the card",
    "The address of its network card, for a card without one.",
);
pub(crate) const STATUS_PORT: Field<Number<u16>> = Field::or(
    "status-port",
    Number::new(1, 65_535),
    "7422",
    "UDP port on which 'komainu show --appliance' asks it.",
);
pub(crate) const KEY_FILE: Field<FilePath> = Field::maybe(
    "status-key-file",
    FilePath,
    "another status-key field says where it is, or nobody may ask",
    "File with the key of who may ask it how it is, 64 hexadecimal digits as 'komainu key new' \
     makes them; for its owner only.",
);
pub(crate) const KEY_ENV: Field<Label> = Field::maybe(
    "status-key-env",
    Label,
    "another status-key field says where it is, or nobody may ask",
    "Environment variable with that key.",
);
pub(crate) const KEY_CREDENTIAL: Field<Label> = Field::maybe(
    "status-key-credential",
    Label,
    "another status-key field says where it is, or nobody may ask",
    "systemd credential with that key (LoadCredential=).",
);

/// A connector that is an appliance.
pub(crate) const APPLIANCE: Section = Section {
    path: "connector.appliance",
    many: false,
    about: "This connector is an appliance: 'komainu config compile' makes its configuration \
            block. 'listen', 'state', 'control' and 'traps' are not for it.",
    fields: &[&ADDRESS, &GATEWAY, &MAC, &STATUS_PORT, &KEY_FILE, &KEY_ENV, &KEY_CREDENTIAL],
    children: &[],
    secrets: &[("status-key", "its path as 'status-key-file'")],
    shared: false,
};
