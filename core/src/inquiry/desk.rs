//! The appliance's side.

use core::net::{IpAddr, SocketAddr};

use super::item::{Item, Itself, OfCluster, OfServer};
use super::power::{self, OfPower};
use super::{COOKIE_LEN, Cookie, Kind, MIN_INQUIRY, Opened, TAG_LEN, emit_head, seal};
use crate::block::Identity;
use crate::crypto::{Hash, HmacKey};
use crate::limits::STATUS_KEY_LEN;
use crate::secret::Secret;
use crate::site::Site;
use crate::time::Instant;
use crate::types::Epoch;
use crate::wire::{Full, Writer};

/// A cookie is good for this time and the next, in microseconds.
const WINDOW: u64 = 16_000_000;
/// Room for the number of items.
const COUNT_LEN: usize = 2;

/// What an appliance tells of itself.
#[derive(Clone, Copy, Debug)]
pub struct Introduction<'i> {
    /// Which connector it is.
    pub identity: &'i Identity,
    /// The release of its firmware.
    pub release: &'i str,
    /// When it started.
    pub started: Instant,
}

/// Answers questions about a site.
#[derive(Debug)]
pub struct Desk {
    key: HmacKey,
    /// Datagrams that were no question, or of nobody with the key.
    dropped: u32,
}

impl Desk {
    /// Who has that key is answered.
    pub fn new(key: &Secret<STATUS_KEY_LEN>) -> Self {
        Self { key: HmacKey::new(Hash::Sha256, key.expose()), dropped: 0 }
    }

    /// Datagrams that were dropped.
    pub const fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Answers a datagram into `out`, if it is a question of somebody with the key; says how long
    /// the answer is.
    pub fn answer<const N: usize, const C: usize, const U: usize>(
        &mut self,
        now: Instant,
        site: &Site<N, C, U>,
        introduction: &Introduction<'_>,
        from: SocketAddr,
        datagram: &[u8],
        out: &mut [u8],
    ) -> Option<usize> {
        let question = Opened::parse(datagram).filter(|question| {
            question.kind == Kind::Question
                && datagram.len() >= MIN_INQUIRY
                && question.is_sealed_with(&self.key)
        });
        let Some(question) = question else {
            self.dropped = self.dropped.saturating_add(1);
            return None;
        };
        let epoch = site.snapshot(now).connector().epoch;
        let window = now.as_micros() / WINDOW;
        let cookies =
            [window, window.wrapping_sub(1)].map(|window| self.cookie(epoch, from, window));
        let fresh = cookies.contains(&question.cookie);
        let [cookie, _] = cookies;
        // Never longer than the question.
        let room = out.get_mut(..datagram.len().min(out.len()))?;
        let mut writer = Writer::new(room);
        let told = match fresh {
            true => self.tell(now, site, introduction, &question, &cookie, &mut writer),
            false => self.again(&question, &cookie, &mut writer),
        };
        told.ok()
    }

    fn cookie(&self, epoch: Epoch, from: SocketAddr, window: u64) -> Cookie {
        let ip = match from.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let port = from.port().to_be_bytes();
        let parts: [&[u8]; 5] =
            [b"cookie", &epoch.0.to_be_bytes(), &ip.octets(), &port, &window.to_be_bytes()];
        let code = self.key.code(&parts);
        code.truncated(COOKIE_LEN).first_chunk().copied().unwrap_or_default()
    }

    fn again(
        &self,
        question: &Opened<'_>,
        cookie: &Cookie,
        out: &mut Writer<'_>,
    ) -> Result<usize, Full> {
        emit_head(Kind::Again, question.first, &question.nonce, cookie, out)?;
        seal(&self.key, out)
    }

    fn tell<const N: usize, const C: usize, const U: usize>(
        &self,
        now: Instant,
        site: &Site<N, C, U>,
        introduction: &Introduction<'_>,
        question: &Opened<'_>,
        cookie: &Cookie,
        out: &mut Writer<'_>,
    ) -> Result<usize, Full> {
        emit_head(Kind::Items, question.first, &question.nonce, cookie, out)?;
        let place = out.len();
        out.u16_be(0)?;
        let mut total = 0_u16;
        let mut full = false;
        let mut take = |item: &Item| {
            if total >= question.first && !full {
                full = item.emit(TAG_LEN, out).is_err();
            }
            total = total.saturating_add(1);
        };
        self.each(now, site, introduction, &mut take);
        let count = out.written_mut().get_mut(place..place + COUNT_LEN).ok_or(Full)?;
        count.copy_from_slice(&total.to_be_bytes());
        seal(&self.key, out)
    }

    /// Everything that is told, in order.
    fn each<const N: usize, const C: usize, const U: usize>(
        &self,
        now: Instant,
        site: &Site<N, C, U>,
        introduction: &Introduction<'_>,
        take: &mut dyn FnMut(&Item),
    ) {
        let seen = site.snapshot(now);
        take(&Item::Itself(Itself::of(&seen.connector(), introduction, now, self.dropped)));
        for cluster in seen.clusters() {
            take(&Item::Cluster(OfCluster::of(&cluster)));
            for server in seen.servers(cluster.index) {
                take(&Item::Server(OfServer::of(&server, now)));
            }
        }
        site.show_power(now, |power| {
            if power.ups().next().is_some() {
                take(&Item::Power(OfPower::of(&power)));
                power.ups().for_each(|ups| take(&Item::Ups(power::OfUps::of(&ups, now))));
                let servers = power.servers();
                servers.for_each(|one| take(&Item::Planned(power::OfPlanned::of(&one, now))));
            }
        });
    }
}
