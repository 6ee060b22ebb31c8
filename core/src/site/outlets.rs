//! Servers that are fenced by their outlets: off, proof by reading, and on again.

use core::time::Duration;

use crate::connector::interlock::Outlets as Wanted;
use crate::power::{Facts, Feed, HOLD_UP, RunId};
use crate::time::{Instant, earliest};
use crate::types::{ServerIndex, Supply, UpsIndex, UpsOrder, UpsReading};

use super::lines::Line;
use super::{Action, Known, Site};
use crate::power::Servers;

/// An order that no reading shows is given again after so long.
const AGAIN: Duration = Duration::from_secs(5);
/// The runs of these orders: none that the power machine gives.
const OURS: u64 = 1 << 63;

/// The outlets of one server, while they are off for its fencing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlets {
    off: bool,
    /// They read off before, and the server ran: that they do proves nothing.
    wrong: bool,
    /// Bit n: feed n is to be ordered so, or read.
    to_order: u8,
    to_read: u8,
    /// When they were ordered last.
    ordered: Instant,
    /// When the first readings were asked for that show all of them off, and when the last of
    /// these came.
    dark: Option<(Instant, Instant)>,
}

/// What is next.
enum Turn {
    Act(Action),
    /// All of them were off for long enough, by readings that were asked for since.
    Proved(Instant),
    /// They are on again.
    Over,
    Wait(Instant),
}

impl Outlets {
    fn new(now: Instant, off: bool, wrong: bool, feeds: &[Feed]) -> Self {
        Self { off, wrong, to_order: all(feeds), to_read: 0, ordered: now, dark: None }
    }

    fn turn(
        &mut self,
        now: Instant,
        server: ServerIndex,
        feeds: &[Feed],
        lines: &[Line],
        facts: &Facts,
    ) -> Turn {
        let at = |bits: u8| feeds.iter().zip(0_u8..).find(|(_, at)| bits & 1 << at != 0);
        if let Some((feed, at)) = at(self.to_order) {
            self.to_order &= !(1 << at);
            self.ordered = now;
            let (outlet, delay) = (feed.outlet, crate::time::Millis::new(0));
            let order = match self.off {
                true => UpsOrder::Off { outlet, delay },
                false => UpsOrder::On { outlet },
            };
            let run = RunId(OURS | u64::from(server.0) << 8 | u64::from(at));
            return Turn::Act(Action::OrderUps { run, ups: feed.ups, order });
        }
        if let Some((feed, at)) = at(self.to_read) {
            self.to_read &= !(1 << at);
            return Turn::Act(Action::ReadUps(feed.ups));
        }
        let shows = |feed: &Feed| {
            lines.get(feed.ups.at()).and_then(|line| line.shows(feed, self.ordered, !self.off))
        };
        let shown = feeds.iter().try_fold(None, |all: Option<(Instant, Instant)>, feed| {
            let (asked, read) = shows(feed)?;
            let all = all.unwrap_or((asked, read));
            Some(Some((all.0.min(asked), all.1.max(read))))
        });
        match shown.flatten() {
            Some(_) if self.off && self.wrong => Turn::Wait(now + AGAIN),
            Some(shown) if self.off => self.prove(now, shown, facts),
            Some(_) => Turn::Over,
            None if now >= self.ordered + AGAIN => {
                (self.to_order, self.dark) = (all(feeds), None);
                self.turn(now, server, feeds, lines, facts)
            }
            None => {
                self.dark = None;
                Turn::Wait(self.ordered + AGAIN)
            }
        }
    }

    fn prove(&mut self, now: Instant, shown: (Instant, Instant), facts: &Facts) -> Turn {
        let mut dark = *self.dark.get_or_insert(shown);
        let heard = facts.heard.map(|(heard, _)| heard).max(facts.bmc_heard);
        if heard > Some(dark.0) {
            // It lives, or did then: it begins again with what was read since.
            dark = *self.dark.insert(shown);
        }
        let proved = dark.1 + HOLD_UP;
        match (now >= proved, heard > Some(dark.0)) {
            (true, false) => Turn::Proved(dark.0),
            (false, _) => Turn::Wait(proved),
            (true, true) => Turn::Wait(now + AGAIN),
        }
    }
}

