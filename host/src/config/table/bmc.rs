//! Fields of BMCs: where they are, and how to log in.

use komainu_core::limits::MAX_SUITES;
use komainu_core::session::{Version, Workaround};
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::session::AuthType;

use crate::config::field::{Field, Section};
use crate::config::kind::{Address, Choice, FilePath, GuidText, Label, List, SuiteId, Time, User};

pub(crate) const ADDRESS: Field<Address> =
    Field::required("address", Address, "Where the BMC is; port 623 unless one is given.");
pub(crate) const USER: Field<User> =
    Field::required("user", User, "User of the BMC who may control power.");
pub(crate) const PASSWORD_FILE: Field<FilePath> = Field::maybe(
    "password-file",
    FilePath,
    "another password field says where it is",
    "File with the password in its first line; for its owner only.",
);
pub(crate) const PASSWORD_ENV: Field<Label> = Field::maybe(
    "password-env",
    Label,
    "another password field says where it is",
    "Environment variable with the password.",
);
pub(crate) const PASSWORD_CREDENTIAL: Field<Label> = Field::maybe(
    "password-credential",
    Label,
    "another password field says where it is",
    "systemd credential with the password (LoadCredential=).",
);
pub(crate) const KG_FILE: Field<FilePath> = Field::maybe(
    "kg-file",
    FilePath,
    "no key of the BMC",
    "File with the BMC's key Kg: text, or 0x and hexadecimal digits.",
);
pub(crate) const KG_ENV: Field<Label> =
    Field::maybe("kg-env", Label, "no key of the BMC", "Environment variable with Kg.");
pub(crate) const KG_CREDENTIAL: Field<Label> =
    Field::maybe("kg-credential", Label, "no key of the BMC", "systemd credential with Kg.");

pub(crate) const SUITES: Field<List<SuiteId>> = Field::or(
    "suites",
    List::new(SuiteId, 1, MAX_SUITES),
    "[17, 3]",
    "Cipher suites of IPMI 2.0 to offer, in order. Those that authenticate nothing (0, 1, 6, 15) \
     are used only when they are named.",
);

/// The words of [`IPMI`].
const VERSIONS: [(&str, Version); 3] =
    [("auto", Version::Auto), ("1.5", Version::V15), ("2.0", Version::V20)];
pub(crate) const IPMI: Field<Choice<Version>> = Field::or(
    "ipmi",
    Choice(&VERSIONS),
    "\"auto\"",
    "Version of IPMI: as the BMC offers, or only this one.",
);

/// The words of [`AUTH`].
const AUTH_TYPES: [(&str, AuthType); 4] = [
    ("md5", AuthType::Md5),
    ("md2", AuthType::Md2),
    ("straight", AuthType::Straight),
    ("none", AuthType::None),
];
pub(crate) const AUTH: Field<List<Choice<AuthType>>> = Field::or(
    "auth",
    List::new(Choice(&AUTH_TYPES), 1, AUTH_TYPES.len()),
    "[\"md5\", \"md2\"]",
    "Authentication types to allow for IPMI 1.5.",
);

/// The words of [`PRIVILEGE`].
const LEVELS: [(&str, Privilege); 2] =
    [("operator", Privilege::Operator), ("administrator", Privilege::Administrator)];
pub(crate) const PRIVILEGE: Field<Choice<Privilege>> = Field::or(
    "privilege",
    Choice(&LEVELS),
    "\"operator\"",
    "Privilege of the session; \"operator\" may control power.",
);

/// The words of [`WORKAROUNDS`].
const FORGIVEN: [(&str, Workaround); Workaround::ALL.len()] = {
    let mut words = [("", Workaround::ALL[0].0); Workaround::ALL.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = (Workaround::ALL[at].1, Workaround::ALL[at].0);
        at += 1;
    }
    words
};
pub(crate) const WORKAROUNDS: Field<List<Choice<Workaround>>> = Field::or(
    "workarounds",
    List::new(Choice(&FORGIVEN), 0, FORGIVEN.len()),
    "[]",
    "Deviations of the BMC to forgive; 'komainu bmc --workaround list' explains them.",
);
pub(crate) const GUID: Field<GuidText> = Field::maybe(
    "guid",
    GuidText,
    "the first one seen is pinned",
    "The BMC's GUID: no other BMC is accepted at the address.",
);
pub(crate) const POLL: Field<Time> = Field::or(
    "poll",
    Time::new(200, 60_000),
    "\"1s\"",
    "How often the power is read. A BMC that answers slowly is asked less often, down to every \
     30 s.",
);

/// What to write instead of a password.
const PASSWORD_INSTEAD: &str =
    "password-file = \"...\", password-env = \"...\" or password-credential = \"...\"";
/// What to write instead of Kg.
const KG_INSTEAD: &str = "kg-file = \"...\", kg-env = \"...\" or kg-credential = \"...\"";
const SECRETS: &[(&str, &str)] = &[("password", PASSWORD_INSTEAD), ("kg", KG_INSTEAD)];

/// What the BMCs of a cluster have in common.
pub(crate) const CLUSTER_BMC: Section = Section {
    path: "cluster.bmc",
    many: false,
    about: "What the cluster's BMCs have in common. Each server takes it over, but for what its \
            own [cluster.server.bmc] says.",
    fields: &[
        &USER,
        &PASSWORD_FILE,
        &PASSWORD_ENV,
        &PASSWORD_CREDENTIAL,
        &KG_FILE,
        &KG_ENV,
        &KG_CREDENTIAL,
        &SUITES,
        &IPMI,
        &AUTH,
        &PRIVILEGE,
        &WORKAROUNDS,
        &POLL,
    ],
    children: &[],
    secrets: SECRETS,
    shared: false,
};

/// The BMC of a server.
pub(crate) const SERVER_BMC: Section = Section {
    path: "cluster.server.bmc",
    many: false,
    about: "The server's BMC. What is left out here is taken from [cluster.bmc].",
    fields: &[
        &ADDRESS,
        &USER,
        &PASSWORD_FILE,
        &PASSWORD_ENV,
        &PASSWORD_CREDENTIAL,
        &KG_FILE,
        &KG_ENV,
        &KG_CREDENTIAL,
        &SUITES,
        &IPMI,
        &AUTH,
        &PRIVILEGE,
        &WORKAROUNDS,
        &GUID,
        &POLL,
    ],
    children: &[],
    secrets: SECRETS,
    shared: false,
};
