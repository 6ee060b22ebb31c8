//! Our client with BMCs that are not ours: every kind of session that they serve.

mod crowd;
mod deeds;

use libtest_mimic::Failed;

use crate::harness::bmc::Bmc;
use crate::harness::client::Client;
use crate::harness::login::{Kind, Login, Privilege, Refusal, Verb};
use crate::harness::program::Program;
use crate::harness::run::Output;
use crate::harness::{Case, Outcome};
use crate::served::{KG, orders, reads};

/// `kg-nineteen-chars-x`, the longest that a configuration of `ipmi_sim` takes.
const KG_TEXT: &str = "kg-nineteen-chars-x";
const KG_TEXT_HEX: &str = "6b672d6e696e657465656e2d63686172732d78";
/// A key that programs which take it for text lose.
const KG_NUL: &str = "00112233445566778899aabbccddeeff01020304";
/// Differs from each of them.
const KG_OTHER: &str = "b1b2c3d4e5f60718293a4b5c6d7e8f9001122334";

/// A BMC of somebody else's.
#[derive(Clone, Copy)]
enum Maker {
    OpenIpmi,
    Pyghmi,
}

impl Maker {
    const ALL: [Self; 2] = [Self::OpenIpmi, Self::Pyghmi];

    fn name(self) -> &'static str {
        match self {
            Self::OpenIpmi => "ipmi_sim",
            Self::Pyghmi => "pyghmi",
        }
    }

    fn program(self) -> Program {
        match self {
            Self::OpenIpmi => Program::IpmiSim,
            Self::Pyghmi => Program::Pyghmi,
        }
    }

    /// Those in which it agrees with the specification.
    fn serves(self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::OpenIpmi, Kind::V15(_)) => true,
            (Self::OpenIpmi, Kind::V20(suite)) => matches!(suite, 0..=3 | 6 | 11),
            (Self::Pyghmi, Kind::V15(_)) => false,
            (Self::Pyghmi, Kind::V20(suite)) => !matches!(suite, 0 | 11 | 12),
        }
    }

    /// Running, with the power on, the users of both fixtures and this Kg.
    fn start(self, kg: Option<&str>) -> Result<Bmc, Failed> {
        match self {
            Self::OpenIpmi => match kg {
                Some(_) => Bmc::ipmi_sim(&["-1", "-k", KG_TEXT]),
                None => Bmc::ipmi_sim(&["-1"]),
            },
            Self::Pyghmi => {
                let kg = kg.map(|kg| format!("0x{kg}"));
                let mut options = vec!["--on", "--suites", "1,2,3,6,7,8,15,16,17"];
                options.extend(["--user", "admin:password", "--user", "monitor:monpass:user"]);
                options.extend(["--user", "sixteen-chars-us:twenty-characters-pw"]);
                if let Some(kg) = &kg {
                    options.extend(["--kg", kg]);
                }
                Bmc::pyghmi(&options)
            }
        }
    }

    /// The keys with which it agrees with the specification.
    fn kgs(self, kind: Kind) -> &'static [&'static str] {
        match self {
            Self::OpenIpmi if cuts_keys(kind) => &[],
            Self::OpenIpmi => &[KG_TEXT_HEX],
            Self::Pyghmi => &[KG, KG_NUL],
        }
    }

    /// The longest name and password that its configuration takes.
    fn longest(self, kind: Kind) -> Option<Login> {
        match (self, kind) {
            (Self::OpenIpmi, Kind::V15(_)) => None,
            (Self::OpenIpmi, kind) if cuts_keys(kind) => None,
            (Self::OpenIpmi, kind) => {
                Some(Login::with(kind, "fifteen-chars-u", "nineteen-chars-pwd!"))
            }
            (Self::Pyghmi, _) => {
                Some(Login::with(kind, "sixteen-chars-us", "twenty-characters-pw"))
            }
        }
    }

    /// Whether it turns this client away as the specification wants.
    fn refuses(self, kind: Kind, why: Refusal) -> bool {
        match (self, why) {
            (_, Refusal::Password) => kind.proves_password(),
            (_, Refusal::Kg) => kind.proves_kg() && !self.kgs(kind).is_empty(),
            // It lets a user have any level in RMCP+ sessions.
            (Self::OpenIpmi, Refusal::Privilege) => matches!(kind, Kind::V15(_)),
            // The next login in suite 11 after an unknown name ends its process.
            (Self::OpenIpmi, Refusal::Name) => kind != Kind::V20(11),
            (Self::Pyghmi, Refusal::Name | Refusal::Privilege) | (_, Refusal::Suite) => true,
        }
    }
}

