//! Three hosts, their BMCs and UPSes, and a management server.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::settings::{self, HOSTS};
use crate::supply::Supplies;
use komainu_tests::site::host::Host;
use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT, Namespace, run};
use komainu_tests::site::{fixture, komainu};

/// The number of the room that the BMCs stand in.
const ROOM: u8 = 253;
/// Names the configuration file to every verb alike.
const CONFIG: &str = "KOMAINU_CONFIG";
/// Hosts that only `rack-b` feeds.
const FED_BY_B: [u8; 2] = [2, 3];

/// A site of its own, torn down when dropped.
pub(crate) struct Site {
    hosts: Vec<Host>,
    pub(crate) supplies: Supplies,
    folder: PathBuf,
    komainu: PathBuf,
    management: Namespace,
    room: Namespace,
    connector: Option<Child>,
    /// Whether `rack-b` gave power when it was looked at last.
    fed: bool,
    _lans: Lans,
}

/// A line that a script wrote.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) at: f64,
    pub(crate) what: String,
}

impl Site {
    /// Everything but the hosts' power is on.
    pub(crate) fn new() -> Result<Self, Failed> {
        static SITES: AtomicU32 = AtomicU32::new(0);
        let number = SITES.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("kmo{}{number}", std::process::id());
        let folder = std::env::temp_dir().join(format!("komainu-outage-{prefix}"));
        fs::create_dir_all(&folder)?;
        let komainu = komainu().ok_or("komainu is not built")?;
        settings::write(&folder)?;
        let lans = Lans::new(&prefix)?;
        let management = lans.join(MANAGEMENT, &[Lan::Reset0, Lan::Bmc])?;
        let room = lans.join(ROOM, &[Lan::Bmc])?;
        let mut hosts = Vec::new();
        for number in 1..=HOSTS {
            let namespace = lans.join(number, &[Lan::Reset0, Lan::Monitor0, Lan::Monitor1])?;
            let address = format!("{}/24", Lan::Bmc.address(number));
            run("ip", &["-n", &room.name, "addr", "add", &address, "dev", Lan::Bmc.name()])?;
            let program = format!(
                "{CONFIG}={f}/komainu.toml {} member --host h{number} --state {f}/h{number}/state \
                 --shut-down {} {f} 1",
                komainu.display(),
                fixture("outage/shutdown.sh").display(),
                f = folder.display()
            );
            let mut host = Host::new(number, namespace, &folder, &program)?;
            host.start_bmc(&room)?;
            hosts.push(host);
        }
        let supplies = Supplies::new(&management, &folder)?;
        let mut site = Self {
            hosts,
            supplies,
            folder,
            komainu,
            management,
            room,
            connector: None,
            fed: true,
            _lans: lans,
        };
        site.start_connector()?;
        Ok(site)
    }

    /// Powers all hosts on, and waits until all is well.
    pub(crate) fn up(&mut self) -> Result<(), Failed> {
        // Of hosts that start at the same time either may be the first to serve.
        self.host(1).power(true)?;
        self.wait("h1 serves", 30, |site| site.writer().as_deref() == Some("h1"))?;
        for host in self.hosts.iter().skip(1) {
            host.power(true)?;
        }
        self.wait("all is well", 40, Self::is_well)
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

    /// What the connector shows; nothing while it does not answer.
    pub(crate) fn order(&self, words: &[&str]) -> Result<String, Failed> {
        let mut command = self.management.command(&self.komainu);
        command.env(CONFIG, self.folder.join("komainu.toml"));
        let output = command.args(words).output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }

    /// No plan runs, every host is on and heard, and the service runs.
    pub(crate) fn is_well(&self) -> bool {
        let show = |words: &[&str]| -> Value {
            let shown = self.order(words).unwrap_or_default();
            serde_json::from_str(&shown).unwrap_or_default()
        };
        let status = show(&["show", "--json"]);
        let clusters = status["clusters"].as_array().map_or(&[][..], Vec::as_slice);
        let servers = clusters
            .iter()
            .flat_map(|cluster| cluster["servers"].as_array().map_or(&[][..], Vec::as_slice));
        let up = servers.filter(|server| {
            server["power"] == "on"
                && server["bmc"] == "answers"
                && server["host-state"] == "running"
        });
        up.count() == usize::from(HOSTS)
            && clusters.iter().all(|cluster| cluster["ready"] == true)
            && self.writer().is_some()
            && show(&["plan", "show", "--json"])["plan"].is_null()
    }

    /// The host that wrote to the disk within the last half second.
    pub(crate) fn writer(&self) -> Option<String> {
        let text = fs::read_to_string(self.folder.join("disk")).ok()?;
        let (at, host) = text.lines().last()?.split_once(' ')?;
        let age = now() - at.parse::<f64>().ok()?;
        (age < 0.5).then(|| host.to_owned())
    }

    /// What the scripts wrote down.
    pub(crate) fn events(&self) -> Vec<Event> {
        let text = fs::read_to_string(self.folder.join("events")).unwrap_or_default();
        let line = |line: &str| {
            let (at, what) = line.split_once(' ')?;
            Some(Event { at: at.parse().ok()?, what: what.to_owned() })
        };
        text.lines().filter_map(line).collect()
    }

    /// When that was written down for the n-th time, from 0.
    pub(crate) fn when(&self, what: &str, nth: usize) -> Option<f64> {
        self.events().into_iter().filter(|event| event.what == what).nth(nth).map(|event| event.at)
    }

    pub(crate) fn host(&self, number: u8) -> &Host {
        &self.hosts[usize::from(number) - 1]
    }

    /// Waits for something, while the outputs feed or do not feed what hangs on them.
    pub(crate) fn wait(
        &mut self,
        what: &str,
        seconds: u64,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), Failed> {
        let limit = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < limit {
            self.feed()?;
            if done(self) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        Err(format!("not within {seconds} s: {what}").into())
    }

    /// Hosts and BMCs without a feed have no power.
    fn feed(&mut self) -> Result<(), Failed> {
        let gives = self.supplies.gives();
        if gives == self.fed {
            return Ok(());
        }
        self.fed = gives;
        self.note(if gives { "rack-b on" } else { "rack-b off" })?;
        for number in FED_BY_B {
            let host = &mut self.hosts[usize::from(number) - 1];
            if gives {
                host.start_bmc(&self.room)?;
                continue;
            }
            host.stop_bmc();
            if host.has_power() {
                let name = host.name();
                host.power(false)?;
                self.note(&format!("{name} crashed"))?;
            }
        }
        Ok(())
    }

    fn note(&self, what: &str) -> Result<(), Failed> {
        let (note, folder) = (fixture("outage/note.sh"), self.folder.display().to_string());
        run(&note.display().to_string(), &[&folder, what]).map(|_| ())
    }

    /// All logs, for the story of a failure.
    pub(crate) fn story(&self) -> String {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let mut story = format!("--- connector\n{}", read(self.folder.join("connector.log")));
        story += &format!("--- events\n{}", read(self.folder.join("events")));
        for host in &self.hosts {
            story += &format!("--- {}\n{}", host.name(), host.console());
        }
        story
    }
}

/// Seconds of UNIX time.
fn now() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
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
