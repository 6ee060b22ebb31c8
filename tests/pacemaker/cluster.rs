//! Two nodes, their BMCs, and a management server.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_tests::site::host::Host;
use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT, Namespace, run};
use komainu_tests::site::{fixture, komainu};
use libtest_mimic::Failed;

use crate::log::Log;
use crate::settings::{self, Agent, NODES};

/// The number of the room that the BMCs stand in.
const ROOM: u8 = 253;
/// Longer than a cluster takes to form on a busy machine.
const FORMED: Duration = Duration::from_secs(180);

/// A cluster of its own, torn down when dropped.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Host>,
    pub(crate) lans: Lans,
    folder: PathBuf,
    komainu: PathBuf,
    management: Namespace,
    room: Namespace,
    connector: Option<Child>,
}

impl Cluster {
    /// The nodes are up, the connector runs, Pacemaker is configured, and `job` runs on `h1`.
    pub(crate) fn new(agent: Agent) -> Result<Self, Failed> {
        static CLUSTERS: AtomicU32 = AtomicU32::new(0);
        let number = CLUSTERS.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("kmp{}{number}", std::process::id());
        let folder = std::env::temp_dir().join(format!("komainu-pacemaker-{prefix}"));
        fs::create_dir_all(&folder)?;
        settings::write(&folder, agent)?;
        let lans = Lans::new(&prefix)?;
        let management = lans.join(MANAGEMENT, &[Lan::Reset0, Lan::Bmc])?;
        let room = lans.join(ROOM, &[Lan::Bmc])?;
        let komainu = komainu().ok_or("komainu is not built")?;
        let connector = None;
        let nodes = Vec::new();
        let mut cluster = Self { nodes, lans, folder, komainu, management, room, connector };
        for number in NODES {
            cluster.add_node(number)?;
        }
        if agent == Agent::Ipmilan {
            cluster.lead_to_bmcs()?;
        }
        cluster.start_connector()?;
        cluster.form()?;
        Ok(cluster)
    }

    fn add_node(&mut self, number: u8) -> Result<(), Failed> {
        let namespace = self.lans.join(number, &[Lan::Reset0, Lan::Monitor0])?;
        let address = format!("{}/24", Lan::Bmc.address(number));
        run("ip", &["-n", &self.room.name, "addr", "add", &address, "dev", Lan::Bmc.name()])?;
        let script = fixture("pacemaker/node.sh");
        let (site, komainu) = (self.folder.display(), self.komainu.display());
        let program = format!("{} {site} {komainu}", script.display());
        let mut node = Host::new(number, namespace, &self.folder, &program)?;
        node.start_bmc(&self.room)?;
        node.power(true)?;
        self.nodes.push(node);
        Ok(())
    }

    /// An agent that asks BMCs itself needs a way to them: by way of the management server.
    fn lead_to_bmcs(&self) -> Result<(), Failed> {
        let forward = ["netns", "exec", &self.management.name, "sysctl", "-qw"];
        run("ip", &[&forward[..], &["net.ipv4.ip_forward=1"]].concat())?;
        let by = Lan::Reset0.address(MANAGEMENT).to_string();
        let back = Lan::Bmc.address(MANAGEMENT).to_string();
        for node in &self.nodes {
            let inside = ["netns", "exec", node.network(), "ip"];
            let route = ["route", "add", "10.77.20.0/24", "via", &by];
            run("ip", &[&inside[..], &route].concat())?;
        }
        let route = ["-n", &self.room.name, "route", "add", "10.77.0.0/24", "via", &back];
        run("ip", &route).map(|_| ())
    }

    fn start_connector(&mut self) -> Result<(), Failed> {
        let mut command = self.management.command(&self.komainu);
        command.env("KOMAINU_CONFIG", self.folder.join("komainu.toml")).arg("connector");
        let log = File::create(self.folder.join("connector.log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.connector = Some(command.spawn()?);
        Ok(())
    }

    fn form(&self) -> Result<(), Failed> {
        let both = |shown: &str| shown.contains("Online: [ h1 h2 ]");
        self.wait_until(2, "both nodes are online", both)?;
        let config = self.folder.join("cluster.crm").display().to_string();
        self.on(1, "crm", &["--force", "configure", "load", "update", &config])?;
        self.wait_until(2, "all is started", |shown| {
            let started = |line: &str| line.contains("Started");
            both(shown) && shown.lines().filter(|line| started(line)).count() == 3
        })
    }

    /// Waits until `crm_mon` on that node shows something.
    pub(crate) fn wait_until(
        &self,
        node: u8,
        what: &str,
        shows: impl Fn(&str) -> bool,
    ) -> Result<(), Failed> {
        let begin = Instant::now();
        let mut shown = String::new();
        while begin.elapsed() < FORMED {
            shown = self.on(node, "crm_mon", &["-1"]).unwrap_or_default();
            if shows(&shown) {
                return Ok(());
            }
            sleep(Duration::from_millis(500));
        }
        Err(format!("not so: {what}\n{shown}").into())
    }

    /// Runs a program on a node to its end; what it printed.
    pub(crate) fn on(&self, node: u8, program: &str, words: &[&str]) -> Result<String, Failed> {
        finished(self.node(node).inside(program)?.args(words))
    }

    /// An operator's order on the management server.
    pub(crate) fn order(&self, words: &[&str]) -> Result<String, Failed> {
        let mut command = self.management.command(&self.komainu);
        command.env("KOMAINU_CONFIG", self.folder.join("komainu.toml"));
        finished(command.args(words))
    }

    /// The configuration of all parties.
    pub(crate) fn config(&self) -> String {
        self.folder.join("komainu.toml").display().to_string()
    }

    pub(crate) fn node(&self, number: u8) -> &Host {
        &self.nodes[usize::from(number) - 1]
    }

    /// What Pacemaker writes on a node from now on.
    pub(crate) fn log(&self, node: u8) -> Log {
        Log::new(self.node(node).forgotten("pacemaker.log"))
    }

    /// The ends of all logs, for the story of a failure.
    pub(crate) fn story(&self) -> String {
        let mut logs = vec![self.folder.join("connector.log")];
        for node in &self.nodes {
            logs.extend(["corosync.log", "pacemaker.log"].map(|name| node.forgotten(name)));
        }
        let end = |path: PathBuf| {
            let text = fs::read(&path).unwrap_or_default();
            let from = text.len().saturating_sub(6000);
            let text = String::from_utf8_lossy(text.get(from..).unwrap_or_default()).into_owned();
            format!("--- {}\n{text}\n", path.display())
        };
        logs.into_iter().map(end).collect()
    }
}

fn finished(command: &mut Command) -> Result<String, Failed> {
    let output = command.stdin(Stdio::null()).output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{printed}{error}", output.status).into())
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut connector) = self.connector.take() {
            let _ = connector.kill();
            let _ = connector.wait();
        }
        self.nodes.clear();
        if std::env::var_os("KOMAINU_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
