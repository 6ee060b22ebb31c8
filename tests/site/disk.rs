//! The disk that all hosts share, and the program that must never write to it twice at once.
//!
//! A worker is a program that is neither ours nor a double of anything: while it runs it appends a
//! line every two milliseconds. Two that run at once mix their lines, however short the overlap.

use std::collections::HashSet;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

/// More than the longest line, in bytes.
const LAST: u64 = 1024;
/// Between two lines of a worker.
const PACE: Duration = Duration::from_millis(2);

/// The argument that makes a program a worker: then the disk, then the host.
const WORKER: &str = "--worker";

/// Makes this program a worker if it was started as one: then this never returns.
pub fn work_if_asked() {
    let words: Vec<String> = env::args().skip(1).collect();
    if let [worker, disk, host] = words.as_slice()
        && worker == WORKER
    {
        let error = work(Path::new(disk), host);
        eprintln!("the worker ended: {error:?}");
        std::process::exit(1);
    }
}

/// What a worker does until it is killed.
fn work(disk: &Path, host: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(disk)?;
    // A process number comes again in every start of a host.
    let run = micros();
    loop {
        writeln!(file, "{host} {run} {}", micros())?;
        sleep(PACE);
    }
}

/// Microseconds on a clock that all processes of this machine share.
fn micros() -> u128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default().as_micros()
}

/// One line of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who wrote it.
    pub host: String,
    run: String,
    /// When, on the clock that all processes of this machine share.
    pub micros: u128,
}

/// The shared disk, seen from outside.
pub struct Disk {
    /// The file that stands for it.
    pub path: PathBuf,
}

impl Disk {
    /// Every line so far.
    pub fn lines(&self) -> Vec<Line> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        // The last line may be half written.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().filter_map(line).collect()
    }

    /// The host that writes now; `None` when nobody wrote in the last 50 ms.
    pub fn writer(&self) -> Option<String> {
        // To read it all takes longer than that once much was written.
        let now = micros();
        let mut file = File::open(&self.path).ok()?;
        let end = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(end.saturating_sub(LAST))).ok()?;
        let mut text = String::new();
        file.take(LAST).read_to_string(&mut text).ok()?;
        let last = text.rsplit_once('\n')?.0.lines().last().and_then(line)?;
        (now.saturating_sub(last.micros) < 50_000).then_some(last.host)
    }

    /// Waits until `host` writes.
    pub fn wait_for(&self, host: &str, limit: Duration) -> Result<Duration, Failed> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if self.writer().as_deref() == Some(host) {
                return Ok(begin.elapsed());
            }
            sleep(Duration::from_millis(5));
        }
        Err(format!("{host} did not take over within {limit:?}; now: {:?}", self.writer()).into())
    }

    /// Two never wrote at once: who was followed by another never writes again.
    pub fn check(&self) -> Result<usize, Failed> {
        let (lines, mut gone) = (self.lines(), HashSet::new());
        for pair in lines.windows(2) {
            let [before, after] = pair else { continue };
            if (&before.host, &before.run) != (&after.host, &after.run) {
                gone.insert((before.host.clone(), before.run.clone()));
            }
            if gone.contains(&(after.host.clone(), after.run.clone())) {
                return Err(format!("two served at once: {before:?}, then {after:?} again").into());
            }
        }
        Ok(lines.len())
    }

    /// From the last line of `from` to the first line of another host after it.
    pub fn gap_after(&self, from: &str) -> Option<Duration> {
        let lines = self.lines();
        let last = lines.iter().rposition(|line| line.host == from)?;
        let (last, next) = (lines.get(last)?, lines.get(last + 1)?);
        u64::try_from(next.micros - last.micros).ok().map(Duration::from_micros)
    }
}

fn line(text: &str) -> Option<Line> {
    let mut words = text.split(' ');
    let (host, run) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some(Line { host, run, micros: words.next()?.parse().ok()? })
}
