//! A BMC: sans-IO, on virtual time, deterministic for a seed.
//!
//! Sections named in this module are those of the IPMI 2.0 specification, revision 1.1.

mod activate;
mod app;
mod boot;
mod call;
mod chassis;
mod config;
mod control;
mod counters;
mod dispatch;
mod keys;
mod lan;
mod open;
mod packet;
mod parameters;
mod pef;
mod power;
mod quirks;
mod rakp;
mod sdr;
mod sel;
mod session;
mod session15;
mod session20;
mod suite;
#[cfg(test)]
mod tests;
mod watchdog;
mod window;

use std::net::SocketAddr;
use std::time::Duration;

pub use call::RequestIdentity;
use chassis::Chassis;
pub use chassis::{ChassisAction, ChassisEvent, Origin};
pub use config::{
    AuthTypes, BmcConfig, Kg, OfferedSuite, Password, PowerConfig, Privilege, User, Versions,
};
pub use counters::{Counters, Discard};
use packet::Packet;
use parameters::Parameters;
use pef::Pef;
use power::Power;
pub use quirks::{CATALOGUE, Named, QuirkError, Quirks};
use sel::Sel;
use session::Sessions;
pub use suite::{Authentication, Confidentiality, Integrity, Suite};
use watchdog::Watchdog;

use crate::queue::Queue;
use crate::rng::Rng;

/// The number of the LAN channel.
const CHANNEL: u8 = 1;
/// Stands for the channel that the request came in by.
const THIS_CHANNEL: u8 = 0x0e;

fn is_our_channel(channel: u8) -> bool {
    channel == CHANNEL || channel == THIS_CHANNEL
}

/// Where datagrams go.
pub type Send<'a> = dyn FnMut(SocketAddr, &[u8]) + 'a;

/// Where an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    OutsideSession,
    InSession,
}

/// A simulated BMC with the host whose power it controls.
///
/// `now` is virtual time since the BMC's start and never goes back.
#[derive(Clone)]
pub struct Bmc {
    config: BmcConfig,
    guid: [u8; 16],
    rng: Rng,
    sessions: Sessions,
    power: Power,
    chassis: Chassis,
    sel: Sel,
    watchdog: Watchdog,
    lan: Parameters,
    pef: Pef,
    counters: Counters,
    /// Commands that are still to be answered with node busy.
    busy_left: u32,
    silent_until: Option<Duration>,
    deaf: bool,
    mute: bool,
    hold: bool,
    delayed: Queue<(SocketAddr, Vec<u8>)>,
    /// Buffers that are kept between datagrams.
    answer: Vec<u8>,
    plain: Vec<u8>,
    out: Vec<u8>,
}

impl Bmc {
    /// A BMC as configured; everything it does by chance follows from `seed`.
    #[must_use]
    pub fn new(config: BmcConfig, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let drawn = random_guid(&mut rng);
        let [_, _, _, mac @ ..] = rng.bytes::<8>();
        Self {
            guid: config.guid.unwrap_or(drawn),
            sessions: Sessions::new(config.session_slots, config.session_timeout),
            power: Power::new(config.power),
            chassis: Chassis::default(),
            sel: Sel::new(config.clock),
            watchdog: Watchdog::default(),
            // A locally administered address.
            lan: lan::parameters(&config, [0x02, mac[0], mac[1], mac[2], mac[3], mac[4]]),
            pef: Pef::default(),
            counters: Counters::default(),
            busy_left: config.quirks.busy,
            silent_until: None,
            deaf: false,
            mute: false,
            hold: false,
            delayed: Queue::default(),
            answer: Vec::new(),
            plain: Vec::new(),
            out: Vec::new(),
            config,
            rng,
        }
    }

    /// Takes a datagram and sends what it is answered with, now or from a later [`Self::poll`].
    pub fn handle(
        &mut self,
        now: Duration,
        from: SocketAddr,
        datagram: &[u8],
        send: &mut Send<'_>,
    ) {
        self.poll(now, send);
        self.counters.received += 1;
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        match self.respond(now, from, datagram, &mut out) {
            Ok(sent) => self.deliver(now, from, sent, &out, send),
            Err(cause) => self.counters.count(cause),
        }
        self.out = out;
    }

    /// Does what is due: delayed answers, changes of power, expiry of sessions and watchdog.
    pub fn poll(&mut self, now: Duration, send: &mut Send<'_>) {
        self.advance(now);
        while !self.hold
            && let Some((to, datagram)) = self.delayed.pop(now)
        {
            self.counters.sent += 1;
            send(to, &datagram);
        }
    }

