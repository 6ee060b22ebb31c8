//! Our BMC serves everyone who has the right credentials, in every kind of session they can open.

use crate::harness::bmc::{Bmc, BmcSim};
use crate::harness::client::Client;
use crate::harness::login::{Kind, Login, Privilege, Verb};
use crate::harness::program::Program;
use crate::harness::{Case, Outcome};

/// Twenty bytes that are no text.
pub(crate) const KG: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for client in Client::ALL {
        for kind in Kind::ALL.into_iter().filter(|kind| client.speaks(*kind)) {
            cases.push(power("power", client, Login::admin(kind)));
            if kind.proves_kg() {
                cases.push(power("kg", client, Login { kg: Some(KG), ..Login::admin(kind) }));
            }
            if client != Client::Pyghmi {
                cases.push(longest(client, kind));
            }
            if !matches!(client, Client::FenceIpmilan | Client::Pyghmi) {
                cases.push(null_user(client, kind));
            }
        }
    }
    cases
}

fn needs(client: Client) -> [Program; 2] {
    [Program::BmcSim, client.program()]
}

/// Off, then on again, each seen in the status that follows.
fn power(what: &str, client: Client, login: Login) -> Case {
    let name = format!("served::{what}::{client}::{}", login.kind);
    Case::new(name, needs(client), move || {
        let bmc = offering(login).start()?;
        reads(&bmc, client, login, true)?;
        orders(&bmc, client, login, Verb::Off)?;
        reads(&bmc, client, login, false)?;
        orders(&bmc, client, login, Verb::On)?;
        reads(&bmc, client, login, true)
    })
}

/// The longest name, and the longest password that this version of IPMI has.
fn longest(client: Client, kind: Kind) -> Case {
    let password = match kind {
        Kind::V15(_) => "sixteen-chars-pw",
        Kind::V20(_) => "twenty-characters-pw",
    };
    let login = Login::with(kind, "sixteen-chars-us", password);
    status("longest", client, login, "administrator")
}

fn null_user(client: Client, kind: Kind) -> Case {
    let login = Login { privilege: Privilege::User, ..Login::with(kind, "", "") };
    status("null_user", client, login, "user")
}

/// A user of their own, who reads the power state.
fn status(what: &str, client: Client, login: Login, limit: &'static str) -> Case {
    let name = format!("served::{what}::{client}::{}", login.kind);
    Case::new(name, needs(client), move || {
        let user = if login.user.is_empty() { "-" } else { login.user };
        let users = format!("{user} {limit} {}\n", login.password);
        reads(&offering(login).file("--users", users).start()?, client, login, true)
    })
}

/// A BMC that offers no other suite than the client asks for, so that nothing falls back.
pub(crate) fn offering(login: Login) -> BmcSim {
    let mut bmc = BmcSim::default();
    if let Kind::V20(suite) = login.kind {
        bmc = bmc.option("--suites", suite);
    }
    if let Some(kg) = login.kg {
        bmc = bmc.file("--kg-file", format!("0x{kg}\n"));
    }
    bmc
}

/// The client reads this power state.
pub(crate) fn reads(bmc: &Bmc, client: Client, login: Login, on: bool) -> Outcome {
    let output = client.power(bmc.address, login, Verb::Status)?;
    match client.state(&output) {
        Some(state) if state == on => Ok(()),
        _ => Err(output.failure(if on { "the power to be on" } else { "the power to be off" })),
    }
}

pub(crate) fn orders(bmc: &Bmc, client: Client, login: Login, verb: Verb) -> Outcome {
    let output = client.power(bmc.address, login, verb)?;
    match output.status {
        Some(0) => Ok(()),
        _ => Err(output.failure("the order to be taken")),
    }
}
