//! A real `upsmon`, as secondary.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::upsd::{Folder, Running, program};

/// `upsmon` keeps its pid file in a fixed place, so one runs at a time.
static ALONE: Mutex<()> = Mutex::new(());
const PID_FILES: [&str; 2] = ["/run/nut/upsmon.pid", "/var/run/nut/upsmon.pid"];

pub(crate) struct Monitor {
    running: Running,
    folder: Folder,
    _alone: MutexGuard<'static, ()>,
}

impl Monitor {
    /// One that watches that UPS of a server on this machine, with more lines of configuration.
    pub(crate) fn start(ups: &str, port: u16, user: &str, password: &str, more: &str) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Folder::new();
        let down = folder.path("down");
        let conf = format!(
            "MONITOR {ups}@localhost:{port} 1 {user} {password} secondary\nMINSUPPLIES 1\n\
             SHUTDOWNCMD \"touch {}\"\nPOLLFREQ 1\nPOLLFREQALERT 1\nHOSTSYNC 2\nDEADTIME 5\n\
             FINALDELAY 0\nRUN_AS_USER root\n{more}\n",
            down.display()
        );
        folder.write("upsmon.conf", &conf);
        // It leaves the folder of pid files to the system's own service.
        fs::create_dir_all("/run/nut").expect("root");
        let log = File::create(folder.path("log")).expect("a log");
        let running = Running::start(
            Command::new(program("upsmon"))
                .args(["-F", "-p", "-D"])
                .env("NUT_CONFPATH", folder.path(""))
                .env("NUT_STATEPATH", folder.path(""))
                .env("NUT_ALTPIDPATH", folder.path(""))
                .stdin(Stdio::null())
                .stdout(log.try_clone().expect("a log"))
                .stderr(log),
        );
        Self { running, folder, _alone: alone }
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path("log")).unwrap_or_default()
    }

    /// Whether its machine is told to shut down within that time.
    pub(crate) fn goes_down(&self, within: Duration) -> bool {
        let begun = Instant::now();
        let down: PathBuf = self.folder.path("down");
        while begun.elapsed() < within {
            if down.exists() {
                return true;
            }
            sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let pid = self.running.0.id().to_string();
        for file in PID_FILES {
            if fs::read_to_string(file).is_ok_and(|text| text.trim() == pid) {
                let _ = fs::remove_file(file);
            }
        }
    }
}
