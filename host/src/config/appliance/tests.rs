//! Blocks of whole files, and what is refused of one.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use komainu_core::block::Addressing;
use komainu_core::session::Profile;
use tempfile::TempDir;

use super::*;
use crate::config::example::{Topology, example};

fn file(folder: &TempDir, name: &str, content: &str) {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("rights");
}

/// A folder with the secrets of the examples.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    file(&folder, "shop.key", &format!("{}\n", "0f".repeat(32)));
    file(&folder, "status.key", &format!("{}\n", "a5".repeat(32)));
    file(&folder, "bmc.password", "swordfish\n");
    file(&folder, "nut.password", "minnow\n");
    folder
}

const APPLIANCE: &str = "
[connector.appliance]
address = \"192.0.2.7/24\"
gateway = \"192.0.2.1\"
mac = \"02:00:5e:00:53:01\"
status-key-file = \"status.key\"
";

const UPS: &str = "
[[ups]]
name = \"rack\"
nut = \"rack1@192.0.2.9\"
tls = \"off\"
user = \"komainu\"
password-file = \"nut.password\"
";

/// The example of two servers, with the connector as an appliance and more below it.
fn text(more: &str) -> String {
    let text = example(Topology::ALL[0]).replace("/etc/komainu/", "");
    let (before, behind) = text.split_once("[[cluster]]").expect("a cluster");
    format!("{before}{more}\n[[cluster]]{behind}")
}

fn site(text: &str, folder: &Path) -> Site {
    let read = Site::parse(text, folder);
    read.site.unwrap_or_else(|| panic!("{:#?}\n{text}", read.findings))
}

fn block(text: &str, folder: &Path) -> Result<Zeroizing<Vec<u8>>, Vec<Finding>> {
    let site = site(text, folder);
    let (me, appliance) = site.appliances().next().expect("an appliance");
    site.block(me, appliance)
}

#[test]
fn a_block_holds_what_the_file_says() {
    let folder = folder();
    let text = text(&(APPLIANCE.to_owned() + UPS));
    let bytes = block(&text, folder.path()).unwrap_or_else(|found| panic!("{found:#?}"));
    let block = Block::open(&bytes).expect("a block");
    let gateway = Some([192, 0, 2, 1].into());
    let expected = Addressing::fixed([192, 0, 2, 7].into(), 24, gateway).expect("fixed");
    assert_eq!(block.network().addressing, expected);
    let status = block.status().expect("a key");
    assert_eq!((status.port, status.key.expose()), (7422, &[0xa5; 32][..]));
    let site = site(&text, folder.path());
    let servers: Vec<_> = site.clusters.iter().flat_map(|cluster| &cluster.servers).collect();
    let found: Vec<_> = block.servers().collect();
    assert_eq!(found.len(), servers.len());
    for (found, said) in found.iter().zip(servers) {
        assert_eq!((found.host, &found.name), (said.host, &said.name));
        assert_eq!((found.bmc, found.member), (said.bmc.address, said.address));
        assert_eq!((&found.plan, found.poll), (&said.plan, said.bmc.poll));
        assert_eq!(found.password.expose(), b"swordfish");
        let keep_warm = said.bmc.profile.keep_warm;
        assert_eq!(Profile { keep_warm, ..found.profile.clone() }, said.bmc.profile);
    }
    let cluster = block.clusters().next().expect("a cluster");
    assert_eq!(cluster.config.digest, site.clusters[0].digest());
    assert_eq!(cluster.config.rules, site.clusters[0].rules);
    let (address, nut) = block.nut_servers().next().expect("a NUT server");
    assert_eq!(address.to_string(), "192.0.2.9:3493");
    assert!(nut.account.is_some());
    assert_eq!(block.upses().next().map(|ups| ups.config), Some(site.supplies.ups[0].config));
}

#[test]
fn an_appliance_need_say_nothing() {
    let folder = folder();
    let bytes = block(&text("[connector.appliance]"), folder.path()).expect("a block");
    let block = Block::open(&bytes).expect("a block");
    assert_eq!(block.network().addressing, Addressing::Dhcp);
    assert!(block.status().is_none());
}

/// What is refused of an appliance with those lines.
fn refused(more: &str) -> String {
    let found = block(&text(more), folder().path()).expect_err("refused");
    for finding in &found {
        assert!(!finding.remedy.is_empty(), "{finding:?}");
    }
    found.iter().map(|finding| format!("{}: {}\n", finding.field, finding.text)).collect()
}

#[test]
fn what_an_appliance_cannot_do_is_refused_with_a_remedy() {
    let snmp = UPS.replace(
        "nut = \"rack1@192.0.2.9\"\ntls = \"off\"",
        "snmp = \"192.0.2.9\"\nversion = \"3\"",
    );
    let tls = UPS.replace("\"off\"", "\"try\"\ncertificate-file = \"nut.pem\"");
    let others: String =
        (2..=5).map(|n| UPS.replace("\"rack\"", &format!("\"rack{n}\""))).collect();
    let kept = "[[power.maintenance]]\nname = \"m\"\nkind = \"pacemaker\"";
    let weekly = "[[calendar]]\nname = \"n\"\nweekly = [\"sunday\"]\nstop = \"22:00\"";
    let cases = [
        (snmp, "NUT servers alone"),
        (tls, "no room for TLS"),
        (UPS.to_owned() + &others, "4 UPSes at most"),
        (UPS.to_owned() + kept, "runs no programs"),
        (UPS.to_owned() + weekly, "no calendar"),
    ];
    for (more, why) in cases {
        let told = refused(&(APPLIANCE.to_owned() + &more));
        assert!(told.contains(why), "{why}: {told}");
    }
    let traps = text(APPLIANCE).replacen("\n#traps = ", "\ntraps = \"0.0.0.0:162\"\n#", 1);
    let found = block(&traps, folder().path()).expect_err("traps");
    assert!(found[0].text.contains("no traps"), "{found:?}");
}

#[test]
fn more_than_fits_is_refused() {
    let text = text(APPLIANCE);
    let mut servers = String::new();
    for host in 11..30 {
        servers += &format!(
            "[[cluster.server]]\nhost = {host}\nname = \"s{host}\"\n\
             paths = [\"10.9.0.{host}\"]\n\
             bmc = {{ address = \"10.8.0.{host}\" }}\n"
        );
    }
    let (before, behind) = text.split_once("[[cluster.server]]").expect("a server");
    let text = format!("{before}{servers}[[cluster.server]]{behind}");
    let found = block(&text, folder().path()).expect_err("too many");
    assert!(found[0].text.contains("16 servers at most"), "{found:?}");
}

#[test]
fn a_secret_that_is_not_there_is_named() {
    let folder = folder();
    fs::remove_file(folder.path().join("bmc.password")).expect("removed");
    let found = block(&text(APPLIANCE), folder.path()).expect_err("no password");
    assert!(found[0].text.contains("bmc.password"), "{found:?}");
}
