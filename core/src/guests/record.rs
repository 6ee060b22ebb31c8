//! What must still be known of the guests after a crash.

use core::time::Duration;

use super::Guests;
use super::config::GuestId;
use super::guest::{Outcome, Task, Took};
use super::stopping::DOUBT;
use crate::time::Instant;

/// Who ran when the member died, and is off so long after its start, is meant to be.
const MISSED: Duration = Duration::from_secs(900);

/// What is durable of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Which.
    pub id: GuestId,
    /// It is to be started again.
    pub fallen: bool,
    /// It ran when it was last seen, or went with its host.
    pub ran: bool,
    /// It is wanted, and started again at once if it goes after all: it was asked to stop.
    pub kept: bool,
    /// How long its stops took, in milliseconds; 0 = never measured.
    pub stop_ms: u32,
    /// How long its starts took, likewise.
    pub start_ms: u32,
}

impl Guests {
    /// What is to be stored of each guest of which there is something to store.
    pub fn saved(&self) -> impl Iterator<Item = Saved> {
        let saved = self.guests.iter().map(|guest| Saved {
            id: guest.config.id,
            fallen: guest.fallen,
            ran: guest.ran,
            kept: guest.is_watched(),
            stop_ms: guest.stops.millis,
            start_ms: guest.starts.millis,
        });
        saved.filter(|saved| saved.fallen || saved.ran || saved.stop_ms > 0 || saved.start_ms > 0)
    }

    /// Takes up what was stored. A guest that is no longer configured is forgotten.
    pub(super) fn restore(&mut self, saved: &Saved, now: Instant) {
        let Some(guest) = self.guests.iter_mut().find(|guest| guest.config.id == saved.id) else {
            return;
        };
        guest.fallen = saved.fallen && guest.is_ours();
        if guest.fallen {
            guest.doubt = now + DOUBT;
            let outcome = if saved.kept { Outcome::Kept } else { Outcome::Idle };
            guest.task = Task::Rest(outcome);
        }
        if saved.ran && guest.is_ours() {
            (guest.ran, guest.missed) = (true, now + MISSED);
        }
        guest.stops = Took { millis: saved.stop_ms };
        guest.starts = Took { millis: saved.start_ms };
    }
}
