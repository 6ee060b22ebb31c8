//! When to send again, and when to give up: the only place that computes "when again".

use core::time::Duration;

use crate::time::{Instant, Micros};

/// Shortest wait for an answer before a request is repeated.
const SHORTEST: Duration = Duration::from_millis(200);
/// Longest wait between two repeats.
const LONGEST: Duration = Duration::from_millis(1000);
/// First wait while nothing is known about the way to the BMC.
const UNKNOWN: Duration = Duration::from_millis(250);

/// Half of the 60 s after which a BMC closes a session that it hears nothing of.
const SLOWEST_PACE: Duration = Duration::from_secs(30);

/// How long answers take on the way to one BMC, as far as they were seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundTrip {
    slowest: Option<Micros>,
    lossy: bool,
}

impl RoundTrip {
    /// Notes the time that the answer to a request took, which was sent `times` times in all.
    pub fn note(&mut self, took: Duration, times: u8) {
        if times > 1 {
            // Nobody knows which of them was answered.
            self.lossy = true;
            return;
        }
        // The slowest answer counts, and is forgotten slowly: a BMC under load answers in bursts.
        let before = self.slowest.unwrap_or_default().duration();
        self.slowest = Some(Micros::of(took.max(before.saturating_mul(7) / 8)));
    }

    /// How long to wait for an answer at first: half as long again as the slowest took, within
    /// 200 ms and one second.
    pub fn wait(self) -> Duration {
        let wait = |seen: Micros| (seen.duration().saturating_mul(3) / 2).clamp(SHORTEST, LONGEST);
        self.slowest.map_or(UNKNOWN, wait)
    }

    /// Shortest time between two requests that nobody waits for: twenty times as long as the
    /// slowest answer took, so that a slow BMC has time for others, and at most 30 s.
    pub fn pace(self) -> Duration {
        self.slowest.unwrap_or_default().duration().saturating_mul(20).min(SLOWEST_PACE)
    }

    /// Whether an answer has come to a repeated request: silence may mean loss.
    pub const fn is_lossy(self) -> bool {
        self.lossy
    }

    /// How long to wait for a better answer after a bad one that came `took` after the request.
    ///
    /// Before the keys are agreed anyone can forge a refusal. The true answer is at most about as
    /// far away again.
    pub const fn grace(took: Duration) -> Duration {
        let doubled = took.saturating_mul(2).as_micros();
        let (least, most) = (5_000, 100_000);
        let micros = if doubled < least {
            least
        } else if doubled > most {
            most
        } else {
            doubled
        };
        Duration::from_micros(micros as u64)
    }
}

/// What a [`Retry`] says to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Wait for the answer.
    Wait,
    /// Send the request, for the first time or again.
    Send,
    /// It was sent often enough, and the last wait is over.
    GiveUp,
}

/// How the waits between repeats grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Half as long again after the first, and no longer. Loss comes at random, so waiting longer
    /// wins nothing where a repeat costs the BMC little.
    Steady,
    /// Each half as long again as the one before, up to one second. Some BMCs carry a command
    /// out once for each repeat, and answer nothing meanwhile.
    Slower,
}

/// One request and its repeats.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    left: u8,
    sent: u8,
    pace: Pace,
    wait: Micros,
    next: Instant,
}

impl Retry {
    /// Sends at once, `times` times in all, waits `wait` for the first answer, and then by `pace`.
    pub const fn new(now: Instant, times: u8, wait: Duration, pace: Pace) -> Self {
        Self { left: times, sent: 0, pace, wait: Micros::of(wait), next: now }
    }

    /// What to do at `now`; [`Turn::Send`] counts as done.
    pub fn turn(&mut self, now: Instant) -> Turn {
        if now < self.next {
            return Turn::Wait;
        }
        let Some(left) = self.left.checked_sub(1) else { return Turn::GiveUp };
        if self.sent == 1 || (self.sent > 1 && self.pace == Pace::Slower) {
            let wait = self.wait.duration();
            self.wait = Micros::of((wait.saturating_mul(3) / 2).min(LONGEST.max(wait)));
        }
        self.left = left;
        self.sent = self.sent.saturating_add(1);
        self.next = now + self.wait.duration();
        Turn::Send
    }

    /// How often it was sent.
    pub const fn sent(&self) -> u8 {
        self.sent
    }

    /// When [`Self::turn`] says something other than [`Turn::Wait`].
    pub const fn deadline(&self) -> Instant {
        self.next
    }
}

/// Pause before a session that is kept warm is opened again after `failures` failures in a row.
///
/// Doubles from 250 ms to 8 s, and is stretched by up to half by `jitter` (0 to 255), so that
/// sessions lost together are not opened together.
pub fn reopen_pause(failures: u8, jitter: u8) -> Duration {
    let pause = Duration::from_millis(250 << failures.min(5));
    pause.saturating_add(pause.saturating_mul(u32::from(jitter)) / 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    #[test]
    fn a_retry_sends_waits_and_gives_up() {
        let mut retry = Retry::new(at(0), 2, Duration::from_millis(200), Pace::Steady);
        assert_eq!(retry.turn(at(0)), Turn::Send);
        assert_eq!(retry.turn(at(199)), Turn::Wait);
        assert_eq!(retry.turn(at(200)), Turn::Send);
        assert_eq!(retry.deadline(), at(500));
        assert_eq!(retry.turn(at(500)), Turn::GiveUp);
    }

    #[test]
    fn waits_grow_by_their_pace() {
        let sent_at = |pace| {
            let mut retry = Retry::new(at(0), 6, Duration::from_millis(400), pace);
            core::array::from_fn(|_| {
                let now = retry.deadline();
                assert_eq!(retry.turn(now), Turn::Send);
                now
            })
        };
        assert_eq!(sent_at(Pace::Steady), [0, 400, 1000, 1600, 2200, 2800].map(at));
        assert_eq!(sent_at(Pace::Slower), [0, 400, 1000, 1900, 2900, 3900].map(at));
    }

    #[test]
    fn waits_follow_what_was_seen() {
        let mut way = RoundTrip::default();
        assert_eq!(way.wait(), UNKNOWN);
        way.note(Duration::from_micros(80), 1);
        assert_eq!(way.wait(), SHORTEST);
        way.note(Duration::from_secs(3), 1);
        assert_eq!(way.wait(), LONGEST);
    }

    #[test]
    fn a_slow_bmc_is_asked_less_often() {
        let mut way = RoundTrip::default();
        assert_eq!(way.pace(), Duration::ZERO);
        way.note(Duration::from_millis(50), 1);
        assert_eq!(way.pace(), Duration::from_secs(1));
        way.note(Duration::from_secs(3), 1);
        assert_eq!(way.pace(), Duration::from_secs(30));
    }

    #[test]
    fn pauses_grow_and_differ() {
        assert_eq!(reopen_pause(0, 0), Duration::from_millis(250));
        assert!(reopen_pause(0, 255) > reopen_pause(0, 1));
        assert_eq!(reopen_pause(200, 0), Duration::from_secs(8));
    }
}