    /// When to poll again if nothing arrives.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let delayed = self.delayed.next_at().filter(|_| !self.hold);
        [self.power.next_at(), self.watchdog.next_at(), self.sessions.next_at(), delayed]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether the host is truly on, whatever the BMC reports.
    pub fn power(&mut self, now: Duration) -> bool {
        self.advance(now);
        self.power.on()
    }

    /// Sets the host's power at once, as somebody at its button would.
    pub fn set_power(&mut self, now: Duration, on: bool) {
        self.advance(now);
        self.power.set(now, on);
    }

    /// Every chassis action that was carried out, in order; a refused, stuck or repeated one is
    /// not in it.
    #[must_use]
    pub fn chassis_log(&self) -> &[ChassisEvent] {
        &self.chassis.log
    }

    /// The boot flags (parameter 5) when they are valid for the next boot.
    #[must_use]
    pub fn boot_flags(&self) -> Option<[u8; 5]> {
        self.chassis.boot.flags()
    }

    /// What came, went, and came to nothing.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many sessions are open; half-open ones do not count.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.sessions.active_count()
    }

    /// The BMC's system GUID, as on the wire.
    #[must_use]
    pub fn guid(&self) -> [u8; 16] {
        self.guid
    }

    /// How the BMC is configured.
    #[must_use]
    pub fn config(&self) -> &BmcConfig {
        &self.config
    }

    /// Changes the BMC's deviations while it runs.
    pub fn set_quirks(&mut self, quirks: Quirks) {
        self.busy_left = quirks.busy;
        self.config.quirks = quirks;
    }

    /// While deaf, the BMC hears nothing: datagrams are counted and dropped.
    pub fn set_deaf(&mut self, deaf: bool) {
        self.deaf = deaf;
    }

    /// While mute, the BMC carries out what it hears and no answer leaves.
    pub fn set_mute(&mut self, mute: bool) {
        self.mute = mute;
    }

    /// While holding, answers are kept; they leave with the first [`Self::poll`] after.
    pub fn hold_answers(&mut self, hold: bool) {
        self.hold = hold;
    }

    /// Restarts the BMC: sessions and answers on their way are gone, the host's power stays.
    pub fn restart(&mut self) {
        self.sessions.clear();
        self.delayed.clear();
    }

    /// Lets time pass for all that does not send.
    fn advance(&mut self, now: Duration) {
        self.sessions.expire(now);
        self.advance_power(now);
        self.advance_watchdog(now);
        self.advance_power(now);
    }

    fn respond(
        &mut self,
        now: Duration,
        from: SocketAddr,
        datagram: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        if self.deaf || self.silent_until.is_some_and(|until| now < until) {
            return Err(Discard::Deaf);
        }
        match Packet::parse(datagram)? {
            Packet::Ping(_) if self.config.quirks.no_asf => Err(Discard::Quirk),
            Packet::Ping(tag) => {
                packet::write_pong(tag, out);
                Ok(Sent::OutsideSession)
            }
            Packet::V15(packet) => self.handle_v15(now, from, &packet, out),
            Packet::V20(packet) => self.handle_v20(now, from, &packet, out),
        }
    }

    fn deliver(
        &mut self,
        now: Duration,
        to: SocketAddr,
        sent: Sent,
        datagram: &[u8],
        send: &mut Send<'_>,
    ) {
        if self.mute {
            self.counters.muted += 1;
            return;
        }
        let quirks = &self.config.quirks;
        let late = quirks.late.filter(|_| sent == Sent::InSession).unwrap_or_default();
        let delay = self.config.answer_delay + late;
        for _ in 0..1 + u8::from(quirks.twice) {
            if delay.is_zero() && !self.hold {
                self.counters.sent += 1;
                send(to, datagram);
            } else {
                self.delayed.push(now + delay, (to, datagram.to_vec()));
            }
        }
    }

    /// The first enabled user with this name.
    fn find_user(&self, name: &[u8]) -> Option<usize> {
        self.config.users.iter().position(|user| user.enabled && user.name == name)
    }

    /// Removes a session that was closed in its own message.
    fn reap(&mut self, id: u32) {
        if self.sessions.find(id).is_some_and(|session| session.closing) {
            self.sessions.remove(id);
        }
    }
}

/// A random UUID (version 4) in IPMI's byte order: least significant byte first (section 20.8).
fn random_guid(rng: &mut Rng) -> [u8; 16] {
    let mut guid: [u8; 16] = rng.bytes();
    guid[9] = guid[9] & 0x0f | 0x40;
    guid[7] = guid[7] & 0x3f | 0x80;
    guid
}
