//! Two hosts, a connector and two BMCs on this machine's loopback addresses.
//!
//! A host is everything that was started with its mark in the environment: its member, and what
//! that has started. Its BMC ends all of it without mercy, as the real one would.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use komainu_sim::bmc::{BmcConfig, PowerConfig};
use komainu_sim::serve::{Options, Report, Server, spawn_with};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The hosts, in the order of their addresses. The first one is the primary.
pub(crate) const HOSTS: [&str; 2] = ["alpha", "beta"];
/// Longest time for anything, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);
/// Names a host in the environment of what belongs to it.
const MARK: &str = "KOMAINU_TEST_HOST";

/// Serves: writes the time to a file of its host again and again.
const SERVICE: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 9
case $KOMAINU_COMMAND in
start)
  (while :; do date +%s%N >>"beats.$KOMAINU_HOST"; sleep 0.03; done) >/dev/null 2>&1 &
  echo $! >"pid.$KOMAINU_HOST" ;;
stop)
  [ -f "pid.$KOMAINU_HOST" ] && kill -9 "$(cat "pid.$KOMAINU_HOST")" 2>/dev/null
  rm -f "pid.$KOMAINU_HOST" ;;
check) kill -0 "$(cat "pid.$KOMAINU_HOST")" 2>/dev/null ;;
esac
"#;

/// Everything of one story.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) bmcs: Server,
    /// The network of the story, whose last number is a party's.
    net: [u8; 3],
    children: Vec<(&'static str, Child)>,
}

impl Site {
    /// The BMCs, a key, a password and a configuration. Nothing else runs yet.
    pub(crate) fn new() -> Self {
        static STORIES: AtomicU8 = AtomicU8::new(0);
        let story = STORIES.fetch_add(1, Ordering::SeqCst);
        let pid = std::process::id();
        let net = [127, 100 + (pid % 100) as u8, 10 * (pid / 100 % 20) as u8 + story];
        let folder = tempfile::tempdir().expect("a folder");
        let marks: Vec<_> = HOSTS.iter().map(|host| mark(&folder, host)).collect();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let power = PowerConfig { off_delay: Duration::from_millis(200), ..PowerConfig::default() };
        let bmc = || (any, BmcConfig { power, ..BmcConfig::default() });
        // The addresses are known only when they are bound, so the order tells the host.
        let addresses = Arc::new(std::sync::OnceLock::<Vec<SocketAddr>>::new());
        let known = Arc::clone(&addresses);
        let observer = move |at: SocketAddr, report| {
            let place = known.get().and_then(|all| all.iter().position(|one| *one == at));
            if let (Some(place), Report::Power(false)) = (place, report) {
                end(&marks[place]);
            }
        };
        let options = Options { observer: Some(Arc::new(observer)), ..Options::default() };
        let bmcs = spawn_with(vec![bmc(), bmc()], 1, options).expect("BMCs");
        addresses.set(bmcs.addresses().to_vec()).expect("once");
        let site = Self { folder, bmcs, net, children: Vec::new() };
        site.write("service.sh", SERVICE, 0o755);
        site.write("pw", "password\n", 0o600);
        let key = site.path("key").display().to_string();
        let made = command(&["key", "new", &key]).output().expect("it runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        for party in ["guard", HOSTS[0], HOSTS[1]] {
            site.configure(party, "2s");
        }
        site
    }

