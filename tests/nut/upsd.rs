//! A real `upsd` with its drivers, in a folder of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use komainu_tests::site::driver::Driver;

/// The password of the user that may do everything; it has to be quoted.
pub(crate) const PASSWORD: &str = "two \"words\"";
/// The other user is for clients of NUT, which quote nothing.
const USERS: &str = r#"
[komainu]
  password = "two \"words\""
  actions = SET
  instcmds = ALL
  upsmon secondary
[plain]
  password = plain
  instcmds = ALL
"#;
/// What a UPS says as long as nothing is the matter.
const NORMAL: &str = "ups.status: OL\nbattery.charge: 100\nbattery.runtime: 1800\nups.load: 20\n";

/// A folder that goes with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let mut text = std::env::temp_dir();
        let name = format!("komainu-nut-{}-{}", std::process::id(), port());
        text.push(name);
        fs::create_dir(&text).expect("a folder of our own");
        Self(text)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("a file of our own");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that nobody listens on, the first of eight that are told once. None is one that the
/// system gives to whoever connects from here.
pub(crate) fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 1500).unwrap_or_default();
    loop {
        let block = (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 1500;
        let port = 20_000 + 8 * block;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A program of NUT. Debian wraps some in scripts that want a system-wide setup.
pub(crate) fn program(name: &str) -> PathBuf {
    let real = Path::new("/lib/nut").join(name);
    if real.exists() { real } else { PathBuf::from(name) }
}

/// A child that is killed with its owner.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the packages of NUT are installed"))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        let done = Command::new("kill").args([signal, &pid]).status().expect("kill");
        assert!(done.success(), "kill {signal} {pid}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server with the UPSes `a` and `b` of dummy drivers, and `c` of a driver of ours.
pub(crate) struct Upsd {
    pub(crate) folder: Folder,
    pub(crate) port: u16,
    pub(crate) driver: Driver,
    server: Option<Running>,
    dummies: Vec<Running>,
}

impl Upsd {
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// One with more lines in its configuration.
    pub(crate) fn with(more: &str) -> Self {
        let folder = Folder::new();
        let port = port();
        let mut upses = "pollinterval = 1\nmaxretry = 3\nuser = root\n".to_owned();
        for name in ["a", "b"] {
            let file = folder.write(&format!("{name}.dev"), NORMAL);
            let file = file.display();
            upses += &format!("[{name}]\ndriver = dummy-ups\nmode = dummy-once\nport = {file}\n");
        }
        upses += "[c]\ndriver = ours\nport = none\n";
        folder.write("ups.conf", &upses);
        let state = folder.0.display();
        let conf = format!("LISTEN 127.0.0.1 {port}\nMAXAGE 3\nSTATEPATH {state}\n{more}\n");
        folder.write("upsd.conf", &conf);
        folder.write("upsd.users", USERS);
        let driver = Driver::start(&folder.path("ours-c"));
        let mut upsd = Self { folder, port, driver, server: None, dummies: vec![] };
        for name in ["a", "b"] {
            let mut command = upsd.command("dummy-ups");
            upsd.dummies.push(Running::start(command.args(["-a", name, "-u", "root", "-D"])));
        }
        upsd.serve();
        upsd
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        for variable in ["NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"] {
            command.env(variable, &self.folder.0);
        }
        let log = File::create(self.folder.path(&format!("{name}.log"))).expect("a log");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        command.env("NUT_QUIET_INIT_SSL", "1");
        command
    }

    /// Starts the server, and waits until it knows all UPSes.
    pub(crate) fn serve(&mut self) {
        self.server = Some(Running::start(self.command("upsd").args(["-F", "-u", "root"])));
        for _ in 0..200 {
            let known =
                |name: &str| self.ask(&format!("GET VAR {name} ups.status")).contains("VAR");
            if ["a", "b", "c"].into_iter().all(known) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.folder.path("upsd.log")).unwrap_or_default();
        panic!("upsd does not serve: {log}");
    }

    pub(crate) fn kill(&mut self) {
        self.server = None;
    }

    /// The driver of that UPS hangs, or goes on.
    pub(crate) fn freeze(&self, dummy: usize, frozen: bool) {
        self.dummies[dummy].signal(if frozen { "-STOP" } else { "-CONT" });
    }

    /// What the server says to one line; empty when it does not answer.
    pub(crate) fn ask(&self, line: &str) -> String {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let Ok(mut stream) = TcpStream::connect(address) else { return String::new() };
        let _ = writeln!(stream, "{line}");
        let mut answer = String::new();
        let _ = BufReader::new(stream).read_line(&mut answer);
        answer
    }

    /// Has a UPS of a dummy driver say something else. The driver looks at whole seconds of the
    /// file's time, so that goes up by one.
    pub(crate) fn change(&self, name: &str, values: &[(&str, &str)]) {
        let path = self.folder.path(&format!("{name}.dev"));
        let before = fs::metadata(&path).and_then(|data| data.modified()).expect("a time");
        let mut text = fs::read_to_string(&path).expect("a file");
        for (key, value) in values {
            let kept = text.lines().filter(|line| !line.starts_with(&format!("{key}:")));
            text = kept.map(|line| format!("{line}\n")).collect();
            text += &format!("{key}: {value}\n");
        }
        let new = self.folder.write(&format!("{name}.new"), &text);
        let time = SystemTime::now().max(before + Duration::from_secs(1));
        File::options()
            .write(true)
            .open(&new)
            .and_then(|file| file.set_modified(time))
            .expect("a time");
        fs::rename(&new, &path).expect("one folder");
    }
}
