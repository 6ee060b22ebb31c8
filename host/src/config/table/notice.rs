//! Fields of whom a service tells what happens: people by mail, programs by commands.

use crate::config::field::{Field, Section};
use crate::config::kind::{Choice, Command, FilePath, Label, List, Number, Text, Time};
use crate::mail::Security;
use crate::tell::Least;

/// The words of [`MAIL_LEAST`] and [`LEAST`].
const WORDS: [(&str, Least); 3] =
    [("information", Least::Information), ("warning", Least::Warning), ("error", Least::Error)];

pub(crate) const SERVER: Field<Text> = Field::required(
    "server",
    Text,
    "Name or address of the mail server, as its certificate has it.",
);
/// The words of [`SECURITY`].
const SECURITIES: [(&str, Security); 3] =
    [("starttls", Security::StartTls), ("tls", Security::Tls), ("none", Security::None)];
pub(crate) const SECURITY: Field<Choice<Security>> = Field::or(
    "security",
    Choice(&SECURITIES),
    "\"starttls\"",
    "How the way there is sealed: STARTTLS and nothing without it, TLS from the first byte, or not \
     at all (for a server on this machine, without a login).",
);
pub(crate) const PORT: Field<Number<u16>> = Field::maybe(
    "port",
    Number::new(1, 65_535),
    "465 for \"tls\", 25 for \"none\", else 587",
    "Its port.",
);
pub(crate) const CA_FILE: Field<FilePath> = Field::maybe(
    "ca-file",
    FilePath,
    "those of the system",
    "Certificates, as PEM, of which one has signed the server's.",
);
pub(crate) const USER: Field<Text> =
    Field::maybe("user", Text, "no login", "User of the mail server.");
pub(crate) const PASSWORD_FILE: Field<FilePath> = Field::maybe(
    "password-file",
    FilePath,
    "another password field says where it is, or there is no login",
    "File with the user's password in its first line; for its owner only.",
);
pub(crate) const PASSWORD_ENV: Field<Label> = Field::maybe(
    "password-env",
    Label,
    "another password field says where it is, or there is no login",
    "Environment variable with the user's password.",
);
pub(crate) const PASSWORD_CREDENTIAL: Field<Label> = Field::maybe(
    "password-credential",
    Label,
    "another password field says where it is, or there is no login",
    "systemd credential with the user's password (LoadCredential=).",
);
pub(crate) const FROM: Field<Text> =
    Field::required("from", Text, "The address that mail comes from.");
pub(crate) const TO: Field<List<Text>> =
    Field::required("to", List::new(Text, 1, 16), "The addresses that mail goes to.");
pub(crate) const MAIL_LEAST: Field<Choice<Least>> =
    Field::or("least", Choice(&WORDS), "\"warning\"", "From which severity on they are told.");
pub(crate) const TIMEOUT: Field<Time> =
    Field::or("timeout", Time::new(1_000, 600_000), "\"30s\"", "Longest time for one mail.");
pub(crate) const GATHER: Field<Time> = Field::or(
    "gather",
    Time::new(0, 86_400_000),
    "\"30s\"",
    "Least time between two mails; what happens in between goes into one.",
);

/// Mail.
pub(crate) const MAIL: Section = Section {
    path: "mail",
    many: false,
    about: "Mail to people about what happens.",
    fields: &[
        &SERVER,
        &SECURITY,
        &PORT,
        &CA_FILE,
        &USER,
        &PASSWORD_FILE,
        &PASSWORD_ENV,
        &PASSWORD_CREDENTIAL,
        &FROM,
        &TO,
        &MAIL_LEAST,
        &TIMEOUT,
        &GATHER,
    ],
    children: &[],
    secrets: &[(
        "password",
        "password-file = \"...\", password-env = \"...\" or password-credential = \"...\"",
    )],
    shared: false,
};

pub(crate) const COMMAND: Field<Command> = Field::required(
    "command",
    Command,
    "Is run for every message, with the message as a line of JSON on its standard input, and its \
     parts in variables that begin with KOMAINU_.",
);
pub(crate) const LEAST: Field<Choice<Least>> =
    Field::or("least", Choice(&WORDS), "\"warning\"", "From which severity on it is run.");
pub(crate) const LIMIT: Field<Time> =
    Field::or("limit", Time::new(1_000, 600_000), "\"30s\"", "Longest time that it may run.");

/// A command that is told.
pub(crate) const NOTICE: Section = Section {
    path: "notice",
    many: true,
    about: "A command that a service runs for what happens.",
    fields: &[&COMMAND, &LEAST, &LIMIT],
    children: &[],
    secrets: &[],
    shared: false,
};