    /// Writes a party's configuration. All have the same but for their control sockets.
    pub(crate) fn configure(&self, party: &str, patrol: &str) {
        let at = |last: u8| Ipv4Addr::from([self.net[0], self.net[1], self.net[2], last]);
        let own = 1 + HOSTS.iter().position(|host| *host == party).map_or(0, |at| at as u8 + 1);
        let mut text = format!(
            "[[connector]]\nname = \"guard\"\nlisten = [\"{guard}\"]\ncontrol = \"{guard}:7420\"\n\
             [member]\ncontrol = \"{member}:7421\"\n\
             [[cluster]]\nnumber = 7410\nname = \"shop\"\npatrol = \"{patrol}\"\n\
             [[cluster.key]]\nfile = \"key\"\n\
             [[cluster.connector]]\nnumber = 0\naddress = \"{guard}\"\n\
             [cluster.bmc]\nuser = \"admin\"\npassword-file = \"pw\"\n",
            guard = at(1),
            member = at(own),
        );
        for (number, host) in (1_u8..).zip(HOSTS) {
            let bmc = self.bmcs.addresses()[usize::from(number) - 1];
            text += &format!(
                "[[cluster.server]]\nhost = {number}\nname = \"{host}\"\naddress = \"{}\"\n\
                 paths = [\"{}\", \"{}\"]\n[cluster.server.bmc]\naddress = \"{bmc}\"\n",
                at(number + 1),
                at(number + 11),
                at(number + 21),
            );
        }
        let script = self.path("service.sh").display().to_string();
        text += &format!(
            "[[cluster.service]]\nnumber = 1\nname = \"web\"\nhosts = [\"alpha\", \"beta\"]\n\
             start = [\"{script}\"]\nstop = [\"{script}\"]\n\
             check = [\"{script}\"]\ncheck-every = \"1s\"\n"
        );
        self.write(&format!("{party}.toml"), &text, 0o644);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.path(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("allowed");
    }

    /// The connector's command, not started yet.
    pub(crate) fn connector(&self) -> Command {
        let mut command = command(&["connector"]);
        self.common(&mut command, "guard");
        command
    }

    /// The command of another connector with the same record, and a control socket of its own.
    pub(crate) fn second_connector(&self) -> Command {
        let text = fs::read_to_string(self.path("guard.toml")).expect("a configuration");
        self.write("second.toml", &text.replace(":7420", ":7430"), 0o644);
        let mut command = command(&["connector"]);
        self.common(&mut command, "second");
        command
    }

    /// Starts the connector.
    pub(crate) fn start_connector(&mut self) {
        let command = self.connector();
        self.start("guard", command);
    }

    /// Starts a host's member. The host must never end this machine.
    pub(crate) fn start_member(&mut self, host: &'static str) {
        let mut command = command(&["member", "--host", host]);
        self.common(&mut command, host);
        command.args(["--host-down", "true"]).env(MARK, mark(&self.folder, host));
        self.start(host, command);
    }

    fn common(&self, command: &mut Command, party: &str) {
        // What an earlier life has said does not count.
        let _ = fs::remove_file(self.path(&format!("{party}.log")));
        let mut log = fs::File::options();
        let log = log.create(true).append(true).open(self.path(&format!("{party}.log")));
        let log = log.expect("a log");
        command.arg("--config").arg(self.path(&format!("{party}.toml")));
        let owner = if party == "second" { "guard" } else { party };
        command.arg("--state").arg(self.path(&format!("{owner}.state")));
        command.arg("--json").stdin(Stdio::null()).stderr(log);
    }

    pub(crate) fn start(&mut self, party: &'static str, mut command: Command) {
        let child = command.spawn().expect("it starts");
        self.children.push((party, child));
    }

    /// Waits until a party has said that message; fails when it does not.
    pub(crate) fn says(&self, party: &str, id: &str, text: &str) {
        self.until(&format!("{party} says {id} {text}"), || {
            let log = self.log(party);
            log.lines().any(|line| line.contains(id) && line.contains(text))
        });
    }

    /// What a party has said.
    pub(crate) fn log(&self, party: &str) -> String {
        fs::read_to_string(self.path(&format!("{party}.log"))).unwrap_or_default()
    }

    /// Waits until that holds. Shows what everybody has said when it does not.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            if began.elapsed() > PATIENCE {
                let logs = ["guard", HOSTS[0], HOSTS[1]].map(|party| self.log(party));
                panic!("in vain: {what}\n{}", logs.join("\n---\n"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal to a party's own process.
    pub(crate) fn signal(&self, party: &str, signal: Signal) {
        let (_, child) = self.children.iter().find(|(one, _)| *one == party).expect("it runs");
        kill(Pid::from_raw(child.id() as i32), signal).expect("signalled");
    }

    /// Waits for the end of a party's process; its exit code.
    pub(crate) fn ends(&mut self, party: &str) -> Option<i32> {
        let at = self.children.iter().position(|(one, _)| *one == party).expect("it runs");
        let (_, mut child) = self.children.swap_remove(at);
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("a status") {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "{party} does not end:\n{}", self.log(party));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends a host at once: the member, its services, everything.
    pub(crate) fn end_host(&self, host: &str) {
        end(&mark(&self.folder, host));
    }

    /// When the service ran on a host, in nanoseconds of this machine's clock.
    pub(crate) fn beats(&self, host: &str) -> Vec<u64> {
        let text = fs::read_to_string(self.path(&format!("beats.{host}"))).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Waits until the service has run on a host for a while from now on.
    #[track_caller]
    pub(crate) fn serves(&self, host: &str) {
        let before = self.beats(host).len();
        self.until(&format!("{host} serves"), || self.beats(host).len() > before + 5);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for (_, child) in &mut self.children {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
        for host in HOSTS {
            end(&mark(&self.folder, host));
        }
    }
}

/// The command, without the settings of whoever runs the tests.
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_komainu"));
    command.args(args).stdin(Stdio::null());
    for name in ["KOMAINU_CONFIG", "NOTIFY_SOCKET", "WATCHDOG_USEC", "JOURNAL_STREAM"] {
        command.env_remove(name);
    }
    command
}

fn mark(folder: &tempfile::TempDir, host: &str) -> String {
    format!("{}/{host}", folder.path().display())
}

/// Kills everything with that mark, until nothing is left that could start more.
fn end(mark: &str) {
    let wanted = format!("{MARK}={mark}");
    loop {
        let marked: Vec<_> = processes().filter(|pid| is_marked(*pid, &wanted)).collect();
        if marked.is_empty() {
            return;
        }
        for pid in marked {
            // It may have ended meanwhile.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

fn processes() -> impl Iterator<Item = i32> {
    let all = fs::read_dir("/proc").expect("processes").flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn is_marked(pid: i32, wanted: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
}
