//! One host as the engine keeps it.

use std::io;
use std::net::SocketAddr;

use komainu_core::session::{Context, Effect, Heard, Session, Survey};
use komainu_core::time::{Instant, earliest};

use super::line::{Job, Line, Said, Step};

/// How far a host is.
pub(super) enum Stage<'a> {
    /// Its job has not begun.
    Waiting,
    /// Its job runs, and is to be done with at that time.
    Working(Job<'a>, Option<Instant>),
    /// Its result is told; the session is closed in order, until then at most.
    Closing(Instant),
    /// Nothing is left to do.
    Gone,
}

/// What a job waits for, apart from the session's answer.
pub(super) enum Errand {
    /// Nothing.
    None,
    /// The end of a rest.
    Rest(Instant),
    /// What a survey finds.
    Survey(Box<Survey>),
}

/// A host.
pub(super) struct Slot<'a> {
    pub(super) address: SocketAddr,
    pub(super) session: Session,
    pub(super) stage: Stage<'a>,
    pub(super) errand: Errand,
    /// Why nothing could be sent to it, by the system's number.
    pub(super) unsent: Option<i32>,
}

impl<'a> Slot<'a> {
    pub(super) fn new(address: SocketAddr, session: Session) -> Self {
        let (stage, errand) = (Stage::Waiting, Errand::None);
        Self { address, session, stage, errand, unsent: None }
    }

    /// Polls the job with what was said, until it waits for something or has ended.
    ///
    /// True when it has ended just now.
    pub(super) fn resume(&mut self, line: &Line, now: Instant, said: Said) -> bool {
        self.errand = Errand::None;
        let mut said = said;
        loop {
            let Stage::Working(job, ends) = &mut self.stage else { return false };
            let left = ends.map(|ends| ends.since(now));
            let snapshot = self.session.snapshot();
            let Some(step) = line.resume(job, now, said, snapshot) else { return true };
            if left.is_some_and(|left| left.is_zero()) {
                said = Said::OutOfTime;
                continue;
            }
            match step {
                Step::Ask(request, budget) => {
                    let budget = left.map_or(budget, |left| left.min(budget));
                    // A job asks one thing at a time, and its session is asked by nobody else.
                    let submitted = self.session.submit(now, request, budget);
                    debug_assert!(submitted.is_ok(), "the job has one question in flight");
                }
                Step::Survey(scope) => {
                    self.errand = Errand::Survey(Box::new(Survey::new(scope, now)));
                }
                Step::Rest(until) => self.errand = Errand::Rest(until),
            }
            return false;
        }
    }

    /// What the job is to be told now, if anything, having been told what came of its datagrams;
    /// or how long the next datagram is, which stands in `out`.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, out: &mut [u8]) -> Polled {
        if let Stage::Working(_, Some(ends)) = &self.stage {
            match &self.errand {
                Errand::Rest(_) if cx.now >= *ends => return Polled::Said(Said::OutOfTime),
                Errand::Survey(survey) if cx.now >= *ends => {
                    return Polled::Said(self.found(survey));
                }
                // A request in flight has a deadline of its own, which says more.
                Errand::None | Errand::Rest(_) | Errand::Survey(_) => {}
            }
        }
        match &mut self.errand {
            Errand::Rest(until) if cx.now >= *until => return Polled::Said(Said::Rested),
            Errand::Survey(survey) => {
                return match survey.poll(cx, out) {
                    Some(len) => Polled::Transmit(len),
                    None if survey.is_over() => {
                        let Errand::Survey(survey) = &self.errand else { return Polled::Idle };
                        Polled::Said(self.found(survey))
                    }
                    None => Polled::Idle,
                };
            }
            Errand::Rest(_) | Errand::None => {}
        }
        match self.session.poll(cx, out) {
            Some(Effect::Transmit(len)) => Polled::Transmit(len),
            Some(Effect::Failed(failure)) => {
                let silent = failure == komainu_core::failure::Failure::Silent;
                let unsent = self.unsent_error().filter(|_| silent);
                Polled::Said(unsent.map_or(Said::Failed(failure), Said::NotSent))
            }
            None => Polled::Idle,
        }
    }

    /// What a survey has found so far.
    fn found(&self, survey: &Survey) -> Said {
        let unsent = self.unsent_error().filter(|_| !survey.findings().is_there());
        unsent.map_or_else(|| Said::Found(Box::new(survey.findings().clone())), Said::NotSent)
    }

    fn unsent_error(&self) -> Option<io::Error> {
        self.unsent.map(io::Error::from_raw_os_error)
    }

    /// Takes a datagram; what the job is to be told of it.
    pub(super) fn handle(
        &mut self,
        cx: &mut Context<'_>,
        line: &Line,
        datagram: &mut [u8],
    ) -> Option<Said> {
        if let Errand::Survey(survey) = &mut self.errand {
            survey.handle(cx, datagram);
            return None;
        }
        match self.session.handle(cx, datagram)? {
            Heard::Answer(answer) => Some(line.keep(&answer)),
            // No session here is kept warm, so none reads by itself.
            Heard::Reading(_) => None,
        }
    }

    /// When to look at it again if nothing arrives before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Waiting | Stage::Gone => return None,
            Stage::Working(_, ends) => *ends,
            Stage::Closing(until) => Some(*until),
        };
        let errand = match &self.errand {
            Errand::None => None,
            Errand::Rest(until) => Some(*until),
            Errand::Survey(survey) => survey.deadline(),
        };
        earliest(earliest(stage, errand), self.session.deadline())
    }
}

/// What a slot wants done.
pub(super) enum Polled {
    /// Send that many bytes.
    Transmit(usize),
    /// Tell the job.
    Said(Said),
    /// Nothing now.
    Idle,
}
