//! One UPS as it is seen: what it said last, how old that is, and what follows from both.
//!
//! What a UPS says may be late, wrong, or at odds with the rest of what it says. The rules:
//!
//! * **Silence is not an outage.** On mains and then silent stays on mains, however long: that is
//!   told, and changes nothing. On battery and then silent, the runtime told last counts down.
//! * **Our own clock.** How long it has been on battery is reckoned from the reading that showed it
//!   first. A counter of the UPS is never read: some still show that of the outage before.
//! * **Debounce.** An outage counts after `confirm`, a return once readings have shown mains for
//!   `settle`. Mains for less than that end nothing, so flapping mains are one outage, not many.
//! * **Runtime.** The lower of the last two that were told counts: a fall at once, a rise once it
//!   is told again. Told unchanged with an unchanged charge, it was not measured anew and goes on
//!   counting down, so that a card that hangs hides no discharge. Above a week, or none at all
//!   though the charge is half or more, it is not told. Where none is told, `assumed` is counted
//!   from the first reading on battery, or the last that was told on mains.
//! * **Low flag.** Believed at once if nothing speaks against it: a charge below half, a runtime of
//!   at most `assumed`, or neither told. Otherwise once readings have said it for `low_grace`. On
//!   mains it means nothing: a battery that is charging is low for hours.
//! * **Self test.** Excuses a discharge that a reading within `test_limit` of its begin explains,
//!   and only until the runtime just suffices. A flag that stays set is spent after that limit, so
//!   that it blocks no outage. Silence in a test keeps the excuse: only the runtime decides then.
//! * **Ordered off by others.** Counts when the flag newly appears, or is there at the first look
//!   while on battery. Set at the first look on mains it is left over from an outage that is over.
//!   It ends when the flag goes, the output goes off, the mains settle after the discharge in
//!   which it came, or mains have stayed for ten minutes after it.
//! * **Bypass** is mains, with nothing behind it, and is told. **Off** is never a healthy feed.

mod doubts;
mod taking;
mod tells;

use core::time::Duration;

use crate::time::{Instant, Millis};
use crate::types::{Outlet, Supply, UpsFailure, UpsReading};

use super::config::UpsConfig;
use doubts::{Low, usable};
use tells::Told;

/// Between two readings for the sake of hints: a storm of traps is no storm of readings.
const HINTS_APART: Duration = Duration::from_millis(200);

/// How much a reading still tells, by its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Freshness {
    /// It tells how things are.
    Good,
    /// The next one is overdue.
    Late,
    /// It tells nothing any more; or there never was one.
    Unknown,
}

/// What a UPS gives to those who hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedState {
    /// It was never read.
    Unread,
    /// The mains, as far as was heard last.
    Mains {
        /// For so long that they count as back.
        settled: bool,
    },
    /// What the battery holds.
    Battery(Battery),
    /// Nothing.
    Off {
        /// For longer than a passing fault of the reading.
        confirmed: bool,
    },
}

/// A discharge, or an order of other software that ends like one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Battery {
    /// When it is empty, as far as is known. Silence does not move it.
    pub(super) end: Instant,
    /// It is an outage, and no passing disturbance.
    pub(super) confirmed: bool,
    /// A self test explains it: an outage only in so far as the runtime does not suffice.
    pub(super) excused: bool,
    /// The battery is at its end by its own word, which is believed.
    pub(super) low: bool,
    /// Other software has ordered the end of what it feeds.
    pub(super) forced: bool,
}

/// One UPS as seen from here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    started: Instant,
    /// When [`Self::next_tell`] was asked last.
    polled: Instant,
    /// When the newest answer of any kind was asked for.
    heard: Option<Instant>,
    last: Option<Last>,
    /// Since when it gives no mains; mains that have not settled do not end it.
    lost: Option<Instant>,
    /// Since when each reading shows mains.
    mains: Option<Instant>,
    /// The runtime that was told last and is of use.
    runtime: Option<Millis>,
    /// When the battery is empty; while it has been on battery since the mains settled.
    end: Option<Instant>,
    /// The same by the last reading alone; while it is on battery.
    said: Option<Instant>,
    /// Since when each reading tells of a test.
    test: Option<Instant>,
    /// Since when each reading on battery calls it low.
    low: Option<Instant>,
    /// When other software newly ordered it off.
    forced: Option<Instant>,
    /// The runtime that a percent of charge was worth under load; the least of what was seen.
    worth: Option<Millis>,
    failure: Option<UpsFailure>,
    /// Failures in a row that time does not heal.
    hopeless: u8,
    hinted: bool,
    /// When a hint was served last.
    served: Option<Instant>,
    told: Told,
}

/// The newest reading.
#[derive(Clone, Copy, Debug)]
struct Last {
    asked: Instant,
    reading: UpsReading,
    /// When the first reading in a row was asked for with the same of its output off.
    unchanged: Instant,
}

