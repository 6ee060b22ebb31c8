//! Waiting for what Pacemaker writes, to the moment.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

/// Between two looks at the file.
const PAUSE: Duration = Duration::from_millis(5);

/// A log from some point on.
pub(crate) struct Log {
    path: PathBuf,
    from: usize,
}

impl Log {
    /// What is written from now on.
    pub(crate) fn new(path: PathBuf) -> Self {
        let from = fs::metadata(&path).map_or(0, |about| about.len());
        Self { path, from: usize::try_from(from).unwrap_or_default() }
    }

    /// Waits for a line that has all these words in it, and says when it was there.
    pub(crate) fn wait_for(&self, words: &[&str], limit: Duration) -> Result<Instant, Failed> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            let text = fs::read(&self.path).unwrap_or_default();
            let text = String::from_utf8_lossy(text.get(self.from..).unwrap_or_default());
            if text.lines().any(|line| words.iter().all(|word| line.contains(word))) {
                return Ok(Instant::now());
            }
            sleep(PAUSE);
        }
        Err(format!("{}: nothing with {words:?}", self.path.display()).into())
    }
}
