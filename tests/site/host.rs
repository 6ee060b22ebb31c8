//! A host: a process tree of its own, and the BMC that holds its power.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::lan::{Lan, Namespace, run};

/// How long a host may take to come up.
const BOOT: Duration = Duration::from_secs(5);

/// A host. Its processes end when it is dropped.
pub struct Host {
    /// Its number on every network.
    pub number: u8,
    namespace: Namespace,
    folder: PathBuf,
    bmc: Option<Child>,
}

impl Host {
    /// A host without power. `program` is what it runs in its namespace, over and over: as an
    /// init system starts again what has died.
    pub fn new(
        number: u8,
        namespace: Namespace,
        site: &Path,
        program: &str,
    ) -> Result<Self, Failed> {
        let folder = site.join(format!("h{number}"));
        fs::create_dir_all(folder.join("state"))?;
        fs::create_dir_all(folder.join("bmc"))?;
        let host = Self { number, namespace, folder, bmc: None };
        let (run, name) = (host.folder.join("run"), host.name());
        let fresh = format!("export RUN={0} HOST={name}\nrm -rf $RUN\nmkdir $RUN", run.display());
        // A host that shuts down ends its init.
        let again = format!("trap 'exit 0' TERM\nwhile :; do\n\t{program}\n\tsleep 0.2\ndone");
        let beside = format!("[ -x {0}/beside ] && {0}/beside &", host.folder.display());
        host.script("init.sh", &format!("{fresh}\n{beside}\n{again}\n"))?;
        host.script("boot", &host.boot())?;
        Ok(host)
    }

    /// Its name: `h` and the number.
    pub fn name(&self) -> String {
        format!("h{}", self.number)
    }

    /// What its programs wrote.
    pub fn console(&self) -> String {
        fs::read_to_string(self.folder.join("console")).unwrap_or_default()
    }

    /// Starts the host's processes in namespaces of their own, and notes the first one.
    fn boot(&self) -> String {
        let (folder, net) = (self.folder.display(), &self.namespace.name);
        let own = "unshare --uts --ipc --pid --fork --kill-child --mount-proc";
        format!(
            "nsenter --net=/run/netns/{net} {own} sh {folder}/init.sh &\n\
             outer=$!\n\
             while :; do\n\
             \tinit=$(cat /proc/$outer/task/$outer/children 2>/dev/null)\n\
             \t[ -n \"$init\" ] && break\n\
             \tkill -0 $outer 2>/dev/null || exit 1\n\
             done\n\
             echo $init >{folder}/init.new\n\
             mv {folder}/init.new {folder}/init\n\
             wait $outer\n"
        )
    }

    fn script(&self, name: &str, text: &str) -> Result<(), Failed> {
        let path = self.folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// Starts the BMC: OpenIPMI's, at the host's number on the BMCs' network.
    pub fn start_bmc(&mut self, room: &Namespace) -> Result<(), Failed> {
        let folder = self.folder.join("bmc");
        fs::write(folder.join("lan.conf"), self.lan_conf())?;
        let mut command = room.command("ipmi_sim");
        command.args(["-c", "lan.conf", "-s", "state", "-n", "-f"]);
        command.arg(super::fixture("peers/ipmi_sim/bmc.emu"));
        fs::create_dir_all(folder.join("state"))?;
        let out = fs::File::create(folder.join("out"))?;
        command.current_dir(&folder).stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        self.bmc = Some(command.spawn()?);
        Ok(())
    }

    /// Ends the BMC: it is silent from now on, and the power stays as it is.
    pub fn stop_bmc(&mut self) {
        if let Some(mut bmc) = self.bmc.take() {
            let _ = bmc.kill();
            let _ = bmc.wait();
        }
    }

    fn lan_conf(&self) -> String {
        let (address, folder) = (Lan::Bmc.address(self.number), self.folder.display());
        let chassis = super::fixture("site/chassis.sh");
        format!(
            "name \"bmc{0}\"\nset_working_mc 0x20\n  startlan 1\n    addr {address} 623\n    \
             priv_limit admin\n    allowed_auths_admin none md2 md5 straight\n    guid \
             b3c0ffee{0:024x}\n  endlan\n  chassis_control \"{1} {folder}\"\n  \
             user 2 true \"admin\" \"password\" admin 10 none md2 md5 straight\n",
            self.number,
            chassis.display(),
        )
    }

    /// Gives or takes power, as a hand at the button does.
    pub fn power(&self, on: bool) -> Result<(), Failed> {
        let chassis = super::fixture("site/chassis.sh").display().to_string();
        let (folder, on) = (self.folder.display().to_string(), if on { "1" } else { "0" });
        run(&chassis, &[&folder, "set", "power", on])?;
        self.wait_for_power(on == "1")
    }

    /// Whether its first process runs.
    pub fn has_power(&self) -> bool {
        self.init().is_some_and(|init| Path::new(&format!("/proc/{init}")).exists())
    }

    /// Waits until it has power, or has none.
    pub fn wait_for_power(&self, on: bool) -> Result<(), Failed> {
        let limit = Instant::now() + BOOT;
        while Instant::now() < limit {
            if self.has_power() == on {
                return Ok(());
            }
            sleep(Duration::from_millis(2));
        }
        Err(format!("{} did not go {}", self.name(), if on { "on" } else { "off" }).into())
    }

    /// How often the BMC was ordered to do this, such as `power 0`.
    pub fn orders(&self, order: &str) -> usize {
        self.ordered(order).len()
    }

    /// When the BMC was ordered to do this, in seconds of UNIX time.
    pub fn ordered(&self, order: &str) -> Vec<f64> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines = log.lines().filter_map(|line| line.split_once(' '));
        let of_it = lines.filter(|(_, what)| *what == order);
        of_it.filter_map(|(at, _)| at.parse().ok()).collect()
    }

