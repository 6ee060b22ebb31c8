//! What the command `komainu` says, with right and wrong credentials from every source.

use std::io::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use komainu_sim::bmc::{Bmc, BmcConfig, Kg, Privilege, User};

use crate::forms::assert_hidden;

/// What the BMC holds. 16 bytes, so that it works for IPMI 1.5 as well.
const PASSWORD: &str = "Pw-Zebra-quagga1";
const KG: &str = "Kg-Okapi-93-dik-dikk";
const WRONG: &str = "Wr-Gnu-71-hartebst";
const TOO_LONG: &str = "Lg-Pangolin-with-scales-and-tail";
const ALL: [&[u8]; 4] = [PASSWORD.as_bytes(), KG.as_bytes(), WRONG.as_bytes(), TOO_LONG.as_bytes()];

/// A simulated BMC on a port of this machine.
struct Served {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn new(kg: Option<&str>) -> Self {
        let user = User::new("admin", PASSWORD, Privilege::Administrator).expect("it fits");
        let kg = kg.map(|kg| Kg::new(kg.as_bytes()).expect("it fits"));
        let config = BmcConfig { users: vec![user], kg, ..BmcConfig::default() };
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_read_timeout(Some(Duration::from_millis(10))).expect("a time-out");
        let address = socket.local_addr().expect("an address");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || serve(&socket, Bmc::new(config, 1), &stopped));
        Self { address, stop, thread: Some(thread) }
    }
}

fn serve(socket: &UdpSocket, mut bmc: Bmc, stop: &AtomicBool) {
    let (start, mut buffer) = (Instant::now(), [0; 1024]);
    // A client that has gone is none of the BMC's business.
    let send = &mut |to: SocketAddr, bytes: &[u8]| drop(socket.send_to(bytes, to));
    while !stop.load(Ordering::Relaxed) {
        if let Ok((len, from)) = socket.recv_from(&mut buffer) {
            bmc.handle(start.elapsed(), from, &buffer[..len], send);
        }
        bmc.poll(start.elapsed(), send);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the BMC does not panic");
        }
    }
}

