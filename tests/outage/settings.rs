//! The one configuration file of the site.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use libtest_mimic::Failed;

use crate::libvirt;
use crate::supply::{NUT, SNMP, TRAPS};
use komainu_tests::site::fixture;
use komainu_tests::site::lan::{Lan, MANAGEMENT};

/// Hosts 1 and 2 share a service; host 3 is alone, in a cluster of its own.
pub(crate) const HOSTS: u8 = 3;

/// What runs the guests of host 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guests {
    /// Commands; a guest is a process.
    Commands,
    /// A libvirt of its own, with guests under QEMU.
    Libvirt,
}

/// The user of our NUT server.
pub(crate) const PRINTERS: (&str, &str) = ("printers", "ink");

/// Writes the file, and what it names.
pub(crate) fn write(site: &Path, by: Guests) -> Result<(), Failed> {
    secret(&site.join("password"), "password\n")?;
    secret(&site.join("printers"), &format!("{}\n", PRINTERS.1))?;
    secret(&site.join("community"), "private\n")?;
    let key: String = (0..32).map(|byte| format!("{:02x}", byte * 5 + 3)).collect();
    secret(&site.join("key"), &format!("{key}\n"))?;
    Ok(fs::write(site.join("komainu.toml"), text(site, by))?)
}

fn text(site: &Path, by: Guests) -> String {
    let at = site.display();
    let note = fixture("outage/note.sh");
    let (note, nut) = (note.display(), Lan::Reset0.address(MANAGEMENT));
    let common = format!(
        "patrol = \"1s\"\nstart-wait = \"5s\"\nboot-grace = \"10s\"\n\n[[cluster.key]]\n\
         file = \"{at}/key\"\n\n[cluster.bmc]\nuser = \"admin\"\n\
         password-file = \"{at}/password\"\nsuites = [3]\n\n[cluster.power]\n\
         maintenance = [\"suite\"]\nshutdown = \"20s\"\nforce = \"10s\"\nboot = \"180s\"\n"
    );
    let mut text = format!(
        "[[connector]]\nname = \"management\"\nstate = \"{at}/connector\"\n\
         traps = \"127.0.0.1:{TRAPS}\"\n\n\
         [[ups]]\nname = \"rack-a\"\nnut = \"rack-a@127.0.0.1:{NUT}\"\ntls = \"off\"\n\
         cut = \"never\"\nconfirm = \"1s\"\nsettle = \"2s\"\nfloor = 5\n\n\
         [[ups]]\nname = \"rack-b\"\nsnmp = \"127.0.0.1:{SNMP}\"\nversion = \"2c\"\n\
         community-file = \"{at}/community\"\nmib = \"rfc1628\"\npoll = \"500ms\"\n\
         confirm = \"1s\"\nsettle = \"2s\"\nfloor = 5\n\n\
         [nut-server]\nlisten = [\"{nut}\"]\ntls = \"off\"\n[[nut-server.user]]\n\
         name = \"{}\"\npassword-file = \"{at}/printers\"\nstage = \"guests\"\n\n\
         [power]\nreserve = \"2s\"\nstagger = \"300ms\"\n\n\
         [[power.stage]]\nname = \"guests\"\nafter = \"0s\"\n\n\
         [[power.stage]]\nname = \"shops\"\nafter = \"8s\"\n\n\
         [[power.maintenance]]\nname = \"suite\"\nkind = \"command\"\n\
         enter = [\"{note}\", \"{at}\", \"suite\", \"enter\"]\n\
         leave = [\"{note}\", \"{at}\", \"suite\", \"leave\"]\n\n\
         [[cluster]]\nnumber = 7410\nname = \"shop\"\n{common}stage = \"shops\"\n\n",
        PRINTERS.0
    );
    text += &server(1, &["rack-a"]);
    text += &server(2, &["rack-b"]);
    let service = fixture("failover/service.sh");
    let worker = fixture("outage/worker.sh");
    let slow = fixture("outage/slow.sh");
    let slow = slow.display();
    text += "[[cluster.service]]\nnumber = 1\nname = \"disk\"\nhosts = [\"h1\", \"h2\"]\n\
             check-every = \"1s\"\n";
    for verb in ["start", "stop", "check"] {
        text += &format!(
            "{verb} = [\"{slow}\", \"{at}\", \"{}\", \"{}\", \"{at}/disk\", \"{verb}\"]\n",
            service.display(),
            worker.display()
        );
    }
    text +=
        &format!("\n[[cluster]]\nnumber = 7420\nname = \"alone\"\n{common}stage = \"guests\"\n\n");
    text += &server(3, &["rack-b"]);
    match by {
        Guests::Commands => text + &processes(site),
        Guests::Libvirt => text + &virtual_machines(site),
    }
}

fn named(name: &str, more: &str) -> String {
    format!("[[cluster.server.guest]]\nname = \"{name}\"\n{more}")
}

/// One willing, one slow that needs it, one deaf, and one that is off.
fn virtual_machines(site: &Path) -> String {
    let by = format!(
        "[cluster.server.guests]\nby = \"libvirt\"\nuri = \"{}\"\nask-again = \"5s\"\n",
        libvirt::uri(site)
    );
    let needs = "after = [\"database\"]\n";
    by + &named("database", "ready = true\n")
        + &named("slow", needs)
        + &named("deaf", "stop-limit = \"12s\"\n")
        + &named("spare", needs)
}

/// One that needs the other.
fn processes(site: &Path) -> String {
    let (at, script) = (site.display(), fixture("outage/guest.sh"));
    let verb = |verb: &str, guest: &str| {
        format!("{verb} = [\"{}\", \"{at}\", \"{verb}\"{guest}]\n", script.display())
    };
    let guest = ", \"{guest}\"";
    let verbs = ["stop", "kill", "start", "ready"].map(|one| verb(one, guest)).concat();
    format!("[cluster.server.guests]\nby = \"command\"\n{}{verbs}", verb("list", ""))
        + &named("database", "ready = true\n")
        + &named("web", "after = [\"database\"]\n")
}

fn server(host: u8, feeds: &[&str]) -> String {
    let reset = Lan::Reset0.address(host);
    let (first, second) = (Lan::Monitor0.address(host), Lan::Monitor1.address(host));
    let bmc = Lan::Bmc.address(host);
    let mut text = format!(
        "[[cluster.server]]\nhost = {host}\nname = \"h{host}\"\naddress = \"{reset}\"\n\
         paths = [\"{first}\", \"{second}\"]\nbmc.address = \"{bmc}\"\n"
    );
    if host == 3 {
        text += "power.groups = [\"\"]\npower.guests = \"60s\"\n";
    }
    for feed in feeds {
        text += &format!("[[cluster.server.feed]]\nups = \"{feed}\"\n");
    }
    text + "\n"
}

/// A file for its owner only.
fn secret(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}
