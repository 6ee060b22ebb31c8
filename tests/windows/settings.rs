//! The one configuration file, for the connector on Windows and the members on Linux alike.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use libtest_mimic::Failed;

use komainu_tests::site::lan::Lan;

/// The members.
pub(crate) const HOSTS: u8 = 2;
/// The files that hold what nobody else may read.
pub(crate) const SECRETS: [&str; 2] = ["site.key", "bmc.password"];

/// Writes the file and its secrets into a folder; the disk of the service is in `site`.
pub(crate) fn write(folder: &Path, site: &Path) -> Result<(), Failed> {
    fs::write(folder.join("komainu.toml"), text(site)?)?;
    let key: String = (0..32).map(|byte| format!("{:02x}", byte * 5 + 3)).collect();
    for (name, text) in SECRETS.into_iter().zip([key.as_str(), "password"]) {
        let path = folder.join(name);
        fs::write(&path, format!("{text}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn text(site: &Path) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let [key, password] = SECRETS;
    writeln!(
        text,
        "[[connector]]\nname = \"management\"\n\n[[cluster]]\nnumber = 7410\nname = \"site\"\n\
         patrol = \"1s\"\nstart-wait = \"5s\"\nboot-grace = \"10s\"\n\n[[cluster.key]]\n\
         file = \"{key}\"\n\n[cluster.bmc]\nuser = \"admin\"\npassword-file = \"{password}\"\n\
         suites = [3]\n"
    )?;
    for host in 1..=HOSTS {
        let [reset, bmc, first, second] =
            [Lan::Reset0, Lan::Bmc, Lan::Monitor0, Lan::Monitor1].map(|lan| lan.address(host));
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
    let script = komainu_tests::site::fixture("failover/service.sh");
    let worker = std::env::current_exe().unwrap_or_default();
    for verb in ["start", "stop", "check"] {
        let (script, worker, disk) = (script.display(), worker.display(), site.join("disk"));
        let disk = disk.display();
        writeln!(text, "{verb} = [\"{script}\", \"{worker}\", \"{disk}\", \"{verb}\"]")?;
    }
    Ok(text)
}
