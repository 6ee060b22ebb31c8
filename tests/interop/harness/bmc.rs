//! BMCs of every make, each on an address of its own until it is dropped.

use std::fs;
use std::io::Read;
use std::net::{SocketAddrV4, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::address;
use super::program::{Program, fixture};

/// How long a BMC may take to answer for the first time; Python starts slowly on a busy machine.
const START: Duration = Duration::from_secs(20);
/// Get Channel Authentication Capabilities with the 2.0 bit, channel 0x0e, administrator: the one
/// request that every BMC answers before a session.
const CAPABILITIES: [u8; 23] = [
    0x06, 0x00, 0xff, 0x07, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09, 0x20, 0x18, 0xc8, 0x81, 0x00, 0x38,
    0x8e, 0x04, 0xb5,
];

/// A running BMC.
pub(crate) struct Bmc {
    pub(crate) address: SocketAddrV4,
    /// Its files, gone with it.
    folder: PathBuf,
    running: Running,
}

enum Running {
    Process(Child),
    /// Started by `ipmi_sim/bmcs.sh`.
    Script,
}

/// Our BMC before it is started: the default users, every suite, the power on.
#[derive(Default)]
pub(crate) struct BmcSim {
    options: Vec<String>,
    files: Vec<(&'static str, String)>,
}

impl BmcSim {
    /// An option of `bmc-sim` and its value.
    pub(crate) fn option(mut self, name: &str, value: impl ToString) -> Self {
        self.options.extend([name.to_owned(), value.to_string()]);
        self
    }

    /// An option of `bmc-sim` without a value.
    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.options.push(name.to_owned());
        self
    }

    /// An option of `bmc-sim` that takes a file, and what is in it.
    pub(crate) fn file(mut self, name: &'static str, text: impl ToString) -> Self {
        self.files.push((name, text.to_string()));
        self
    }

    pub(crate) fn start(self) -> Result<Bmc, Failed> {
        let (address, folder) = place()?;
        let mut command = Program::BmcSim.command();
        command.args(["--listen", &address.to_string()]).args(self.options);
        for (option, text) in self.files {
            let path = folder.join(option.trim_start_matches('-'));
            fs::write(&path, text)?;
            command.arg(option).arg(path);
        }
        Bmc::process(address, folder, command)
    }
}

impl Bmc {
    /// OpenIPMI's BMC, off at the start, with the options of `ipmi_sim/bmcs.sh start`.
    pub(crate) fn ipmi_sim(options: &[&str]) -> Result<Self, Failed> {
        let (address, folder) = place()?;
        let [a, b, c, d] = address.ip().octets();
        let status = Command::new(fixture("ipmi_sim/bmcs.sh"))
            .args(["start", "-b", &format!("{a}.{b}")])
            .args(["-f", &u16::from_be_bytes([c, d]).to_string()])
            .args(["-p", &address.port().to_string()])
            .arg("-r")
            .arg(&folder)
            .args(options)
            .stdout(Stdio::null())
            .status()?;
        let bmc = Self { address, folder, running: Running::Script };
        if !status.success() {
            return Err("ipmi_sim/bmcs.sh could not start a BMC".into());
        }
        bmc.ready()
    }

    /// Turns a switch of `ipmi_sim/power.sh` on; `ipmi_sim` alone has them.
    pub(crate) fn set(&self, switch: &str, value: &str) -> Result<(), Failed> {
        let [_, _, c, d] = self.address.ip().octets();
        let number = u16::from_be_bytes([c, d]).to_string();
        Ok(fs::write(self.folder.join(number).join(switch), value)?)
    }

    /// pyghmi's BMC, off at the start, with the options of `pyghmi_bmc.py`.
    pub(crate) fn pyghmi(options: &[&str]) -> Result<Self, Failed> {
        let (address, folder) = place()?;
        let mut command = Program::Pyghmi.command();
        command.arg(fixture("pyghmi_bmc/pyghmi_bmc.py"));
        command.args(["--address", &address.ip().to_string()]);
        command.args(["--port", &address.port().to_string()]).args(options);
        Self::process(address, folder, command)
    }

    fn process(
        address: SocketAddrV4,
        folder: PathBuf,
        mut command: Command,
    ) -> Result<Self, Failed> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let running = Running::Process(command.spawn()?);
        Self { address, folder, running }.ready()
    }

    /// Waits until the BMC answers.
    fn ready(mut self) -> Result<Self, Failed> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let limit = Instant::now() + START;
        while Instant::now() < limit {
            let _ = socket.send_to(&CAPABILITIES, self.address);
            if socket.recv_from(&mut [0; 64]).is_ok_and(|(_, from)| from == self.address.into()) {
                return Ok(self);
            }
            if let Some(words) = self.last_words() {
                return Err(format!("the BMC ended at its start: {words}").into());
            }
        }
        Err(format!("the BMC at {} did not answer within {START:?}", self.address).into())
    }

    /// What a process wrote before it ended; `None` while it runs.
    fn last_words(&mut self) -> Option<String> {
        let Running::Process(child) = &mut self.running else { return None };
        child.try_wait().ok()??;
        let mut words = String::new();
        child.stderr.take()?.read_to_string(&mut words).ok()?;
        Some(words)
    }
}

/// An address, and a folder that is named after it.
fn place() -> Result<(SocketAddrV4, PathBuf), Failed> {
    let address = address::unique();
    let folder = std::env::temp_dir().join(format!("komainu-interop-{}", address.ip()));
    fs::create_dir_all(&folder)?;
    Ok((address, folder))
}

impl Drop for Bmc {
    fn drop(&mut self) {
        match &mut self.running {
            Running::Process(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
            Running::Script => {
                let mut stop = Command::new(fixture("ipmi_sim/bmcs.sh"));
                let _ = stop.args(["stop", "-r"]).arg(&self.folder).status();
            }
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
