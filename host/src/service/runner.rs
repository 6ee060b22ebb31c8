//! Runs the commands of a member's services, each in a process group of its own with a time
//! limit, and remembers what it started.

mod started;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use super::platform::{self, Platform};
use crate::private;
use started::{Stage, Started};

/// Most of a command's output that is told, in bytes from its end.
const OUTPUT: u64 = 2048;

/// A service, as its commands want to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workload {
    /// Its name.
    pub(crate) name: String,
    /// Starts it: a program and its arguments. Ends when the service runs.
    pub(crate) start: Vec<String>,
    /// Stops it, or what is left of it. Ends when it does not run any more.
    pub(crate) stop: Vec<String>,
    /// Ends with success while it runs. Without one, what the start left running is looked at.
    pub(crate) check: Option<Vec<String>>,
}

/// How long a command that was killed may take to be gone.
const REAPING: Duration = Duration::from_secs(1);

/// Which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    /// Start.
    Start,
    /// Stop.
    Stop,
    /// Check.
    Check,
}

impl Verb {
    /// Its name, for the command itself and for people.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Check => "check",
        }
    }
}

/// A command that is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Names the run in its end.
    pub(crate) id: u64,
    /// Number of the service.
    pub(crate) service: u16,
    /// Which command.
    pub(crate) verb: Verb,
    /// How long it may take.
    pub(crate) limit: Duration,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With success.
    Done,
    /// With a failure, or it could not be run.
    Failed,
    /// It was killed at its limit.
    TimedOut,
}

/// A run that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Which.
    pub(crate) run: Run,
    /// How.
    pub(crate) end: End,
    /// Why it failed, and the end of what it has written.
    pub(crate) output: String,
}

/// The host and cluster, as commands see them in their environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whereabouts {
    /// Name of this host.
    pub(crate) host: String,
    /// Its address.
    pub(crate) address: u16,
    /// Number of the cluster.
    pub(crate) cluster: u16,
}

/// Runs commands.
pub(crate) struct Runner {
    workloads: BTreeMap<u16, Arc<Workload>>,
    whereabouts: Whereabouts,
    folder: PathBuf,
    boot: String,
    platform: Arc<dyn Platform>,
    tell: Arc<dyn Fn(Ended) + Send + Sync>,
}

impl Runner {
    /// Runs the commands of these services. Outputs and what was started are kept in the folder.
    /// `tell` is called for each run that has ended.
    pub(crate) fn new(
        workloads: BTreeMap<u16, Workload>,
        whereabouts: Whereabouts,
        folder: &Path,
        platform: Arc<dyn Platform>,
        tell: impl Fn(Ended) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let folder = folder.join("services");
        private::make_folder(&folder)?;
        let boot = platform.boot_id()?;
        let workloads = workloads.into_iter().map(|(number, one)| (number, Arc::new(one)));
        Ok(Self {
            workloads: workloads.collect(),
            whereabouts,
            folder,
            boot,
            platform,
            tell: Arc::new(tell),
        })
    }

    /// The name of a service.
    pub(crate) fn name(&self, service: u16) -> &str {
        self.workloads.get(&service).map_or("?", |workload| &workload.name)
    }

    /// Runs a command. Its end is told later, also when it could not be run at all.
    pub(crate) fn run(&self, run: Run) {
        let tell = Arc::clone(&self.tell);
        let job = self.job(run);
        tokio::spawn(async move {
            let (end, output) = match job {
                Ok(job) => job.go().await,
                Err(error) => (End::Failed, error.to_string()),
            };
            tell(Ended { run, end, output });
        });
    }

    fn job(&self, run: Run) -> io::Result<Job> {
        let unknown = || io::Error::new(io::ErrorKind::NotFound, "there is no such service");
        let workload = self.workloads.get(&run.service).ok_or_else(unknown)?;
        Ok(Job {
            run,
            workload: Arc::clone(workload),
            whereabouts: self.whereabouts.clone(),
            output: self.folder.join(format!("{}.{}.out", run.service, run.verb.word())),
            started: Started::of(self.folder.join(format!("{}.json", run.service)), &self.boot),
            platform: Arc::clone(&self.platform),
        })
    }
}

/// One run.
struct Job {
    run: Run,
    workload: Arc<Workload>,
    whereabouts: Whereabouts,
    /// A file and no pipe: what a command leaves running goes on to write to it when this process
    /// has ended.
    output: PathBuf,
    started: Started,
    platform: Arc<dyn Platform>,
}

impl Job {
    async fn go(self) -> (End, String) {
        let argv = match self.run.verb {
            Verb::Start => &self.workload.start,
            Verb::Stop => &self.workload.stop,
            Verb::Check => match &self.workload.check {
                Some(check) => check,
                None => {
                    let runs = self.started.runs(&|leader| self.platform.group_lives(leader));
                    return (if runs { End::Done } else { End::Failed }, String::new());
                }
            },
        };
        match self.carry_out(argv).await {
            Ok(end @ End::Done) => (end, String::new()),
            Ok(end) => (end, self.tail()),
            Err(error) => (End::Failed, error.to_string()),
        }
    }

    async fn carry_out(&self, argv: &[String]) -> io::Result<End> {
        self.note(Stage::before(self.run.verb), None)?;
        let mut child = platform::spawn(&*self.platform, self.command(argv)?)?;
        let leader = child.id();
        self.note(Stage::before(self.run.verb), leader)?;
        let (end, failure) = match tokio::time::timeout(self.run.limit, child.wait()).await {
            Ok(Ok(status)) if status.success() => (End::Done, None),
            Ok(Ok(_)) => (End::Failed, None),
            Ok(Err(error)) => (End::Failed, Some(error)),
            Err(_) => {
                if let Some(leader) = leader {
                    self.platform.kill_group(leader)?;
                }
                // So that no zombie is left. What hangs in the kernel is not waited for.
                let _ = tokio::time::timeout(REAPING, child.wait()).await;
                (End::TimedOut, None)
            }
        };
        if end == End::Done {
            self.note(Stage::after(self.run.verb), leader)?;
        }
        failure.map_or(Ok(end), Err)
    }

    fn command(&self, argv: &[String]) -> io::Result<std::process::Command> {
        let missing = || io::Error::new(io::ErrorKind::InvalidInput, "the command is empty");
        let (program, arguments) = argv.split_first().ok_or_else(missing)?;
        let output = File::create(&self.output)?;
        let mut command = std::process::Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .env("KOMAINU_SERVICE", &self.workload.name)
            .env("KOMAINU_SERVICE_NUMBER", self.run.service.to_string())
            .env("KOMAINU_COMMAND", self.run.verb.word())
            .env("KOMAINU_HOST", &self.whereabouts.host)
            .env("KOMAINU_HOST_ADDRESS", self.whereabouts.address.to_string())
            .env("KOMAINU_CLUSTER", self.whereabouts.cluster.to_string());
        Ok(command)
    }

    fn note(&self, stage: Option<Stage>, leader: Option<u32>) -> io::Result<()> {
        let stays = leader.is_some_and(|leader| self.platform.group_lives(leader));
        stage.map_or(Ok(()), |stage| self.started.note(stage, leader, stays))
    }

    /// The end of what the command has written.
    fn tail(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.output)?;
            let len = file.metadata()?.len();
            file.seek(SeekFrom::Start(len.saturating_sub(OUTPUT)))?;
            let mut bytes = Vec::new();
            file.take(OUTPUT).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        // Without its output the failure is told all the same.
        String::from_utf8_lossy(&read().unwrap_or_default()).trim().to_owned()
    }
}

#[cfg(all(test, unix))]
mod tests;
