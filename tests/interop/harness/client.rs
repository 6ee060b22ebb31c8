//! Clients, other people's and ours, by one vocabulary.

use std::fmt;
use std::net::SocketAddrV4;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Failed;

use super::login::{Auth, Kind, Login, Privilege, Refusal, Verb};
use super::program::{Program, fixture};
use super::run::{Output, run};

/// The longest that any of them takes for one answer on loopback, its patience with silence
/// included.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// In the table that `ipmi-chassis` prints.
const POWER_ON: &str = "System Power                        : on";
const POWER_OFF: &str = "System Power                        : off";

/// A client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Ipmitool,
    /// FreeIPMI, with a session engine of its own beside the library's.
    Ipmipower,
    /// FreeIPMI, on its library's sessions.
    IpmiChassis,
    FenceIpmilan,
    Pyghmi,
    /// Ours.
    Komainu,
}

impl Client {
    pub(crate) const ALL: [Self; 6] = [
        Self::Ipmitool,
        Self::Ipmipower,
        Self::IpmiChassis,
        Self::FenceIpmilan,
        Self::Pyghmi,
        Self::Komainu,
    ];

    pub(crate) fn program(self) -> Program {
        match self {
            Self::Ipmitool => Program::Ipmitool,
            Self::Ipmipower => Program::Ipmipower,
            Self::IpmiChassis => Program::IpmiChassis,
            Self::FenceIpmilan => Program::FenceIpmilan,
            Self::Pyghmi => Program::Pyghmi,
            Self::Komainu => Program::Komainu,
        }
    }

    /// Whether it can open this kind of session at all.
    pub(crate) fn speaks(self, kind: Kind) -> bool {
        match (self, kind) {
            // ipmitool is packaged without MD2, and aborts on MD5-128 integrity.
            (Self::Ipmitool | Self::FenceIpmilan, Kind::V15(auth)) => auth != Auth::Md2,
            (Self::Ipmitool | Self::FenceIpmilan, Kind::V20(suite)) => !matches!(suite, 11 | 12),
            // ipmipower takes no BMC's answer to a straight password.
            (Self::Ipmipower, kind) => kind != Kind::V15(Auth::Straight),
            (Self::IpmiChassis | Self::Komainu, _) => true,
            (Self::Pyghmi, kind) => matches!(kind, Kind::V20(3 | 17)),
        }
    }

    /// Runs it to its end.
    pub(crate) fn power(
        self,
        bmc: SocketAddrV4,
        login: Login,
        verb: Verb,
    ) -> Result<Output, Failed> {
        let mut command = self.program().command();
        match self {
            Self::Ipmitool => ipmitool(&mut command, bmc, login, verb),
            Self::Ipmipower => ipmipower(&mut command, bmc, login, verb),
            Self::IpmiChassis => ipmi_chassis(&mut command, bmc, login, verb),
            Self::FenceIpmilan => fence_ipmilan(&mut command, bmc, login, verb),
            Self::Pyghmi => pyghmi(&mut command, bmc, login, verb),
            Self::Komainu => komainu(&mut command, bmc, login, verb),
        }
        run(command, LIMIT)
    }

