//! How a session takes what comes.

use crate::counters::Discard;
use crate::failure::Failure;
use crate::time::Instant;
use crate::wire::command::CompletionCode;

use super::channel::Means;
use super::exchange::Purpose;
use super::link::{Farewell, Hunt, Link};
use super::login20::{Clock, Established};
use super::memory::Way;
use super::progress::{FINAL_PAUSE, State, draw, wants};
use super::{Answer, Context, Heard, Session};

impl Session {
    /// Takes a datagram, behind its RMCP header.
    pub(super) fn advance<'b>(
        &mut self,
        cx: &mut Context<'_>,
        packet: &'b mut [u8],
    ) -> Result<Option<Heard<'b>>, Discard> {
        let mut means = Means { profile: &self.profile, ring: cx.keys, chance: &mut *cx.chance };
        let mut clock = Clock { now: cx.now, way: &mut self.memory.round_trip };
        match &mut self.state {
            State::Cold => return Err(Discard::NotOurs),
            State::Warm(_) | State::Leaving(_) => return self.answered(cx, packet),
            State::Discovering(discovery) => {
                let said = discovery.handle(&mut clock, &means, packet)?;
                self.memory.heard = true;
                if let Some(said) = said {
                    match self.memory.learn(&self.profile, &said) {
                        Some(way) => self.log_in(cx, way),
                        None => self.blame(cx, Failure::VersionNotOffered),
                    }
                }
            }
            State::LoggingIn20(login) => {
                let established = login.handle(&mut clock, &mut means, packet);
                // A refusal or a wrong code is an answer too.
                self.memory.heard |=
                    matches!(established, Ok(_) | Err(Discard::BadCode | Discard::Mismatch));
                if let Some(Established { channel, guid }) = established? {
                    self.memory.way = Some(Way::V20);
                    if self.memory.is_right(guid) {
                        let link = Link::new(channel, draw(cx), cx.now);
                        self.warm(cx, link);
                    } else {
                        self.fail(cx, Failure::WrongBmc);
                    }
                }
            }
            State::LoggingIn15(login) => {
                let channel = login.handle(&mut clock, &mut means, packet)?;
                self.memory.heard = true;
                if let Some(channel) = channel {
                    let mut link = Link::new(channel, draw(cx), cx.now);
                    link.unidentified = self.memory.guid().is_some();
                    self.warm(cx, link);
                }
            }
        }
        Ok(None)
    }

    fn warm(&mut self, cx: &Context<'_>, mut link: Link) {
        self.memory.logged_in();
        if let Some(interval) = self.profile.keep_warm {
            // The first reading is due at once.
            let passed = u64::try_from(interval.duration().as_micros()).unwrap_or(u64::MAX);
            link.checked = Instant::from_micros(cx.now.as_micros().saturating_sub(passed));
        }
        self.state = State::Warm(link);
    }

    fn answered<'b>(
        &mut self,
        cx: &mut Context<'_>,
        packet: &'b mut [u8],
    ) -> Result<Option<Heard<'b>>, Discard> {
        let wants = wants(&self.job, &self.profile, &self.memory, self.leaving, cx.now);
        let (State::Warm(link) | State::Leaving(link)) = &mut self.state else {
            return Err(Discard::NotOurs);
        };
        let means = Means { profile: &self.profile, ring: cx.keys, chance: cx.chance };
        let (exchange, code, data) = link.handle(&wants, &means, packet)?;
        exchange.answered(cx.now, &mut self.memory.round_trip);
        self.memory.heard = true;
        link.exchange = None;
        match exchange.purpose {
            Purpose::Bye => self.left(true),
            Purpose::Raise if code.is_success() => link.raised(&wants),
            Purpose::Raise if link.is_raised_to_close(&wants) => self.memory.hunt(Hunt::Outlast),
            Purpose::Raise => self.memory.verdict = Some(Failure::PrivilegeTooLow),
            Purpose::Trace if Link::is_gone(code, data) => self.memory.bury(),
            Purpose::Trace => self.memory.hunt(Link::next_hunt(&wants)),
            Purpose::Bury if Link::is_buried(code) => self.memory.bury(),
            Purpose::Bury => self.memory.hunt(Hunt::Outlast),
            Purpose::Identify => self.identified(cx, code, data),
            Purpose::Check => {
                link.checked = cx.now;
                return link.reading(code, data).map(Some);
            }
            Purpose::Job => {
                if link.asks_again(&wants, exchange, code, cx.now, self.memory.round_trip) {
                    return Ok(None);
                }
                self.job = None;
                return Ok(Some(Heard::Answer(Answer { code, data })));
            }
        }
        Ok(None)
    }

    fn identified(&mut self, cx: &mut Context<'_>, code: CompletionCode, data: &[u8]) {
        let State::Warm(link) = &mut self.state else { return };
        link.unidentified = false;
        let guid = Link::guid(code, data);
        if !guid.is_some_and(|guid| self.memory.is_right(guid)) {
            self.memory.verdict = self.job.is_some().then_some(Failure::WrongBmc);
            self.memory.rest_until = cx.now + FINAL_PAUSE;
            self.leave(cx.now, Farewell::Hasty);
        }
    }
}
