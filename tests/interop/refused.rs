//! Our BMC turns away everyone else, and the client can tell its user why.

use crate::harness::Case;
use crate::harness::bmc::BmcSim;
use crate::harness::client::Client;
use crate::harness::login::{Kind, Login, Refusal, Verb};
use crate::harness::program::Program;
use crate::served::{KG, offering};

/// Differs from `KG` in its last bit.
const OTHER_KG: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122335";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for client in Client::ALL {
        for kind in Kind::ALL.into_iter().filter(|kind| client.speaks(*kind)) {
            if kind.proves_password() {
                cases.push(case(client, Login::with(kind, "admin", "passwore"), Refusal::Password));
            }
            cases.push(case(client, Login::with(kind, "nobody", "password"), Refusal::Name));
            cases.push(case(client, Login::with(kind, "monitor", "monpass"), Refusal::Privilege));
            if kind.proves_kg() {
                let login = Login { kg: Some(OTHER_KG), ..Login::admin(kind) };
                cases.push(case(client, login, Refusal::Kg));
            }
            if kind.proves_kg() && client != Client::Pyghmi {
                cases.push(case(client, Login::admin(kind), Refusal::Suite));
            }
        }
    }
    cases
}

fn case(client: Client, login: Login, why: Refusal) -> Case {
    let name = format!("refused::{why:?}::{client}::{}", login.kind).to_lowercase();
    Case::new(name, [Program::BmcSim, client.program()], move || {
        let bmc = refusing(login, why).start()?;
        let output = client.power(bmc.address, login, Verb::Status)?;
        let complaint = client.complaint(login.kind, why);
        if client.state(&output).is_none() && output.text.contains(complaint) {
            return Ok(());
        }
        Err(output.failure(&format!("no power state, but \"{complaint}\"")))
    })
}

/// A BMC that has another Kg than the client, or every suite but the client's, or none of its
/// users.
fn refusing(login: Login, why: Refusal) -> BmcSim {
    match why {
        Refusal::Kg => offering(Login { kg: Some(KG), ..login }),
        Refusal::Suite => {
            let others = Kind::ALL.into_iter().filter_map(|kind| match kind {
                Kind::V20(suite) if kind != login.kind => Some(suite.to_string()),
                _ => None,
            });
            BmcSim::default().option("--suites", others.collect::<Vec<_>>().join(","))
        }
        Refusal::Password | Refusal::Name | Refusal::Privilege => offering(login),
    }
}
