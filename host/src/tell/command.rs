//! Notices by command: a program per event, with the event on its standard input.

use std::ffi::OsString;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::platform::keep_ours;

use super::{Complain, Least, Notice, Queue, Trouble};

/// Runs of one command at the same time; more wait.
const AT_ONCE: usize = 4;

/// A command that is run for every event.
///
/// It gets the event as a line of JSON on its standard input, and in its environment
/// `KOMAINU_EVENT`, `KOMAINU_TEXT`, `KOMAINU_DOES`, `KOMAINU_ADVICE`, and for each field of whom
/// it is about `KOMAINU_ABOUT_` with the field's name in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSetup {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// From which severity on it is run.
    pub least: Least,
    /// How long it may run before it is killed. 1 s to 10 min; default 30 s.
    pub limit: Duration,
}

/// Runs it for every notice, until there are no more and the last one has ended.
pub(super) async fn run(setup: CommandSetup, mut queue: Queue, complain: Complain) {
    let (setup, room) = (Arc::new(setup), Arc::new(Semaphore::new(AT_ONCE)));
    // What is said of a failure comes here too, and must not fail for ever.
    let failing = Arc::<AtomicBool>::default();
    let mut runs = JoinSet::new();
    while let Some(notice) = queue.next().await {
        while runs.try_join_next().is_some() {}
        let count = queue.left_out();
        if count > 0 {
            complain(Trouble::LeftOut { whom: setup.program().to_owned(), count });
        }
        // Nobody closes it.
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let (setup, complain) = (Arc::clone(&setup), Arc::clone(&complain));
        let failing = Arc::clone(&failing);
        runs.spawn(async move {
            let _place = place;
            let ran = setup.once(&notice).await;
            let failed_before = failing.swap(ran.is_err(), Ordering::Relaxed);
            if let Err(why) = ran
                && !failed_before
            {
                complain(Trouble::Command { program: setup.program().to_owned(), why });
            }
        });
    }
    while runs.join_next().await.is_some() {}
}

impl CommandSetup {
    fn program(&self) -> &str {
        self.command.first().map_or("", String::as_str)
    }

    async fn once(&self, notice: &Notice) -> Result<(), String> {
        let mut command = std::process::Command::new(self.program());
        keep_ours(&mut command);
        let mut command = Command::from(command);
        command.args(self.command.iter().skip(1)).envs(environment(notice));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("it cannot run: {error}"))?;
        let input = child.stdin.take();
        let line = serde_json::to_string(notice).unwrap_or_default() + "\n";
        let whole = async {
            if let Some(mut input) = input {
                // A command that does not read its input is none the worse.
                let _ = input.write_all(line.as_bytes()).await;
            }
            child.wait().await
        };
        match timeout(self.limit, whole).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("it ended with {status}")),
            Ok(Err(error)) => Err(format!("its end is unknown: {error}")),
            Err(_) => Err(format!("it was killed after {} s", self.limit.as_secs())),
        }
    }
}

fn environment(notice: &Notice) -> Vec<(OsString, OsString)> {
    let fixed = [
        ("KOMAINU_EVENT", notice.id.as_str()),
        ("KOMAINU_TEXT", &notice.text),
        ("KOMAINU_DOES", notice.does),
        ("KOMAINU_ADVICE", notice.advice),
    ];
    let about = notice.about.iter().map(|(name, value)| {
        let name = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        (format!("KOMAINU_ABOUT_{name}"), value.as_str())
    });
    // The system takes no NUL in either.
    let clean = |text: &str| OsString::from(text.replace('\0', " "));
    let fixed = fixed.into_iter().map(|(name, value)| (name.to_owned(), value));
    fixed.chain(about).map(|(name, value)| (clean(&name), clean(value))).collect()
}
