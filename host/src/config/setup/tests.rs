use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::config::example::{Topology, example};
use crate::config::finding::Misfit;
use crate::config::secrets;

fn file(folder: &TempDir, name: &str, content: &str, mode: u32) {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(mode)).expect("rights");
}

/// A folder with the secrets of the examples.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    file(&folder, "shop.key", &format!("{}\n", "0f".repeat(32)), 0o600);
    file(&folder, "bmc.password", "swordfish\n", 0o600);
    folder
}

fn site(text: &str, folder: &Path) -> Site {
    let text = text.replace("/etc/komainu/", "");
    let read = Site::parse(&text, folder);
    read.site.unwrap_or_else(|| panic!("{:#?}", read.findings))
}

#[test]
fn every_party_of_every_example_starts() {
    let folder = folder();
    for topology in Topology::ALL {
        let site = site(&example(*topology), folder.path());
        let connector = site.connector_config::<16, 8>(&site.connectors[0]);
        assert!(connector.is_ok(), "{topology:?}: {:#?}", connector.err());
        let cluster = &site.clusters[0];
        for server in &cluster.servers {
            let member = site.member_config(cluster, server);
            assert!(member.is_ok(), "{topology:?}, {}: {:#?}", server.name, member.err());
        }
        // The secrets of UPSes and of mail are not in the folder.
        let power = *topology == Topology::Power;
        assert_eq!(secrets::check(&site).is_empty(), !power, "{topology:?}");
    }
}

#[test]
fn all_that_the_core_checks_is_refused_before() {
    // A connector too small for the file is the one thing that only the core can tell.
    let folder = folder();
    let site = site(&example(Topology::OneToMany), folder.path());
    let found = site.connector_config::<2, 8>(&site.connectors[0]).expect_err("three servers");
    assert!(found[0].text.contains("2 servers"), "{found:#?}");
    assert_eq!(found[0].field, "cluster.server");
}

#[test]
fn secrets_that_are_not_to_be_had_are_told_with_their_place() {
    let folder = folder();
    let site = site(&example(Topology::OneToOne), folder.path());
    let me = &site.connectors[0];
    file(&folder, "bmc.password", "swordfish\n", 0o644);
    file(&folder, "shop.key", "swordfish\n", 0o600);
    let found = site.connector_config::<16, 8>(me).expect_err("both are wrong");
    let shown = format!("{found:?}");
    assert!(!shown.contains("swordfish") && shown.contains("cluster.key.file"), "{shown}");
    assert!(found.iter().all(|one| one.severity == Severity::Error(Exit::Credentials)));
    let told = secrets::check(&site);
    assert_eq!(told.len(), 2, "the two servers share the password: {told:#?}");
    assert!(told.iter().any(|one| one.text.contains("other users may read")), "{told:#?}");
    fs::remove_file(folder.path().join("bmc.password")).expect("removed");
    let told = secrets::check(&site);
    let elsewhere = Severity::Warning(Misfit::SecretElsewhere);
    assert!(told.iter().any(|one| one.severity == elsewhere), "{told:#?}");
    file(&folder, "shop.key", &"0f".repeat(32), 0o600);
    let cluster = &site.clusters[0];
    assert!(site.member_config(cluster, &cluster.servers[0]).is_ok(), "needs no password");
}

#[test]
fn a_password_too_long_for_the_version_is_told() {
    let folder = folder();
    file(&folder, "bmc.password", "seventeen-bytes-x", 0o600);
    let text = example(Topology::OneToOne);
    let auto = site(&text, folder.path());
    assert!(auto.connector_config::<16, 8>(&auto.connectors[0]).is_ok(), "2.0 takes 20");
    let old = site(&text.replacen("#ipmi = \"auto\"", "ipmi = \"1.5\"", 1), folder.path());
    let found = old.connector_config::<16, 8>(&old.connectors[0]).expect_err("1.5 takes 16");
    assert_eq!(found[0].severity, Severity::Error(Exit::TooLong));
    assert_eq!(secrets::check(&old).len(), 1);
}

#[test]
fn a_password_too_short_for_a_card_is_told() {
    let folder = folder();
    let site = site(&example(Topology::Power), folder.path());
    let told = |password: &str| {
        file(&folder, "snmp.password", password, 0o600);
        let found = secrets::check(&site).into_iter();
        found.filter(|one| one.text.contains("SNMP version 3")).count()
    };
    assert_eq!((told("sevenby\n"), told("eight-by\n")), (1, 0));
}

#[test]
fn two_keys_are_accepted_and_the_first_is_sent_with() {
    let folder = folder();
    file(&folder, "new.key", &"f0".repeat(32), 0o600);
    let second = "\n[[cluster.key]]\nnumber = 2\nfile = \"new.key\"\n";
    let site = site(&format!("{}{second}", example(Topology::OneToOne)), folder.path());
    let keys = site.clusters[0].key_ring().expect("both");
    assert_eq!(keys.accepted().map(|key| key.map(|key| key.get())), [Some(1), Some(2)]);
    assert_eq!(keys.sends_with().get(), 1);
}
