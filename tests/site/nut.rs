//! A UPS behind NUT's own server and driver.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use libtest_mimic::Failed;

use super::driver::Driver;
use super::lan::Namespace;

/// The UPS's name at its server, and who may log in there.
pub const NAME: &str = "rack-a";
/// The user's password is the same word.
pub const USER: &str = "komainu";

/// What the driver needs until it can be asked.
const START: Duration = Duration::from_millis(700);

/// Who drives the UPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// NUT's dummy driver, which knows no orders.
    Nut,
    /// A driver of ours, which does.
    Ours,
}

/// A UPS on mains, its driver and its server; they end with it.
pub struct Rack {
    folder: PathBuf,
    children: Vec<Child>,
    ours: Option<Driver>,
}

impl Rack {
    /// Starts them among the programs of `at`, with all their files in `folder`.
    pub fn new(at: &Namespace, folder: &Path, listen: SocketAddr, by: By) -> Result<Self, Failed> {
        let ours = (by == By::Ours).then(|| Driver::start(&folder.join(format!("ours-{NAME}"))));
        let mut rack = Self { folder: folder.to_owned(), children: Vec::new(), ours };
        let home = folder.display();
        let driver = match by {
            By::Nut => format!("dummy-ups\nmode = dummy-once\nport = {home}/{NAME}.dev"),
            By::Ours => "ours\nport = none".to_owned(),
        };
        let write = |name: &str, text: String| fs::write(folder.join(name), text);
        write(
            "ups.conf",
            format!("pollinterval = 1\nmaxretry = 3\nuser = root\n[{NAME}]\ndriver = {driver}\n"),
        )?;
        let (ip, port) = (listen.ip(), listen.port());
        write("upsd.conf", format!("LISTEN {ip} {port}\nMAXAGE 15\nSTATEPATH {home}\n"))?;
        let rights = "actions = SET\n  instcmds = ALL\n  upsmon secondary";
        write("upsd.users", format!("[{USER}]\n  password = {USER}\n  {rights}\n"))?;
        if by == By::Nut {
            rack.say("OL")?;
            rack.start(at, "dummy-ups", &["-a", NAME, "-u", "root", "-F"])?;
            sleep(START);
        }
        rack.start(at, "upsd", &["-u", "root", "-F"])?;
        sleep(START);
        Ok(rack)
    }

    fn start(&mut self, at: &Namespace, program: &str, words: &[&str]) -> Result<(), Failed> {
        let mut command: Command = at.command(installed(program));
        command.args(words);
        for name in ["NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"] {
            command.env(name, &self.folder);
        }
        let log = File::create(self.folder.join(format!("{program}.log")))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.children.push(command.spawn()?);
        Ok(())
    }

    /// The driver of ours, if it is driven by that.
    pub fn ours(&self) -> Option<&Driver> {
        self.ours.as_ref()
    }

    /// What it says from now on, such as `OL` or `OB DISCHRG`.
    pub fn say(&self, status: &str) -> Result<(), Failed> {
        if let Some(driver) = &self.ours {
            driver.set("ups.status", status);
            return Ok(());
        }
        let path = self.folder.join(format!("{NAME}.dev"));
        let text = format!(
            "ups.status: {status}\nbattery.charge: 90\nbattery.runtime: 900\nups.load: 20\n"
        );
        // The driver compares whole seconds.
        let before = fs::metadata(&path).and_then(|meta| meta.modified()).ok();
        let after = before.map_or(SystemTime::now(), |before| {
            SystemTime::now().max(before + Duration::from_secs(1))
        });
        let new = path.with_extension("new");
        fs::write(&new, text)?;
        File::options().write(true).open(&new)?.set_modified(after)?;
        Ok(fs::rename(new, path)?)
    }
}

/// Where a program of NUT is: Debian wraps them in scripts that insist on a system-wide setting.
pub fn installed(name: &str) -> String {
    let direct = format!("/lib/nut/{name}");
    if Path::new(&direct).exists() { direct } else { name.to_owned() }
}

impl Drop for Rack {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
