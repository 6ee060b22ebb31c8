//! How a session moves on: what it does next, and how it takes what comes.

use core::time::Duration;

use crate::backoff::reopen_pause;
use crate::failure::Failure;
use crate::time::{Instant, earliest};
use crate::wire::command::Delivery;
use crate::wire::command::channel::AuthenticationCapabilities;

use super::channel::Means;
use super::discovery::Discovery;
use super::exchange::Purpose;
use super::link::{Farewell, Link, Move, Wants};
use super::login::{Attempt, Next, Verdict};
use super::login15::Login15;
use super::login20::{Established, Login20};
use super::memory::Way;
use super::profile::Version;
use super::{Context, Effect, Session, Standing};

/// Where a session is.
pub(super) enum State {
    Cold,
    Discovering(Discovery),
    LoggingIn20(Login20),
    LoggingIn15(Login15),
    Warm(Link),
    /// Says farewell over the link, and does nothing else with it.
    Leaving(Link),
}

/// A BMC that has said nothing at all for so long since a job was handed in is not there.
pub(super) const SILENCE: Duration = Duration::from_secs(6);
/// Pause before a login is tried again when every session of the BMC is taken.
const BUSY_PAUSE: Duration = Duration::from_secs(1);
/// Pause of a session that is kept warm after a failure that will not heal by itself: less could
/// lock the user out.
pub(super) const FINAL_PAUSE: Duration = Duration::from_secs(60);
/// A poll passes through at most this many states; each round ends in an effect, or moves on.
const ROUNDS: usize = 6;

/// What one round of a poll came to.
enum Round {
    Do(Effect),
    Again,
    Rest,
}

impl Session {
    pub(super) fn step(&mut self, cx: &mut Context<'_>, out: &mut [u8]) -> Option<Effect> {
        for _ in 0..ROUNDS {
            if let Some(failure) = self.overdue(cx.now) {
                return Some(Effect::Failed(failure));
            }
            match self.round(cx, out) {
                Round::Do(effect) => return Some(effect),
                Round::Again => {}
                Round::Rest => return None,
            }
        }
        None
    }

    /// Why the job has to end now, if it has to. Ends it.
    fn overdue(&mut self, now: Instant) -> Option<Failure> {
        let failure = self.memory.verdict.take().or_else(|| self.out_of_time(now))?;
        self.drop_job();
        Some(failure)
    }

    fn out_of_time(&self, now: Instant) -> Option<Failure> {
        let job = self.job.as_ref()?;
        if now < self.job_deadline()? {
            return None;
        }
        Some(match &self.state {
            State::Warm(link) => match &link.exchange {
                Some(running) if running.purpose == Purpose::Job => match job.request.delivery {
                    Delivery::Once => Failure::Unanswered,
                    Delivery::Repeat => Failure::Lost,
                },
                None if self.memory.ghost(now).is_some() => Failure::Held,
                Some(_) | None => Failure::Lost,
            },
            _ if self.memory.heard => self.memory.suspects(),
            _ => Failure::Silent,
        })
    }

    /// When the job ends unanswered: early when there is no sign of a BMC.
    pub(super) fn job_deadline(&self) -> Option<Instant> {
        let job = self.job.as_ref()?;
        let sign = self.memory.heard || matches!(self.state, State::Warm(_));
        Some(if sign { job.deadline } else { job.silent_by() })
    }

    /// Gives the job up, and what is in flight for it, so that no later answer is taken for it.
    pub(super) fn drop_job(&mut self) {
        self.job = None;
        self.memory.verdict = None;
        if let State::Warm(link) = &mut self.state {
            link.exchange = None;
        }
    }

