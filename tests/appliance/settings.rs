//! The one configuration file of a site with an appliance.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use libtest_mimic::Failed;

use komainu_tests::site::lan::{Lan, MANAGEMENT};

use crate::site::ROOM;

/// The cluster's number, and its port.
const CLUSTER: u16 = 7410;

/// How many hosts there are.
pub(crate) const HOSTS: u8 = 2;

/// Writes the file, the keys and the password that it names.
pub(crate) fn write(site: &Path) -> Result<(), Failed> {
    secret(&site.join("password"), "password\n")?;
    let key = |factor: u32| -> String {
        (0..32).map(|byte| format!("{:02x}", (byte * factor + 1) % 256)).collect()
    };
    secret(&site.join("key"), &format!("{}\n", key(7)))?;
    secret(&site.join("status-key"), &format!("{}\n", key(11)))?;
    fs::write(site.join("komainu.toml"), text(site)?)?;
    Ok(())
}

fn text(site: &Path) -> Result<String, std::fmt::Error> {
    let (mut text, at) = (String::new(), site.display());
    let (own, gateway) = (Lan::Reset0.address(MANAGEMENT), Lan::Reset0.address(ROOM));
    writeln!(
        text,
        "[[connector]]\nname = \"guard\"\n[connector.appliance]\naddress = \"{own}/24\"\n\
         gateway = \"{gateway}\"\nstatus-key-file = \"{at}/status-key\"\n\n\
         [[cluster]]\nnumber = {CLUSTER}\nname = \"site\"\npatrol = \"1s\"\n\
         start-wait = \"5s\"\nboot-grace = \"10s\"\n\n\
         [[cluster.connector]]\nnumber = 0\naddress = \"{own}\"\n\n\
         [[cluster.key]]\nfile = \"{at}/key\"\n\n\
         [cluster.bmc]\nuser = \"admin\"\npassword-file = \"{at}/password\"\nsuites = [3]\n"
    )?;
    for host in 1..=HOSTS {
        let (reset, bmc) = (Lan::Reset0.address(host), Lan::Bmc.address(host));
        let (first, second) = (Lan::Monitor0.address(host), Lan::Monitor1.address(host));
        writeln!(
            text,
            "[[cluster.server]]\nhost = {host}\nname = \"h{host}\"\naddress = \"{reset}\"\n\
             paths = [\"{first}\", \"{second}\"]\nbmc.address = \"{bmc}\"\n"
        )?;
    }
    writeln!(
        text,
        "[[cluster.service]]\nnumber = 1\nname = \"disk\"\nhosts = [\"h1\", \"h2\"]\n\
         check-every = \"1s\""
    )?;
    for verb in ["start", "stop", "check"] {
        let script = komainu_tests::site::fixture("failover/service.sh");
        let worker = std::env::current_exe().unwrap_or_default();
        let (script, worker) = (script.display(), worker.display());
        writeln!(text, "{verb} = [\"{script}\", \"{worker}\", \"{at}/disk\", \"{verb}\"]")?;
    }
    Ok(text)
}

/// A file for its owner only.
fn secret(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}