/// `ipmi_sim` takes 16 bytes of a password or Kg for HMAC-MD5, and no client agrees.
fn cuts_keys(kind: Kind) -> bool {
    matches!(kind, Kind::V20(6 | 11))
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for maker in Maker::ALL {
        for kind in Kind::ALL.into_iter().filter(|kind| maker.serves(*kind)) {
            cases.extend(served(maker, kind));
            cases.extend(refused(maker, kind));
        }
    }
    cases.extend(deeds::cases());
    cases.push(crowd::case());
    cases
}

fn case(
    what: &str,
    maker: Maker,
    detail: impl std::fmt::Display,
    test: impl FnOnce() -> Outcome + Send + 'static,
) -> Case {
    let name = format!("ours::{what}::{}::{detail}", maker.name());
    Case::new(name, [Program::Komainu, maker.program()], test)
}

fn served(maker: Maker, kind: Kind) -> Vec<Case> {
    let admin = Login::admin(kind);
    let mut cases = vec![case("power", maker, kind, move || switches(maker, admin))];
    if kind.proves_kg() {
        cases.extend(maker.kgs(kind).iter().enumerate().map(|(number, kg)| {
            let login = Login { kg: Some(kg), ..admin };
            let detail = format!("{kind}::{number}");
            case("kg", maker, detail, move || switches(maker, login))
        }));
    }
    if let Some(login) = maker.longest(kind) {
        cases.push(case("longest", maker, kind, move || {
            reads(&maker.start(None)?, Client::Komainu, login, true)
        }));
    }
    if matches!(maker, Maker::OpenIpmi) {
        let login = Login { privilege: Privilege::User, ..Login::with(kind, "", "") };
        cases.push(case("null_user", maker, kind, move || {
            reads(&maker.start(None)?, Client::Komainu, login, true)
        }));
    }
    cases
}

/// Off and on again, each seen in the status that follows.
fn switches(maker: Maker, login: Login) -> Outcome {
    let bmc = maker.start(login.kg)?;
    reads(&bmc, Client::Komainu, login, true)?;
    orders(&bmc, Client::Komainu, login, Verb::Off)?;
    reads(&bmc, Client::Komainu, login, false)?;
    orders(&bmc, Client::Komainu, login, Verb::On)?;
    reads(&bmc, Client::Komainu, login, true)
}

fn refused(maker: Maker, kind: Kind) -> Vec<Case> {
    let rows = [
        (Refusal::Password, Login::with(kind, "admin", "passwore")),
        (Refusal::Name, Login::with(kind, "nobody", "password")),
        (Refusal::Privilege, Login::with(kind, "monitor", "monpass")),
        (Refusal::Kg, Login { kg: Some(KG_OTHER), ..Login::admin(kind) }),
    ];
    let told = rows.into_iter().filter(|(why, _)| maker.refuses(kind, *why));
    told.map(|(why, login)| {
        let what = format!("refused_{why:?}").to_lowercase();
        case(&what, maker, kind, move || {
            let kg = maker.kgs(kind).first().filter(|_| why == Refusal::Kg);
            let bmc = maker.start(kg.copied())?;
            let output = Client::Komainu.power(bmc.address, login, Verb::Status)?;
            turned_away(&output, Client::Komainu.complaint(kind, why))
        })
    })
    .collect()
}

fn turned_away(output: &Output, complaint: &str) -> Outcome {
    let failed = output.status.is_some_and(|status| status != 0);
    if failed && Client::Komainu.state(output).is_none() && output.text.contains(complaint) {
        return Ok(());
    }
    Err(output.failure(&format!("no power state, but \"{complaint}\"")))
}
