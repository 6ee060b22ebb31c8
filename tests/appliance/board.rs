//! An emulated board: its image, its memory in files, and its plug.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use komainu_tests::site::lan::{Lan, Lans, MANAGEMENT};

/// The emulator of the first board.
pub(crate) const QEMU: &str = "qemu-system-arm";
/// What the program has, on either board.
const RAM: usize = 96 << 10;
/// What the free part of the stack is painted with before the program begins.
pub(crate) const PAINT: u8 = 0xcc;

/// A board that is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ARM's MPS2: everything lies in its PSRAM.
    Mps2,
    /// QEMU's virtual RISC-V board: DRAM, and a flash of its own.
    RiscvVirt,
}

/// Where something is: a file, and where in it.
type Place = (&'static str, u64);

impl Kind {
    /// Where its image is, from the folder on in which things are built.
    pub(crate) const fn image(self) -> &'static str {
        match self {
            Self::Mps2 => "thumbv7em-none-eabihf/release/komainu-mps2-an386",
            Self::RiscvVirt => "riscv32imac-unknown-none-elf/release/komainu-riscv-virt",
        }
    }

    /// How much flash there is for the program.
    pub(crate) const fn flash(self) -> usize {
        match self {
            Self::Mps2 => 256 << 10,
            Self::RiscvVirt => 320 << 10,
        }
    }

    /// The symbol at the deepest place that the stack may reach, and where the RAM begins.
    pub(crate) const fn stack(self) -> (&'static str, u32) {
        match self {
            Self::Mps2 => ("_stack_end", 0x2100_0000),
            Self::RiscvVirt => ("__euninit", 0x8005_0000),
        }
    }

    /// Its memories and their sizes.
    const fn memories(self) -> &'static [Place] {
        match self {
            Self::Mps2 => &[("psram", 16 << 20)],
            Self::RiscvVirt => &[("dram", 16 << 20), ("flash", 32 << 20)],
        }
    }

    /// Where the configuration is.
    const fn block(self) -> Place {
        match self {
            Self::Mps2 => ("psram", 12 << 20),
            Self::RiscvVirt => ("flash", 512 << 10),
        }
    }

    /// Where the record is, and how much flash there is for it.
    const fn record(self) -> (Place, usize) {
        match self {
            Self::Mps2 => (("psram", 8 << 20), 16 << 10),
            Self::RiscvVirt => (("flash", 0), 512 << 10),
        }
    }

    /// Where the program's RAM begins.
    const fn ram(self) -> Place {
        match self {
            Self::Mps2 => ("psram", 0),
            Self::RiscvVirt => ("dram", 320 << 10),
        }
    }

    /// The emulator, with all devices but for image and network.
    fn emulator(self, lans: &Lans, folder: &Path, tap: &str) -> Command {
        let at = |name: &str| folder.join(name).display().to_string();
        let memory = |name: &str| {
            format!("memory-backend-file,id={name},size=16M,share=on,mem-path={}", at(name))
        };
        let net = format!("ifname={tap},script=no,downscript=no");
        match self {
            Self::Mps2 => {
                let mut command = lans.at_the_switches(QEMU);
                command.args(["-M", "mps2-an386,memory-backend=psram"]);
                command.arg("-object").arg(memory("psram"));
                command.arg("-nic").arg(format!("tap,{net},model=lan9118"));
                command
            }
            Self::RiscvVirt => {
                let mut command = lans.at_the_switches("qemu-system-riscv32");
                command.args(["-M", "virt,memory-backend=dram", "-m", "16M", "-bios", "none"]);
                command.arg("-object").arg(memory("dram"));
                let flash = at("flash");
                command.arg("-drive");
                command.arg(format!("if=pflash,unit=1,format=raw,file={flash}"));
                command.args(["-global", "virtio-mmio.force-legacy=false"]);
                command.arg("-netdev").arg(format!("tap,id=net,{net}"));
                command.args(["-device", "virtio-net-device,netdev=net,bus=virtio-mmio-bus.0"]);
                command.args(["-device", "virtio-rng-device,bus=virtio-mmio-bus.1"]);
                command
            }
        }
    }
}

