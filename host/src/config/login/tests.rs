use std::time::Duration;

use super::*;

fn config(text: &str) -> Config {
    Config::parse(text).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn wrong(text: &str) -> String {
    Config::parse(text).expect_err(text).to_string()
}

#[test]
fn sections_overlay_the_defaults_in_order() {
    let config = config(
        r#"
        [defaults]
        user = "admin"
        password-file = "pw"
        timeout = 5

        [[host]]
        match = "node[01-16]"
        suite = [3]
        user = "other"

        [[host]]
        match = "node*"
        ipmi = "1.5"
        password = "secret"

        [[host]]
        match = "node07"
        user = "seventh"
        timeout = "500ms"
        workaround = ["long-codes"]
        "#,
    );
    let of = |host: &str| config.of(host);
    assert_eq!(of("elsewhere").user.as_deref(), Some("admin"));
    assert_eq!(of("node03").user.as_deref(), Some("other"));
    assert_eq!(of("node07").user.as_deref(), Some("seventh"));
    assert_eq!((of("node07").suite, of("node17").suite), (Some(vec![3]), None));
    assert_eq!(of("node07").timeout.map(|time| time.0), Some(Duration::from_millis(500)));
    assert_eq!(of("node01").timeout.map(|time| time.0), Some(Duration::from_secs(5)));
    assert_eq!(of("node07").workaround, Some(vec![Workaround::LongCodes]));
    assert!(of("node17").password.is_some() && of("node17").password_file.is_none());
    assert!(!config.is_uniform());
}

#[test]
fn errors_have_line_and_field() {
    assert_eq!(
        wrong("[defaults]\nuser = \"a\"\nipmi = \"3.0\"\n"),
        "line 3, ipmi: unknown variant `3.0`, expected one of `auto`, `1.5`, `2.0`"
    );
    let unknown = wrong("[defaults]\nusers = \"a\"\n");
    assert!(unknown.starts_with("line 2, users: unknown field `users`"), "{unknown}");
    assert_eq!(wrong("\n\n[defaults]\nsuite = [3, 4]"), "line 4, suite: there is no suite 4");
    assert!(wrong("[defaults]\ntimeout = \"soon\"").starts_with("line 2, timeout: a time"));
    assert!(wrong("[[host]]\nmatch = \"node[9-1]\"").contains("ends before it begins"));
    assert!(wrong("[[host]]\nuser = \"x\"").contains("match"));
    assert!(wrong("[defaults]\nmatch = \"x\"").contains("no match"));
}

#[test]
fn errors_show_no_password() {
    for text in [
        "[defaults]\npassword = 5550123\n",
        "[defaults]\npassword = \"5550123\n",
        "[defaults]\npassword = 5550123.5\n",
        "[defaults]\npassword = [5550123]\n",
        "[defaults]\npassword = { a = 5550123 }\n",
        "[defaults]\npassword = 5550123x\n",
    ] {
        let wrong = wrong(text);
        assert!(!wrong.contains("555"), "{wrong}");
        assert!(wrong.starts_with("line 2, password: "), "{wrong}");
    }
    assert!(!format!("{:?}", config("[defaults]\npassword = \"swordfish\"")).contains("swordfish"));
}

#[cfg(unix)]
#[test]
fn a_file_with_a_password_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    let write = |text: &str| {
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("rights");
    };
    write("[defaults]\npassword = \"secret\"");
    let error = Config::load(Some(&path)).expect_err("exposed");
    assert_eq!(error.exit(), Exit::Credentials);
    write("[defaults]\npassword-file = \"pw\"");
    let config = Config::load(Some(&path)).expect("no secret in it");
    let file = config.of("any").password_file.expect("a path");
    assert!(file.is_absolute() && file.ends_with("pw"));
}

#[test]
fn a_file_that_is_named_must_exist() {
    let error = Config::load(Some(Path::new("/nonexistent/config.toml"))).expect_err("missing");
    assert_eq!(error.exit(), Exit::Local);
}
