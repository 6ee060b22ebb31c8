//! Greeting and looks: what is sent on a connection in general, and what comes back.

use core::time::Duration;

use super::answers::Active;
use super::client::{Action, Client, Expect, Link};
use super::config::Tls;
use crate::time::{Instant, Millis};
use crate::types::{UpsFailure, UpsReading};
use crate::wire::Writer;
use crate::wire::nut::{Hidden, List, Named, Refusal, Request, Response, Variables, Word};

/// Most lines of variables that a UPS may have.
const MAX_LINES: u16 = 2000;
/// How long behind a countdown a zero counts as its end.
const FRESH: Duration = Duration::from_secs(5);

/// What is known of a UPS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// When it was asked last.
    asked: Instant,
    /// What came of it, until that is told.
    fresh: Option<Result<UpsReading, UpsFailure>>,
    /// The latest reading with a countdown.
    counting: Option<(Instant, UpsReading)>,
    /// The list that is under way, and how long it is so far.
    list: Option<(Variables, u16)>,
    /// The delay that its commands for off have now, in seconds.
    pub(super) delay: Option<u32>,
}

impl Seen {
    pub(super) const fn new(now: Instant) -> Self {
        Self { asked: now, fresh: None, counting: None, list: None, delay: None }
    }

    fn read(&mut self, variables: &Variables) {
        let fresh = |(at, _): &(Instant, UpsReading)| self.asked.since(*at) <= FRESH;
        let before = self.counting.filter(fresh);
        let reading = variables.reading(before.as_ref().map(|(_, reading)| reading));
        let left = |left: Option<Millis>| left.is_some_and(|left| left > Millis::new(0));
        if let Ok(reading) = reading
            && (left(reading.off_in) || left(reading.on_in))
        {
            self.counting = Some((self.asked, reading));
        }
        self.delay = variables.shutdown_delay();
        self.fresh = Some(reading);
    }
}

impl Client {
    pub(super) fn is_looking(&self) -> bool {
        self.expected.iter().any(|expect| matches!(expect, Expect::Look(_)))
    }

    /// Whether what comes now belongs to a list.
    pub(super) fn in_list(&self) -> bool {
        match self.expected.front() {
            Some(Expect::Look(at)) => self.upses.get(*at).is_some_and(|seen| seen.list.is_some()),
            Some(Expect::Order) => self.active.as_ref().is_some_and(Active::is_listing),
            _ => false,
        }
    }

    pub(super) fn next_reading(&mut self) -> Option<Action> {
        let upses = self.upses.iter_mut().zip(&self.config.upses);
        upses
            .filter_map(|(seen, from)| seen.fresh.take().map(|reading| (seen, from, reading)))
            .next()
            .map(|(seen, from, reading)| Action::Reading {
                ups: from.ups,
                asked: seen.asked,
                reading,
            })
    }

    /// Nothing is seen any more.
    pub(super) fn lose_sight(&mut self, now: Instant, why: UpsFailure) {
        for seen in &mut self.upses {
            seen.asked = now;
            seen.list = None;
            seen.fresh = Some(Err(why));
        }
    }

    /// Writes everything that is due; the number of bytes.
    pub(super) fn write(&mut self, now: Instant, out: &mut [u8]) -> usize {
        let mut out = Writer::new(out);
        let mut sent = 0;
        while let Some(len) = self.write_next(now, &mut out) {
            sent = len;
        }
        sent
    }

    /// Writes what is due first; how much is written in all.
    fn write_next(&mut self, now: Instant, out: &mut Writer<'_>) -> Option<usize> {
        let idle = self.expected.is_empty();
        match self.link {
            Link::Asking { sent: false } => {
                self.link = Link::Asking { sent: true };
                self.say(&[(Request::StartTls, Expect::StartTls)], out)?;
            }
            Link::Up { greeted: false } => {
                self.link = Link::Up { greeted: true };
                self.greet(out);
            }
            Link::Up { greeted: true } if self.look <= now && !self.is_looking() => {
                self.look_at_all(now, out);
            }
            Link::Up { greeted: true } => self.write_order(now, out)?,
            Link::Asking { sent: true }
            | Link::Down { .. }
            | Link::Connecting
            | Link::Securing { .. } => return None,
        }
        if idle {
            self.since = now;
        }
        Some(out.len())
    }

