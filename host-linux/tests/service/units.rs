//! The units of systemd that are delivered.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn systemd_understands_the_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let pkg = Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg");
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]);
    for service in ["connector", "member"] {
        let name = format!("komainu-{service}.service");
        let text = fs::read_to_string(pkg.join(&name)).expect("the unit");
        let start = format!("ExecStart=/usr/bin/komainu {service}\n");
        assert!(text.contains(&start), "{name} starts something else");
        let state = format!("StateDirectory=komainu/{service}\n");
        assert!(text.contains(&state), "{name} has another folder than the configuration");
        // Where the program is on this machine.
        let text = text.replace("/usr/bin/komainu", env!("CARGO_BIN_EXE_komainu"));
        fs::write(folder.path().join(&name), text).expect("written");
        verify.arg(folder.path().join(&name));
    }
    match verify.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && said.is_empty(), "{said}");
        }
        Err(error) => eprintln!("not held against systemd itself: systemd-analyze: {error}"),
    }
}