    /// Has it start that script, too, whenever it starts.
    pub fn starts_beside(&self, script: &str) -> Result<(), Failed> {
        self.script("beside", script)
    }

    /// Has the power follow an order this much later.
    pub fn lag(&self, seconds: &str) -> Result<(), Failed> {
        Ok(fs::write(self.folder.join("lag"), seconds)?)
    }

    /// Has the BMC accept orders and do nothing.
    pub fn stuck(&self) -> Result<(), Failed> {
        Ok(fs::write(self.folder.join("stuck"), "")?)
    }

    /// Has the BMC read off, whatever it is, or tell the truth again.
    pub fn lies(&self, lies: bool) -> Result<(), Failed> {
        let path = self.folder.join("lies");
        let done = if lies { fs::write(path, "") } else { fs::remove_file(path) };
        Ok(done?)
    }

    /// Has every start of a service fail until the host starts anew.
    pub fn refuse_starts(&self) -> Result<(), Failed> {
        Ok(fs::write(self.folder.join("run").join("refuse"), "")?)
    }

    /// A program on this host, ready for its arguments.
    pub fn command(&self, program: &Path) -> Command {
        self.namespace.command(program)
    }

    /// The name of its network namespace.
    pub fn network(&self) -> &str {
        &self.namespace.name
    }

    /// The same, inside all namespaces of the host as it runs now.
    pub fn inside(&self, program: &str) -> Result<Command, Failed> {
        let init = self.init().ok_or("the host has no power")?.to_string();
        let mut command = Command::new("nsenter");
        command.args(["--target", &init, "--all", program]).stdin(Stdio::null());
        Ok(command)
    }

    /// A file that the host forgets with its next start.
    pub fn forgotten(&self, name: &str) -> PathBuf {
        self.folder.join("run").join(name)
    }

    fn init(&self) -> Option<u32> {
        fs::read_to_string(self.folder.join("init")).ok()?.trim().parse().ok()
    }

    /// All processes of the host but its first, as `/proc` numbers them outside.
    fn processes(&self) -> Vec<u32> {
        let mut found = Vec::new();
        let mut next: Vec<u32> = self.init().into_iter().collect();
        while let Some(parent) = next.pop() {
            let path = format!("/proc/{parent}/task/{parent}/children");
            let children = fs::read_to_string(path).unwrap_or_default();
            next.extend(
                children.split_whitespace().filter_map(|number| number.parse::<u32>().ok()),
            );
            found.push(parent);
        }
        found
    }

    fn signal(&self, signal: &str, of: impl Fn(&str) -> bool) -> Result<(), Failed> {
        for process in self.processes() {
            let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if of(&line) {
                // One that has just ended needs no signal.
                let _ = run("kill", &[signal, &process.to_string()]);
            }
        }
        Ok(())
    }

    /// The operating system crashes: nothing runs any more, and the power stays on.
    pub fn crash(&self) -> Result<(), Failed> {
        let init = self.init().ok_or("the host has no power")?.to_string();
        run("kill", &["-STOP", &init])?;
        for process in self.processes().into_iter().filter(|process| process.to_string() != init) {
            // One that has just ended needs no signal.
            let _ = run("kill", &["-KILL", &process.to_string()]);
        }
        Ok(())
    }

    /// Everything on the host stands still.
    pub fn hang(&self) -> Result<(), Failed> {
        self.signal("-STOP", |_| true)
    }

    /// It goes on where it stood.
    pub fn wake(&self) -> Result<(), Failed> {
        self.signal("-CONT", |_| true)
    }

    /// Kills the member alone; its workload runs on, and init starts it again.
    pub fn kill_member(&self) -> Result<(), Failed> {
        self.signal("-KILL", |line| line.contains("komainu") && line.contains(" member"))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop_bmc();
        if let Some(init) = self.init() {
            let _ = run("kill", &["-KILL", &init.to_string()]);
        }
    }
}
