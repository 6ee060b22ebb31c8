//! Three hosts, their BMCs, and a management server with two reset LANs.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use crate::disk::Disk;
use crate::settings::{Service, Settings};
use komainu_tests::site::host::Host;
use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT, Namespace, run};

/// The number of the room that the BMCs stand in, on no network but theirs.
const ROOM: u8 = 253;

/// Names the configuration file to every verb alike.
const CONFIG: &str = "KOMAINU_CONFIG";

/// A site of its own, torn down when dropped.
pub(crate) struct Site {
    pub(crate) hosts: Vec<Host>,
    pub(crate) lans: Lans,
    /// One for each service.
    pub(crate) disks: Vec<Disk>,
    folder: PathBuf,
    komainu: PathBuf,
    management: Namespace,
    room: Namespace,
    connector: Option<Child>,
}

impl Site {
    /// Everything but the hosts' power is on.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Failed> {
        static SITES: AtomicU32 = AtomicU32::new(0);
        let number = SITES.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("kmn{}{number}", std::process::id());
        let folder = std::env::temp_dir().join(format!("komainu-failover-{prefix}"));
        fs::create_dir_all(&folder)?;
        let komainu = komainu_tests::site::komainu().ok_or("komainu is not built")?;
        settings.write(&folder)?;
        let lans = Lans::new(&prefix)?;
        let management = lans.join(MANAGEMENT, &[Lan::Reset0, Lan::Reset1, Lan::Bmc])?;
        let room = lans.join(ROOM, &[Lan::Bmc])?;
        let mut hosts = Vec::new();
        for number in 1..=settings.hosts {
            let reset = Settings::reset_lan(number);
            let namespace = lans.join(number, &[reset, Lan::Monitor0, Lan::Monitor1])?;
            let address = format!("{}/24", Lan::Bmc.address(number));
            run("ip", &["-n", &room.name, "addr", "add", &address, "dev", Lan::Bmc.name()])?;
            let program = format!(
                "{CONFIG}={f}/komainu.toml {} member --host h{number} --state {f}/h{number}/state",
                komainu.display(),
                f = folder.display()
            );
            let mut host = Host::new(number, namespace, &folder, &program)?;
            host.start_bmc(&room)?;
            hosts.push(host);
        }
        let disk = |service: &Service| Disk { path: folder.join(service.name) };
        let disks = settings.services.iter().map(disk).collect();
        let mut site =
            Self { hosts, lans, disks, folder, komainu, management, room, connector: None };
        site.start_connector()?;
        Ok(site)
    }

    /// Powers all hosts on, and waits until the first one serves.
    pub(crate) fn up(&self) -> Result<(), Failed> {
        for host in &self.hosts {
            host.power(true)?;
        }
        self.disk().wait_for("h1", Duration::from_secs(30))?;
        self.settle()
    }

    /// Waits until every host that stands by says so.
    pub(crate) fn settle(&self) -> Result<(), Failed> {
        let limit = Instant::now() + Duration::from_secs(30);
        while Instant::now() < limit {
            let shown = self.order(&["show", "--json"]).unwrap_or_default();
            if crate::settings::is_ready(&shown, self.hosts.len()) {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("not ready: {}", self.order(&["show"]).unwrap_or_default()).into())
    }

    /// An operator's order on the management server; what it printed.
    pub(crate) fn order(&self, words: &[&str]) -> Result<String, Failed> {
        self.carry_out(self.management.command(&self.komainu), words)
    }

    /// An operator's order on a host.
    pub(crate) fn host_order(&self, host: u8, words: &[&str]) -> Result<String, Failed> {
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

    pub(crate) fn start_connector(&mut self) -> Result<(), Failed> {
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
    pub(crate) fn kill_connector(&mut self) {
        if let Some(mut connector) = self.connector.take() {
            let _ = connector.kill();
            let _ = connector.wait();
        }
    }

    /// The disk of the first service.
    pub(crate) fn disk(&self) -> &Disk {
        &self.disks[0]
    }

    pub(crate) fn host(&self, number: u8) -> &Host {
        &self.hosts[usize::from(number) - 1]
    }

    pub(crate) fn silence_bmc(&mut self, number: u8) {
        self.hosts[usize::from(number) - 1].stop_bmc();
    }

    pub(crate) fn revive_bmc(&mut self, number: u8) -> Result<(), Failed> {
        self.hosts[usize::from(number) - 1].start_bmc(&self.room)
    }

    /// All logs, for the story of a failure.
    pub(crate) fn story(&self) -> String {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let mut story = format!("--- connector\n{}", read(self.folder.join("connector.log")));
        for host in &self.hosts {
            story += &format!("--- {}\n{}", host.name(), host.console());
        }
        story
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kill_connector();
        self.hosts.clear();
        if std::env::var_os("KOMAINU_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
