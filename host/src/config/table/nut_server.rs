//! Fields of the NUT server of ours: where it listens, who may log in, and when who goes down.

use crate::config::field::{Field, Section};
use crate::config::kind::{Address, Choice, FilePath, Flag, Label, List, Name, Number, Text, Time};
use crate::config::site::ServingTls;

pub(crate) const LISTEN: Field<List<Address>> = Field::required(
    "listen",
    List::new(Address, 1, 16),
    "Addresses of the connector's machine that clients reach it at; port 3493 unless one is given.",
);

/// The words of [`TLS`].
const TLS_WORDS: [(&str, ServingTls); 3] =
    [("require", ServingTls::Require), ("offer", ServingTls::Offer), ("off", ServingTls::Off)];
pub(crate) const TLS: Field<Choice<ServingTls>> = Field::maybe(
    "tls",
    Choice(&TLS_WORDS),
    "\"off\" where it listens on this machine alone, else \"require\"",
    "Encryption (STARTTLS): \"require\" answers nobody in the clear, \"offer\" leaves it to the \
     client, \"off\" has none.",
);
pub(crate) const CERTIFICATE_FILE: Field<FilePath> = Field::maybe(
    "certificate-file",
    FilePath,
    "there is no TLS",
    "Its certificate and those above it, as PEM.",
);
pub(crate) const KEY_FILE: Field<FilePath> = Field::maybe(
    "key-file",
    FilePath,
    "there is no TLS",
    "The key of that certificate, as PEM; for its owner only.",
);
pub(crate) const ANONYMOUS: Field<Flag> = Field::or(
    "anonymous",
    Flag,
    "false",
    "Everybody may read without a login, as upsc does. Orders are taken from nobody.",
);
pub(crate) const CLIENTS: Field<Number<u16>> =
    Field::or("clients", Number::new(1, 1_000), "64", "Most connections at once.");

/// The NUT server of ours.
pub(crate) const NUT_SERVER: Section = Section {
    path: "nut-server",
    many: false,
    about: "A NUT server of the connector that carries plans out: upsmon on other machines logs \
            in as secondary, sees every UPS under its 'name', and is sent down at its stage.",
    fields: &[&LISTEN, &TLS, &CERTIFICATE_FILE, &KEY_FILE, &ANONYMOUS, &CLIENTS],
    children: &[&USER],
    secrets: &[],
    shared: false,
};

pub(crate) const NAME: Field<Text> = Field::required(
    "name",
    Text,
    "The user that upsmon logs in as. Machines that go down at the same time may share one.",
);
pub(crate) const PASSWORD_FILE: Field<FilePath> = Field::maybe(
    "password-file",
    FilePath,
    "another password field says where it is",
    "File with the user's password in its first line; for its owner only.",
);
pub(crate) const PASSWORD_ENV: Field<Label> = Field::maybe(
    "password-env",
    Label,
    "another password field says where it is",
    "Environment variable with the user's password.",
);
pub(crate) const PASSWORD_CREDENTIAL: Field<Label> = Field::maybe(
    "password-credential",
    Label,
    "another password field says where it is",
    "systemd credential with the user's password (LoadCredential=).",
);
pub(crate) const STAGE: Field<Name> = Field::maybe(
    "stage",
    Name,
    "the first stage",
    "The stage at which its machines go down: when servers of that stage, or of one behind it, \
     begin to stop.",
);
pub(crate) const STOP: Field<Time> = Field::or(
    "stop",
    Time::new(1_000, 3_600_000),
    "\"2m\"",
    "Its machines need so long at most. They are told, whatever the stage, when the runtime of \
     their UPS only just suffices for it, with margin and reserve.",
);

/// A user of it.
pub(crate) const USER: Section = Section {
    path: "nut-server.user",
    many: true,
    about: "Who may log in to the NUT server.",
    fields: &[&NAME, &PASSWORD_FILE, &PASSWORD_ENV, &PASSWORD_CREDENTIAL, &STAGE, &STOP],
    children: &[],
    secrets: &[(
        "password",
        "password-file = \"...\", password-env = \"...\" or password-credential = \"...\"",
    )],
    shared: false,
};
