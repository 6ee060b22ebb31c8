//! Two hosts, their BMCs, and the appliance that guards them.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::board::{Board, Kind};
use crate::settings::{self, HOSTS, Has, NUT};
use komainu_tests::site::disk::Disk;
use komainu_tests::site::driver::Driver;
use komainu_tests::site::fixture;
use komainu_tests::site::host::Host;
use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT, Namespace, run};
use komainu_tests::site::nut::Rack;

/// The number of the room that the BMCs stand in; it is the way to their network.
pub(crate) const ROOM: u8 = 253;
/// Names the configuration file to every verb alike.
const CONFIG: &str = "KOMAINU_CONFIG";

/// A site of its own, torn down when dropped.
pub(crate) struct Site {
    pub(crate) hosts: Vec<Host>,
    pub(crate) board: Board,
    pub(crate) disk: Disk,
    pub(crate) lans: Lans,
    folder: PathBuf,
    komainu: PathBuf,
    rack: Option<Rack>,
    pub(crate) room: Namespace,
}

impl Site {
    /// BMCs are on; neither hosts nor the appliance have power.
    pub(crate) fn new(kind: Kind, image: &Path, has: Has) -> Result<Self, Failed> {
        static SITES: AtomicU32 = AtomicU32::new(0);
        let number = SITES.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("kma{}{number}", std::process::id());
        let folder = std::env::temp_dir().join(format!("komainu-appliance-{prefix}"));
        fs::create_dir_all(&folder)?;
        let komainu = komainu_tests::site::komainu().ok_or("komainu is not built")?;
        settings::write(&folder, has)?;
        let lans = Lans::new(&prefix)?;
        let room = lans.join(ROOM, &[Lan::Reset0])?;
        let mut hosts = Vec::new();
        for number in 1..=HOSTS {
            let namespace = lans.join(number, &[Lan::Reset0, Lan::Monitor0, Lan::Monitor1])?;
            let address = format!("{}/32", Lan::Bmc.address(number));
            run("ip", &["-n", &room.name, "addr", "add", &address, "dev", Lan::Reset0.name()])?;
            let (f, program) = (folder.display(), komainu.display());
            let down = fixture("outage/shutdown.sh");
            let program = match has.members {
                true => format!(
                    "{CONFIG}={f}/komainu.toml {program} member --host h{number} \
                     --state {f}/h{number}/state --shut-down {} {f} 0.5",
                    down.display()
                ),
                false => "sleep 1000".to_owned(),
            };
            let mut host = Host::new(number, namespace, &folder, &program)?;
            host.start_bmc(&room)?;
            hosts.push(host);
        }
        let block = compile(&komainu, &folder)?;
        let board = Board::new(kind, &folder, image, &block)?;
        let disk = Disk { path: folder.join("disk") };
        let nut = folder.join("nut");
        fs::create_dir(&nut)?;
        let listen = SocketAddr::from((Lan::Reset0.address(ROOM), NUT));
        let rack = has.ups.map(|by| Rack::new(&room, &nut, listen, by)).transpose()?;
        Ok(Self { hosts, board, disk, lans, folder, komainu, rack, room })
    }

    pub(crate) fn start_board(&mut self) -> Result<(), Failed> {
        self.board.start(&self.lans)
    }

    /// The same, with more for the emulator.
    pub(crate) fn start_board_with(&mut self, more: &[&str]) -> Result<(), Failed> {
        self.board.start_with(&self.lans, more)
    }

    pub(crate) fn host(&self, number: u8) -> &Host {
        &self.hosts[usize::from(number) - 1]
    }

    /// What the UPS says from now on.
    pub(crate) fn mains(&self, status: &str) -> Result<(), Failed> {
        self.rack.as_ref().ok_or("there is no UPS")?.say(status)
    }

    /// The driver of a UPS that takes orders.
    pub(crate) fn driver(&self) -> Result<&Driver, Failed> {
        self.rack.as_ref().and_then(Rack::ours).ok_or_else(|| "no UPS takes orders".into())
    }

    pub(crate) fn silence_bmc(&mut self, number: u8) {
        self.hosts[usize::from(number) - 1].stop_bmc();
    }

    pub(crate) fn revive_bmc(&mut self, number: u8) -> Result<(), Failed> {
        self.hosts[usize::from(number) - 1].start_bmc(&self.room)
    }

    /// Powers all hosts on, and waits until the first one serves and the other stands by.
    pub(crate) fn up(&mut self) -> Result<(), Failed> {
        self.start_board()?;
        self.host(1).power(true)?;
        self.disk.wait_for("h1", Duration::from_secs(30))?;
        self.host(2).power(true)?;
        self.settle(2)?;
        // Nobody asks for the reset of a host that it has not heard.
        let limit = Instant::now() + Duration::from_secs(30);
        while !self.hosts.iter().all(|host| host.console().contains("is heard")) {
            if Instant::now() > limit {
                return Err("the hosts do not hear one another".into());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Waits until that host stands by.
    pub(crate) fn settle(&self, number: u8) -> Result<(), Failed> {
        let limit = Instant::now() + Duration::from_secs(30);
        let mut shown = String::new();
        while Instant::now() < limit {
            shown = self.show(number).unwrap_or_default();
            if shown.contains("\"standby\"") {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("h{number} does not stand by: {shown}").into())
    }

    /// How a member stands.
    fn show(&self, number: u8) -> Result<String, Failed> {
        let token = self.folder.join(format!("h{number}/state/control.token"));
        let mut command = self.komainu_on(number);
        command.args(["show", "--json", "--control", "127.0.0.1:7421", "--token-file"]).arg(token);
        output(command)
    }

    /// How the appliance says that it is.
    pub(crate) fn status(&self) -> Result<Value, Failed> {
        self.status_at(Lan::Reset0.address(MANAGEMENT))
    }

    /// The same, asked at another address.
    pub(crate) fn status_at(&self, address: Ipv4Addr) -> Result<Value, Failed> {
        let mut command = self.komainu_on(1);
        command.args(["show", "--json", "--appliance", &address.to_string()]);
        Ok(serde_json::from_str(&output(command)?)?)
    }

    /// Our program on a host, ready for its arguments.
    pub(crate) fn komainu_on(&self, number: u8) -> Command {
        let mut command = self.host(number).command(&self.komainu);
        command.env(CONFIG, self.folder.join("komainu.toml"));
        command
    }

    /// All logs, for the story of a failure.
    pub(crate) fn story(&self) -> String {
        let consoles = self.hosts.iter().map(|host| {
            let (name, console) = (host.name(), host.console());
            format!("--- {name}\n{console}")
        });
        format!("--- emulator\n{}{}", self.board.story(), consoles.collect::<String>())
    }
}

/// The block of the site's one appliance.
fn compile(komainu: &Path, folder: &Path) -> Result<Vec<u8>, Failed> {
    let block = folder.join("block");
    let mut command = Command::new(komainu);
    command.args(["config", "compile", "--config"]).arg(folder.join("komainu.toml"));
    output({
        command.arg("--out").arg(&block);
        command
    })?;
    Ok(fs::read(block)?)
}

/// What a program printed; its errors when it failed.
pub(crate) fn output(mut command: Command) -> Result<String, Failed> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

impl Drop for Site {
    fn drop(&mut self) {
        self.board.cut();
        self.hosts.clear();
        if std::env::var_os("KOMAINU_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
