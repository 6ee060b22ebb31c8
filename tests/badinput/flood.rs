//! Forged datagrams, as many a second as wanted.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

/// Sends in bursts of a millisecond.
const BURST: Duration = Duration::from_millis(1);

/// Runs until it is dropped.
pub(crate) struct Flood {
    ended: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    begun: Instant,
    thread: Option<JoinHandle<()>>,
}

impl Flood {
    /// Sends `forged` over and over in turn.
    pub(crate) fn start(to: SocketAddr, rate: u64, forged: Vec<Vec<u8>>) -> std::io::Result<Self> {
        let socket = UdpSocket::bind((to.ip(), 0))?;
        socket.connect(to)?;
        let (ended, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (over, count) = (Arc::clone(&ended), Arc::clone(&sent));
        let begun = Instant::now();
        let thread = spawn(move || {
            let mut all = forged.iter().cycle();
            while !over.load(Ordering::Relaxed) {
                let due = begun.elapsed().as_micros() as u64 * rate / 1_000_000;
                while count.load(Ordering::Relaxed) < due {
                    let Some(datagram) = all.next() else { return };
                    // What the socket has no room for is lost like any datagram.
                    let _ = socket.send(datagram);
                    count.fetch_add(1, Ordering::Relaxed);
                }
                sleep(BURST);
            }
        });
        Ok(Self { ended, sent, begun, thread: Some(thread) })
    }

    /// How many were sent, and how many a second.
    pub(crate) fn sent(&self) -> (u64, u64) {
        let sent = self.sent.load(Ordering::Relaxed);
        (sent, sent * 1_000 / (self.begun.elapsed().as_millis() as u64).max(1))
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
