//! Notices: what a service says goes to people by mail and to programs by commands.
//!
//! Whoever says something never waits for that. Every recipient and every command has a queue of
//! its own with an end; what does not fit is left out and counted, and the loss is told.

mod command;
#[cfg(all(test, unix))]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub use command::CommandSetup;

use crate::mail::{self, MailError, Mailbox};
use crate::platform::Severity;

/// Notices that wait for one recipient or command before they are taken up.
const ROOM: usize = 256;

/// Who is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticesSetup {
    /// The name of this machine or connector, for subjects.
    pub name: String,
    /// Mail, if there is any.
    pub mail: Option<mail::Setup>,
    /// Commands.
    pub commands: Vec<CommandSetup>,
}

/// From which severity on somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Least {
    /// Everything.
    Information,
    /// Warnings, errors and decisions.
    Warning,
    /// Errors and decisions.
    Error,
}

impl Least {
    /// Whether that is told.
    pub const fn takes(self, severity: Severity) -> bool {
        match (self, severity) {
            (Self::Information, _) | (_, Severity::Error | Severity::Decision) => true,
            (Self::Warning, Severity::Warning) => true,
            (Self::Warning | Self::Error, _) => false,
        }
    }
}

/// One event, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
    /// The message's id, as `KMN213-E`.
    pub id: String,
    /// How bad it is.
    #[serde(skip)]
    pub severity: Severity,
    /// What happened, as a clause without a full stop.
    pub text: String,
    /// What Komainu does now, as a sentence; may be empty.
    pub does: &'static str,
    /// What the operator should do, likewise.
    pub advice: &'static str,
    /// Whom it is about.
    pub about: std::collections::BTreeMap<&'static str, String>,
}

/// Something went wrong with telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Mail cannot be sent; it is tried again. Told once, until it works again.
    Mail {
        /// To whom.
        to: String,
        /// Why, without a secret.
        why: String,
    },
    /// Mail is sent again.
    MailWorks {
        /// To whom.
        to: String,
    },
    /// A command failed or was ended at its limit. Told once, until it succeeds again.
    Command {
        /// The program.
        program: String,
        /// How.
        why: String,
    },
    /// So many notices were left out.
    LeftOut {
        /// By whom.
        whom: String,
        /// How many.
        count: u64,
    },
}

/// Called for each [`Trouble`].
pub type Complain = Arc<dyn Fn(Trouble) + Send + Sync>;

/// Tells everybody who is to be told. Whoever holds it says something and goes on.
#[derive(Debug, Default)]
pub struct Teller {
    listeners: Vec<Listener>,
    tasks: JoinSet<()>,
}

/// A recipient's or a command's queue.
#[derive(Debug)]
struct Listener {
    least: Least,
    queue: mpsc::Sender<Notice>,
    left_out: Arc<AtomicU64>,
}

/// What a task takes from.
#[derive(Debug)]
pub(crate) struct Queue {
    notices: mpsc::Receiver<Notice>,
    left_out: Arc<AtomicU64>,
}

impl Queue {
    /// The next one; `None` when nothing will come any more.
    pub(crate) async fn next(&mut self) -> Option<Notice> {
        self.notices.recv().await
    }

    /// How many were left out since this was last asked.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.swap(0, Ordering::Relaxed)
    }
}

impl Teller {
    /// Begins to tell. Called inside the runtime.
    ///
    /// # Errors
    /// When an address is none, or a certificate cannot be read.
    pub fn start(setup: NoticesSetup, complain: Complain) -> Result<Self, MailError> {
        let mut teller = Self::default();
        for mailbox in setup.mail.map_or(Ok(Vec::new()), |mail| mail::open(mail, &setup.name))? {
            teller.mail(mailbox, &complain);
        }
        for command in setup.commands {
            let queue = teller.listen(command.least);
            teller.tasks.spawn(command::run(command, queue, Arc::clone(&complain)));
        }
        Ok(teller)
    }

    /// Hands it to everybody who takes its severity. Never waits.
    pub fn tell(&self, notice: &Notice) {
        for listener in self.listeners.iter().filter(|one| one.least.takes(notice.severity)) {
            if listener.queue.try_send(notice.clone()).is_err() {
                listener.left_out.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Tells what still waits, and ends: at the latest after that time.
    pub async fn finish(mut self, limit: Duration) {
        self.listeners.clear();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        // What is not told by then stays in the history.
        let _ = tokio::time::timeout(limit, all).await;
    }

    fn mail(&mut self, mailbox: Mailbox, complain: &Complain) {
        let queue = self.listen(mailbox.least());
        self.tasks.spawn(mailbox.run(queue, Arc::clone(complain)));
    }

    fn listen(&mut self, least: Least) -> Queue {
        let (queue, notices) = mpsc::channel(ROOM);
        let left_out = Arc::<AtomicU64>::default();
        self.listeners.push(Listener { least, queue, left_out: Arc::clone(&left_out) });
        Queue { notices, left_out }
    }
}
