//! Our client with many BMCs at once.

use std::time::Duration;

use crate::harness::Case;
use crate::harness::address;
use crate::harness::bmc::BmcSim;
use crate::harness::client::{Client, LIMIT, komainu_login};
use crate::harness::login::{Kind, Login};
use crate::harness::program::Program;
use crate::harness::run::run;

/// BMCs that answer, on as many ports of one address.
const BMCS: u16 = 64;
/// What each host may take, and so all of them together, give or take the start of a process.
const PATIENCE: Duration = Duration::from_secs(3);

/// A BMC that is not there delays nobody, and takes no answer away.
pub(super) fn case() -> Case {
    Case::new("ours::crowd", [Program::Komainu, Program::BmcSim], || {
        let bmcs = BmcSim::default().option("--count", BMCS).flag("--ports").start()?;
        let (ip, first) = (bmcs.address.ip(), bmcs.address.port());
        let hosts = format!("{ip}:[{first}-{}],{}", first + BMCS - 1, address::unique());
        let mut command = Client::Komainu.program().command();
        command.args(["bmc", &hosts, "power", "status", "--timeout"]);
        command.arg(format!("{}s", PATIENCE.as_secs()));
        komainu_login(&mut command, Login::admin(Kind::V20(17)));
        let output = run(command, LIMIT)?;
        let on = output.text.matches("\"power\":\"on\"").count();
        let silent = output.text.contains("\"failed\":{\"silent\":1}");
        if on == usize::from(BMCS) && silent && output.took < 2 * PATIENCE {
            return Ok(());
        }
        Err(output.failure(&format!("{BMCS} answers, one silence, and no more than {PATIENCE:?}")))
    })
}
