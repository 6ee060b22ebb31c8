//! Two hosts and their BMCs around a connector on Windows.

use std::fs;
use std::path::PathBuf;

use libtest_mimic::Failed;

use komainu_tests::site::disk::Disk;
use komainu_tests::site::host::Host;
use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT, Namespace, run};

use crate::settings::{self, HOSTS};

/// The number of the room that the BMCs stand in, on no network but theirs.
const ROOM: u8 = 253;

/// The networks, with the place for Windows; torn down when dropped.
pub(crate) struct Networks {
    lans: Lans,
    prefix: String,
    pub(crate) management: Namespace,
}

impl Networks {
    /// The networks, with nobody on them but the management server.
    pub(crate) fn new() -> Result<Self, Failed> {
        let prefix = format!("kmw{}", std::process::id());
        let lans = Lans::new(&prefix)?;
        let management = lans.join(MANAGEMENT, &[Lan::Reset0, Lan::Bmc])?;
        Ok(Self { lans, prefix, management })
    }
}

/// The hosts; gone when dropped.
pub(crate) struct Site {
    pub(crate) hosts: Vec<Host>,
    pub(crate) disk: Disk,
    folder: PathBuf,
    _room: Namespace,
}

impl Site {
    /// Two hosts without power, and their BMCs.
    pub(crate) fn new(networks: &Networks) -> Result<Self, Failed> {
        let folder = std::env::temp_dir().join(format!("komainu-windows-{}", networks.prefix));
        fs::create_dir_all(&folder)?;
        settings::write(&folder, &folder)?;
        let komainu = komainu_tests::site::komainu().ok_or("komainu is not built")?;
        let room = networks.lans.join(ROOM, &[Lan::Bmc])?;
        let mut hosts = Vec::new();
        for number in 1..=HOSTS {
            let lans = [Lan::Reset0, Lan::Monitor0, Lan::Monitor1];
            let namespace = networks.lans.join(number, &lans)?;
            let address = format!("{}/24", Lan::Bmc.address(number));
            run("ip", &["-n", &room.name, "addr", "add", &address, "dev", Lan::Bmc.name()])?;
            let program = format!(
                "KOMAINU_CONFIG={f}/komainu.toml {} member --host h{number} --state \
                 {f}/h{number}/state",
                komainu.display(),
                f = folder.display()
            );
            let mut host = Host::new(number, namespace, &folder, &program)?;
            host.start_bmc(&room)?;
            hosts.push(host);
        }
        let disk = Disk { path: folder.join("disk") };
        Ok(Self { hosts, disk, folder, _room: room })
    }

    /// What the members wrote, for the story of a failure.
    pub(crate) fn story(&self) -> String {
        let console = |host: &Host| format!("--- {}\n{}", host.name(), host.console());
        self.hosts.iter().map(console).collect()
    }

    /// Where the settings are that all parties share.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.hosts.clear();
        if std::env::var_os("KOMAINU_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
