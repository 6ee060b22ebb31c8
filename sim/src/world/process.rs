//! A process: dead, running, or hung with what came meanwhile waiting for it.

use std::collections::VecDeque;
use std::time::Duration;

/// Most inputs that wait for a hung process; the socket's buffer holds no more.
const MOST_WAITING: usize = 256;

/// Others have heard a process so long after its start, also where datagrams are lost.
const HEARD: Duration = Duration::from_secs(5);

/// A process around a machine of the core, with the inputs `I` that its shell would hand over.
#[derive(Debug)]
pub(super) struct Process<M, I> {
    machine: Option<Box<M>>,
    hung: bool,
    waiting: VecDeque<I>,
    /// How often it was started; tells what belongs to an earlier one.
    pub(super) starts: u32,
    /// When it was started last.
    since: Duration,
    /// When it wants to be polled.
    pub(super) due: Option<Duration>,
    /// It dies after so many more actions.
    pub(super) fuse: Option<u32>,
    /// After how long it is started again when it has died.
    pub(super) back: Duration,
}

impl<M, I> Default for Process<M, I> {
    fn default() -> Self {
        Self {
            machine: None,
            hung: false,
            waiting: VecDeque::new(),
            starts: 0,
            since: Duration::ZERO,
            due: None,
            fuse: None,
            back: Duration::ZERO,
        }
    }
}

impl<M, I> Process<M, I> {
    /// Starts it anew, to be polled at once.
    pub(super) fn start(&mut self, machine: Box<M>, now: Duration) {
        let starts = self.starts + 1;
        let due = Some(now);
        *self = Self { machine: Some(machine), starts, since: now, due, ..Self::default() };
    }

    /// Ends it; false when it was dead.
    pub(super) fn kill(&mut self) -> bool {
        let was = self.machine.take().is_some();
        *self = Self { starts: self.starts, back: self.back, ..Self::default() };
        was
    }

    /// Whether it lives, hung or not.
    pub(super) fn lives(&self) -> bool {
        self.machine.is_some()
    }

    /// Whether others may have heard it by now.
    pub(super) fn is_there(&self, now: Duration) -> bool {
        self.lives() && now >= self.since + HEARD
    }

    /// Whether it lives and takes no step.
    pub(super) fn is_hung(&self) -> bool {
        self.lives() && self.hung
    }

    /// Whether it takes steps.
    pub(super) fn runs(&self) -> bool {
        self.lives() && !self.hung
    }

    /// The machine, if it takes steps.
    pub(super) fn running(&mut self) -> Option<&mut M> {
        self.machine.as_deref_mut().filter(|_| !self.hung)
    }

    /// The machine, if it lives.
    pub(super) fn machine(&self) -> Option<&M> {
        self.machine.as_deref()
    }

    /// From now on it takes no step.
    pub(super) fn hang(&mut self) {
        self.hung = self.machine.is_some();
    }

    /// It goes on; what waited for it, oldest first.
    pub(super) fn go_on(&mut self, now: Duration) -> VecDeque<I> {
        self.hung = false;
        if self.machine.is_some() {
            self.due = Some(now);
        }
        std::mem::take(&mut self.waiting)
    }

    /// Keeps an input for a hung process; gives it back when there is nothing to wait for.
    pub(super) fn keep(&mut self, input: I) -> Option<I> {
        if !self.hung {
            return Some(input);
        }
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(input);
        }
        None
    }

    /// When it takes its next step by itself.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.due.filter(|_| !self.hung)
    }

    /// It dies after so many more actions, and is started again after `back`. Whether it takes
    /// steps, and so will come to that.
    pub(super) fn light(&mut self, fuse: u32, back: Duration) -> bool {
        self.fuse = Some(fuse);
        self.back = back;
        self.runs()
    }

    /// Counts an action; true when the process dies of it.
    pub(super) fn burns_out(&mut self) -> bool {
        match &mut self.fuse {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }
}
