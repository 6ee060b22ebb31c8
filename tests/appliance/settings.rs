//! The one configuration file of a site with an appliance.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use libtest_mimic::Failed;

use komainu_tests::site::lan::{Lan, MANAGEMENT};
use komainu_tests::site::nut::{By, NAME, USER};

use crate::site::ROOM;

/// The cluster's number, and its port.
const CLUSTER: u16 = 7410;

/// How many hosts there are.
pub(crate) const HOSTS: u8 = 2;

/// Where the NUT server listens.
pub(crate) const NUT: u16 = 3493;

/// What the keys are made by.
pub(crate) const CLUSTER_KEY: u32 = 7;
const STATUS_KEY: u32 = 11;

/// The key that is made by that.
pub(crate) fn key(factor: u32) -> Vec<u8> {
    (0..32).map(|byte| ((byte * factor + 1) % 256) as u8).collect()
}

/// What one site has that another has not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Has {
    /// Hosts run members.
    pub(crate) members: bool,
    /// All hang on a UPS, driven by that. One that takes orders is cut.
    pub(crate) ups: Option<By>,
    /// The appliance asks for its address.
    pub(crate) dhcp: bool,
}

/// Writes the file, the keys and the password that it names.
pub(crate) fn write(site: &Path, has: Has) -> Result<(), Failed> {
    secret(&site.join("password"), "password\n")?;
    secret(&site.join("nut-password"), &format!("{USER}\n"))?;
    let line = |factor: u32| -> String {
        key(factor).iter().map(|byte| format!("{byte:02x}")).chain(["\n".to_owned()]).collect()
    };
    secret(&site.join("key"), &line(CLUSTER_KEY))?;
    secret(&site.join("status-key"), &line(STATUS_KEY))?;
    fs::write(site.join("komainu.toml"), text(site, has)?)?;
    Ok(())
}

fn text(site: &Path, has: Has) -> Result<String, std::fmt::Error> {
    let (mut text, at) = (String::new(), site.display());
    let (own, gateway) = (Lan::Reset0.address(MANAGEMENT), Lan::Reset0.address(ROOM));
    let address = match has.dhcp {
        true => "address = \"dhcp\"".to_owned(),
        false => format!("address = \"{own}/24\"\ngateway = \"{gateway}\""),
    };
    writeln!(
        text,
        "[[connector]]\nname = \"guard\"\n[connector.appliance]\n{address}\n\
         status-key-file = \"{at}/status-key\"\n"
    )?;
    if let Some(by) = has.ups {
        text += &ups(site, by);
    }
    writeln!(
        text,
        "[[cluster]]\nnumber = {CLUSTER}\nname = \"site\"\npatrol = \"1s\"\n\
         start-wait = \"5s\"\nboot-grace = \"10s\"\n\n\
         [[cluster.connector]]\nnumber = 0\naddress = \"{own}\"\n\n\
         [[cluster.key]]\nfile = \"{at}/key\"\n\n\
         [cluster.bmc]\nuser = \"admin\"\npassword-file = \"{at}/password\"\nsuites = [3]\n\n\
         [cluster.power]\nshutdown = \"8s\"\nforce = \"5s\"\nboot = \"180s\"\n"
    )?;
    for host in 1..=HOSTS {
        let (reset, bmc) = (Lan::Reset0.address(host), Lan::Bmc.address(host));
        let (first, second) = (Lan::Monitor0.address(host), Lan::Monitor1.address(host));
        writeln!(
            text,
            "[[cluster.server]]\nhost = {host}\nname = \"h{host}\"\naddress = \"{reset}\"\n\
             paths = [\"{first}\", \"{second}\"]\nbmc.address = \"{bmc}\"\n"
        )?;
        if has.ups.is_some() {
            writeln!(text, "[[cluster.server.feed]]\nups = \"{NAME}\"\n")?;
        }
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

/// The UPS, and how it is dealt with.
fn ups(site: &Path, by: By) -> String {
    let cut = if by == By::Ours { "delayed" } else { "never" };
    let (at, server) = (site.display(), Lan::Reset0.address(ROOM));
    format!(
        "[[ups]]\nname = \"{NAME}\"\nnut = \"{NAME}@{server}:{NUT}\"\ntls = \"off\"\n\
         user = \"{USER}\"\npassword-file = \"{at}/nut-password\"\n\
         cut = \"{cut}\"\nconfirm = \"500ms\"\nsettle = \"1s\"\nfloor = 5\n\n\
         [power]\nreserve = \"2s\"\nstagger = \"300ms\"\n\n\
         [[power.stage]]\nname = \"all\"\nafter = \"0s\"\n\n"
    )
}

/// A file for its owner only.
fn secret(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}
