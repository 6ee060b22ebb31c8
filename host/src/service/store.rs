//! The durable record: what must outlive this process, written before anything depends on it.
//!
//! Two files take turns, so that the one before stays whole whatever happens to the one that is
//! written. Each is written beside its place, brought to the disk, and only then given its name.
//! A thread of its own does the waiting.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::private;

/// The two files.
const NAMES: [&str; 2] = ["record.0", "record.1"];
/// Where the next one is written.
const NEXT: &str = "record.next";
/// Begins each of them.
const MAGIC: &[u8; 8] = b"KMNREC1\n";
/// Magic, serial number, length, check sum.
const HEADER: usize = 8 + 8 + 4 + 4;
/// No record is longer; what claims to be is no record.
const LONGEST: u64 = 64 << 20;
/// How long to wait before a write that failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What was found on the disk.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The newest whole record; `None` when there is none.
    pub(crate) record: Option<Vec<u8>>,
    /// Files that are not whole, or gone. The newest record may have been among them.
    pub(crate) corrupt: Vec<PathBuf>,
}

impl Found {
    /// Whether there may have been a newer record than the one that was found.
    pub(crate) fn is_damaged(&self) -> bool {
        !self.corrupt.is_empty()
    }
}

/// What the thread says.
#[derive(Debug)]
pub(crate) enum Stored {
    /// The record of that generation is on the disk.
    Done(u64),
    /// It could not be written; it is tried again.
    Failed(String),
}

/// The record's keeper. Dropping it waits for what is being written.
pub(crate) struct Store {
    jobs: Option<Sender<(u64, Vec<u8>)>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens the folder, which is made if it is missing, and reads what is there. `tell` is
    /// called from the keeper's thread.
    pub(crate) fn open(
        folder: &Path,
        tell: impl Fn(Stored) + Send + 'static,
    ) -> io::Result<(Self, Found)> {
        private::make_folder(folder)?;
        let mut disk = Disk::new(folder.to_owned());
        let found = disk.load()?;
        let (jobs, queue) = channel();
        let run = move || keep(&mut disk, &queue, &tell);
        let thread = std::thread::Builder::new().name("record".into()).spawn(run)?;
        Ok((Self { jobs: Some(jobs), thread: Some(thread) }, found))
    }

    /// Has a record written. A newer one takes the place of one that still waits.
    pub(crate) fn write(&self, generation: u64, record: Vec<u8>) {
        if let Some(jobs) = &self.jobs {
            // The thread ends only after this sender.
            let _ = jobs.send((generation, record));
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already printed by it.
            let _ = thread.join();
        }
    }
}

fn keep(disk: &mut Disk, queue: &Receiver<(u64, Vec<u8>)>, tell: &dyn Fn(Stored)) {
    while let Ok(first) = queue.recv() {
        let mut job = newest(first, queue);
        loop {
            match disk.write(&job.1) {
                Ok(()) => break tell(Stored::Done(job.0)),
                Err(error) => tell(Stored::Failed(error.to_string())),
            }
            // At the end there is one more try for what is newest, and then no more.
            match queue.recv_timeout(AGAIN) {
                Ok(next) => job = newest(next, queue),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

fn newest(first: (u64, Vec<u8>), queue: &Receiver<(u64, Vec<u8>)>) -> (u64, Vec<u8>) {
    queue.try_iter().last().unwrap_or(first)
}

/// The files.
struct Disk {
    folder: PathBuf,
    /// Number of the last write, across restarts.
    serial: u64,
    /// A file was not whole: the next record is durable only when it is in both, so that further
    /// damage does not bring back what was before that.
    damaged: bool,
}

impl Disk {
    fn new(folder: PathBuf) -> Self {
        Self { folder, serial: 0, damaged: false }
    }

    fn load(&mut self) -> io::Result<Found> {
        let mut found = Found::default();
        let mut missing = None;
        for name in NAMES {
            let path = self.folder.join(name);
            match read(&path) {
                Ok(Some((serial, record))) if serial > self.serial => {
                    self.serial = serial;
                    found.record = Some(record);
                }
                Ok(Some(_)) => {}
                Ok(None) => found.corrupt.push(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing = Some(path),
                Err(error) => return Err(named(&path, &error)),
            }
        }
        // From the second write on there are two.
        found.corrupt.extend(missing.filter(|_| self.serial > 1));
        self.damaged = found.is_damaged();
        Ok(found)
    }

    fn write(&mut self, record: &[u8]) -> io::Result<()> {
        if self.damaged {
            self.put(record)?;
            self.damaged = false;
        }
        self.put(record)
    }

    /// Writes it in place of the older one.
    fn put(&mut self, record: &[u8]) -> io::Result<()> {
        let serial = self.serial + 1;
        let next = self.folder.join(NEXT);
        let place = self.folder.join(NAMES[usize::from(serial % 2 == 1)]);
        let failed = |error| named(&next, &error);
        let mut file = private::file(&next).map_err(failed)?;
        file.write_all(&header(serial, record)).map_err(failed)?;
        file.write_all(record).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        private::replace(&next, &place).map_err(|error| named(&place, &error))?;
        self.serial = serial;
        Ok(())
    }
}

fn header(serial: u64, record: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&serial.to_be_bytes());
    header[16..20].copy_from_slice(&(record.len() as u32).to_be_bytes());
    let sum = crc32(&[&header[..20], record]);
    header[20..].copy_from_slice(&sum.to_be_bytes());
    header
}

/// The serial number and the record of a file; `None` when it is not whole.
fn read(path: &Path) -> io::Result<Option<(u64, Vec<u8>)>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    let Some((head, record)) = bytes.split_first_chunk::<HEADER>() else { return Ok(None) };
    let serial = head[8..16].iter().fold(0, |serial, byte| serial << 8 | u64::from(*byte));
    let whole = *head == header(serial, record);
    Ok(whole.then(|| (serial, record.to_vec())))
}

/// CRC-32 as of IEEE 802.3: finds what a disk has torn or worn, not what somebody has forged.
fn crc32(parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.iter());
    !bytes.fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
