//! The cluster world's own fence agent fences through our BMC.

use crate::harness::bmc::{Bmc, BmcSim};
use crate::harness::client::{Client, LIMIT, fence_login};
use crate::harness::login::{Auth, Kind, Login};
use crate::harness::program::Program;
use crate::harness::run::run;
use crate::harness::{Case, Outcome};
use crate::served::reads;

/// What the agent is told, the exit status that Pacemaker expects, and the state after it.
const ROWS: &[(&str, &[&str], i32, bool)] = &[
    ("status_on", &["-o", "status"], 0, true),
    ("monitor", &["-o", "monitor"], 0, true),
    ("off", &["-o", "off"], 0, false),
    ("on", &["-o", "on"], 0, true),
    ("reboot", &["-o", "reboot"], 0, true),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in [Kind::V15(Auth::Md5), Kind::V20(3), Kind::V20(17)] {
        for &(name, action, status, after) in ROWS {
            cases.push(case(&format!("{name}::{kind}"), &[], kind, action, (status, after)));
        }
    }
    let slow = &[("--off-delay", "2000"), ("--on-delay", "2000")];
    cases.push(case("reboot::slow_power", slow, Kind::V20(17), &["-o", "reboot"], (0, true)));
    let stuck = &[("--quirk", "power-stuck")];
    let impatient = &["-o", "reboot", "--power-timeout=3"];
    cases.push(case("reboot::stuck_power", stuck, Kind::V20(17), impatient, (1, true)));
    cases
}

fn case(
    name: &str,
    options: &'static [(&'static str, &'static str)],
    kind: Kind,
    action: &'static [&'static str],
    wanted: (i32, bool),
) -> Case {
    let needs = [Program::BmcSim, Program::FenceIpmilan, Program::Ipmitool];
    Case::new(format!("fencing::{name}"), needs, move || {
        let bmc =
            options.iter().fold(BmcSim::default(), |bmc, (name, value)| bmc.option(name, value));
        fences(&bmc.start()?, Login::admin(kind), action, wanted)
    })
}

fn fences(bmc: &Bmc, login: Login, action: &[&str], (status, after): (i32, bool)) -> Outcome {
    let mut command = Program::FenceIpmilan.command();
    fence_login(&mut command, bmc.address, login);
    command.args(action);
    let output = run(command, LIMIT)?;
    if output.status != Some(status) {
        return Err(output.failure(&format!("exit {status}")));
    }
    reads(bmc, Client::Ipmitool, login, after)
}
