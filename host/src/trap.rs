//! Receives the SNMP traps of BMCs (Platform Event Trap) and of UPSes: hints that make the
//! connector read a server's power, or a UPS, at once.
//!
//! Whoever knows the community can forge a trap, and it is sent in the clear. So it says only
//! where to look; what a server's power is, its BMC says in an authenticated session, and how a
//! UPS is, the UPS says when it is read.

mod ber;
mod counts;
mod known;
mod pet;
#[cfg(test)]
mod tests;
mod ups;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket as StdSocket};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use komainu_core::types::Source;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

use crate::service::{ConnectorHandle, Hint, Hinted, ServerRef};
pub(crate) use counts::{Counts, Told};
pub(crate) use known::Known;
use ups::Struck;

/// Longest datagram that is looked at, in bytes. A trap of the specification has some 160.
const LONGEST: usize = 1500;
/// Within so long ...
const WINDOW: Duration = Duration::from_millis(100);
/// ... so many datagrams are taken in; the kernel drops what does not fit into its buffer.
const MOST: u32 = 256;
/// One server's power is read for traps once in so long. The BMC repeats its traps, and the
/// connector's own watch is as fast.
const QUIET: Duration = Duration::from_secs(1);

/// A receiver of traps.
pub(crate) struct Traps {
    socket: StdSocket,
    handle: ConnectorHandle,
    known: Arc<Known>,
    counts: Arc<Counts>,
    hinted: HashMap<ServerRef, Instant>,
}

impl Traps {
    /// Listens for traps about the servers and the UPSes that are known.
    ///
    /// # Errors
    /// When the address is not to be had; the text names it.
    pub(crate) fn open(
        address: SocketAddr,
        handle: ConnectorHandle,
        known: Arc<Known>,
    ) -> io::Result<Self> {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("the address of traps {address}: {error}"))
        };
        let socket = StdSocket::bind(address).map_err(named)?;
        socket.set_nonblocking(true)?;
        let counts = Arc::default();
        Ok(Self { socket, handle, known, counts, hinted: HashMap::new() })
    }

    /// What has come so far.
    pub(crate) fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Where it listens.
    #[cfg(test)]
    fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Receives until the service ends. Called inside the runtime.
    pub(crate) async fn serve(mut self) {
        // The runtime takes every socket that does not block.
        let Ok(socket) = self.socket.try_clone().and_then(UdpSocket::from_std) else { return };
        let mut buffer = [0; LONGEST];
        let (mut opened, mut taken) = (Instant::now(), 0);
        loop {
            // An error is about an earlier datagram of ours, and there is none.
            if let Ok((len, from)) = socket.recv_from(&mut buffer).await
                && let Some(hint) = self.judge(buffer.get(..len).unwrap_or_default(), from)
                && self.handle.hint(hint).await.is_err()
            {
                return;
            }
            let now = Instant::now();
            if now.duration_since(opened) >= WINDOW {
                (opened, taken) = (now, 0);
            }
            taken += 1;
            if taken >= MOST {
                Counts::add(&self.counts.held_back);
                sleep_until(opened + WINDOW).await;
            }
        }
    }

    /// The hint that a datagram is worth, if it is.
    fn judge(&mut self, datagram: &[u8], from: SocketAddr) -> Option<Hint> {
        Counts::add(&self.counts.received);
        let counts = Arc::clone(&self.counts);
        let dropped = |count| {
            Counts::add(count);
            None
        };
        let Some(heard) = ber::heard(datagram) else { return dropped(&counts.malformed) };
        let bmc = match &heard {
            ber::Heard::V1(trap) => pet::Pet::of(trap).map(|pet| (trap, pet)),
            ber::Heard::V2(_) | ber::Heard::V3 => None,
        };
        let Some((trap, pet)) = bmc else { return dropped(self.ups(&heard, from.ip())) };
        let Some(server) = self.known.whose(from.ip(), trap.agent, pet.guid) else {
            return dropped(&counts.unknown);
        };
        let now = Instant::now();
        let lately = |last: &Instant| now.duration_since(*last) < QUIET;
        if self.hinted.get(&server).is_some_and(lately) {
            return dropped(&counts.repeated);
        }
        // As many as there are servers in the configuration.
        self.hinted.insert(server.clone(), now);
        Counts::add(&counts.hints);
        let said = format!("{} (0x{:06x}) from {}", pet.event, trap.specific, from.ip());
        Some(Hint { of: Hinted::Server(server), source: Source::Trap, said })
    }

    /// Has a UPS read for a trap, if it is the trap of one. Tells what it counts as.
    fn ups(&self, heard: &ber::Heard<'_>, from: IpAddr) -> &AtomicU64 {
        let mut of = vec![from];
        if let ber::Heard::V1(trap) = heard {
            // A relay keeps the address that the sender gives of itself.
            of.push(trap.agent.into());
        }
        match self.known.upses().ring(&of) {
            Struck::Now => &self.counts.ups_hints,
            Struck::Soon => &self.counts.repeated,
            Struck::Nobody if matches!(heard, ber::Heard::V3) => &self.counts.closed,
            Struck::Nobody if ups::is_of_ups(heard) => &self.counts.unknown,
            Struck::Nobody => &self.counts.unrelated,
        }
    }
}
