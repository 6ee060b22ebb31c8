//! What the supplies of one machine amount to.
//!
//! It is carried by the `needed`-th best of its feeds: it lasts as long as that one does. Mains
//! have no end, an output that is off gives nothing. What has not lasted for the debounce yet, or
//! is explained by a self test, does not count as an outage; it does count once enough of the
//! other feeds have failed as well.
//!
//! * **All feeds read off** is not a danger that a plan could meet: either the machine is dark, and
//!   then the usual rules find out and fence it, or the readings are wrong, and then a plan would
//!   shut down what runs well.
//! * **A second witness** (the machine's own BMC says that an input has failed) speaks only where a
//!   UPS says nothing any more: such a feed counts as on battery, with the runtime that was told
//!   last. Where a UPS does speak, it knows better which of the inputs it is.

use core::time::Duration;

use crate::time::{Instant, Millis};
use crate::types::UpsIndex;

use super::config::{Feed, UpsConfig};
use super::supply::{Battery, FeedState, Freshness, Line};

/// What one machine's feeds amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outlook {
    /// When it runs out of the feeds that it needs; `None` = the mains carry it, as far as was
    /// heard. Now, once it is short of an output that is off.
    pub(super) end: Option<Instant>,
    /// The feeds that make it so have been so for long enough: an outage.
    pub(super) confirmed: bool,
    /// A self test explains it: an outage only in so far as the runtime does not suffice.
    pub(super) excused: bool,
    /// By the word of a UPS that is believed, it is at its end whatever the runtime says.
    pub(super) low: bool,
    /// Other software has ordered that UPS off, and it is needed.
    pub(super) forced: Option<UpsIndex>,
    /// Each feed reads off. Nothing is left that a plan could use.
    pub(super) dark: bool,
    /// Enough feeds have mains, settled, by readings that still tell something.
    pub(super) settled: bool,
    /// That of the feeds that it takes to be carried, at best.
    pub(super) freshness: Freshness,
    /// When the word of its own BMC begins to count.
    pub(super) look_again: Option<Instant>,
}

impl Outlook {
    /// Whether the machine runs out of power, confirmed or not.
    pub(super) const fn endangered(&self) -> bool {
        self.end.is_some() && !self.dark
    }

    /// What is left to plan with; `None` = no end in sight. Nothing, once the battery is at its
    /// end by its own word, or other software is about to cut it.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        let at_its_end = self.low || self.forced.is_some();
        self.end.map(|end| if at_its_end { Duration::ZERO } else { end.since(now) })
    }
}

/// What the feeds of a machine that needs `needed` of them amount to. `witnessed` = since when its
/// own BMC says that an input has failed. Without feeds nothing endangers it.
pub(super) fn outlook(
    feeds: &[Feed],
    needed: u8,
    witnessed: Option<Instant>,
    lines: &[Line],
    configs: &[UpsConfig],
    now: Instant,
) -> Outlook {
    let view = View { feeds, needed: usize::from(needed).max(1), witnessed, lines, configs, now };
    let unless = |gone: fn(&FeedState) -> bool| view.count(|feed| !gone(&feed.state)) < view.needed;
    let short = !feeds.is_empty() && unless(is_short);
    let pressed = short && unless(|state| is_off(state) || is_low(state) || is_forced(state));
    let confirmed = short && unless(is_confirmed);
    let by_force = || view.seen().find(|feed| is_forced(&feed.state)).map(|feed| feed.ups);
    Outlook {
        end: if short { view.end() } else { None },
        confirmed,
        excused: confirmed && !unless(|state| is_confirmed(state) && !is_excused(state)),
        low: pressed && view.count(|feed| is_low(&feed.state)) > 0,
        forced: if pressed { by_force() } else { None },
        dark: !feeds.is_empty() && view.count(|feed| !is_off(&feed.state)) == 0,
        settled: view.count(Seen::is_settled) >= view.needed.min(feeds.len()),
        freshness: view.freshness(),
        look_again: view.look_again(),
    }
}

/// How long a machine would last if all mains failed now: the `needed`-th longest runtime. `None`
/// while too few UPSes were read. One that tells no runtime is reckoned with what it is assumed
/// to have.
pub(super) fn in_store(
    feeds: &[Feed],
    needed: u8,
    lines: &[Line],
    configs: &[UpsConfig],
    now: Instant,
) -> Option<Duration> {
    let store = |feed: &Feed| {
        let (line, config) = (lines.get(feed.ups.at())?, configs.get(feed.ups.at())?);
        let fed = line.reading()?.feeds(feed.outlet);
        let runtime = line.runtime(now).unwrap_or(config.assumed.duration());
        Some(if fed { runtime } else { Duration::ZERO })
    };
    nth_largest(feeds.iter().filter_map(store), usize::from(needed).max(1))
}

/// Readings that say that each feed is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dark {
    /// When the first of them was asked for.
    pub(super) first: Instant,
    /// When the last of them was asked for.
    pub(super) last: Instant,
}

/// The newest readings of all feeds, if each was asked for after `wanted` and says off.
///
/// They move on with every reading: whoever waits for the hold-up time keeps the first answer,
/// and lets go of it when this says `None`.
pub(super) fn dark_after(feeds: &[Feed], lines: &[Line], wanted: Instant) -> Option<Dark> {
    let mut dark: Option<Dark> = None;
    for feed in feeds {
        let line = lines.get(feed.ups.at())?;
        line.off_since(feed.outlet)?;
        let asked = line.asked().filter(|asked| *asked > wanted)?;
        dark = Some(match dark {
            Some(Dark { first, last }) => Dark { first: first.min(asked), last: last.max(asked) },
            None => Dark { first: asked, last: asked },
        });
    }
    dark
}

