//! The demo's own eye on the service: asks both servers over and over, and holds what they answer
//! against the one promise that matters.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use komainu_core::time::Instant;

use super::asker::{Answer, Asker};
use super::site::Which;
use super::stage::{Event, Tell};
use crate::service::unix_ms;

/// Between two questions to a server.
const PACE: Duration = Duration::from_millis(10);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(100);

/// Asks that server until nobody wants to know any more.
pub(super) fn watch(which: Which, address: SocketAddr, tell: Tell) {
    std::thread::spawn(move || {
        let mut asker = Asker::new(address, PATIENCE);
        loop {
            let answer = asker.ask();
            if tell.send(Event::Asked { which, answer, at: unix_ms() }).is_err() {
                return;
            }
            sleep(PACE);
        }
    });
}

/// Every run of the service, from its start to its last answer.
#[derive(Default)]
pub(super) struct Record {
    runs: Vec<Run>,
    /// How many answers there were.
    pub(super) answers: u64,
}

struct Run {
    which: Which,
    since: Instant,
    last: Instant,
}

impl Record {
    /// Takes an answer in.
    pub(super) fn add(&mut self, which: Which, answer: Answer) {
        self.answers += 1;
        let same = |run: &&mut Run| run.which == which && run.since == answer.since;
        match self.runs.iter_mut().find(same) {
            Some(run) => run.last = run.last.max(answer.at),
            None => self.runs.push(Run { which, since: answer.since, last: answer.at }),
        }
    }

    /// Whether both servers ever served at once: one had started before the other's last answer.
    pub(super) fn overlaps(&self) -> bool {
        let of = |which| self.runs.iter().filter(move |run| run.which == which);
        let at_once = |a: &Run, b: &Run| a.since <= b.last && b.since <= a.last;
        of(Which::Alpha).any(|a| of(Which::Beta).any(|b| at_once(a, b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(runs: &[(Which, u64, u64)]) -> Record {
        let mut record = Record::default();
        for (which, since, at) in runs {
            let [since, at] = [since, at].map(|micros| Instant::from_micros(*micros));
            record.add(*which, Answer { since, at });
        }
        record
    }

    #[test]
    fn one_after_the_other_is_as_it_should_be() {
        use Which::{Alpha, Beta};
        let runs = [(Alpha, 1, 5), (Alpha, 1, 9), (Beta, 10, 11), (Alpha, 12, 12), (Beta, 13, 20)];
        assert!(!record(&runs).overlaps());
        assert_eq!(record(&runs).answers, 5);
    }

    #[test]
    fn two_at_once_are_noticed_however_late() {
        use Which::{Alpha, Beta};
        assert!(record(&[(Alpha, 1, 5), (Beta, 10, 11), (Alpha, 1, 12)]).overlaps());
        assert!(record(&[(Beta, 10, 40), (Alpha, 20, 21)]).overlaps());
        assert!(record(&[(Alpha, 1, 10), (Beta, 10, 11)]).overlaps());
    }
}
