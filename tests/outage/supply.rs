//! The UPSes of a site: one behind NUT's own server and driver, one behind net-snmp's agent.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use libtest_mimic::Failed;

use komainu_tests::site::lan::Namespace;
use komainu_tests::site::snmp;

/// Where upsd listens, the agent answers, and the connector receives traps.
pub(crate) const NUT: u16 = 3493;
pub(crate) const SNMP: u16 = 1161;
pub(crate) const TRAPS: u16 = 1162;

/// What both UPSes need; ends with it.
pub(crate) struct Supplies {
    folder: PathBuf,
    children: Vec<Child>,
}

impl Supplies {
    /// `rack-a` behind NUT and `rack-b` behind SNMP, both on mains, for programs of `at`.
    pub(crate) fn new(at: &Namespace, site: &Path) -> Result<Self, Failed> {
        let folder = site.join("supplies");
        fs::create_dir_all(folder.join("kept"))?;
        let mut supplies = Self { folder, children: Vec::new() };
        supplies.start_nut(at)?;
        supplies.start_snmp(at)?;
        Ok(supplies)
    }

    fn start_nut(&mut self, at: &Namespace) -> Result<(), Failed> {
        let folder = self.folder.display().to_string();
        let write = |name: &str, text: String| fs::write(self.folder.join(name), text);
        write(
            "ups.conf",
            format!(
                "pollinterval = 1\nmaxretry = 3\nuser = root\n[rack-a]\ndriver = dummy-ups\n\
                 mode = dummy-once\nport = {folder}/rack-a.dev\n"
            ),
        )?;
        write("upsd.conf", format!("LISTEN 127.0.0.1 {NUT}\nMAXAGE 15\nSTATEPATH {folder}\n"))?;
        write("upsd.users", String::new())?;
        self.nut("OL")?;
        for (program, words) in [
            ("dummy-ups", &["-a", "rack-a", "-u", "root", "-F"][..]),
            ("upsd", &["-u", "root", "-F"]),
        ] {
            let mut command = at.command(nut_program(program));
            command.args(words);
            for name in ["NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"] {
                command.env(name, &folder);
            }
            self.spawn(command, program)?;
            std::thread::sleep(Duration::from_millis(700));
        }
        Ok(())
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
        let path = self.folder.join("rack-a.dev");
        let text = format!(
            "ups.status: {status}\nbattery.charge: 90\nbattery.runtime: 900\nups.load: 20\n"
        );
        // The driver compares whole seconds.
        let before = fs::metadata(&path).and_then(|meta| meta.modified()).ok();
        let after = before.map_or(SystemTime::now(), |before| {
            SystemTime::now().max(before + Duration::from_secs(1))
        });
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.set_modified(after)?;
        Ok(fs::rename(new, path)?)
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

/// Debian wraps its programs in scripts that insist on a system-wide setting.
pub(crate) fn nut_program(name: &str) -> String {
    let direct = format!("/lib/nut/{name}");
    if Path::new(&direct).exists() { direct } else { name.to_owned() }
}

impl Drop for Supplies {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
