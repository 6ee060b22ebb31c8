//! Our simulated UPS behind net-snmp's agent.

use std::io::{BufRead, BufReader, Result, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use super::fixture;

/// The UPS, which sends its traps to that port of this machine. `program` makes a command.
pub fn ups(program: impl Fn(&'static str) -> Command, folder: &Path, traps: u16) -> Command {
    let mut ups = program("python3");
    ups.arg(fixture("snmp/ups.py")).arg("run").arg(folder).arg(traps.to_string());
    ups
}

/// The agent, with the settings that lie in `snmpd.conf`.
pub fn agent(program: impl Fn(&'static str) -> Command, folder: &Path) -> Command {
    let mut agent = program("snmpd");
    agent.args(["-f", "-Le", "-C", "-c"]).arg(folder.join("snmpd.conf")).args(["-I", "-smux"]);
    agent.env("SNMP_PERSISTENT_DIR", folder.join("kept")).env("MIBS", "");
    agent.env("PATH", path());
    agent
}

/// The setting that has the agent ask the UPS for all below an object.
pub fn passed(folder: &Path, root: &str) -> String {
    let (script, folder) = (fixture("snmp/ups.py"), folder.display());
    let script = script.display();
    format!("pass_persist {root} /usr/bin/env python3 {script} pass {folder} {root}")
}

/// Steers the UPS; how it is then.
pub fn tell(folder: &Path, what: &str) -> Result<String> {
    let mut stream = UnixStream::connect(folder.join("ups"))?;
    writeln!(stream, "{what}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Where programs are; Debian has daemons outside a user's path.
pub fn path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}