    /// When a poll is due, apart from the job's own end.
    pub(super) fn state_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Cold => self.is_wanted().then_some(self.memory.rest_until),
            State::Discovering(discovery) => Some(discovery.deadline()),
            State::LoggingIn20(login) => Some(login.deadline()),
            State::LoggingIn15(login) => Some(login.deadline()),
            State::Warm(link) => earliest(link.deadline(), self.idle_deadline(link)),
            State::Leaving(link) => link.deadline(),
        }
    }

    fn idle_deadline(&self, link: &Link) -> Option<Instant> {
        if link.exchange.is_some() {
            return None;
        }
        match &self.job {
            Some(_) => self.memory.ghost(link.checked).map(|ghost| ghost.until),
            None => check_interval(&self.profile, &self.memory).map(|pause| link.checked + pause),
        }
    }

    pub(super) fn standing(&self) -> Standing {
        match &self.state {
            State::Cold => Standing::Cold,
            State::Discovering(_) => Standing::Discovering,
            State::LoggingIn20(_) | State::LoggingIn15(_) => Standing::LoggingIn,
            State::Warm(_) => Standing::Warm,
            State::Leaving(_) => Standing::Closing,
        }
    }

    fn is_wanted(&self) -> bool {
        self.job.is_some() || (self.profile.keep_warm.is_some() && !self.leaving)
    }

    fn round(&mut self, cx: &mut Context<'_>, out: &mut [u8]) -> Round {
        let wanted = self.is_wanted();
        let now = cx.now;
        let means = Means { profile: &self.profile, ring: cx.keys, chance: cx.chance };
        let polled = match &mut self.state {
            State::Cold if wanted && now >= self.memory.rest_until => {
                self.open(cx);
                return Round::Again;
            }
            State::Cold => return Round::Rest,
            State::Warm(_) | State::Leaving(_) => return self.round_link(cx, out),
            _ if !wanted => {
                self.abandon(cx);
                return Round::Again;
            }
            State::Discovering(discovery) => discovery.poll(now, &means, out),
            State::LoggingIn20(login) => login.poll(now, &means, out),
            State::LoggingIn15(login) => login.poll(now, &means, out),
        };
        match polled {
            Ok((Next::Send, len)) => Round::Do(Effect::Transmit(len)),
            Ok((Next::Over(verdict), _)) => {
                self.attempt_over(cx, verdict);
                Round::Again
            }
            // Without room nothing is sent; the repeat comes when it is due.
            Ok((Next::Wait, _)) | Err(_) => Round::Rest,
        }
    }

    fn round_link(&mut self, cx: &mut Context<'_>, out: &mut [u8]) -> Round {
        let wants = wants(&self.job, &self.profile, &self.memory, self.leaving, cx.now);
        let link = match &mut self.state {
            State::Warm(link) if link.must_leave(&wants) => {
                self.leave(cx.now, Farewell::Patient);
                return Round::Again;
            }
            State::Warm(link) => {
                link.begin(&wants, cx.now, self.memory.round_trip);
                link
            }
            State::Leaving(link) => link,
            _ => return Round::Rest,
        };
        let mut means = Means { profile: &self.profile, ring: cx.keys, chance: cx.chance };
        match link.poll(&wants, &mut means, cx.now, out) {
            Ok(Move::Send(len)) => Round::Do(Effect::Transmit(len)),
            Ok(Move::GaveUp(purpose)) => self.gave_up(cx, purpose),
            Ok(Move::Wait) | Err(_) => Round::Rest,
        }
    }

    /// Turns a warm session into one that only says farewell.
    pub(super) fn leave(&mut self, now: Instant, farewell: Farewell) {
        if let State::Warm(mut link) = core::mem::replace(&mut self.state, State::Cold) {
            link.take_leave(now, farewell, self.memory.round_trip);
            self.state = State::Leaving(link);
        }
    }

    fn gave_up(&mut self, cx: &mut Context<'_>, purpose: Purpose) -> Round {
        let once = self.job.as_ref().is_some_and(|job| job.request.delivery == Delivery::Once);
        match purpose {
            Purpose::Job if once => {
                self.drop_job();
                return Round::Do(Effect::Failed(Failure::Unanswered));
            }
            Purpose::Bye => self.left(false),
            // The session is lost. The BMC may not know that, so it is told, once.
            Purpose::Raise
            | Purpose::Identify
            | Purpose::Trace
            | Purpose::Bury
            | Purpose::Job
            | Purpose::Check => {
                if self.job.is_none() {
                    self.memory.rest_until = cx.now + reopen_pause(0, draw(cx));
                }
                self.leave(cx.now, Farewell::Hasty);
            }
        }
        Round::Again
    }

    /// The session is over; `acknowledged` when the BMC says so.
    pub(super) fn left(&mut self, acknowledged: bool) {
        if let State::Leaving(link) = &self.state
            && !acknowledged
        {
            self.memory.left_open(link);
        }
        self.state = State::Cold;
    }

    /// Begins an attempt: by asking what the BMC speaks, unless that is known or given.
    fn open(&mut self, cx: &mut Context<'_>) {
        match (self.memory.way, self.profile.version) {
            (Some(way), _) => self.log_in(cx, way),
            (None, Version::V20) => self.log_in(cx, Way::V20),
            (None, Version::Auto | Version::V15) => {
                let wait = self.memory.login_wait();
                self.state = State::Discovering(Discovery::new(cx.now, wait, cx.chance));
            }
        }
    }

    pub(super) fn log_in(&mut self, cx: &mut Context<'_>, way: Way) {
        let wait = self.memory.login_wait();
        self.state = match way {
            Way::V15(kind) => State::LoggingIn15(Login15::new(kind, cx.now, wait, cx.chance)),
            Way::V20 => match self.profile.suites.get(self.memory.suite_at) {
                Some(suite) => State::LoggingIn20(Login20::new(suite, cx.now, wait, cx.chance)),
                None => {
                    self.memory.suite_at = 0;
                    self.blame(cx, Failure::SuiteRefused);
                    return;
                }
            },
        };
    }

    /// Drops a login that nobody wants any more.
    fn abandon(&mut self, cx: &mut Context<'_>) {
        self.state = self.farewell(cx).unwrap_or(State::Cold);
    }

    /// The session of a login that has got as far as RAKP 3 may be up already on the BMC: a link
    /// over it that does nothing but take its leave.
    fn farewell(&self, cx: &mut Context<'_>) -> Option<State> {
        let State::LoggingIn20(login) = &self.state else { return None };
        let means = Means { profile: &self.profile, ring: cx.keys, chance: cx.chance };
        let Established { channel, .. } = login.establish(&means)?;
        let mut link = Link::new(channel, 0, cx.now);
        link.take_leave(cx.now, Farewell::Hasty, self.memory.round_trip);
        Some(State::Leaving(link))
    }

    fn attempt_over(&mut self, cx: &mut Context<'_>, verdict: Verdict) {
        match &self.state {
            State::Discovering(discovery) => {
                let believed = discovery.believed();
                self.discovery_over(cx, believed);
            }
            State::LoggingIn20(login) => self.login_over(cx, verdict, login.has_begun()),
            State::LoggingIn15(login) => self.login_over(cx, verdict, login.has_begun()),
            State::Cold | State::Warm(_) | State::Leaving(_) => {}
        }
    }

    fn discovery_over(
        &mut self,
        cx: &mut Context<'_>,
        believed: Option<AuthenticationCapabilities>,
    ) {
        let way = match &believed {
            Some(said) => self.memory.learn(&self.profile, said),
            // Not everyone answers this question. Asking for a session tells as well.
            None if self.profile.version == Version::Auto => Some(Way::V20),
            None => return self.attempt_failed(cx, Duration::ZERO),
        };
        match way {
            Some(way) => self.log_in(cx, way),
            None => self.blame(cx, Failure::VersionNotOffered),
        }
    }

    /// `begun` when the BMC had answered the first message of the login.
    fn login_over(&mut self, cx: &mut Context<'_>, verdict: Verdict, begun: bool) {
        match verdict {
            Verdict::Restart if begun && self.memory.silent_login() => {
                self.fail(cx, self.memory.suspects());
            }
            Verdict::Forgotten if self.memory.forgotten_login() => {
                self.fail(cx, self.memory.suspects());
            }
            Verdict::Restart | Verdict::Forgotten => {
                self.memory.attempt_unexplained();
                self.attempt_failed(cx, Duration::ZERO);
            }
            Verdict::NextSuite => {
                self.memory.suite_at += 1;
                self.log_in(cx, Way::V20);
            }
            Verdict::Busy => {
                self.memory.blame = Some(Failure::NoFreeSession);
                self.attempt_failed(cx, BUSY_PAUSE);
            }
            Verdict::Failed(failure) => self.blame(cx, failure),
        }
    }

    /// Ends the attempt, and the job with it once enough attempts failed of the same.
    pub(super) fn blame(&mut self, cx: &mut Context<'_>, failure: Failure) {
        match self.memory.believes(failure) {
            true => self.fail(cx, failure),
            false => self.attempt_failed(cx, Duration::ZERO),
        }
    }

    /// Starts over, after `pause`; without a job to do, after a pause that grows.
    fn attempt_failed(&mut self, cx: &mut Context<'_>, pause: Duration) {
        let pause = match self.job {
            Some(_) => pause,
            None => pause.max(reopen_pause(self.memory.attempts, draw(cx))),
        };
        self.memory.attempt_failed();
        self.memory.rest_until = cx.now + pause;
        self.state = self.farewell(cx).unwrap_or(State::Cold);
    }

    /// Ends the job, if there is one, and rests.
    pub(super) fn fail(&mut self, cx: &mut Context<'_>, failure: Failure) {
        self.memory.verdict = self.job.is_some().then_some(failure);
        let pause = if failure.is_final() { FINAL_PAUSE } else { BUSY_PAUSE };
        self.memory.blame = None;
        self.attempt_failed(cx, pause);
    }
}

/// What a link is to get done now.
pub(super) fn wants<'a>(
    job: &'a Option<super::Job>,
    profile: &super::Profile,
    memory: &super::Memory,
    leaving: bool,
    now: Instant,
) -> Wants<'a> {
    Wants {
        job: job.as_ref().map(|job| &job.request),
        limit: profile.privilege,
        ghost: memory.ghost(now),
        check: check_interval(profile, memory),
        leave: leaving && job.is_none(),
    }
}

/// How often the power is read: as the profile wants it, or as the BMC bears it.
fn check_interval(profile: &super::Profile, memory: &super::Memory) -> Option<Duration> {
    profile.keep_warm.map(|interval| interval.duration().max(memory.round_trip.pace()))
}

pub(super) fn draw(cx: &mut Context<'_>) -> u8 {
    let mut drawn = [0];
    cx.chance.fill(&mut drawn);
    drawn[0]
}
