//! The UPSes of a site: one behind NUT's own server and driver, one behind net-snmp's agent.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use libtest_mimic::Failed;

use komainu_tests::site::lan::Namespace;
use komainu_tests::site::nut::{By, Rack};
use komainu_tests::site::snmp;

/// Where upsd listens, the agent answers, and the connector receives traps.
pub(crate) const NUT: u16 = 3493;
pub(crate) const SNMP: u16 = 1161;
pub(crate) const TRAPS: u16 = 1162;

/// What both UPSes need; ends with it.
pub(crate) struct Supplies {
    folder: PathBuf,
    rack: Rack,
    children: Vec<Child>,
}

impl Supplies {
    /// `rack-a` behind NUT and `rack-b` behind SNMP, both on mains, for programs of `at`.
    pub(crate) fn new(at: &Namespace, site: &Path) -> Result<Self, Failed> {
        let folder = site.join("supplies");
        fs::create_dir_all(folder.join("kept"))?;
        let rack = Rack::new(at, &folder, SocketAddr::from(([127, 0, 0, 1], NUT)), By::Nut)?;
        let mut supplies = Self { folder, rack, children: Vec::new() };
        supplies.start_snmp(at)?;
        Ok(supplies)
    }

    fn start_snmp(&mut self, at: &Namespace) -> Result<(), Failed> {
        let settings = format!(
            "agentAddress udp:127.0.0.1:{SNMP}\nmaster off\nrwcommunity private 127.0.0.1\n\
             sysObjectID .1.3.6.1.4.1.318.1.3.2.11\n{}\n",
            snmp::passed(&self.folder, ".1.3.6.1.2.1.33")
        );
        fs::write(self.folder.join("snmpd.conf"), settings)?;
        let program = |name| at.command(name);
        self.spawn(snmp::ups(program, &self.folder, TRAPS), "ups")?;
        self.spawn(snmp::agent(program, &self.folder), "snmpd")
    }

    fn spawn(&mut self, mut command: Command, name: &str) -> Result<(), Failed> {
        let log = File::create(self.folder.join(format!("{name}.log")))?;
        command.env("PATH", snmp::path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.children.push(command.spawn()?);
        Ok(())
    }

    /// What `rack-a` says from now on, such as `OL` or `OB DISCHRG`.
    pub(crate) fn nut(&self, status: &str) -> Result<(), Failed> {
        self.rack.say(status)
    }

    /// Tells `rack-b` something, such as `mains off`; how it is then.
    pub(crate) fn snmp(&self, what: &str) -> Result<String, Failed> {
        Ok(snmp::tell(&self.folder, what)?)
    }

    /// Whether the output of `rack-b` gives power, and what it was ordered and did so far.
    pub(crate) fn look(&self) -> (bool, Vec<String>) {
        // Before it listens it gives power, too.
        let shown = self.snmp("show").unwrap_or_default();
        let orders = shown.split_once("orders=").map_or("", |(_, orders)| orders);
        let orders = orders.split('/').filter(|one| one.starts_with("off-in"));
        (!shown.contains("output=False"), orders.map(str::to_owned).collect())
    }
}

impl Drop for Supplies {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
