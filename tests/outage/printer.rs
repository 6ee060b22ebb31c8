//! A machine that knows nothing of Komainu: it has a real `upsmon`, and hangs on `rack-b`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use libtest_mimic::Failed;

use crate::settings::PRINTERS;
use komainu_tests::site::fixture;
use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT, Namespace};
use komainu_tests::site::nut;

/// Its number on the networks.
const NUMBER: u8 = 100;

/// The machine, gone when dropped.
pub(crate) struct Printer {
    _namespace: Namespace,
    upsmon: Child,
    log: PathBuf,
}

impl Printer {
    /// One whose `upsmon` has been started.
    pub(crate) fn new(lans: &Lans, site: &Path) -> Result<Self, Failed> {
        let namespace = lans.join(NUMBER, &[Lan::Reset0])?;
        let folder = site.join("printer");
        fs::create_dir_all(&folder)?;
        let (server, (user, password)) = (Lan::Reset0.address(MANAGEMENT), PRINTERS);
        let (note, at) = (fixture("outage/note.sh"), site.display());
        let settings = format!(
            "MONITOR rack-b@{server} 1 {user} {password} secondary\nMINSUPPLIES 1\n\
             SHUTDOWNCMD \"{} {at} printer shuts-down\"\nPOLLFREQ 1\nPOLLFREQALERT 1\n\
             HOSTSYNC 2\nDEADTIME 15\nFINALDELAY 0\nRUN_AS_USER root\n",
            note.display()
        );
        fs::write(folder.join("upsmon.conf"), settings)?;
        let path = folder.join("log");
        let log = File::create(&path)?;
        // It keeps its pid file in a fixed place; here that is its own.
        let own = format!(
            "mount -t tmpfs tmpfs /run && mkdir /run/nut && exec {} -F -p -D",
            nut::installed("upsmon")
        );
        let mut command = namespace.command("sh");
        command.args(["-c", &own]).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        for name in ["NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"] {
            command.env(name, &folder);
        }
        Ok(Self { _namespace: namespace, upsmon: command.spawn()?, log: path })
    }

    /// Whether it watches the UPS.
    pub(crate) fn is_logged_in(&self) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|log| log.contains("Logged into UPS"))
    }

    /// Whether it has not ended yet.
    pub(crate) fn runs(&mut self) -> bool {
        self.upsmon.try_wait().is_ok_and(|ended| ended.is_none())
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        let _ = self.upsmon.kill();
        let _ = self.upsmon.wait();
    }
}
