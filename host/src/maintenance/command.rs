//! Runs one command until it ends, or the time is up.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::service::platform::{self, Platform};

/// Most that is read of what a command writes, in bytes: twice what the 1,024 guests that a Hyper-V
/// host may have take with names of 100 characters each.
const OUTPUT: u64 = 1 << 20;
/// Most of it that is told, in bytes.
const TOLD: usize = 512;
/// So long is waited for the rest of what a command has written, and for its end when it is killed.
const AFTER: Duration = Duration::from_secs(1);

/// Runs commands, all of them within one limit.
pub(crate) struct Commands {
    platform: Arc<dyn Platform>,
    until: Instant,
}

/// A command that has ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// Its exit code; `None` when a signal has ended it.
    pub(crate) code: Option<i32>,
    /// What it has written to standard output.
    pub(crate) output: String,
    /// That is all of it: nothing that it has left running holds it open.
    pub(crate) whole: bool,
    /// And to standard error.
    pub(crate) error: String,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It failed, as the text says.
    Failed(String),
    /// The time was up.
    TimedOut,
}

impl Commands {
    /// For commands that have ended by then.
    pub(crate) fn new(platform: Arc<dyn Platform>, until: Instant) -> Self {
        Self { platform, until }
    }

    /// Runs it until it has ended with 0.
    pub(crate) async fn succeed(&self, argv: &[String]) -> Result<(), Failure> {
        self.succeeded(argv).await.map(drop)
    }

    /// The same, and gives all that it has written.
    pub(crate) async fn ask(&self, argv: &[String]) -> Result<String, Failure> {
        let ran = self.succeeded(argv).await?;
        if !ran.whole {
            let program = argv.first().map_or("", String::as_str);
            let why = "has left something running that holds its output open";
            return Err(Failure::Failed(format!("{program} {why}: close or redirect it there")));
        }
        Ok(ran.output)
    }

    async fn succeeded(&self, argv: &[String]) -> Result<Ran, Failure> {
        let ran = self.run(argv).await?;
        match ran.code {
            Some(0) => Ok(ran),
            _ => Err(ran.failure(argv.first().map_or("", String::as_str))),
        }
    }

    /// Runs a program with its arguments; no shell reads them.
    pub(crate) async fn run(&self, argv: &[String]) -> Result<Ran, Failure> {
        let (program, arguments) =
            argv.split_first().ok_or_else(|| Failure::Failed("the command is empty".into()))?;
        let mut command = std::process::Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let wrong = |error: io::Error| Failure::Failed(format!("{program}: {error}"));
        let mut child = platform::spawn(&*self.platform, command).map_err(wrong)?;
        let leader = child.id();
        let output = tokio::spawn(read(child.stdout.take()));
        let error = tokio::spawn(read(child.stderr.take()));
        match timeout_at(self.until, child.wait()).await {
            Ok(status) => {
                let status = status.map_err(wrong)?;
                // What it has left running may hold its output open.
                let output = timeout(AFTER, output).await.ok().and_then(Result::ok);
                let error = timeout(AFTER, error).await.ok().and_then(Result::ok);
                let whole = output.is_some();
                let [output, error] = [output, error].map(Option::unwrap_or_default);
                Ok(Ran { code: status.code(), output, whole, error })
            }
            Err(_) => {
                if let Some(leader) = leader {
                    self.platform.kill_group(leader).map_err(wrong)?;
                }
                // So that no zombie is left. What hangs in the kernel is not waited for.
                let _ = timeout(AFTER, child.wait()).await;
                Err(Failure::TimedOut)
            }
        }
    }
}

impl Ran {
    /// What the command is said to have failed of.
    pub(crate) fn failure(&self, program: &str) -> Failure {
        let how = match self.code {
            Some(code) => format!("ended with {code}"),
            None => "was ended by a signal".to_owned(),
        };
        let said = if self.error.trim().is_empty() { &self.output } else { &self.error };
        let said = said.trim().replace(['\n', '\r'], " ");
        let end = said.floor_char_boundary(TOLD);
        let said = said.get(..end).unwrap_or_default();
        Failure::Failed(match said.is_empty() {
            true => format!("{program} {how}"),
            false => format!("{program} {how}: {said}"),
        })
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What was read before a failure is of use all the same.
        let _ = from.take(OUTPUT).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
