//! Runs one program to its end, or to its limit.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(5);

/// What a program did.
#[derive(Debug)]
pub(crate) struct Output {
    /// The command line, for messages.
    line: String,
    /// `None` when a signal ended it.
    pub(crate) status: Option<i32>,
    /// Standard output, then standard error.
    pub(crate) text: String,
    pub(crate) took: Duration,
}

impl Output {
    /// A failure that shows what was run and what it said.
    pub(crate) fn failure(&self, wanted: &str) -> Failed {
        let Self { line, status, text, took } = self;
        let status = status.map_or("a signal".to_owned(), |status| status.to_string());
        format!("wanted {wanted}\n$ {line}\n{text}(exit {status} after {took:.2?})").into()
    }
}

/// Runs the program; one that is still there after `limit` is killed with all that it started,
/// and the test fails.
pub(crate) fn run(mut command: Command, limit: Duration) -> Result<Output, Failed> {
    let line = line(&command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| format!("{line}: {e}"))?;
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let status = wait(&mut child, start + limit);
    if status.is_none() {
        kill_group(&mut child);
    }
    let took = start.elapsed();
    let text = [stdout, stderr].into_iter().flatten().filter_map(|t| t.join().ok()).collect();
    let output = Output { line, status: status.and_then(|s| s.code()), text, took };
    match status {
        Some(_) => Ok(output),
        None => Err(output.failure(&format!("an end within {limit:?}"))),
    }
}

fn line(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn wait(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    while Instant::now() < until {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(POLL);
    }
    None
}

/// Ends a program that was made the leader of its process group, and everything in it.
fn kill_group(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    let _ = child.wait();
}

fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