    /// Who we are, for orders. Nothing of it is needed for reading, and a server answers it in
    /// order, so nobody waits for the answers.
    fn greet(&mut self, out: &mut Writer<'_>) {
        let (Some(account), Some(first)) = (&self.config.account, self.config.upses.first()) else {
            return;
        };
        let word = |bytes| Word::new(bytes).unwrap_or_default();
        let requests = [
            (Request::Username(word(account.user.as_bytes())), Expect::User),
            (Request::Password(Hidden(word(account.password.expose()))), Expect::User),
            // The server checks a password only when it is needed, and that shall not be in an
            // outage.
            (Request::Login(first.name.word()), Expect::Login),
            (Request::SetTracking(true), Expect::Tracking),
        ];
        for (request, expect) in requests {
            if request.emit(out).is_ok() {
                let _ = self.expected.push_back(expect);
            }
        }
    }

    fn look_at_all(&mut self, now: Instant, out: &mut Writer<'_>) {
        self.look = now + self.config.poll;
        let upses = self.upses.iter_mut().zip(&self.config.upses).enumerate();
        for (at, (seen, from)) in upses {
            if Request::List(List::Var(from.name.word())).emit(out).is_ok() {
                seen.asked = now;
                let _ = self.expected.push_back(Expect::Look(at));
            }
        }
    }

    fn say(&mut self, requests: &[(Request<'_>, Expect)], out: &mut Writer<'_>) -> Option<()> {
        for (request, expect) in requests {
            request.emit(out).ok()?;
            self.expected.push_back(*expect).ok()?;
        }
        Some(())
    }

    pub(super) fn hear(&mut self, now: Instant, response: Response<'_>) {
        let Some(expect) = self.expected.front().copied() else {
            return self.give_up(now, UpsFailure::Garbled);
        };
        let done = match expect {
            Expect::StartTls => self.hear_tls(response),
            Expect::User | Expect::Login => self.hear_login(expect, response),
            Expect::Tracking => match response {
                Response::Ok(_) => {
                    self.tracking = true;
                    Ok(true)
                }
                Response::Err(_) | Response::UnknownErr(_) => Ok(true),
                _ => Err(UpsFailure::Garbled),
            },
            Expect::Look(at) => self.hear_look(at, response),
            Expect::Order => self.hear_order(now, response),
        };
        match done {
            Ok(true) => {
                self.expected.pop_front();
                self.since = now;
            }
            Ok(false) => {}
            Err(why) => self.give_up(now, why),
        }
    }

    fn hear_tls(&mut self, response: Response<'_>) -> Result<bool, UpsFailure> {
        match response {
            Response::Ok(_) => self.link = Link::Securing { told: false },
            Response::Err(
                Refusal::FeatureNotConfigured
                | Refusal::FeatureNotSupported
                | Refusal::UnknownCommand,
            ) if self.config.tls == Tls::Try => self.link = Link::Up { greeted: false },
            Response::Err(_) | Response::UnknownErr(_) => return Err(UpsFailure::NotTrusted),
            _ => return Err(UpsFailure::Garbled),
        }
        Ok(true)
    }

    fn hear_login(&mut self, expect: Expect, response: Response<'_>) -> Result<bool, UpsFailure> {
        match response {
            Response::Ok(_) if expect == Expect::Login => self.account = Some(true),
            Response::Ok(_) => {}
            // It was the password that failed, or the user may not log in.
            Response::Err(why) if why.failure() == UpsFailure::AccessDenied => {
                self.account = Some(false);
            }
            // Nothing was said of the account.
            Response::Err(_) | Response::UnknownErr(_) => {}
            _ => return Err(UpsFailure::Garbled),
        }
        Ok(true)
    }

    fn hear_look(&mut self, at: usize, response: Response<'_>) -> Result<bool, UpsFailure> {
        let (Some(seen), Some(from)) = (self.upses.get_mut(at), self.config.upses.get(at)) else {
            return Err(UpsFailure::Garbled);
        };
        let ours = |ups: Word<'_>| ups.is(from.name.as_str());
        match (response, &mut seen.list) {
            (Response::Begin(List::Var(ups)), None) if ours(ups) => {
                seen.list = Some((Variables::default(), 0));
                Ok(false)
            }
            (Response::Var(Named { ups, name, value }), Some((variables, lines)))
                if ours(ups) && *lines < MAX_LINES =>
            {
                variables.note(name, value);
                *lines += 1;
                Ok(false)
            }
            (Response::End(List::Var(ups)), Some((variables, _))) if ours(ups) => {
                let variables = *variables;
                seen.list = None;
                seen.read(&variables);
                self.settled();
                Ok(true)
            }
            (Response::Err(why), None) => {
                seen.fresh = Some(Err(why.failure()));
                self.settled();
                Ok(true)
            }
            (Response::UnknownErr(_), None) => {
                seen.fresh = Some(Err(UpsFailure::Garbled));
                Ok(true)
            }
            _ => Err(UpsFailure::Garbled),
        }
    }
}
