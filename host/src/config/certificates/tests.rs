use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;
use crate::config::example::{Topology, example};

const AUTHORITY: &str = include_str!("../../mail/tests/authority.pem");
const CERTIFICATE: &str = include_str!("../../mail/tests/server.pem");
const KEY: &str = include_str!("../../mail/tests/server-key.pem");
const MAIL: &str = "#ca-file = ... # without it: those of the system";

fn file(folder: &TempDir, name: &str, content: &str, mode: u32) {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(mode)).expect("rights");
}

/// What is said of the example once its files are in that folder, as field and severity.
fn said(folder: &TempDir) -> Vec<(String, Severity)> {
    let text = example(Topology::Power).replace("/etc/komainu/", "");
    assert!(text.contains(MAIL));
    let read = Site::parse(&text.replacen(MAIL, "ca-file = \"mail.pem\"", 1), folder.path());
    let site = read.site.unwrap_or_else(|| panic!("{:#?}", read.findings));
    check(&site).into_iter().map(|one| (one.field, one.severity)).collect()
}

#[test]
fn each_file_that_is_of_no_use_is_told_and_one_that_is_elsewhere_is_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = Severity::Warning(Misfit::SecretElsewhere);
    let fields = ["ups.ca-file", "nut-server.certificate-file", "mail.ca-file"];
    assert_eq!(said(&folder), fields.map(|field| (field.to_owned(), elsewhere)));

    let good = [
        ("nut.pem", AUTHORITY, 0o644, "ups.ca-file"),
        ("mail.pem", AUTHORITY, 0o644, "mail.ca-file"),
        ("nut-server.pem", CERTIFICATE, 0o644, "nut-server.certificate-file"),
        ("nut-server.key", KEY, 0o600, "nut-server.key-file"),
    ];
    for (name, content, mode, _) in good {
        file(&folder, name, content, mode);
    }
    assert_eq!(said(&folder), []);

    let wrong = Severity::Error(Exit::Credentials);
    for (name, content, mode, field) in good {
        file(&folder, name, "no PEM", mode);
        assert_eq!(said(&folder), [(field.to_owned(), wrong)], "{name}");
        file(&folder, name, content, mode);
    }
    file(&folder, "nut-server.key", KEY, 0o644);
    assert_eq!(said(&folder), [("nut-server.key-file".to_owned(), wrong)], "others may read it");
}
