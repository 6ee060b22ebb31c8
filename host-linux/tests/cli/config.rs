//! `config` and `key` as people and scripts use them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{command, finish, run};

/// A folder with an example, its key and its password.
fn folder(topology: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let example = run(&["config", "example", "--topology", topology]).exits(0).out;
    let example = example.replace("/etc/komainu/", "");
    fs::write(folder.path().join("komainu.toml"), example).expect("written");
    run(&["key", "new", &text(&folder.path().join("shop.key"))]).exits(0);
    let password = folder.path().join("bmc.password");
    fs::write(&password, "password\n").expect("written");
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).expect("rights");
    folder
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn every_example_passes_the_check() {
    for topology in ["1:1", "mutual", "n:1", "1:n"] {
        let folder = folder(topology);
        let file = text(&folder.path().join("komainu.toml"));
        let ran = run(&["config", "check", "--config", &file]).exits(0);
        assert!(ran.err.is_empty(), "{}", ran.err);
        assert!(ran.out.contains("alpha is fenced after"), "{}", ran.out);
        assert!(ran.out.ends_with(": 0 errors, 0 warnings\n"), "{}", ran.out);
    }
}

#[test]
fn the_check_tells_everything_at_once() {
    let folder = folder("1:1");
    let file = folder.path().join("komainu.toml");
    let good = fs::read_to_string(&file).expect("the example");
    let wrong = good.replacen("host = 1\n", "host = 0\n", 1);
    let wrong = wrong.replacen("#patrol = \"5s\"", "petrol = 5\npassword = \"swordfish\"", 1);
    fs::write(&file, wrong).expect("written");
    let mut check = command(&["config", "check"]);
    check.env("KOMAINU_CONFIG", &file);
    let ran = finish(check, b"").exits(2);
    for part in ["cluster.server.host: is not in its range", "cluster.petrol: there is no such"] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
    assert!(ran.err.starts_with("KMN102-E ") && ran.err.contains(": line "), "{}", ran.err);
    assert!(!ran.err.contains("swordfish"), "{}", ran.err);
    fs::write(&file, good.replacen("#patrol = \"5s\"", "patrol = \"1s\"", 1)).expect("written");
    let ran = run(&["config", "check", "--json", "--config", &text(&file)]).exits(0);
    let [warning, summary] = &ran.json()[..] else { panic!("{}", ran.out) };
    assert_eq!((&warning["id"], &warning["severity"]), (&"KMN151-W".into(), &"warning".into()));
    assert_eq!(warning["field"], "cluster.patrol");
    let cluster = &summary["summary"]["clusters"][0];
    assert_eq!((&cluster["number"], &cluster["detection-seconds"]), (&7410.into(), &1.0.into()));
    assert!(cluster["servers"][1]["worst-case-silent-seconds"].as_f64() > Some(100.0));
}

#[test]
fn an_unsafe_secret_has_its_own_code() {
    let folder = folder("1:1");
    let key = folder.path().join("shop.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("rights");
    let file = text(&folder.path().join("komainu.toml"));
    let ran = run(&["config", "check", "--config", &file]).exits(4);
    assert!(ran.err.contains("KMN104-E") && ran.err.contains("chmod"), "{}", ran.err);
    fs::remove_file(&key).expect("removed");
    let ran = run(&["config", "check", "--config", &file]).exits(0);
    assert!(ran.err.contains("KMN160-W"), "{}", ran.err);
}

#[test]
fn a_key_is_not_taken_away_too_early() {
    let folder = folder("1:1");
    let file = folder.path().join("komainu.toml");
    let good = fs::read_to_string(&file).expect("the example");
    let status = |keys: &str| {
        format!(
            "{{\"clusters\":[{{\"number\":7410,\"key-number\":1,\"servers\":[{{\"name\":\
             \"alpha\",\"keys\":{keys}}}]}}]}}"
        )
    };
    let check = || command(&["config", "check", "--state", "-", "--config", &text(&file)]);
    finish(check(), status("[1,0]").as_bytes()).exits(0);
    let new = good.replacen("#number = 1\n", "number = 2\n", 1);
    assert_ne!(new, good);
    fs::write(&file, new).expect("written");
    let ran = finish(check(), status("[1,0]").as_bytes()).exits(2);
    assert!(ran.err.contains("alpha has not shown"), "{}", ran.err);
    finish(check(), b"nonsense").exits(2);
}

#[test]
fn fields_are_explained() {
    let ran = run(&["config", "explain", "patrol"]).exits(0);
    assert!(ran.out.starts_with("cluster.patrol\n") && ran.out.contains("Default: \"5s\""));
    let ran = run(&["config", "explain", "cluster.key", "--json"]).exits(0);
    let fields = ran.json();
    assert_eq!((fields.len(), &fields[0]["field"]), (4, &"cluster.key.number".into()));
    run(&["config", "explain", "petrol"]).exits(2);
}

#[test]
fn a_key_is_for_its_owner_and_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.key");
    let ran = run(&["key", "new", "--number", "7", &text(&path)]).exits(0);
    assert!(ran.out.contains("number = 7\n") && ran.out.contains("shop.key"), "{}", ran.out);
    let key = fs::read_to_string(&path).expect("the key");
    assert!(key.trim_end().len() == 64 && !ran.out.contains(key.trim_end()));
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(run(&["key", "new", &text(&path)]).exits(1).err.contains("exists already"));
    assert_eq!(fs::read_to_string(&path).expect("the key"), key);
    run(&["key", "new", "--number", "0", &text(&path)]).exits(2);
}

#[test]
fn a_block_is_made_for_its_owner_alone_and_shows_no_secret() {
    let folder = folder("1:1");
    let file = folder.path().join("komainu.toml");
    let good = fs::read_to_string(&file).expect("the example");
    let refused = run(&["config", "compile", "--config", &text(&file), "--out", "x"]).exits(2);
    assert!(refused.err.contains("no connector is an appliance"), "{}", refused.err);
    let (before, behind) = good.split_once("[[cluster]]").expect("a cluster");
    let table = "[connector.appliance]\naddress = \"192.0.2.7/24\"\n";
    fs::write(&file, format!("{before}{table}[[cluster]]{behind}")).expect("written");
    let out = folder.path().join("guard.block");
    let args = ["config", "compile", "--config", &text(&file), "--out", &text(&out), "--json"];
    for _ in 0..2 {
        let made = run(&args).exits(0).json();
        let bytes = fs::read(&out).expect("the block");
        assert_eq!(made[0]["bytes"], bytes.len());
        assert!(bytes.starts_with(b"KMNC") && bytes.windows(8).any(|part| part == b"password"));
        let mode = fs::metadata(&out).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 4, "nothing is left beside it");
    let shown = run(&["config", "inspect", &text(&out)]).exits(0).out;
    assert!(shown.contains("at 192.0.2.7/24, nobody may ask"), "{shown}");
    assert!(shown.contains("server alpha (1)") && !shown.contains("password"), "{shown}");
    let mut torn = fs::read(&out).expect("the block");
    torn[100] ^= 1;
    fs::write(&out, torn).expect("written");
    let torn = run(&["config", "inspect", &text(&out)]).exits(2);
    assert!(torn.err.contains("was changed since it was made"), "{}", torn.err);
}
