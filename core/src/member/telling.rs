//! What is told: each change once, derived from what was told last.

use core::time::Duration;

use crate::counters::ResetDiscard;
use crate::time::Instant;

use super::Member;
use super::tell::{Tell, View};

/// How often the discarded datagrams of one cause are told at most.
const DISCARDS: Duration = Duration::from_secs(60);

/// What was told last of the member itself.
#[derive(Debug, Default)]
pub(super) struct Told {
    frozen: bool,
    discards: [u32; ResetDiscard::ALL.len()],
    discards_at: [Option<Instant>; ResetDiscard::ALL.len()],
}

impl Member {
    /// The next thing to tell.
    pub(super) fn next_tell(&mut self, now: Instant) -> Option<Tell> {
        self.tell_frozen(now)
            .or_else(|| self.tell_peer(now))
            .or_else(|| self.tell_path(now))
            .or_else(|| self.tell_service(now))
            .or_else(|| self.tell_guest())
            .or_else(|| self.tell_connector(now))
            .or_else(|| self.tell_discard(now))
    }

    fn tell_frozen(&mut self, now: Instant) -> Option<Tell> {
        let frozen = self.frozen(now);
        let changed = core::mem::replace(&mut self.told.frozen, frozen) != frozen;
        changed.then_some(if frozen { Tell::Frozen } else { Tell::Thawed })
    }

    fn tell_peer(&mut self, now: Instant) -> Option<Tell> {
        let patrol = self.timers.patrol.duration();
        for peer in &mut self.peers {
            let host = peer.config.host;
            let view = peer.view(now, patrol);
            let before = core::mem::replace(&mut peer.tells.view, view);
            let token = peer.proof.map(|proof| proof.token).unwrap_or_default();
            let left = peer.left();
            let tells = &mut peer.tells;
            let changed = (view != before).then_some(match view {
                View::Alive => Some(Tell::PeerAlive { host }),
                View::Fenced => Some(Tell::Fenced { host, token }),
                View::Unknown => left.then_some(Tell::PeerLeft { host }),
                View::Suspect | View::Fencing => {
                    (before == View::Alive).then_some(Tell::PeerSuspect { host })
                }
            });
            if let Some(tell) = changed.flatten() {
                return Some(tell);
            }
            if let Some((reason, look_only)) = tells.asked.take() {
                return Some(Tell::Asked { host, reason, look_only });
            }
            if let Some(cause) = tells.refused.take() {
                return Some(Tell::Refused { host, cause });
            }
            if core::mem::take(&mut tells.differs) {
                return Some(Tell::DigestDiffers { host: Some(host) });
            }
            if core::mem::take(&mut tells.went_back) {
                return Some(Tell::WentBack { host });
            }
        }
        None
    }

    fn tell_path(&mut self, now: Instant) -> Option<Tell> {
        let patrol = self.timers.patrol.duration();
        for peer in &mut self.peers {
            let host = peer.config.host;
            if !peer.is_alive(now, patrol) {
                continue;
            }
            for path in &mut peer.paths {
                let alive = path.dialogue.is_alive(now, patrol);
                let number = path.dialogue.path();
                match path.told.replace(alive) {
                    Some(true) if !alive => return Some(Tell::PathLost { path: number, host }),
                    Some(false) if alive => return Some(Tell::PathBack { path: number, host }),
                    Some(_) | None => {}
                }
            }
        }
        None
    }

    fn tell_service(&mut self, now: Instant) -> Option<Tell> {
        for at in 0..self.services.len() {
            let report = self.report(at, now);
            let service = self.services.get_mut(at)?;
            let number = service.config.number;
            if let Some(command) = service.tell_failed.take() {
                return Some(Tell::ServiceFailed { number, command });
            }
            let Some(report) = report else { continue };
            let (state, generation) = (report.state, report.generation);
            let before = service.told.replace((state, generation));
            if before.map(|(state, _)| state) != Some(state) {
                return Some(Tell::Service { number, state, generation });
            }
        }
        None
    }

    fn tell_guest(&mut self) -> Option<Tell> {
        let (guest, event) = self.guests.next_event()?;
        Some(Tell::Guest { guest, event })
    }

    fn tell_connector(&mut self, now: Instant) -> Option<Tell> {
        for connector in &mut self.connectors.list {
            let number = connector.number;
            let alive = connector.is_alive(now);
            if core::mem::replace(&mut connector.told, alive) != alive {
                return Some(if alive {
                    Tell::ConnectorBack { number }
                } else {
                    Tell::ConnectorLost { number }
                });
            }
            if core::mem::take(&mut connector.tell_differs) {
                return Some(Tell::DigestDiffers { host: None });
            }
        }
        None
    }

    fn tell_discard(&mut self, now: Instant) -> Option<Tell> {
        let told = self.told.discards.iter_mut().zip(&mut self.told.discards_at);
        for (cause, (told, at)) in ResetDiscard::ALL.into_iter().zip(told) {
            let count = self.counters.discarded(cause);
            let many = cause.is_worth_telling(count.saturating_sub(*told));
            if many && at.is_none_or(|at| now >= at + DISCARDS) {
                *at = Some(now);
                *told = count;
                return Some(Tell::Discarded { cause, count });
            }
        }
        None
    }

    /// When the next thing is to be told that was held back.
    pub(super) fn tells_deadline(&self) -> Option<Instant> {
        let told = self.told.discards.iter().zip(&self.told.discards_at);
        let held = ResetDiscard::ALL.into_iter().zip(told);
        held.filter(|(cause, (told, _))| {
            cause.is_worth_telling(self.counters.discarded(*cause).saturating_sub(**told))
        })
        .filter_map(|(_, (_, at))| at.map(|at| at + DISCARDS))
        .min()
    }
}