/// Everything that one outlook is made of.
struct View<'a> {
    feeds: &'a [Feed],
    needed: usize,
    witnessed: Option<Instant>,
    lines: &'a [Line],
    configs: &'a [UpsConfig],
    now: Instant,
}

/// One feed as seen, the second witness heard.
struct Seen {
    ups: UpsIndex,
    state: FeedState,
    freshness: Freshness,
}

impl Seen {
    fn is_settled(&self) -> bool {
        self.state == FeedState::Mains { settled: true } && self.freshness < Freshness::Unknown
    }
}

impl View<'_> {
    fn seen(&self) -> impl Iterator<Item = Seen> {
        self.feeds.iter().filter_map(|feed| {
            let (line, config) = (self.lines.get(feed.ups.at())?, self.configs.get(feed.ups.at())?);
            let freshness = line.freshness(config, self.now);
            let state = line.feed(feed.outlet, config, self.now);
            let state = self.by_witness(line, config, freshness).unwrap_or(state);
            Some(Seen { ups: feed.ups, state, freshness })
        })
    }

    /// What its own BMC makes of a feed whose UPS says nothing, and last said nothing bad.
    fn by_witness(
        &self,
        line: &Line,
        config: &UpsConfig,
        freshness: Freshness,
    ) -> Option<FeedState> {
        let since = self.witnessed.filter(|_| freshness == Freshness::Unknown)?;
        if line.asked().is_some_and(|asked| asked > since + config.unknown) {
            // Its UPS has spoken long enough after that to know: one supply of it is broken.
            return None;
        }
        let carried = match line.state(config, self.now) {
            FeedState::Unread | FeedState::Mains { .. } => true,
            FeedState::Battery(_) | FeedState::Off { .. } => false,
        };
        let runtime = line.runtime(self.now).unwrap_or(config.assumed.duration());
        carried.then(|| {
            FeedState::Battery(Battery {
                end: since + runtime,
                confirmed: self.now.since(since) >= config.confirm.duration(),
                excused: false,
                low: false,
                forced: false,
            })
        })
    }

    fn count(&self, of: impl Fn(&Seen) -> bool) -> usize {
        self.seen().filter(of).count()
    }

    /// The end of the `needed`-th best feed, of which one at least is short of it.
    fn end(&self) -> Option<Instant> {
        let end = |feed: Seen| match feed.state {
            FeedState::Unread | FeedState::Mains { .. } => Instant::from_micros(u64::MAX),
            FeedState::Battery(battery) => battery.end,
            FeedState::Off { .. } => self.now,
        };
        Some(nth_largest(self.seen().map(end), self.needed).unwrap_or(self.now))
    }

    fn freshness(&self) -> Freshness {
        let worse = |freshness| self.count(|feed| feed.freshness <= freshness) < self.needed;
        match (worse(Freshness::Good), worse(Freshness::Late)) {
            (false, _) => Freshness::Good,
            (true, false) => Freshness::Late,
            (true, true) => Freshness::Unknown,
        }
    }

    fn look_again(&self) -> Option<Instant> {
        let confirm = |feed: &Feed| self.configs.get(feed.ups.at()).map(|ups| ups.confirm);
        let since = self.witnessed?;
        let due = self.feeds.iter().filter_map(confirm).map(|confirm: Millis| since + confirm);
        due.filter(|due| *due > self.now).min()
    }
}

const fn is_short(state: &FeedState) -> bool {
    matches!(state, FeedState::Battery(_) | FeedState::Off { .. })
}

const fn is_off(state: &FeedState) -> bool {
    matches!(state, FeedState::Off { .. })
}

const fn is_low(state: &FeedState) -> bool {
    matches!(state, FeedState::Battery(Battery { low: true, .. }))
}

const fn is_forced(state: &FeedState) -> bool {
    matches!(state, FeedState::Battery(Battery { forced: true, .. }))
}

const fn is_excused(state: &FeedState) -> bool {
    matches!(state, FeedState::Battery(Battery { excused: true, .. }))
}

const fn is_confirmed(state: &FeedState) -> bool {
    match state {
        FeedState::Unread | FeedState::Mains { .. } => false,
        FeedState::Battery(Battery { confirmed, .. }) | FeedState::Off { confirmed } => *confirmed,
    }
}

/// The `nth` largest, counted from 1; `None` if there are fewer.
fn nth_largest<T: Ord>(values: impl Iterator<Item = T>, nth: usize) -> Option<T> {
    let mut all = heapless::Vec::<T, { crate::limits::MAX_FEEDS }>::new();
    for value in values {
        // There are no more feeds than that.
        let _ = all.push(value);
    }
    // A handful needs no sorting, whose code is larger than all of this.
    let is_it = |value: &T| {
        let above = all.iter().filter(|other| *other > value).count();
        let equal = all.iter().filter(|other| *other == value).count();
        above < nth && nth <= above + equal
    };
    let at = all.iter().position(is_it)?;
    Some(all.swap_remove(at))
}

#[cfg(test)]
mod tests;
