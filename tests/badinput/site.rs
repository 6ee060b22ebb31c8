//! A connector with two servers, on loopback addresses of its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_sim::bmc::BmcConfig;
use komainu_sim::serve::{Server, spawn};
use libtest_mimic::Failed;
use serde_json::Value;

use crate::member::KEY;

/// The number of the cluster, and its port.
pub(crate) const CLUSTER: u16 = 7410;
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Site {
    pub(crate) bmcs: Server,
    pub(crate) connector: SocketAddr,
    folder: PathBuf,
    process: Option<Child>,
}

impl Site {
    /// A connector that has read the power of both servers.
    pub(crate) fn new() -> Result<Self, Failed> {
        static SITES: AtomicU8 = AtomicU8::new(1);
        let (number, pid) = (SITES.fetch_add(1, Ordering::Relaxed), std::process::id());
        let folder = std::env::temp_dir().join(format!("komainu-badinput-{pid}-{number}"));
        fs::create_dir_all(&folder)?;
        let bmc = || (SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), BmcConfig::default());
        let bmcs = spawn(vec![bmc(), bmc()], 1)?;
        let address = Ipv4Addr::new(127, 90, (pid % 251) as u8, number);
        let connector = SocketAddr::from((address, CLUSTER));
        let mut site = Self { bmcs, connector, folder, process: None };
        site.configure(address)?;
        site.start()?;
        Ok(site)
    }

    fn configure(&self, address: Ipv4Addr) -> Result<(), Failed> {
        let at = self.folder.display();
        self.secret("password", "password\n")?;
        let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        self.secret("key", &format!("{key}\n"))?;
        let mut text = format!(
            "[[connector]]\nname = \"guard\"\nlisten = [\"{address}\"]\nstate = \"{at}/state\"\n\
             control = \"{address}:7420\"\n[[cluster]]\nnumber = {CLUSTER}\nname = \"site\"\n\
             [[cluster.key]]\nfile = \"{at}/key\"\n[cluster.bmc]\nuser = \"admin\"\n\
             password-file = \"{at}/password\"\n"
        );
        let [net, _, site, number] = address.octets();
        for (host, bmc) in (1..).zip(self.bmcs.addresses()) {
            // Nobody listens there: members are known by where their datagrams come from.
            let member = Ipv4Addr::new(net, host, site, number);
            text += &format!(
                "[[cluster.server]]\nhost = {host}\nname = \"h{host}\"\naddress = \"{member}\"\n\
                 bmc.address = \"{bmc}\"\n"
            );
        }
        Ok(fs::write(self.folder.join("komainu.toml"), text)?)
    }

    /// A file for its owner only.
    fn secret(&self, name: &str, text: &str) -> Result<(), Failed> {
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
    }

    fn komainu(&self, words: &[&str]) -> Result<Command, Failed> {
        let mut command =
            Command::new(komainu_tests::site::komainu().ok_or("komainu is not built")?);
        command.args(words).arg("--config").arg(self.folder.join("komainu.toml")).arg("--json");
        Ok(command)
    }

    /// Starts the connector, again after [`Site::kill`].
    pub(crate) fn start(&mut self) -> Result<(), Failed> {
        let log = File::options().create(true).append(true).open(self.folder.join("log"))?;
        let mut command = self.komainu(&["connector"])?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.process = Some(command.spawn()?);
        self.until("the power is read", |site| {
            let status = site.status().unwrap_or_default();
            let servers = status["clusters"][0]["servers"].as_array().map_or(&[][..], |all| all);
            servers.len() == 2 && servers.iter().all(|server| server["power"] != "unknown")
        })
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// What `show` shows.
    fn status(&self) -> Result<Value, Failed> {
        Ok(serde_json::from_slice(&self.komainu(&["show"])?.output()?.stdout)?)
    }

    /// How many datagrams of the reset path were dropped.
    pub(crate) fn dropped(&self) -> Result<u64, Failed> {
        let status = self.status()?;
        let dropped = &status["clusters"][0]["dropped"];
        Ok(dropped.as_u64().ok_or_else(|| format!("no count in {status}"))?)
    }

    /// Every message that datagrams were dropped.
    pub(crate) fn told(&self) -> Vec<String> {
        self.messages("KMN249-W")
    }

    /// Every message that a request was refused.
    pub(crate) fn refusals(&self) -> Vec<String> {
        self.messages("KMN231-W")
    }

    fn messages(&self, id: &str) -> Vec<String> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let all = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_id = all.filter(|line| line["id"].as_str() == Some(id));
        of_id.map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until that holds.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<(), Failed> {
        let begin = Instant::now();
        while !holds(self) {
            if begin.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(format!("in vain: {what}\n{log}").into());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