impl Line {
    /// A UPS that was not read yet.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            started: now,
            polled: now,
            heard: None,
            last: None,
            lost: None,
            mains: None,
            runtime: None,
            end: None,
            said: None,
            test: None,
            low: None,
            forced: None,
            worth: None,
            failure: None,
            hopeless: 0,
            hinted: false,
            served: None,
            told: Told::new(),
        }
    }

    /// Somebody says that something happened to it.
    pub(super) const fn hint(&mut self) {
        self.hinted = true;
    }

    /// Whether it is to be read now because of a hint; the hint counts as served then. Asked in
    /// every poll, before the deadline is.
    pub(super) fn takes_hint(&mut self, now: Instant) -> bool {
        let takes = self.hinted && self.hint_due().is_none_or(|due| due <= now);
        if takes {
            self.hinted = false;
            self.served = Some(now);
        }
        takes
    }

    /// What it said last is true no more.
    pub(super) fn forget(&mut self) {
        *self = Self {
            polled: self.polled,
            heard: self.heard,
            worth: self.worth,
            failure: self.failure,
            hopeless: self.hopeless,
            served: self.served,
            told: self.told,
            ..Self::new(self.started)
        };
    }

    /// The newest reading.
    pub(super) fn reading(&self) -> Option<&UpsReading> {
        self.last.as_ref().map(|last| &last.reading)
    }

    /// When the newest reading was asked for.
    pub(super) fn asked(&self) -> Option<Instant> {
        self.last.map(|last| last.asked)
    }

    /// Why it could not be read, if the newest answer was a failure.
    pub(super) const fn failure(&self) -> Option<UpsFailure> {
        self.failure
    }

    /// How much the newest reading still tells.
    pub(super) fn freshness(&self, config: &UpsConfig, now: Instant) -> Freshness {
        let Some(asked) = self.asked() else { return Freshness::Unknown };
        let age = now.since(asked);
        if age >= config.unknown.duration() {
            Freshness::Unknown
        } else if age >= config.late.duration() {
            Freshness::Late
        } else {
            Freshness::Good
        }
    }

    /// What all of its output gives.
    pub(super) fn state(&self, config: &UpsConfig, now: Instant) -> FeedState {
        self.feed(Outlet::WHOLE, config, now)
    }

    /// What that outlet gives.
    pub(super) fn feed(&self, outlet: Outlet, config: &UpsConfig, now: Instant) -> FeedState {
        let Some(last) = &self.last else { return FeedState::Unread };
        let confirm = config.confirm.duration();
        if !last.reading.feeds(outlet) {
            return FeedState::Off { confirmed: now.since(last.unchanged) >= confirm };
        }
        let on_battery = last.reading.supply == Supply::Battery;
        if !on_battery && self.forced.is_none() {
            return FeedState::Mains { settled: self.is_settled(config) };
        }
        let forced = self.forced.is_some();
        let lasting = self.lost.is_some_and(|lost| now.since(lost) >= confirm);
        FeedState::Battery(Battery {
            end: self.end.or_else(|| Some(self.forced? + config.assumed)).unwrap_or(now),
            confirmed: forced || lasting,
            excused: !forced && self.is_excused(config),
            low: self.low(config) == Low::Believed,
            forced,
        })
    }

    /// Since when that outlet has been read off, without a reading of on in between.
    pub(super) fn off_since(&self, outlet: Outlet) -> Option<Instant> {
        self.last.filter(|last| !last.reading.feeds(outlet)).map(|last| last.unchanged)
    }

    /// For how long each reading has shown mains, by the newest one.
    pub(super) fn on_mains_for(&self) -> Option<Duration> {
        Some(self.asked()?.since(self.mains?))
    }

    /// How long the battery lasts, by what was told: what is left of it while on battery, what it
    /// would be otherwise. `None` while it has told nothing of use.
    pub(super) fn runtime(&self, now: Instant) -> Option<Duration> {
        let on_battery = self.reading()?.supply == Supply::Battery;
        let left = self.end.filter(|_| on_battery).map(|end| end.since(now));
        left.or_else(|| self.runtime.map(Millis::duration))
    }

    /// The runtime of the newest reading, if it tells one that can be meant.
    pub(super) fn told_runtime(&self) -> Option<Millis> {
        self.reading().and_then(usable)
    }

    /// What a percent of its charge was worth when outages began, with the servers up: the least
    /// that was seen. To be kept, since what it tells once they are off is the runtime of an idle
    /// load.
    pub(super) const fn worth(&self) -> Option<Millis> {
        self.worth
    }

    /// Takes what was kept of [`Self::worth`].
    pub(super) const fn restore(&mut self, worth: Option<Millis>) {
        self.worth = worth;
    }

    /// When time alone next changes what it gives, or whether there is something to tell: later
    /// than the last [`Self::next_tell`], once that has said `None`.
    pub(super) fn deadline(&self, config: &UpsConfig) -> Option<Instant> {
        let since = self.asked().unwrap_or(self.started);
        let not_fed = self.last.map(|last| last.unchanged);
        [
            Some(since + config.late),
            Some(since + config.unknown),
            self.lost.map(|lost| lost + config.confirm),
            not_fed.map(|off| off + config.confirm),
            self.hint_due().filter(|_| self.hinted),
        ]
        .into_iter()
        .flatten()
        .filter(|due| *due > self.polled)
        .min()
    }

    fn hint_due(&self) -> Option<Instant> {
        self.served.map(|served| served + HINTS_APART)
    }

    fn is_settled(&self, config: &UpsConfig) -> bool {
        self.on_mains_for().is_some_and(|span| span >= config.settle.duration())
    }
}

#[cfg(test)]
mod tests;