    /// The power state that it printed; `None` when it printed none.
    pub(crate) fn state(self, output: &Output) -> Option<bool> {
        let (on, off) = match self {
            Self::Ipmitool => ("Chassis Power is on", "Chassis Power is off"),
            Self::Ipmipower => (": on\n", ": off\n"),
            Self::IpmiChassis => (POWER_ON, POWER_OFF),
            Self::FenceIpmilan => ("Status: ON", "Status: OFF"),
            Self::Pyghmi => ("'powerstate': 'on'", "'powerstate': 'off'"),
            Self::Komainu => (r#""power":"on""#, r#""power":"off""#),
        };
        match (output.text.contains(on), output.text.contains(off)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// What it prints when it is turned away for this reason.
    pub(crate) fn complaint(self, kind: Kind, why: Refusal) -> &'static str {
        match (self, kind, why) {
            (Self::Ipmitool, Kind::V15(_), Refusal::Password) => "Activate Session command failed",
            (Self::Ipmitool, Kind::V15(_), Refusal::Name) => "Invalid user name",
            (Self::Ipmitool, Kind::V15(_), _) => "Requested privilege level exceeds limit",
            (Self::Ipmitool, _, Refusal::Password) => "RAKP 2 HMAC is invalid",
            (Self::Ipmitool, _, Refusal::Name) => "unauthorized name",
            (Self::Ipmitool, _, Refusal::Kg) => "RAKP 4 message has invalid integrity check value",
            (Self::Ipmitool, _, Refusal::Privilege) => "unauthorized role",
            (Self::Ipmitool, _, Refusal::Suite) => "no matching cipher suite",
            (Self::Ipmipower | Self::IpmiChassis, Kind::V15(_), Refusal::Password) => {
                "password verification timeout"
            }
            (Self::Ipmipower | Self::IpmiChassis, _, Refusal::Password) => "password invalid",
            (Self::Ipmipower | Self::IpmiChassis, _, Refusal::Name) => "username invalid",
            (Self::Ipmipower | Self::IpmiChassis, _, Refusal::Kg) => "k_g invalid",
            (Self::Ipmipower | Self::IpmiChassis, _, Refusal::Privilege) => {
                "privilege level cannot be obtained"
            }
            (Self::Ipmipower | Self::IpmiChassis, _, Refusal::Suite) => {
                "cipher suite id unavailable"
            }
            // It drops what ipmitool tells it.
            (Self::FenceIpmilan, _, _) => "Unable to obtain correct plug status",
            (Self::Pyghmi, _, Refusal::Password) => "Incorrect password provided",
            (Self::Pyghmi, _, Refusal::Name) => "Unauthorized name",
            (Self::Pyghmi, _, Refusal::Kg) => "wrong Kg?",
            (Self::Pyghmi, _, Refusal::Privilege) => "Unauthorized role",
            // It has no way to ask for one suite.
            (Self::Pyghmi, _, Refusal::Suite) => "No matching cipher suite",
            // Silence is IPMI 1.5's answer to a wrong password.
            (Self::Komainu, Kind::V15(_), Refusal::Password) => "login-silent",
            (Self::Komainu, _, Refusal::Password) => "wrong-password",
            (Self::Komainu, _, Refusal::Name) => "unknown-user",
            (Self::Komainu, _, Refusal::Kg) => "wrong-kg",
            (Self::Komainu, _, Refusal::Privilege) => "privilege-too-low",
            (Self::Komainu, _, Refusal::Suite) => "suite-refused",
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program().name())
    }
}

/// What `login` says, in ipmitool's words; a command follows.
pub(crate) fn ipmitool_login(command: &mut Command, bmc: SocketAddrV4, login: Login) {
    match login.kind {
        Kind::V15(auth) => {
            let auth = match auth {
                Auth::None => "NONE",
                Auth::Straight => "PASSWORD",
                Auth::Md2 => "MD2",
                Auth::Md5 => "MD5",
            };
            command.args(["-I", "lan", "-A", auth]);
        }
        Kind::V20(suite) => {
            command.args(["-I", "lanplus", "-C", &suite.to_string()]);
        }
    }
    // Verbose, because only then does it tell why it is turned away.
    command.args(["-v", "-R", "2", "-N", "1", "-L", level(login.privilege).0]);
    command.args(["-U", login.user, "-P", login.password]);
    command.args(["-H", &bmc.ip().to_string(), "-p", &bmc.port().to_string()]);
    if let Some(kg) = login.kg {
        command.args(["-y", kg]);
    }
}

fn ipmitool(command: &mut Command, bmc: SocketAddrV4, login: Login, verb: Verb) {
    ipmitool_login(command, bmc, login);
    command.args(["chassis", "power", word(verb)]);
}

/// What `login` says, in FreeIPMI's words; a command follows.
pub(crate) fn freeipmi_login(command: &mut Command, bmc: SocketAddrV4, login: Login) {
    match login.kind {
        Kind::V15(auth) => {
            let auth = match auth {
                Auth::None => "none",
                Auth::Straight => "straight_password_key",
                Auth::Md2 => "md2",
                Auth::Md5 => "md5",
            };
            command.args(["-D", "LAN", "-a", auth]);
        }
        Kind::V20(suite) => {
            command.args(["-D", "LAN_2_0", "-I", &suite.to_string()]);
        }
    }
    // Silence is the answer to a wrong password in IPMI 1.5, and its patience is 20 s else.
    command.args(["--session-timeout=5000", "--retransmission-timeout=500"]);
    command.args(["-l", level(login.privilege).1, "-h", &bmc.to_string()]);
    if !login.user.is_empty() {
        command.args(["-u", login.user, "-p", login.password]);
    }
    if let Some(kg) = login.kg {
        command.args(["-k", &format!("0x{kg}")]);
    }
}

fn ipmipower(command: &mut Command, bmc: SocketAddrV4, login: Login, verb: Verb) {
    freeipmi_login(command, bmc, login);
    command.arg(match verb {
        Verb::Status => "--stat",
        Verb::On => "--on",
        Verb::Off => "--off",
    });
}

fn ipmi_chassis(command: &mut Command, bmc: SocketAddrV4, login: Login, verb: Verb) {
    freeipmi_login(command, bmc, login);
    command.arg(match verb {
        Verb::Status => "--get-chassis-status",
        Verb::On => "--chassis-control=POWER-UP",
        Verb::Off => "--chassis-control=POWER-DOWN",
    });
}

/// What `login` says, in the fence agent's words; an action follows.
pub(crate) fn fence_login(command: &mut Command, bmc: SocketAddrV4, login: Login) {
    match login.kind {
        Kind::V15(Auth::Straight) => command.args(["-A", "password"]),
        Kind::V15(Auth::None) => command.args(["-A", "none"]),
        Kind::V15(Auth::Md2 | Auth::Md5) => command.args(["-A", "md5"]),
        Kind::V20(suite) => command.args(["-P", "-C", &suite.to_string()]),
    };
    command.args(["-L", &level(login.privilege).0.to_lowercase()]);
    command.args(["-l", login.user, "-p", login.password, "--power-wait=0"]);
    command.args(["-a", &bmc.ip().to_string(), "-u", &bmc.port().to_string()]);
    if let Some(kg) = login.kg {
        command.arg(format!("--hexadecimal-kg={kg}"));
    }
}

fn fence_ipmilan(command: &mut Command, bmc: SocketAddrV4, login: Login, verb: Verb) {
    fence_login(command, bmc, login);
    command.args(["-o", word(verb)]);
}

fn pyghmi(command: &mut Command, bmc: SocketAddrV4, login: Login, verb: Verb) {
    let kg = login.kg.map_or("-".to_owned(), |kg| format!("0x{kg}"));
    command.arg(fixture("pyghmi_client.py"));
    command.args([&bmc.to_string(), login.user, login.password, &kg]);
    if verb != Verb::Status {
        command.arg(word(verb));
    }
}

/// What `login` says, in our words; the hosts, a verb and its words follow `komainu bmc`.
pub(crate) fn komainu_login(command: &mut Command, login: Login) {
    match login.kind {
        Kind::V15(_) => command.args(["--ipmi", "1.5", "--auth", &login.kind.to_string()]),
        Kind::V20(suite) => command.args(["--ipmi", "2.0", "--suite", &suite.to_string()]),
    };
    command.args(["--user", login.user, "--privilege", &level(login.privilege).0.to_lowercase()]);
    command.env("KOMAINU_PASSWORD", login.password);
    if let Some(kg) = login.kg {
        command.env("KOMAINU_KG", format!("0x{kg}"));
    }
    // Neither the user's configuration nor the machine's has a say.
    command.args(["--config", "/dev/null", "--json"]);
}

fn komainu(command: &mut Command, bmc: SocketAddrV4, login: Login, verb: Verb) {
    command.args(["bmc", &bmc.to_string(), "power", word(verb)]);
    komainu_login(command, login);
}

fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::Status => "status",
        Verb::On => "on",
        Verb::Off => "off",
    }
}

/// As ipmitool and as FreeIPMI call it.
fn level(privilege: Privilege) -> (&'static str, &'static str) {
    match privilege {
        Privilege::User => ("USER", "user"),
        Privilege::Administrator => ("ADMINISTRATOR", "admin"),
    }
}