/// A board. It loses its power when it is dropped.
pub(crate) struct Board {
    kind: Kind,
    folder: PathBuf,
    image: PathBuf,
    tap: String,
    running: Option<Child>,
}

impl Board {
    /// A board without power, with a configuration block in its memory.
    pub(crate) fn new(
        kind: Kind,
        folder: &Path,
        image: &Path,
        block: &[u8],
    ) -> Result<Self, Failed> {
        let (folder, image) = (folder.to_owned(), image.to_owned());
        let board = Self { kind, folder, image, tap: String::new(), running: None };
        for (name, size) in kind.memories() {
            // Keys are in it.
            let mut options = File::options();
            options.create(true).truncate(true).write(true).mode(0o600);
            options.open(board.folder.join(name))?.set_len(*size)?;
        }
        board.write(kind.block(), block)?;
        // What the program writes nothing to stays as it is.
        board.write(kind.ram(), &[PAINT; RAM])?;
        board.forget()?;
        Ok(board)
    }

    fn write(&self, (file, at): Place, bytes: &[u8]) -> Result<(), Failed> {
        let file = File::options().write(true).open(self.folder.join(file))?;
        Ok(file.write_all_at(bytes, at)?)
    }

    /// Gives it power.
    pub(crate) fn start(&mut self, lans: &Lans) -> Result<(), Failed> {
        self.start_with(lans, &[])
    }

    /// The same, and tells the emulator more.
    pub(crate) fn start_with(&mut self, lans: &Lans, more: &[&str]) -> Result<(), Failed> {
        if self.tap.is_empty() {
            self.tap = lans.plug(MANAGEMENT, Lan::Reset0)?;
        }
        let mut command = self.kind.emulator(lans, &self.folder, &self.tap);
        command.args(["-display", "none", "-monitor", "none", "-serial", "none"]);
        command.args(["-semihosting-config", "enable=on,target=native"]);
        match self.kind {
            Kind::Mps2 => command.arg("-kernel").arg(&self.image),
            // With this flash the emulator keeps a kernel for the firmware that it expects there.
            Kind::RiscvVirt => {
                command.arg("-device").arg(format!("loader,file={}", self.image.display()))
            }
        };
        command.args(more);
        let log =
            |name: &str| File::options().create(true).append(true).open(self.folder.join(name));
        command.stdin(Stdio::null()).stdout(log("log.defmt")?).stderr(log("emulator.log")?);
        self.running = Some(command.spawn()?);
        Ok(())
    }

    /// Makes its flash new.
    pub(crate) fn forget(&self) -> Result<(), Failed> {
        let (place, len) = self.kind.record();
        self.write(place, &vec![0xff; len])
    }

    /// Takes its power, in the middle of whatever it does.
    pub(crate) fn cut(&mut self) {
        if let Some(mut emulator) = self.running.take() {
            let _ = emulator.kill();
            let _ = emulator.wait();
        }
    }

    /// Waits until the emulator has ended by itself.
    pub(crate) fn wait_for_end(&mut self, limit: Duration) -> Result<(), Failed> {
        let limit = Instant::now() + limit;
        while Instant::now() < limit {
            let ended = self.running.as_mut().map(Child::try_wait).transpose()?.flatten();
            if ended.is_some() {
                self.running = None;
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err("the board did not reset".into())
    }

    /// What is in the program's RAM.
    pub(crate) fn ram(&self) -> Result<Vec<u8>, Failed> {
        let ((file, at), mut ram) = (self.kind.ram(), vec![0; RAM]);
        File::open(self.folder.join(file))?.read_exact_at(&mut ram, at)?;
        Ok(ram)
    }

    /// Where its image and its files are.
    pub(crate) fn places(&self) -> (&Path, &Path) {
        (&self.image, &self.folder)
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
