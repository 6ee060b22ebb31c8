//! After a panic or a fault there is no key in the memory.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use crate::image::Image;
use crate::settings;
use crate::site::Site;
use crate::stories::expect;

/// How the program counter is called by those who debug.
const COUNTER: u32 = 15;
/// Where no program can be: what is executed there is a fault.
const NOWHERE: u32 = 0xe000_0000;
const PATIENCE: Duration = Duration::from_secs(10);

/// Has the program panic, and fault; looks for keys before and behind.
pub(crate) fn panics(site: &mut Site) -> Result<(), Failed> {
    let handler = Image::read(site.board.places().0)?.function("rust_begin_unwind")? & !1;
    for (what, target) in [("panic", handler), ("fault", NOWHERE)] {
        let socket = site.board.places().1.join(format!("debug-{what}"));
        let listen = format!("unix:path={},server=on,wait=off", socket.display());
        // A reset ends the emulator, so that nothing is read into the memory again.
        site.start_board_with(&["-gdb", &listen, "-no-reboot"])?;
        let limit = Instant::now() + PATIENCE;
        while site.status().is_err() {
            expect(Instant::now() < limit, "it answers")?;
        }
        let found = keys(&site.board.ram()?);
        println!("before the {what}: {found:?}");
        expect(!found.is_empty(), "keys are found where they are used")?;
        let mut debugger = UnixStream::connect(&socket)?;
        // A register alone can be written by who has read which there are.
        say(&mut debugger, "qXfer:features:read:target.xml:0,fff", "</target>")?;
        say(&mut debugger, &format!("P{COUNTER:x}={:08x}", target.swap_bytes()), "$OK")?;
        debugger.write_all(packet("c").as_bytes())?;
        site.board.wait_for_end(PATIENCE)?;
        let ram = site.board.ram()?;
        expect(keys(&ram).is_empty(), "no key is left")?;
        expect(ram.iter().all(|byte| *byte == 0), "nothing is left at all")?;
    }
    // The figures are of a program that has run.
    site.start_board()?;
    std::thread::sleep(Duration::from_secs(1));
    Ok(())
}

/// Which of the secrets are in that memory.
fn keys(ram: &[u8]) -> Vec<&'static str> {
    let secrets = [
        ("the key of the cluster", settings::key(settings::CLUSTER_KEY)),
        ("the password of the BMCs", b"password".to_vec()),
    ];
    let there = |secret: &[u8]| ram.windows(secret.len()).any(|bytes| bytes == secret);
    secrets.into_iter().filter(|(_, secret)| there(secret)).map(|(name, _)| name).collect()
}

fn packet(words: &str) -> String {
    let sum = words.bytes().fold(0_u8, u8::wrapping_add);
    format!("${words}#{sum:02x}")
}

/// Says something to the emulator's stub for debuggers, and waits for the answer that is expected;
/// it may also have something to tell by itself before.
fn say(debugger: &mut UnixStream, words: &str, expected: &str) -> Result<(), Failed> {
    debugger.set_read_timeout(Some(PATIENCE))?;
    debugger.write_all(packet(words).as_bytes())?;
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !String::from_utf8_lossy(&heard).contains(expected) {
        let came = debugger.read_exact(&mut byte);
        came.map_err(|_| format!("{words}: {}", String::from_utf8_lossy(&heard)))?;
        heard.extend(byte);
        if byte == *b"#" {
            debugger.write_all(b"+")?;
        }
    }
    Ok(())
}
