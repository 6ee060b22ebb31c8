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

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket as StdSocket};
use std::sync::Arc;
use std::time::Duration;

use komainu_core::types::{Source, UpsIndex};
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

use crate::service::{ConnectorHandle, Hint, Hinted, ServerRef};
pub(crate) use counts::{Counts, Told};
pub(crate) use known::Known;
use ups::Spacing;

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
    /// The sensors of each server that say that an input is without mains.
    without_mains: HashMap<ServerRef, BTreeSet<u8>>,
    spacing: Spacing,
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
        Ok(Self {
            socket,
            handle,
            known,
            counts,
            hinted: HashMap::new(),
            without_mains: HashMap::new(),
            spacing: Spacing::default(),
        })
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
            let due = self.spacing.due();
            let hints = tokio::select! {
                // An error is about an earlier datagram of ours, and there is none.
                Ok((len, from)) = socket.recv_from(&mut buffer) => {
                    self.judge(buffer.get(..len).unwrap_or_default(), from)
                }
                () = sleep_until(due.unwrap_or(opened)), if due.is_some() => self.waited(),
                else => Vec::new(),
            };
            for hint in hints {
                if self.handle.hint(hint).await.is_err() {
                    return;
                }
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

    /// The hints that a datagram is worth.
    fn judge(&mut self, datagram: &[u8], from: SocketAddr) -> Vec<Hint> {
        Counts::add(&self.counts.received);
        let counts = Arc::clone(&self.counts);
        let Some(heard) = ber::heard(datagram) else {
            Counts::add(&counts.malformed);
            return Vec::new();
        };
        if let ber::Heard::V1(trap) = &heard
            && let Some(pet) = pet::Pet::of(trap)
        {
            return self.bmc(trap, &pet, from).into_iter().collect();
        }
        self.ups(&heard, from.ip())
    }

    /// What the trap of a BMC is worth.
    fn bmc(&mut self, trap: &ber::Trap<'_>, pet: &pet::Pet, from: SocketAddr) -> Option<Hint> {
        let counts = Arc::clone(&self.counts);
        let dropped = |count| {
            Counts::add(count);
            None
        };
        let Some(server) = self.known.whose(from.ip(), trap.agent, pet.guid) else {
            return dropped(&counts.unknown);
        };
        let now = Instant::now();
        let lost_input = pet.input.and_then(|input| self.lose_input(&server, input));
        let lately = |last: &Instant| now.duration_since(*last) < QUIET;
        if lost_input.is_none() && self.hinted.get(&server).is_some_and(lately) {
            return dropped(&counts.repeated);
        }
        // As many as there are servers in the configuration.
        self.hinted.insert(server.clone(), now);
        Counts::add(&counts.hints);
        let said = format!("{} (0x{:06x}) from {}", pet.event, trap.specific, from.ip());
        Some(Hint { of: Hinted::Server(server), source: Source::Trap, said, lost_input })
    }

    /// Whether any input of a server is without mains, if that is news.
    fn lose_input(&mut self, server: &ServerRef, input: pet::SupplyInput) -> Option<bool> {
        let sensors = self.without_mains.entry(server.clone()).or_default();
        let before = !sensors.is_empty();
        if input.lost {
            sensors.insert(input.sensor);
        } else {
            sensors.remove(&input.sensor);
        }
        let lost = !sensors.is_empty();
        (lost != before).then_some(lost)
    }

    /// What a trap is worth that is no BMC's: a look at every UPS behind the address that it comes
    /// from, or that a relay has kept in it.
    fn ups(&mut self, heard: &ber::Heard<'_>, from: IpAddr) -> Vec<Hint> {
        let mut of = vec![from];
        if let ber::Heard::V1(trap) = heard {
            of.push(trap.agent.into());
        }
        let upses = self.known.upses(&of);
        if upses.is_empty() {
            Counts::add(match heard {
                ber::Heard::V3 => &self.counts.closed,
                _ if ups::is_of_ups(heard) => &self.counts.unknown,
                _ => &self.counts.unrelated,
            });
        }
        let now = Instant::now();
        let (mut hints, said) = (Vec::new(), format!("from {from}"));
        for ups in upses {
            if self.spacing.strike(ups, now) {
                Counts::add(&self.counts.ups_hints);
                hints.push(of_ups(ups, said.clone()));
            } else {
                Counts::add(&self.counts.repeated);
            }
        }
        hints
    }

    /// The UPSes whose traps came too soon after others.
    fn waited(&mut self) -> Vec<Hint> {
        let now = Instant::now();
        let ready = std::iter::from_fn(|| self.spacing.take(now));
        ready.map(|ups| of_ups(ups, String::new())).collect()
    }
}

fn of_ups(ups: UpsIndex, said: String) -> Hint {
    Hint { of: Hinted::Ups(ups), source: Source::Trap, said, lost_input: None }
}
