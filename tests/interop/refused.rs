//! Our BMC turns away everyone else, and the client can tell its user why.

use crate::harness::Case;
use crate::harness::bmc::Bmc;
use crate::harness::client::Client;
use crate::harness::login::{Kind, Login, Refusal, Verb};
use crate::harness::program::Program;
use crate::served::KG;

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
        let bmc = Bmc::bmc_sim(&options(login, why))?;
        let output = client.power(bmc.address, login, Verb::Status)?;
        let complaint = client.complaint(login.kind, why);
        if client.state(&output).is_none() && output.text.contains(complaint) {
            return Ok(());
        }
        Err(output.failure(&format!("no power state, but \"{complaint}\"")))
    })
}

fn options(login: Login, why: Refusal) -> Vec<String> {
    let mut options = Vec::new();
    if let Kind::V20(suite) = login.kind {
        let other = if suite == 3 { 17 } else { 3 };
        let offered = if why == Refusal::Suite { other } else { suite };
        options.extend(["--suites".to_owned(), offered.to_string()]);
    }
    if why == Refusal::Kg {
        options.extend(["--kg".to_owned(), format!("0x{KG}")]);
    }
    options
}
