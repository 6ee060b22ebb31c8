//! The one configuration file of a site.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use libtest_mimic::Failed;
use serde_json::Value;

use komainu_tests::site::lan::Lan;

/// The number of the cluster, and its port.
const CLUSTER: u16 = 7410;

/// A service: its name, and its hosts in order.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) hosts: &'static [u8],
}

/// What differs from one site to the next.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) hosts: u8,
    pub(crate) services: &'static [Service],
    /// Seconds of silence until a host has failed.
    pub(crate) patrol: &'static str,
    pub(crate) on_isolation: &'static str,
    /// Whether a fenced host is switched on again.
    pub(crate) power_on: bool,
}

/// One service that two hosts share.
pub(crate) const PAIR: Settings = Settings {
    hosts: 2,
    services: &[Service { name: "disk", hosts: &[1, 2] }],
    patrol: "1s",
    on_isolation: "keep",
    power_on: true,
};

impl Settings {
    /// The reset LAN of a host: the third one is on the other.
    pub(crate) const fn reset_lan(host: u8) -> Lan {
        if host == 3 { Lan::Reset1 } else { Lan::Reset0 }
    }

    /// Writes the file, the key and the password that it names.
    pub(crate) fn write(&self, site: &Path) -> Result<(), Failed> {
        secret(&site.join("password"), "password\n")?;
        let key: String = (0..32).map(|byte| format!("{:02x}", byte * 7 + 1)).collect();
        secret(&site.join("key"), &format!("{key}\n"))?;
        fs::write(site.join("komainu.toml"), self.text(site)?)?;
        Ok(())
    }

    fn text(&self, site: &Path) -> Result<String, std::fmt::Error> {
        let (mut text, at) = (String::new(), site.display());
        let (patrol, on_isolation, power_on) = (self.patrol, self.on_isolation, self.power_on);
        writeln!(
            text,
            "[[connector]]\nname = \"management\"\nstate = \"{at}/connector\"\n\n\
             [[cluster]]\nnumber = {CLUSTER}\nname = \"site\"\npatrol = \"{patrol}\"\n\
             on-isolation = \"{on_isolation}\"\nstart-wait = \"5s\"\nboot-grace = \"10s\"\n\n\
             [cluster.fence]\npower-on = {power_on}\n\n[[cluster.key]]\nfile = \"{at}/key\"\n\n\
             [cluster.bmc]\nuser = \"admin\"\npassword-file = \"{at}/password\"\nsuites = [3]\n"
        )?;
        for host in 1..=self.hosts {
            self.server(&mut text, host)?;
        }
        for (number, service) in (1..).zip(self.services) {
            let hosts: Vec<_> = service.hosts.iter().map(|host| format!("\"h{host}\"")).collect();
            let (name, hosts) = (service.name, hosts.join(", "));
            writeln!(
                text,
                "[[cluster.service]]\nnumber = {number}\nname = \"{name}\"\nhosts = [{hosts}]\n\
                 check-every = \"1s\""
            )?;
            for verb in ["start", "stop", "check"] {
                let script = komainu_tests::site::fixture("failover/service.sh");
                let worker = std::env::current_exe().unwrap_or_default();
                let (script, worker) = (script.display(), worker.display());
                writeln!(
                    text,
                    "{verb} = [\"{script}\", \"{worker}\", \"{at}/{name}\", \"{verb}\"]"
                )?;
            }
        }
        Ok(text)
    }

    fn server(&self, text: &mut String, host: u8) -> std::fmt::Result {
        let reset = Self::reset_lan(host).address(host);
        let (bmc, first) = (Lan::Bmc.address(host), Lan::Monitor0.address(host));
        let second = Lan::Monitor1.address(host);
        writeln!(
            text,
            "[[cluster.server]]\nhost = {host}\nname = \"h{host}\"\naddress = \"{reset}\"\n\
             paths = [\"{first}\", \"{second}\"]\nbmc.address = \"{bmc}\"\n"
        )
    }
}

/// A file for its owner only.
fn secret(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

/// Whether `show --json` shows so many hosts, every service of each at rest and every server in
/// reach.
pub(crate) fn is_ready(shown: &str, hosts: usize) -> bool {
    let Ok(status) = serde_json::from_str::<Value>(shown) else { return false };
    let cluster = &status["clusters"][0];
    let servers = cluster["servers"].as_array().map_or(&[][..], Vec::as_slice);
    let at_rest = |service: &Value| {
        matches!(service["state"].as_str(), Some("active" | "standby" | "stopped"))
    };
    cluster["ready"] == true
        && servers.len() == hosts
        && servers.iter().all(|server| {
            let services = server["services"].as_array().map_or(&[][..], Vec::as_slice);
            server["power"] == "on"
                && server["bmc"] == "answers"
                && services.iter().all(at_rest)
                && server["host-state"] == "running"
        })
}
