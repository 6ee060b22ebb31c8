//! Who has which hardware address: asked for by ARP, and learnt from nothing else.
//!
//! Only those are noted that something is sent to, so that a flood of strangers displaces nobody.
//! An address that was learnt is used until another is heard, and asked for again while it is
//! used: a server that is off answers no more, and what is sent to it is lost, as it should be.

use core::net::Ipv4Addr;
use core::time::Duration;

use heapless::Vec;
use komainu_core::time::Instant;

/// Most that are known: the members and BMCs of 16 servers, the gateway, and who asks for status.
pub(super) const MOST: usize = 40;
/// Longest datagram that waits for an address.
const LONGEST: usize = 512;
/// So many wait, the oldest is dropped for another.
const WAITING: usize = 4;
/// Longest wait: what it was sent for may be over by then.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two requests for one address that nobody answers.
const AGAIN: Duration = Duration::from_millis(250);
/// An address is asked for again after so long.
const STALE: Duration = Duration::from_secs(30);

/// Somebody on the network.
struct Neighbour {
    ip: Ipv4Addr,
    mac: Option<[u8; 6]>,
    heard: Instant,
    asked: Option<Instant>,
    used: Instant,
}

/// A datagram that waits for the address of who is next on its way.
pub(super) struct Waiting {
    pub(super) next: Ipv4Addr,
    pub(super) to: Ipv4Addr,
    pub(super) ports: (u16, u16),
    pub(super) payload: Vec<u8, LONGEST>,
    since: Instant,
}

/// All of them.
#[derive(Default)]
pub(super) struct Neighbours {
    known: Vec<Neighbour, MOST>,
    waiting: Vec<Waiting, WAITING>,
}

/// How to reach somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// The hardware address, if it is known.
    pub(super) mac: Option<[u8; 6]>,
    /// It is to be asked for.
    pub(super) ask: bool,
}

impl Neighbours {
    /// How to reach that address, for something that is to be sent now.
    pub(super) fn way(&mut self, now: Instant, ip: Ipv4Addr) -> Way {
        let Some(neighbour) = self.place(now, ip) else { return Way::default() };
        neighbour.used = now;
        let fresh = neighbour.mac.is_some() && now.since(neighbour.heard) < STALE;
        let quiet = neighbour.asked.is_some_and(|asked| now.since(asked) < AGAIN);
        let ask = !fresh && !quiet;
        if ask {
            neighbour.asked = Some(now);
        }
        Way { mac: neighbour.mac, ask }
    }

    /// Somebody's hardware address was told; whether it is one that was wanted.
    pub(super) fn learn(&mut self, now: Instant, ip: Ipv4Addr, mac: [u8; 6]) -> bool {
        let Some(known) = self.known.iter_mut().find(|known| known.ip == ip) else { return false };
        (known.mac, known.heard) = (Some(mac), now);
        true
    }

    /// Keeps a datagram until the way to it by `next` is known.
    pub(super) fn wait(
        &mut self,
        now: Instant,
        next: Ipv4Addr,
        (to, ports): (Ipv4Addr, (u16, u16)),
        payload: &[u8],
    ) {
        let Ok(payload) = Vec::from_slice(payload) else { return };
        if self.waiting.is_full() {
            self.waiting.remove(0);
        }
        // There is room now.
        let _ = self.waiting.push(Waiting { next, to, ports, payload, since: now });
    }

    /// The oldest datagram whose way leads by that address, if it has not waited too long: a
    /// server that comes back shall get no order that was meant for the one before.
    pub(super) fn ready(&mut self, now: Instant, next: Ipv4Addr) -> Option<Waiting> {
        self.waiting.retain(|waiting| now.since(waiting.since) < PATIENCE);
        let place = self.waiting.iter().position(|waiting| waiting.next == next)?;
        Some(self.waiting.remove(place))
    }

    /// Forgets all: the network is another one.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.waiting.clear();
    }

    /// The place of that address; when there is none left, that of who was not used the longest.
    fn place(&mut self, now: Instant, ip: Ipv4Addr) -> Option<&mut Neighbour> {
        let new = Neighbour { ip, mac: None, heard: now, asked: None, used: now };
        let place = match self.known.iter().position(|known| known.ip == ip) {
            Some(place) => place,
            None if self.known.push(new).is_ok() => self.known.len() - 1,
            None => {
                let oldest = self.known.iter().enumerate().min_by_key(|(_, known)| known.used);
                let place = oldest.map(|(place, _)| place)?;
                let known = self.known.get_mut(place)?;
                *known = Neighbour { ip, mac: None, heard: now, asked: None, used: now };
                place
            }
        };
        self.known.get_mut(place)
    }
}
