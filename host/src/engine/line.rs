//! What a job says to its BMC, and hears: jobs are written as if they talked to one BMC alone.
//!
//! A job is a future that the engine polls by hand, one at a time. It leaves its next step here,
//! and finds here what came of it. So that a thousand jobs need no memory for answers, there is
//! one place for all of them: it is filled just before a job is polled, and read in that poll.

use std::cell::{Cell, Ref, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use komainu_core::failure::Failure;
use komainu_core::session::{Answer, Findings, Scope, Snapshot};
use komainu_core::time::Instant;
use komainu_core::wire::command::{Command, CompletionCode, Request};

use crate::problem::{Named, Problem, Refusal};

/// What a job does for one host; it tells its result by itself.
pub(crate) type Job<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// What a job wants next.
#[derive(Debug)]
pub(super) enum Step {
    /// Send the request, and hear the answer within the time.
    Ask(Request, Duration),
    /// Find out what the BMC tells without a login.
    Survey(Scope),
    /// Do nothing until then.
    Rest(Instant),
}

/// What came of a step.
#[derive(Debug)]
pub(super) enum Said {
    /// The job begins.
    Begin,
    /// An answer with this code; its data is in the line.
    Answer(CompletionCode),
    /// No answer.
    Failed(Failure),
    /// Nothing could be sent.
    NotSent(std::io::Error),
    /// What was found without a login.
    Found(Box<Findings>),
    /// The rest is over.
    Rested,
    /// The time for this host is up.
    OutOfTime,
}

/// Where jobs and engine meet.
pub(crate) struct Line {
    now: Cell<Instant>,
    step: Cell<Option<Step>>,
    said: Cell<Option<Said>>,
    data: RefCell<Vec<u8>>,
    snapshot: Cell<Option<Snapshot>>,
}

impl Line {
    /// A line that nobody uses yet.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            now: Cell::new(now),
            step: Cell::new(None),
            said: Cell::new(None),
            data: RefCell::new(Vec::with_capacity(256)),
            snapshot: Cell::new(None),
        }
    }

    /// Keeps an answer for the job that is polled next.
    pub(super) fn keep(&self, answer: &Answer<'_>) -> Said {
        let mut data = self.data.borrow_mut();
        data.clear();
        data.extend_from_slice(answer.data);
        Said::Answer(answer.code)
    }

    /// Polls a job with what was said; its next step, or `None` when it has ended.
    pub(super) fn resume(
        &self,
        job: &mut Job<'_>,
        now: Instant,
        said: Said,
        snapshot: Snapshot,
    ) -> Option<Step> {
        self.now.set(now);
        self.said.set(Some(said));
        self.snapshot.set(Some(snapshot));
        let polled = job.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop()));
        self.said.set(None);
        match polled {
            Poll::Ready(()) => None,
            Poll::Pending => self.step.take(),
        }
    }
}

/// The BMC, as its job sees it.
#[derive(Clone, Copy)]
pub(crate) struct Bmc<'a>(pub(super) &'a Line);

impl<'a> Bmc<'a> {
    /// Now.
    pub(crate) fn now(self) -> Instant {
        self.0.now.get()
    }

    /// How the session stands.
    pub(crate) fn session(self) -> Option<Snapshot> {
        self.0.snapshot.get()
    }

    /// Asks a typed command, in all the time that the host has left.
    pub(crate) async fn ask<C: Command>(self, command: &C) -> Result<C::Response, Problem> {
        let request = Request::of(command).map_err(|_| Problem::TooLarge)?;
        let command = Named { net_fn: C::NET_FN, code: C::CODE };
        let code = self.send(request, Duration::MAX).await?;
        if !code.is_success() {
            return Err(Problem::Refused(Refusal { command, code, privilege: C::PRIVILEGE }));
        }
        C::parse(&self.data()).map_err(|_| Problem::Malformed(command))
    }

    /// The same, where a BMC may lack the command or the parameter: `None` when it refuses.
    pub(crate) async fn try_ask<C: Command>(
        self,
        command: &C,
    ) -> Result<Option<C::Response>, Problem> {
        match self.ask(command).await {
            Ok(response) => Ok(Some(response)),
            Err(Problem::Refused(_) | Problem::Malformed(_)) => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Sends a request; its data is in [`Bmc::data`] until the next await.
    pub(crate) async fn send(
        self,
        request: Request,
        budget: Duration,
    ) -> Result<CompletionCode, Problem> {
        match self.step(Step::Ask(request, budget)).await {
            Some(Said::Answer(code)) => Ok(code),
            said => Err(problem(said)),
        }
    }

    /// What the answer to [`Bmc::send`] said, behind its completion code.
    pub(crate) fn data(self) -> Ref<'a, [u8]> {
        Ref::map(self.0.data.borrow(), Vec::as_slice)
    }

    /// Finds out what the BMC tells without a login.
    pub(crate) async fn survey(self, scope: Scope) -> Result<Box<Findings>, Problem> {
        match self.step(Step::Survey(scope)).await {
            Some(Said::Found(findings)) => Ok(findings),
            said => Err(problem(said)),
        }
    }

    /// Does nothing until then, or until the time of the host is up.
    pub(crate) async fn rest(self, until: Instant) -> Result<(), Problem> {
        match self.step(Step::Rest(until)).await {
            Some(Said::Rested) => Ok(()),
            said => Err(problem(said)),
        }
    }

    fn step(self, step: Step) -> Turn<'a> {
        self.0.step.set(Some(step));
        Turn { line: self.0, asked: false }
    }
}

fn problem(said: Option<Said>) -> Problem {
    match said {
        Some(Said::Failed(failure)) => Problem::Failed(failure),
        Some(Said::NotSent(error)) => Problem::NotSent(error.to_string()),
        Some(Said::OutOfTime) => Problem::OutOfTime,
        Some(Said::Begin | Said::Answer(_) | Said::Found(_) | Said::Rested) | None => {
            unreachable!("the engine answers each step in its own kind")
        }
    }
}

/// Lets the engine act once.
struct Turn<'a> {
    line: &'a Line,
    asked: bool,
}

impl Future for Turn<'_> {
    type Output = Option<Said>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.asked {
            return Poll::Ready(self.line.said.take());
        }
        self.asked = true;
        Poll::Pending
    }
}
