//! Recorded runs on the emulated board: the digests must be those that any other machine gives.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use crate::board::QEMU;

/// Size of the memory that a recording is put into.
const MEMORY: u64 = 16 << 20;
/// With `-icount shift=0` an instruction takes a nanosecond, and a tick 16 cycles of 40 of them.
const INSTRUCTIONS: u64 = 16 * 40;

/// Most that a datagram of the reset path may take, with all that is done about it.
const LONGEST: u64 = 2_000_000;

/// Plays every recording to the core on the board.
pub(crate) fn runs(image: &Path) -> Result<(), Failed> {
    let folder = komainu_tests::site::fixture("replay/runs");
    let mut played = 0;
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|kind| kind == "run") {
            one(image, &path)?;
            played += 1;
        }
    }
    if played > 0 { Ok(()) } else { Err("there is no recording".into()) }
}

fn one(image: &Path, recording: &Path) -> Result<(), Failed> {
    let bytes = fs::read(recording)?;
    let memory = std::env::temp_dir().join(format!("komainu-replay-{}", std::process::id()));
    fs::write(&memory, [&(bytes.len() as u32).to_le_bytes(), bytes.as_slice()].concat())?;
    fs::File::options().write(true).open(&memory)?.set_len(MEMORY)?;
    let told = play(image, &memory);
    fs::remove_file(&memory)?;
    let told = told?;
    let mut words = told.split_whitespace();
    let (digest, actions) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut instructions = || -> Result<u64, Failed> {
        Ok(words.next().unwrap_or_default().parse::<u64>()? * INSTRUCTIONS)
    };
    let (all, longest) = (instructions()?, instructions()?);
    let name = recording.file_stem().unwrap_or_default().display();
    println!(
        "{name}: {actions} actions, {} million instructions; a datagram of the reset path takes \
         {} thousand at most",
        all / 1_000_000,
        longest / 1000
    );
    if longest > LONGEST {
        return Err(format!("{name}: a datagram takes more than {LONGEST} instructions").into());
    }
    let expected = fs::read_to_string(recording.with_extension("sha256"))?;
    match digest == expected.trim() {
        true => Ok(()),
        false => Err(format!("{name}: {digest} instead of {expected}").into()),
    }
}

fn play(image: &Path, memory: &Path) -> Result<String, Failed> {
    let mut command = Command::new(QEMU);
    command.args(["-M", "mps2-an386,memory-backend=psram", "-object"]);
    let memory = memory.display();
    command.arg(format!("memory-backend-file,id=psram,size=16M,share=off,mem-path={memory}"));
    command.args(["-display", "none", "-monitor", "none", "-serial", "none", "-nic", "none"]);
    command.args(["-semihosting-config", "enable=on,target=native", "-icount", "shift=0"]);
    command.arg("-kernel").arg(image).stdin(Stdio::null()).stderr(Stdio::null());
    crate::site::output(command)
}