/// The command, built from this tree: in the folder above that of the tests.
fn komainu() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let folder = test.ancestors().nth(2).expect("the folder of the profile");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "komainu", "--bin", "komainu"]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    build.env("CARGO_TARGET_DIR", folder.parent().expect("the target folder"));
    assert!(build.status().expect("cargo runs").success(), "komainu is built");
    folder.join("komainu")
}

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("komainu-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// A file that only its owner may read.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        let owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, owner).expect("its permissions");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over does no harm.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_remove("KOMAINU_PASSWORD").env_remove("KOMAINU_KG");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Scans everything that was said.
#[track_caller]
fn scan(output: &Output, what: &str) -> Option<i32> {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    assert_hidden(&ALL, &said, what);
    output.status.code()
}

#[track_caller]
fn run(mut command: Command) -> Option<i32> {
    let what = format!("{:?}", command.get_args().collect::<Vec<_>>());
    scan(&command.output().expect("komainu runs"), &what)
}

#[test]
fn no_output_shows_a_secret_wherever_it_came_from() {
    let (program, served, folder) = (komainu(), Served::new(None), Folder::new("sources"));
    let host = served.address.to_string();
    let login = ["--user", "admin", "--config", "/dev/null", "--timeout", "5s"];
    for verb in [&["power", "status"][..], &["info"], &["power", "off"], &["sel", "list"]] {
        for (password, exit) in [(PASSWORD, 0), (WRONG, 13), (TOO_LONG, 5)] {
            for json in [true, false] {
                let mut words = [&["bmc", &host], verb, &login[..]].concat();
                words.extend(json.then_some("--json"));
                let mut by_environment = command(&program, &words);
                by_environment.env("KOMAINU_PASSWORD", password);
                assert_eq!(run(by_environment), Some(exit), "{words:?}");
                let file = folder.file("password", &format!("{password}\n"));
                words.extend(["--password-file", file.to_str().expect("a path")]);
                assert_eq!(run(command(&program, &words)), Some(exit), "{words:?}");
            }
        }
    }
}

#[test]
fn standard_input_and_configuration_stay_secret() {
    let (program, served, folder) = (komainu(), Served::new(None), Folder::new("config"));
    let host = served.address.to_string();
    let words = ["bmc", &host, "power", "status", "--user", "admin", "--password-file", "-"];
    let mut child = command(&program, &[&words[..], &["--config", "/dev/null"]].concat())
        .stdin(Stdio::piped())
        .spawn()
        .expect("komainu runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    writeln!(stdin, "{PASSWORD}").expect("it reads");
    drop(stdin);
    assert_eq!(scan(&child.wait_with_output().expect("it ends"), "standard input"), Some(0));
    for (text, exit) in [
        (format!("[defaults]\nuser = \"admin\"\npassword = \"{PASSWORD}\"\n"), 0),
        (format!("[defaults]\nuser = \"admin\"\npassword = \"{WRONG}\"\n"), 13),
        (format!("[defaults]\nuser = \"admin\"\npassword = \"{PASSWORD}\n"), 2),
        (format!("[defaults]\npassword = {WRONG}\n"), 2),
        (format!("[defaults]\npasword = \"{PASSWORD}\"\n"), 2),
    ] {
        let config = folder.file("config.toml", &text);
        let config = config.to_str().expect("a path");
        let words = ["bmc", &host, "power", "status", "--config", config];
        assert_eq!(run(command(&program, &words)), Some(exit), "{text}");
    }
}

#[test]
fn kg_and_ipmi_1_5_stay_secret() {
    let (program, served) = (komainu(), Served::new(Some(KG)));
    let host = served.address.to_string();
    let words = ["bmc", &host, "power", "status", "--user", "admin", "--config", "/dev/null"];
    for (kg, exit) in [(KG, 0), (WRONG, 14), (TOO_LONG, 5)] {
        let mut command = command(&program, &words);
        command.env("KOMAINU_PASSWORD", PASSWORD).env("KOMAINU_KG", kg);
        assert_eq!(run(command), Some(exit), "{kg}");
    }
    for auth in ["md5", "md2", "straight"] {
        let mut command = command(&program, &[&words[..], &["--ipmi", "1.5"]].concat());
        command.args(["--auth", auth]).env("KOMAINU_PASSWORD", PASSWORD);
        assert_eq!(run(command), Some(0), "{auth}");
    }
}

#[test]
fn a_password_among_the_arguments_is_refused_and_not_repeated() {
    let program = komainu();
    for option in [&["--password", PASSWORD][..], &["-P", PASSWORD], &["--kg", KG]] {
        let words = ["bmc", "127.0.0.1", "power", "status", "--user", "admin"];
        let code = run(command(&program, &[&words[..], option].concat()));
        assert_eq!(code, Some(2), "{option:?}");
        let joined = format!("{}={}", option[0], option[1]);
        let code = run(command(&program, &[&words[..], &[&joined]].concat()));
        assert_eq!(code, Some(2), "{joined}");
    }
}

#[test]
fn the_table_of_processes_shows_no_secret() {
    // Nobody answers, so that there is time to look.
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let host = silent.local_addr().expect("an address").to_string();
    let words = ["bmc", &host, "power", "status", "--user", "admin", "--config", "/dev/null"];
    let mut child = command(&komainu(), &words)
        .env("KOMAINU_PASSWORD", PASSWORD)
        .env("KOMAINU_KG", KG)
        .spawn()
        .expect("komainu runs");
    silent.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    silent.recv_from(&mut [0; 1024]).expect("it has asked, so it has read its secrets");
    let line = std::fs::read(format!("/proc/{}/cmdline", child.id())).expect("a process");
    child.kill().expect("it still runs");
    let output = child.wait_with_output().expect("it ends");
    let line = String::from_utf8_lossy(&line).into_owned();
    assert!(line.contains("power"));
    assert_hidden(&ALL, &line, "the command line");
    scan(&output, "a command that was ended");
}
