//! What all hosts are told of, each several times, since notices are not answered.

use super::{HostIndex, View};
use crate::time::{Instant, Millis, earliest};
use crate::types::{Event, Source, Token};

/// How often a notice is sent: datagrams get lost, and a lost one costs a patrol.
const TIMES: u8 = 3;
/// The pause before each repeat.
const PAUSE: Millis = Millis::new(200);

/// A notice that is being sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    number: u32,
    event: Event,
    source: Source,
    left: u8,
    next: Instant,
}

/// A notice to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Notice {
    /// The same for every repeat; counts from 1 in this cluster since the start.
    pub number: u32,
    /// What happened.
    pub event: Event,
    /// How that is known.
    pub source: Source,
    /// To which host; `None` = to the cluster.
    pub host: Option<HostIndex>,
    /// The token, where the event is a fencing.
    pub token: Token,
}

impl View<'_> {
    /// The next notice to send now. Each is sent three times, 200 ms apart; a newer event of the
    /// same kind (power, fencing, cluster) takes the place of the older one.
    pub fn next_notice(&mut self, now: Instant) -> Option<Notice> {
        if let Some(due) = take(&mut self.cluster.notice, now) {
            return Some(notice(due, None, Token::default()));
        }
        for (host, index) in self.hosts.iter_mut().zip(0..) {
            let token = host.fencing.token;
            if let Some(due) = take(&mut host.fence_notice, now) {
                return Some(notice(due, Some(HostIndex(index)), token));
            }
            if let Some(due) = take(&mut host.power_notice, now) {
                return Some(notice(due, Some(HostIndex(index)), Token::default()));
            }
        }
        None
    }

    /// When the next notice is due that is about the cluster.
    pub fn notice_deadline(&self) -> Option<Instant> {
        self.cluster.notice.map(|due| due.next)
    }

    pub(super) fn notify_cluster(&mut self, now: Instant, event: Event, source: Source) {
        self.cluster.notice = Some(self.due(now, event, source));
    }

    pub(super) fn notify_fencing(&mut self, now: Instant, of: HostIndex, event: Event) {
        let source = match (event, self.host(of).is_some_and(|host| host.fencing.by_operator)) {
            (Event::Fenced, true) => Source::Operator,
            _ => Source::Fence,
        };
        let due = self.due(now, event, source);
        if let Some(host) = self.host_mut(of) {
            host.fence_notice = Some(due);
        }
    }

    pub(super) fn notify_power(&mut self, now: Instant, of: HostIndex, event: Event, by: Source) {
        let due = self.due(now, event, by);
        if let Some(host) = self.host_mut(of) {
            host.power_notice = Some(due);
        }
    }

    fn due(&mut self, now: Instant, event: Event, source: Source) -> Due {
        self.cluster.notices = self.cluster.notices.wrapping_add(1).max(1);
        Due { number: self.cluster.notices, event, source, left: TIMES, next: now }
    }
}

/// When the next notice is due that is about a host.
pub(super) fn deadline(a: Option<Due>, b: Option<Due>) -> Option<Instant> {
    earliest(a.map(|due| due.next), b.map(|due| due.next))
}

fn take(slot: &mut Option<Due>, now: Instant) -> Option<Due> {
    let due = slot.as_mut().filter(|due| due.next <= now)?;
    due.left = due.left.saturating_sub(1);
    due.next = now + PAUSE;
    let taken = *due;
    if taken.left == 0 {
        *slot = None;
    }
    Some(taken)
}

const fn notice(due: Due, host: Option<HostIndex>, token: Token) -> Notice {
    Notice { number: due.number, event: due.event, source: due.source, host, token }
}
