//! What happened, for people who ask later: resets, alerts and orders with their times.
//!
//! Lines of JSON that are only ever added to. A thread of its own writes them.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};

use super::log::unix_ms;
use super::message::Message;

/// The file, and the one before it.
const NAMES: [&str; 2] = ["history.jsonl", "history.1.jsonl"];
/// A file that has grown to this many bytes is put aside.
const FULL: u64 = 16 << 20;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Entry {
    /// When, in milliseconds since 1970.
    pub(crate) time_ms: u64,
    /// The message's id.
    pub(crate) id: String,
    /// What happened.
    pub(crate) text: String,
    /// Whom it is about.
    #[serde(default)]
    pub(crate) about: std::collections::BTreeMap<String, String>,
}

/// Writes the history. Dropping it waits until everything is written.
pub(crate) struct History {
    entries: Option<Sender<Entry>>,
    thread: Option<JoinHandle<()>>,
}

impl History {
    /// Goes on with the history of the folder. `failed` is called once whenever writing begins to
    /// fail.
    pub(crate) fn open(
        folder: &Path,
        failed: impl Fn(String) + Send + 'static,
    ) -> io::Result<Self> {
        let (entries, queue) = channel::<Entry>();
        let folder = folder.to_owned();
        let run = move || {
            let mut works = true;
            while let Ok(entry) = queue.recv() {
                let written = add(&folder, entry, queue.try_iter());
                if let Err(error) = &written
                    && works
                {
                    failed(error.to_string());
                }
                works = written.is_ok();
            }
        };
        let thread = std::thread::Builder::new().name("history".into()).spawn(run)?;
        Ok(Self { entries: Some(entries), thread: Some(thread) })
    }

    /// Keeps a message.
    pub(crate) fn keep(&self, message: &Message) {
        let about = message.about.iter();
        let entry = Entry {
            time_ms: unix_ms(),
            id: message.code.id(),
            text: message.text.clone(),
            about: about.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        if let Some(entries) = &self.entries {
            // The thread ends only after this sender.
            let _ = entries.send(entry);
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        drop(self.entries.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already printed by it.
            let _ = thread.join();
        }
    }
}

/// The latest entries of the folder's history, oldest first, `most` of them.
pub(crate) fn latest(folder: &Path, most: usize) -> io::Result<Vec<Entry>> {
    let mut found = std::collections::VecDeque::new();
    for name in NAMES.iter().rev() {
        let file = match File::open(folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for line in BufReader::new(file).lines() {
            // A line that the end of the machine has torn is left out.
            if let Ok(entry) = serde_json::from_str(&line?) {
                found.push_back(entry);
                if found.len() > most {
                    found.pop_front();
                }
            }
        }
    }
    Ok(found.into())
}

fn add(folder: &Path, first: Entry, more: impl Iterator<Item = Entry>) -> io::Result<()> {
    let path: PathBuf = folder.join(NAMES[0]);
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    let mut file = options.open(&path)?;
    let mut lines = Vec::new();
    for entry in std::iter::once(first).chain(more) {
        serde_json::to_writer(&mut lines, &entry)?;
        lines.push(b'\n');
    }
    file.write_all(&lines)?;
    file.sync_data()?;
    if file.metadata()?.len() >= FULL {
        fs::rename(&path, folder.join(NAMES[1]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::message::Code;

    #[test]
    fn what_is_kept_is_found_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(latest(folder.path(), 10).expect("readable"), []);
        for round in 0..2 {
            let history = History::open(folder.path(), |text| panic!("{text}")).expect("opened");
            for number in 0..3 {
                let message = Message::new(Code::Order, format!("{round}.{number}"));
                history.keep(&message.about("server", "node01"));
            }
        }
        let texts = |most| -> Vec<String> {
            let found = latest(folder.path(), most).expect("readable");
            found.into_iter().map(|entry| entry.text).collect()
        };
        assert_eq!(texts(4), ["0.2", "1.0", "1.1", "1.2"]);
        let first = latest(folder.path(), 99).expect("readable").remove(0);
        assert_eq!(first.about["server"], "node01");
        assert_eq!(first.id, "KMN216-I");
    }

    #[test]
    fn a_torn_line_hides_only_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let good = r#"{"time-ms":1,"id":"KMN216-I","text":"good"}"#;
        fs::write(folder.path().join(NAMES[0]), format!("{{\"time-ms\":\n{good}\n"))
            .expect("written");
        let found = latest(folder.path(), 9).expect("readable");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "good");
    }

    #[test]
    fn a_full_file_is_put_aside_and_still_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let entry = |text: &str| Entry {
            time_ms: 1,
            id: "KMN216-I".into(),
            text: text.into(),
            about: Default::default(),
        };
        let long = "x".repeat(FULL as usize);
        add(folder.path(), entry(&long), std::iter::empty()).expect("written");
        assert!(!folder.path().join(NAMES[0]).exists());
        add(folder.path(), entry("short"), std::iter::empty()).expect("written");
        let found = latest(folder.path(), 9).expect("readable");
        assert_eq!((found.len(), found[1].text.as_str()), (2, "short"));
    }

    #[test]
    fn a_failure_is_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let nowhere = folder.path().join("nowhere");
        let (tell, told) = channel();
        let history =
            History::open(&nowhere, move |text| tell.send(text).expect("told")).expect("opened");
        history.keep(&Message::new(Code::Order, "one"));
        told.recv().expect("told");
        history.keep(&Message::new(Code::Order, "two"));
        drop(history);
        assert!(told.recv().is_err());
    }
}
