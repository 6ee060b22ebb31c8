//! Fields of the UPSes: who speaks for them, how long what they say holds, and how they are cut.

use crate::config::field::{Field, Section};
use crate::config::kind::{Address, Choice, FilePath, Label, Name, Number, NutPlace, Text, Time};
use crate::config::site::{CutWay, Mib, Privacy, SnmpAuth, SnmpVersion, Tls};

pub(crate) const NAME: Field<Name> = Field::required("name", Name, "What operators call the UPS.");
pub(crate) const NUT: Field<NutPlace> = Field::maybe(
    "nut",
    NutPlace,
    "'snmp' or 'apcupsd' says who speaks for it",
    "The UPS as a NUT server knows it, such as \"rack1@192.0.2.5\"; port 3493 unless one is given.",
);
pub(crate) const SNMP: Field<Address> = Field::maybe(
    "snmp",
    Address,
    "'nut' or 'apcupsd' says who speaks for it",
    "Address of its SNMP card; port 161 unless one is given.",
);
pub(crate) const APCUPSD: Field<Address> = Field::maybe(
    "apcupsd",
    Address,
    "'nut' or 'snmp' says who speaks for it",
    "Address of an apcupsd that tells of it; port 3551 unless one is given. It is only read.",
);
pub(crate) const USER: Field<Text> = Field::maybe(
    "user",
    Text,
    "it is only read; SNMP 3 needs one",
    "User of the NUT server who may order the UPS (in its upsd.users: 'actions = SET' and \
     'instcmds = ALL'), or of SNMP 3.",
);
pub(crate) const PASSWORD_FILE: Field<FilePath> = Field::maybe(
    "password-file",
    FilePath,
    "another password field says where it is, or there is none",
    "File with the user's password in its first line; for its owner only. With SNMP 3 it \
     authenticates.",
);
pub(crate) const PASSWORD_ENV: Field<Label> = Field::maybe(
    "password-env",
    Label,
    "another password field says where it is, or there is none",
    "Environment variable with the user's password.",
);
pub(crate) const PASSWORD_CREDENTIAL: Field<Label> = Field::maybe(
    "password-credential",
    Label,
    "another password field says where it is, or there is none",
    "systemd credential with the user's password (LoadCredential=).",
);

/// The words of [`TLS`].
const TLS_WORDS: [(&str, Tls); 3] =
    [("require", Tls::Require), ("try", Tls::Try), ("off", Tls::Off)];
pub(crate) const TLS: Field<Choice<Tls>> = Field::maybe(
    "tls",
    Choice(&TLS_WORDS),
    "\"off\" to a NUT server on this machine, else \"require\"",
    "Encryption to the NUT server: \"require\" speaks to nobody who has not proved who it is, \
     \"try\" goes on in the clear where the server has none, \"off\" is in the clear.",
);
pub(crate) const CA_FILE: Field<FilePath> = Field::maybe(
    "ca-file",
    FilePath,
    "no NUT server is trusted that needs TLS",
    "Certificates, as PEM, of those who vouch for the NUT server. Its own has to bear the address \
     in 'nut'.",
);
pub(crate) const CERTIFICATE_FILE: Field<FilePath> = Field::maybe(
    "certificate-file",
    FilePath,
    "'ca-file' says who is trusted",
    "The NUT server's own certificate, as PEM: that one and no other is trusted, whatever its name \
     and dates.",
);

/// The words of [`VERSION`].
const VERSIONS: [(&str, SnmpVersion); 3] =
    [("1", SnmpVersion::V1), ("2c", SnmpVersion::V2c), ("3", SnmpVersion::V3)];
pub(crate) const VERSION: Field<Choice<SnmpVersion>> = Field::or(
    "version",
    Choice(&VERSIONS),
    "\"3\"",
    "Version of SNMP. Only \"3\" is proof against those who listen on the network, and alter.",
);
pub(crate) const COMMUNITY_FILE: Field<FilePath> = Field::maybe(
    "community-file",
    FilePath,
    "another community field says where it is; SNMP 3 has none",
    "File with the community of SNMP 1 or 2c in its first line.",
);
pub(crate) const COMMUNITY_ENV: Field<Label> = Field::maybe(
    "community-env",
    Label,
    "another community field says where it is; SNMP 3 has none",
    "Environment variable with the community.",
);
pub(crate) const COMMUNITY_CREDENTIAL: Field<Label> = Field::maybe(
    "community-credential",
    Label,
    "another community field says where it is; SNMP 3 has none",
    "systemd credential with the community.",
);

/// The words of [`AUTH`].
const AUTHS: [(&str, SnmpAuth); 4] = [
    ("md5", SnmpAuth::Md5),
    ("sha1", SnmpAuth::Sha1),
    ("sha256", SnmpAuth::Sha256),
    ("sha512", SnmpAuth::Sha512),
];
pub(crate) const AUTH: Field<Choice<SnmpAuth>> =
    Field::or("auth", Choice(&AUTHS), "\"sha256\"", "How SNMP 3 authenticates, with the password.");

