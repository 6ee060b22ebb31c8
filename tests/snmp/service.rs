//! A real connector that has the simulated UPS: what a trap does to it.

use std::fs::{self, File};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::Case;
use crate::agent::{Agent, SOON};

pub(crate) const CASES: &[(&str, Case)] =
    &[("service: a trap has the UPS read long before its turn", trap_before_poll)];

/// So often the connector reads the UPS by itself.
const POLL: Duration = Duration::from_secs(20);
/// So many outages are measured.
const ROUNDS: usize = 10;

fn trap_before_poll() -> Result<(), Failed> {
    // A port that is free now, for the connector and before it for the agent's settings.
    let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
    let agent = Agent::start_with_traps_to(port);
    let service = Service::start(&agent, port)?;
    sleep(Duration::from_secs(2));
    let mut times = Vec::new();
    for round in 1..=ROUNDS {
        let start = Instant::now();
        agent.tell("mains off");
        service.until("KMN450-W", round)?;
        times.push(start.elapsed());
        agent.tell("mains on");
        service.until("KMN451-I", round)?;
        sleep(Duration::from_millis(300));
    }
    times.sort();
    println!("from the end of the mains to the connector's word: {times:?}");
    assert!(times[ROUNDS / 2] < POLL / 20, "{times:?}");
    assert!(service.messages("KMN450-W").iter().all(|text| text.contains("ups-a")));
    Ok(())
}

/// A connector and its folder.
struct Service {
    folder: PathBuf,
    process: Child,
}

impl Service {
    fn start(agent: &Agent, port: u16) -> Result<Self, Failed> {
        let folder = std::env::temp_dir().join(format!("kmn-snmp-service-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let secret = |name: &str, text: &str| -> Result<(), Failed> {
            fs::write(folder.join(name), text)?;
            Ok(fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600))?)
        };
        secret("ups.password", "operator-auth")?;
        secret("ups.privacy", "operator-priv")?;
        secret("bmc.password", "any")?;
        secret("cluster.key", &"5a".repeat(32))?;
        fs::write(folder.join("komainu.toml"), settings(&folder, agent, port))?;
        let log = File::create(folder.join("log"))?;
        let built = std::env::current_exe()?;
        let folder_of_programs = built.parent().and_then(|deps| deps.parent());
        let program = folder_of_programs.ok_or("no folder")?.join("komainu");
        let process = Command::new(program)
            .args(["connector", "--json", "--config"])
            .arg(folder.join("komainu.toml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let service = Self { folder, process };
        service.until("KMN200-I", 1)?;
        Ok(service)
    }

    /// The texts of the messages of that id so far.
    fn messages(&self, id: &str) -> Vec<String> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let all = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_id = all.filter(|line| line["id"].as_str() == Some(id));
        of_id.map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn until(&self, id: &str, count: usize) -> Result<(), Failed> {
        let start = Instant::now();
        while self.messages(id).len() < count {
            if start.elapsed() > SOON {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(format!("no {id} for the {count}. time:\n{log}").into());
            }
            sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn settings(folder: &std::path::Path, agent: &Agent, traps: u16) -> String {
    let here = folder.display();
    // An address of its own, since the port is the cluster's number.
    let own = std::net::Ipv4Addr::new(127, 91, (std::process::id() % 251) as u8, 1);
    format!(
        r#"
[[connector]]
name = "lion"
listen = ["{own}"]
control = "{own}:7420"
state = "{here}/state"
traps = "127.0.0.1:{traps}"

[[ups]]
name = "ups-a"
snmp = "{}"
user = "operator"
password-file = "{here}/ups.password"
privacy-file = "{here}/ups.privacy"
poll = "{}s"
settle = "0s"
assumed-runtime = "10m"
longest-delay = "10m"

[[cluster]]
number = 7410
name = "shop"
[[cluster.key]]
file = "{here}/cluster.key"
[[cluster.server]]
host = 1
name = "node01"
[cluster.server.bmc]
address = "127.0.0.9"
user = "admin"
password-file = "{here}/bmc.password"
[[cluster.server.feed]]
ups = "ups-a"
"#,
        agent.address(),
        POLL.as_secs()
    )
}