fn all(feeds: &[Feed]) -> u8 {
    feeds.iter().zip(0_u8..).fold(0, |bits, (_, at)| bits | 1 << at)
}

impl<const N: usize, const C: usize, const U: usize> Site<N, C, U> {
    /// Has the outlets of a server follow its fencing.
    pub(super) fn follow_outlets(&mut self, now: Instant, server: ServerIndex) {
        let planned = self.power.config().servers();
        let planned = planned.iter().find(|planned| planned.server == server);
        let feeds = planned.map(|planned| &planned.feeds[..]).unwrap_or_default();
        let possible = !feeds.is_empty() && feeds.iter().all(|feed| feed.alone);
        let off = match self.connector.outlets(now, server, possible) {
            Wanted::Leave => return,
            Wanted::Off => true,
            Wanted::On => false,
        };
        let Some(outlets) = self.outlets.get_mut(server.at()) else { return };
        if outlets.is_none_or(|outlets| outlets.off != off) {
            let wrong = self.power.feeds_are_wrong(server);
            *outlets = Some(Outlets::new(now, off, wrong, feeds));
            self.outlets_due.set(server.0, Some(now));
        }
    }

    /// The next order about outlets. `None` when none is due; `Some(None)` when something else was
    /// done.
    pub(super) fn next_outlet(&mut self, now: Instant) -> Option<Option<Action>> {
        let (_, at) = self.outlets_due.first().filter(|(due, _)| *due <= now)?;
        let server = ServerIndex(at);
        let facts = Known { connector: &self.connector, now }.facts(server);
        let planned = self.power.config().servers();
        let feeds = planned.iter().find(|planned| planned.server == server);
        let slot = self.outlets.get_mut(server.at());
        let (Some(planned), Some(slot)) = (feeds, slot) else {
            self.outlets_due.set(at, None);
            return Some(None);
        };
        let turn = slot
            .as_mut()
            .map(|outlets| outlets.turn(now, server, &planned.feeds, &self.lines, &facts));
        let next = match turn {
            Some(Turn::Act(action)) => return Some(Some(action)),
            Some(Turn::Proved(asked)) => {
                self.connector.proved_by_feed(now, server, asked);
                Some(now + AGAIN)
            }
            Some(Turn::Wait(until)) => Some(until),
            Some(Turn::Over) => {
                *slot = None;
                self.connector.feeds_again(now, server);
                None
            }
            None => None,
        };
        self.outlets_due.set(at, next);
        Some(None)
    }

    /// An order about an outlet was answered: its UPS is read at once. `false` when it is none of
    /// these orders.
    pub(super) fn outlet_ordered(&mut self, now: Instant, run: RunId) -> bool {
        if run.0 & OURS == 0 {
            return false;
        }
        let (server, feed) = ((run.0 & !OURS) >> 8, run.0 as u8);
        let slot = usize::try_from(server).ok().and_then(|at| self.outlets.get_mut(at));
        if let Some(Some(outlets)) = slot {
            outlets.to_read |= 1_u8.checked_shl(u32::from(feed)).unwrap_or(0);
            self.outlets_due.set(server as u16, Some(now));
        }
        true
    }

    /// What the power machine is told of a UPS: an outlet that is off for a fencing is no outage.
    /// Wakes whoever waits for that reading.
    pub(super) fn without_cuts(
        &mut self,
        now: Instant,
        ups: UpsIndex,
        mut reading: UpsReading,
    ) -> UpsReading {
        if self.outlets_due.first().is_none() {
            return reading;
        }
        for planned in self.power.config().servers() {
            let cut = self.outlets.get(planned.server.at()).is_some_and(Option::is_some);
            for feed in planned.feeds.iter().filter(|feed| cut && feed.ups == ups) {
                match feed.outlet.number() {
                    0 if reading.supply == Supply::Off => reading.supply = Supply::Mains,
                    0 => {}
                    number => reading.outlets_off &= !(1 << number),
                }
                let due = self.outlets_due.get(planned.server.0);
                self.outlets_due.set(planned.server.0, earliest(due, Some(now)));
            }
        }
        reading
    }
}
