//! An emulated board: its image, its memory in a file, and its plug.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use libtest_mimic::Failed;

use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT};

/// The emulator.
pub(crate) const QEMU: &str = "qemu-system-arm";
/// The board's PSRAM, and where in it the configuration is.
const PSRAM: u64 = 16 << 20;
const BLOCK: u64 = 12 << 20;
/// Where in it the flash is, and how long that is.
const FLASH: u64 = 8 << 20;
const FLASH_LEN: usize = 16 << 10;
/// What the program has of it, from its start on.
const RAM: usize = 96 << 10;

/// A board. It loses its power when it is dropped.
pub(crate) struct Board {
    folder: PathBuf,
    image: PathBuf,
    tap: String,
    running: Option<Child>,
}

impl Board {
    /// A board without power, with a configuration block in its memory.
    pub(crate) fn new(folder: &Path, image: &Path, block: &[u8]) -> Result<Self, Failed> {
        let board = Self {
            folder: folder.to_owned(),
            image: image.to_owned(),
            tap: String::new(),
            running: None,
        };
        // Keys are in it.
        let mut options = File::options();
        options.create(true).truncate(true).write(true).mode(0o600);
        let memory = options.open(board.memory())?;
        memory.set_len(PSRAM)?;
        memory.write_all_at(block, BLOCK)?;
        Ok(board)
    }

    fn memory(&self) -> PathBuf {
        self.folder.join("psram")
    }

    /// Gives it power.
    pub(crate) fn start(&mut self, lans: &Lans) -> Result<(), Failed> {
        if self.tap.is_empty() {
            self.tap = lans.plug(MANAGEMENT, Lan::Reset0)?;
        }
        let mut command = lans.at_the_switches(QEMU);
        let memory = self.memory().display().to_string();
        command.args(["-M", "mps2-an386,memory-backend=psram", "-object"]);
        command.arg(format!("memory-backend-file,id=psram,size=16M,share=on,mem-path={memory}"));
        command.args(["-display", "none", "-monitor", "none", "-serial", "none"]);
        command.args(["-semihosting-config", "enable=on,target=native", "-nic"]);
        let tap = &self.tap;
        command.arg(format!("tap,ifname={tap},script=no,downscript=no,model=lan9118"));
        command.arg("-kernel").arg(&self.image);
        let log =
            |name: &str| File::options().create(true).append(true).open(self.folder.join(name));
        command.stdin(Stdio::null()).stdout(log("log.defmt")?).stderr(log("emulator.log")?);
        self.running = Some(command.spawn()?);
        Ok(())
    }

    /// Makes its flash new.
    pub(crate) fn forget(&self) -> Result<(), Failed> {
        let memory = File::options().write(true).open(self.memory())?;
        Ok(memory.write_all_at(&[0xff; FLASH_LEN], FLASH)?)
    }

    /// Takes its power, in the middle of whatever it does.
    pub(crate) fn cut(&mut self) {
        if let Some(mut emulator) = self.running.take() {
            let _ = emulator.kill();
            let _ = emulator.wait();
        }
    }

    /// What is in the program's RAM.
    pub(crate) fn ram(&self) -> Result<Vec<u8>, Failed> {
        let mut ram = vec![0; RAM];
        File::open(self.memory())?.read_exact_at(&mut ram, 0)?;
        Ok(ram)
    }

    /// What the emulator had to say, for the story of a failure.
    pub(crate) fn story(&self) -> String {
        fs::read_to_string(self.folder.join("emulator.log")).unwrap_or_default()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.cut();
    }
}
