//! What clients ask beside power, in one session each.

use std::process::Command;

use crate::harness::Case;
use crate::harness::address;
use crate::harness::bmc::{Bmc, BmcSim};
use crate::harness::client::{LIMIT, freeipmi_login, ipmitool_login, komainu_login};
use crate::harness::login::{Auth, Kind, Login};
use crate::harness::program::Program;
use crate::harness::run::run;

/// The words of a command, its exit status, and what it says.
type Row = (&'static str, i32, &'static str);

const IPMITOOL: &[Row] = &[
    ("mc info", 0, "IPMI Version              : 2.0"),
    ("mc guid", 0, "System GUID"),
    ("chassis status", 0, "System Power         : on"),
    ("chassis power cycle", 0, "Chassis Power Control: Cycle"),
    ("chassis power reset", 0, "Chassis Power Control: Reset"),
    ("chassis power diag", 0, "Chassis Power Control: Diag"),
    ("chassis power soft", 0, "Chassis Power Control: Soft"),
    ("chassis identify 5", 0, "Chassis identify interval: 5 seconds"),
    ("chassis policy always-on", 0, "Set chassis power restore policy to always-on"),
    ("chassis restart_cause", 0, "System restart cause:"),
    ("chassis bootdev pxe", 0, "Set Boot Device to pxe"),
    ("chassis bootparam get 5", 0, "Boot Device Selector"),
    ("sel info", 0, "SEL Information"),
    ("sel list", 0, ""),
    ("sel clear", 0, "Clearing SEL"),
    ("mc watchdog get", 0, "Watchdog Timer Use"),
    ("lan print 1", 0, "IP Address"),
    ("channel info 1", 0, "Channel 0x1 info"),
    ("channel authcap 1 4", 0, "NONE MD2 MD5 PASSWORD"),
    ("channel getciphers ipmi 1", 0, "hmac_sha256"),
    ("raw 0x06 0x01", 0, ""),
    ("raw 0x3e 0x7f", 1, "rsp=0xc1"),
];

const FREEIPMI: &[Row] = &[
    ("bmc-info --get-device-id", 0, "IPMI Version"),
    ("ipmi-chassis --get-chassis-status", 0, "System Power"),
    ("ipmi-chassis --get-system-restart-cause", 0, "Restart cause"),
    ("ipmi-chassis --chassis-identify=5", 0, ""),
    ("ipmi-sel --info", 0, "Number of log entries"),
];

const KOMAINU: &[Row] = &[
    ("ping", 0, "\"asf\":true"),
    ("discover", 0, "\"suites\":["),
    ("info", 0, "\"guid\":"),
    ("power cycle --wait", 0, "\"ok\":true"),
    ("power reset", 0, "\"accepted\""),
    ("power diag", 0, "\"accepted\""),
    ("power soft", 0, "\"accepted\""),
    ("identify 5", 0, "\"ok\":true"),
    ("policy power-up", 0, "\"ok\":true"),
    ("policy", 0, "\"ok\":true"),
    ("sel info", 0, "\"entries\":"),
    ("sel list", 0, "\"ok\":true"),
    ("boot set pxe", 0, "\"ok\":true"),
    ("boot show", 0, "\"device\":"),
    ("watchdog show", 0, "\"running\":"),
    ("raw 0x06 0x01", 0, "\"completion_code\":0"),
    ("raw 0x3e 0x7f", 23, "\"kind\":\"refused\""),
];

/// Before any session; these clients know no other port than 623.
const PINGS: &[(Program, &str)] = &[
    (Program::Ipmiping, "2 requests transmitted, 2 responses received"),
    (Program::Rmcpping, "2 pings transmitted, 2 pongs received"),
];

pub(crate) fn cases() -> Vec<Case> {
    let kinds = [Kind::V15(Auth::Md5), Kind::V20(17)];
    let mut cases = Vec::new();
    for kind in kinds {
        for &row in IPMITOOL {
            cases.push(session(kind, Program::Ipmitool, row, ipmitool));
        }
        for &row in FREEIPMI {
            cases.push(session(kind, Program::BmcInfo, row, freeipmi));
        }
        for &row in KOMAINU {
            cases.push(session(kind, Program::Komainu, row, komainu));
        }
    }
    cases.extend(PINGS.iter().map(|&(program, says)| {
        ping(program, says).only_if(address::is_standard(), "needs port 623, which root may serve")
    }));
    cases
}

fn session(
    kind: Kind,
    program: Program,
    (words, status, says): Row,
    command: fn(&Bmc, Login, &str) -> Command,
) -> Case {
    let name = format!("commands::{}::{kind}::{}", program.name(), words.replace(' ', "_"));
    Case::new(name, [Program::BmcSim, program], move || {
        let bmc = BmcSim::default().start()?;
        let output = run(command(&bmc, Login::admin(kind), words), LIMIT)?;
        if output.status == Some(status) && output.text.contains(says) {
            return Ok(());
        }
        Err(output.failure(&format!("exit {status} and \"{says}\"")))
    })
}

fn ipmitool(bmc: &Bmc, login: Login, words: &str) -> Command {
    let mut command = Program::Ipmitool.command();
    ipmitool_login(&mut command, bmc.address, login);
    command.args(words.split(' '));
    command
}

/// Its tools are programs of their own, side by side with `bmc-info`.
fn freeipmi(bmc: &Bmc, login: Login, words: &str) -> Command {
    let (tool, rest) = words.split_once(' ').unwrap_or((words, ""));
    let path = Program::BmcInfo.find().unwrap_or_default().with_file_name(tool);
    let mut command = Command::new(path);
    freeipmi_login(&mut command, bmc.address, login);
    command.args(rest.split(' '));
    command
}

/// Our client, told `words`.
pub(crate) fn komainu(bmc: &Bmc, login: Login, words: &str) -> Command {
    let mut command = Program::Komainu.command();
    command.args(["bmc", &bmc.address.to_string()]).args(words.split(' '));
    komainu_login(&mut command, login);
    command
}

fn ping(program: Program, says: &'static str) -> Case {
    Case::new(format!("commands::{}", program.name()), [Program::BmcSim, program], move || {
        let bmc = BmcSim::default().start()?;
        let mut command = program.command();
        command.args(["-c", "2", &bmc.address.ip().to_string()]);
        let output = run(command, LIMIT)?;
        if output.text.contains(says) { Ok(()) } else { Err(output.failure(says)) }
    })
}