/// The words of [`PRIVACY`].
const PRIVACIES: [(&str, Privacy); 5] = [
    ("aes128", Privacy::Aes128),
    ("aes256", Privacy::Aes256),
    ("aes256-reeder", Privacy::Aes256Reeder),
    ("des", Privacy::Des),
    ("none", Privacy::None),
];
pub(crate) const PRIVACY: Field<Choice<Privacy>> = Field::or(
    "privacy",
    Choice(&PRIVACIES),
    "\"aes128\"",
    "How SNMP 3 encrypts; \"none\" authenticates alone. APC's cards extend the key of \"aes256\" \
     in Reeder's way.",
);
pub(crate) const PRIVACY_FILE: Field<FilePath> = Field::maybe(
    "privacy-file",
    FilePath,
    "the password encrypts, too",
    "File with the password that encrypts in its first line.",
);
pub(crate) const PRIVACY_ENV: Field<Label> = Field::maybe(
    "privacy-env",
    Label,
    "the password encrypts, too",
    "Environment variable with the password that encrypts.",
);
pub(crate) const PRIVACY_CREDENTIAL: Field<Label> = Field::maybe(
    "privacy-credential",
    Label,
    "the password encrypts, too",
    "systemd credential with the password that encrypts.",
);

/// The words of [`MIB`].
const MIBS: [(&str, Mib); 3] =
    [("auto", Mib::Auto), ("rfc1628", Mib::Rfc1628), ("powernet", Mib::PowerNet)];
pub(crate) const MIB: Field<Choice<Mib>> = Field::or(
    "mib",
    Choice(&MIBS),
    "\"auto\"",
    "Which objects the card has: those of RFC 1628, or APC's; \"auto\" asks it.",
);
pub(crate) const POLL: Field<Time> = Field::maybe(
    "poll",
    Time::new(100, 60_000),
    "500ms from NUT, 2s over SNMP, 1s from apcupsd",
    "How often it is read. A trap has it read at once.",
);
pub(crate) const CONFIRM: Field<Time> = Field::or(
    "confirm",
    Time::new(0, 3_600_000),
    "\"10s\"",
    "On battery for so long, by Komainu's own clock, is an outage.",
);
pub(crate) const SETTLE: Field<Time> = Field::or(
    "settle",
    Time::new(0, 3_600_000),
    "\"10s\"",
    "Mains for so long without a break are their return.",
);
pub(crate) const LOW_GRACE: Field<Time> = Field::or(
    "low-grace",
    Time::new(0, 3_600_000),
    "\"30s\"",
    "The flag of a low battery counts after so long where charge and runtime contradict it; at \
     once where they do not.",
);
pub(crate) const LATE: Field<Time> =
    Field::or("late", Time::new(500, 600_000), "\"5s\"", "A reading that old is late, and told.");
pub(crate) const UNKNOWN: Field<Time> = Field::or(
    "unknown",
    Time::new(1_000, 3_600_000),
    "\"30s\"",
    "A reading that old tells nothing any more. Silence is no outage: on battery the last runtime \
     counts down.",
);
pub(crate) const TEST_LIMIT: Field<Time> = Field::or(
    "test-limit",
    Time::new(0, 7_200_000),
    "\"5m\"",
    "A self test excuses a discharge for so long at most.",
);

/// The words of [`CUT`].
const CUTS: [(&str, CutWay); 3] =
    [("delayed", CutWay::Delayed), ("final", CutWay::Final), ("never", CutWay::Never)];
pub(crate) const CUT: Field<Choice<CutWay>> = Field::maybe(
    "cut",
    Choice(&CUTS),
    "\"never\" from apcupsd and from NUT without a user, else \"delayed\"",
    "How its output is cut at the end of a plan: \"delayed\" is ordered early and may be called \
     off, \"final\" cannot be called off and is ordered once every server is proved off.",
);
pub(crate) const LONGEST_DELAY: Field<Time> = Field::or(
    "longest-delay",
    Time::new(0, 65_535_000),
    "\"10m\"",
    "The longest delay that the UPS takes for its off.",
);
pub(crate) const FLOOR: Field<Number<u8>> = Field::maybe(
    "floor",
    Number::new(0, 100),
    "enough for one more complete shutdown, by the runtime that it tells",
    "Percent of charge before servers are started on it again.",
);
pub(crate) const ASSUMED: Field<Time> = Field::or(
    "assumed-runtime",
    Time::new(1_000, 86_400_000),
    "\"3m\"",
    "The runtime that is reckoned with while it tells none, and by which 'config check' judges \
     the plan.",
);

/// What to write instead of a password.
const INSTEAD: &str =
    "password-file = \"...\", password-env = \"...\" or password-credential = \"...\"";
/// What to write instead of a community.
const INSTEAD_OF_COMMUNITY: &str =
    "community-file = \"...\", community-env = \"...\" or community-credential = \"...\"";

/// A UPS.
pub(crate) const UPS: Section = Section {
    path: "ups",
    many: true,
    about: "A UPS: who speaks for it, and how it is cut. Exactly one of 'nut', 'snmp' and \
            'apcupsd' stands there.",
    fields: &[
        &NAME,
        &NUT,
        &SNMP,
        &APCUPSD,
        &USER,
        &PASSWORD_FILE,
        &PASSWORD_ENV,
        &PASSWORD_CREDENTIAL,
        &TLS,
        &CA_FILE,
        &CERTIFICATE_FILE,
        &VERSION,
        &COMMUNITY_FILE,
        &COMMUNITY_ENV,
        &COMMUNITY_CREDENTIAL,
        &AUTH,
        &PRIVACY,
        &PRIVACY_FILE,
        &PRIVACY_ENV,
        &PRIVACY_CREDENTIAL,
        &MIB,
        &POLL,
        &CONFIRM,
        &SETTLE,
        &LOW_GRACE,
        &LATE,
        &UNKNOWN,
        &TEST_LIMIT,
        &CUT,
        &LONGEST_DELAY,
        &FLOOR,
        &ASSUMED,
    ],
    children: &[],
    secrets: &[("password", INSTEAD), ("community", INSTEAD_OF_COMMUNITY), ("secret", INSTEAD)],
    shared: false,
};
