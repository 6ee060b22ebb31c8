//! What our client does with BMCs that are not ours once it may.

use std::process::Command;

use libtest_mimic::Failed;

use super::{Maker, case, turned_away};
use crate::commands::komainu;
use crate::harness::bmc::Bmc;
use crate::harness::client::{Client, LIMIT, komainu_login};
use crate::harness::login::{Auth, Kind, Login, Verb};
use crate::harness::program::Program;
use crate::harness::run::{Output, run};
use crate::harness::{Case, Outcome};
use crate::served::reads;

/// Words after the host, and what is said then.
const VERBS: &[(&str, &str)] = &[
    ("discover", "\"suites\""),
    ("info", "\"guid\""),
    ("power status", "\"power\""),
    ("power reset", "\"result\":\"accepted\""),
    ("raw 0x06 0x01", "\"completion_code\":0"),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for maker in Maker::ALL {
        cases.push(negotiated(maker));
        cases.extend(VERBS.iter().map(|&(words, says)| verb(maker, words, says)));
        for kind in [Kind::V15(Auth::Md5), Kind::V20(3), Kind::V20(17)] {
            if maker.serves(kind) {
                cases.push(fenced(maker, kind));
            }
        }
    }
    cases.extend([pinged(), suite_refused(), downgraded(), lagging(), stuck(), failing(), slow()]);
    cases
}

/// Without a word about versions and suites, it finds what the BMC has.
fn negotiated(maker: Maker) -> Case {
    case("negotiated", maker, "status", move || {
        let bmc = maker.start(None)?;
        let mut command = bare(&bmc, "power status");
        command.args(["--user", "admin"]).env("KOMAINU_PASSWORD", "password");
        let output = run(command, LIMIT)?;
        match Client::Komainu.state(&output) {
            Some(true) => Ok(()),
            _ => Err(output.failure("the power to be on")),
        }
    })
}

fn verb(maker: Maker, words: &'static str, says: &'static str) -> Case {
    case("verb", maker, words.replace(' ', "_"), move || {
        let kind = if maker.serves(Kind::V20(17)) { Kind::V20(17) } else { Kind::V20(3) };
        let bmc = maker.start(None)?;
        let output = run(komainu(&bmc, Login::admin(kind), words), LIMIT)?;
        if output.status == Some(0) && output.text.contains(says) {
            return Ok(());
        }
        Err(output.failure(&format!("exit 0 and {says}")))
    })
}

/// The server was off in between, and is on again.
fn fenced(maker: Maker, kind: Kind) -> Case {
    case("fenced", maker, kind, move || {
        let bmc = maker.start(None)?;
        let output = fence(&bmc, Login::admin(kind), &[])?;
        if output.status != Some(0) {
            return Err(output.failure("exit 0"));
        }
        reads(&bmc, Client::Komainu, Login::admin(kind), true)?;
        let output = fence(&bmc, Login::admin(kind), &["--no-power-on"])?;
        if output.status != Some(0) {
            return Err(output.failure("exit 0"));
        }
        reads(&bmc, Client::Komainu, Login::admin(kind), false)
    })
}

fn pinged() -> Case {
    case("verb", Maker::OpenIpmi, "ping", || {
        let output = run(bare(&Maker::OpenIpmi.start(None)?, "ping"), LIMIT)?;
        if output.status == Some(0) { Ok(()) } else { Err(output.failure("exit 0")) }
    })
}

/// `ipmi_sim` has no suite 17, and says so in two bytes instead of eight.
fn suite_refused() -> Case {
    case("refused_suite", Maker::OpenIpmi, "suite17", || {
        let bmc = Maker::OpenIpmi.start(None)?;
        let login = Login::admin(Kind::V20(17));
        let output = Client::Komainu.power(bmc.address, login, Verb::Status)?;
        turned_away(&output, "suite-refused")
    })
}

/// pyghmi's own sessions are of suite 3, whatever was asked for.
fn downgraded() -> Case {
    case("downgraded", Maker::Pyghmi, "suite17", || {
        let bmc = Bmc::pyghmi(&["--on"])?;
        let login = Login::admin(Kind::V20(17));
        let output = Client::Komainu.power(bmc.address, login, Verb::Status)?;
        turned_away(&output, "suite-refused")
    })
}

/// The power follows two seconds after the command that was answered with success.
fn lagging() -> Case {
    case("fenced", Maker::OpenIpmi, "lag", || {
        let bmc = Maker::OpenIpmi.start(None)?;
        bmc.set("lag", "2")?;
        let output = fence(&bmc, Login::admin(Kind::V20(3)), &["--no-power-on"])?;
        if output.status != Some(0) {
            return Err(output.failure("exit 0"));
        }
        reads(&bmc, Client::Komainu, Login::admin(Kind::V20(3)), false)
    })
}

/// A BMC that says success and does nothing fences nobody.
fn stuck() -> Case {
    case("fenced", Maker::OpenIpmi, "stuck", || {
        let bmc = Maker::OpenIpmi.start(None)?;
        bmc.set("stuck", "")?;
        not_fenced(&fence(&bmc, Login::admin(Kind::V20(3)), &["--step-timeout", "2s"])?)
    })
}

fn failing() -> Case {
    case("fenced", Maker::OpenIpmi, "fail", || {
        let bmc = Maker::OpenIpmi.start(None)?;
        bmc.set("fail", "")?;
        not_fenced(&fence(&bmc, Login::admin(Kind::V20(3)), &["--step-timeout", "2s"])?)
    })
}

/// Its answers come two seconds late, and twice after a repeated question.
fn slow() -> Case {
    case("slow", Maker::OpenIpmi, "status", || {
        let bmc = Maker::OpenIpmi.start(None)?;
        bmc.set("delay", "2")?;
        reads(&bmc, Client::Komainu, Login::admin(Kind::V20(3)), true)
    })
}

fn not_fenced(output: &Output) -> Outcome {
    if output.status.is_some_and(|status| status != 0) {
        return Ok(());
    }
    Err(output.failure("a failure"))
}

fn fence(bmc: &Bmc, login: Login, options: &[&str]) -> Result<Output, Failed> {
    let mut command = Program::Komainu.command();
    command.args(["fence", &bmc.address.to_string()]).args(options);
    komainu_login(&mut command, login);
    run(command, LIMIT)
}

/// Without a word about the login.
fn bare(bmc: &Bmc, words: &str) -> Command {
    let mut command = Program::Komainu.command();
    command.args(["bmc", &bmc.address.to_string()]).args(words.split(' '));
    command.args(["--config", "/dev/null", "--json"]);
    command
}
