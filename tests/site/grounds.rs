//! What every site has: hosts with their BMCs, and a management server that runs the connector.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use libtest_mimic::Failed;

use super::host::Host;
use super::lan::{Lan, Lans, MANAGEMENT, Namespace, run};

/// The number of the room that the BMCs stand in, on no network but theirs.
const ROOM: u8 = 253;
/// Names the configuration file to every verb alike.
const CONFIG: &str = "KOMAINU_CONFIG";

/// How a site is laid out.
pub struct Layout {
    /// The name of its test.
    pub name: &'static str,
    /// What the names of its namespaces begin with: a few letters of its own.
    pub prefix: &'static str,
    /// Hosts, from number 1.
    pub hosts: u8,
    /// The networks of a host, beside that of the BMCs.
    pub lans: fn(u8) -> [Lan; 3],
    /// Those of the management server.
    pub management: &'static [Lan],
    /// What a member is started with beside its own name, for the folder of the site.
    pub member: fn(&Path) -> String,
}

/// The grounds of a site, torn down when dropped.
pub struct Grounds {
    /// Its hosts, from number 1.
    pub hosts: Vec<Host>,
    /// Its networks.
    pub lans: Lans,
    /// The management server.
    pub management: Namespace,
    /// For its files; the configuration is `komainu.toml` in it, and `slow` has members come late.
    pub folder: PathBuf,
    komainu: PathBuf,
    room: Namespace,
    connector: Option<Child>,
}

impl Grounds {
    /// BMCs run, hosts are off, and the connector is not started.
    pub fn new(layout: &Layout) -> Result<Self, Failed> {
        static SITES: AtomicU32 = AtomicU32::new(0);
        let number = SITES.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("{}{}{number}", layout.prefix, std::process::id());
        let folder = std::env::temp_dir().join(format!("komainu-{}-{prefix}", layout.name));
        fs::create_dir_all(&folder)?;
        let komainu = super::komainu().ok_or("komainu is not built")?;
        let lans = Lans::new(&prefix)?;
        let management = lans.join(MANAGEMENT, layout.management)?;
        let room = lans.join(ROOM, &[Lan::Bmc])?;
        let (hosts, connector) = (Vec::new(), None);
        let mut grounds = Self { hosts, lans, management, folder, komainu, room, connector };
        for number in 1..=layout.hosts {
            grounds.add_host(layout, number)?;
        }
        Ok(grounds)
    }

    fn add_host(&mut self, layout: &Layout, number: u8) -> Result<(), Failed> {
        let namespace = self.lans.join(number, &(layout.lans)(number))?;
        let address = format!("{}/24", Lan::Bmc.address(number));
        run("ip", &["-n", &self.room.name, "addr", "add", &address, "dev", Lan::Bmc.name()])?;
        let program = format!(
            "[ ! -e {folder}/slow ] || sleep 1; \
             {CONFIG}={folder}/komainu.toml {} member --host h{number} \
             --state {folder}/h{number}/state {}",
            self.komainu.display(),
            (layout.member)(&self.folder),
            folder = self.folder.display()
        );
        let mut host = Host::new(number, namespace, &self.folder, &program)?;
        host.start_bmc(&self.room)?;
        self.hosts.push(host);
        Ok(())
    }

    /// Starts the connector on the management server.
    pub fn start_connector(&mut self) -> Result<(), Failed> {
        let mut command = self.management.command(&self.komainu);
        command.env(CONFIG, self.folder.join("komainu.toml"));
        command.arg("connector").arg("--state").arg(self.folder.join("connector"));
        let log = self.folder.join("connector.log");
        let log = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.connector = Some(command.spawn()?);
        Ok(())
    }

    /// Kills the connector in the middle of whatever it does.
    pub fn kill_connector(&mut self) {
        if let Some(mut connector) = self.connector.take() {
            let _ = connector.kill();
            let _ = connector.wait();
        }
    }

    /// What the connector has logged so far.
    pub fn connector_log(&self) -> String {
        fs::read_to_string(self.folder.join("connector.log")).unwrap_or_default()
    }

    /// An operator's order on the management server; what it printed.
    pub fn order(&self, words: &[&str]) -> Result<String, Failed> {
        self.carry_out(self.management.command(&self.komainu), words)
    }

    /// An operator's order on a host.
    pub fn host_order(&self, host: u8, words: &[&str]) -> Result<String, Failed> {
        // The hosts share a file system, so each has a state folder of its own.
        let token = self.folder.join(format!("h{host}/state/control.token")).display().to_string();
        let at = ["--control", "127.0.0.1:7421", "--token-file", &token];
        self.carry_out(self.host(host).command(&self.komainu), &[words, &at[..]].concat())
    }

    fn carry_out(&self, mut command: Command, words: &[&str]) -> Result<String, Failed> {
        command.env(CONFIG, self.folder.join("komainu.toml"));
        let output = command.args(words).output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }

    /// A host by its number.
    pub fn host(&self, number: u8) -> &Host {
        &self.hosts[usize::from(number) - 1]
    }

    /// Ends the BMC of a host.
    pub fn silence_bmc(&mut self, number: u8) {
        self.hosts[usize::from(number) - 1].stop_bmc();
    }

    /// Starts it again.
    pub fn revive_bmc(&mut self, number: u8) -> Result<(), Failed> {
        self.hosts[usize::from(number) - 1].start_bmc(&self.room)
    }

    /// All logs, for the story of a failure.
    pub fn story(&self) -> String {
        let mut story = format!("--- connector\n{}", self.connector_log());
        for host in &self.hosts {
            story += &format!("--- {}\n{}", host.name(), host.console());
        }
        story
    }
}

impl Drop for Grounds {
    fn drop(&mut self) {
        self.kill_connector();
        self.hosts.clear();
        if std::env::var_os("KOMAINU_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
