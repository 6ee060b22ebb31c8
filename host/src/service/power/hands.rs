//! Everything that a plan does through this machine: UPSes are read and ordered, jobs done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use komainu_core::power::{Job, RunEnd, RunId};
use komainu_core::time::Millis;
use komainu_core::types::{ServerIndex, UpsAnswer, UpsIndex, UpsOrder};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::clerk::Clerk;
use super::equipment::Equipment;
use crate::maintenance::{self, Adapter, Commands};
use crate::service::message::{Code, Message};
use crate::service::platform::Platform;
use crate::ups::{Command, Reader, Source, Told};

/// What readers have told and nobody has passed on yet.
const ROOM: usize = 256;

/// What a plan wants of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PowerEffect {
    /// Read a UPS now.
    Read(UpsIndex),
    /// Give a UPS an order.
    Order {
        /// Which run.
        run: RunId,
        /// Which UPS.
        ups: UpsIndex,
        /// What.
        order: UpsOrder,
    },
    /// Do a job.
    Job {
        /// Which run.
        run: RunId,
        /// What.
        job: Job,
        /// How long it may take.
        limit: Millis,
    },
}

/// What came of it, and what UPSes say.
#[derive(Debug)]
pub(crate) enum PowerEvent {
    /// Whoever reads UPSes tells something.
    Told {
        /// Since which change of the configuration it reads.
        since: Change,
        /// What.
        told: Told,
    },
    /// There is something to say.
    Said(Message),
    /// A job has ended.
    Ran {
        /// Which run.
        run: RunId,
        /// How.
        end: RunEnd,
        /// What there is to say of it.
        message: Option<Message>,
    },
}

/// How often the configuration had changed: a UPS may be another one after a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change(u64);

/// Gives what happened to the loop.
pub(crate) type PowerTell = Arc<dyn Fn(PowerEvent) + Send + Sync>;

/// Readers, adapters and commands of a plan.
pub(crate) struct PowerHands {
    names: Vec<String>,
    since: Change,
    readers: Vec<Reader>,
    /// The reader of each UPS.
    of: BTreeMap<UpsIndex, usize>,
    adapters: Vec<Arc<Adapter>>,
    commands: BTreeMap<ServerIndex, (String, Vec<String>)>,
    clerk: Option<Clerk>,
    platform: Arc<dyn Platform>,
    tell: PowerTell,
}

impl PowerHands {
    /// Starts reading. The folder outlives this process. Of those before only the NUT server goes
    /// on, if it is wanted as it is. Called inside the runtime.
    pub(crate) fn start(
        before: Option<Self>,
        equipment: Equipment,
        folder: &Path,
        platform: Arc<dyn Platform>,
        tell: PowerTell,
    ) -> Self {
        let Equipment { ups, sources, maintenance, commands, serving } = equipment;
        let since = Change(before.as_ref().map_or(0, |before| before.since.0 + 1));
        let clerk = serving.map(|(setup, board)| {
            let kept = before.and_then(|before| before.clerk).filter(|one| one.serves(&setup));
            kept.unwrap_or_else(|| Clerk::start(setup, board, Arc::clone(&tell)))
        });
        let mut of = BTreeMap::new();
        for (at, source) in sources.iter().enumerate() {
            of.extend(source.upses().into_iter().map(|ups| (ups, at)));
        }
        let readers = read(sources, since, &tell);
        let adapters = maintenance.iter().map(|kept| {
            let servers: Vec<_> = kept.servers.iter().map(String::as_str).collect();
            Arc::new(Adapter::of(&kept.said, &servers, folder))
        });
        let adapters = adapters.collect();
        Self { names: ups, since, readers, of, adapters, commands, clerk, platform, tell }
    }

    /// Does it; what comes of it is told later.
    pub(crate) fn carry_out(&self, effect: PowerEffect) {
        match effect {
            PowerEffect::Read(ups) => {
                // One that is too busy reads anyway.
                let _ = self.reader(ups).map(|reader| reader.command(Command::Read(ups)));
            }
            PowerEffect::Order { run, ups, order } => {
                let command = Command::Order { run, ups, order };
                let given = self.reader(ups).map(|reader| reader.command(command));
                if let None | Some(Err(_)) = given {
                    let failure = komainu_core::types::UpsFailure::Refused;
                    let answer = UpsAnswer::Failed(failure);
                    let told = Told::Ordered { run, answer };
                    (self.tell)(PowerEvent::Told { since: self.since, told });
                }
            }
            PowerEffect::Job { run, job, limit } => self.job(run, job, limit.duration()),
        }
    }

    fn reader(&self, ups: UpsIndex) -> Option<&Reader> {
        self.readers.get(*self.of.get(&ups)?)
    }

    /// Whether it still means what it says: only orders have names that nothing else ever gets.
    pub(crate) fn counts(&self, event: &PowerEvent) -> bool {
        match event {
            PowerEvent::Told { told: Told::Ordered { .. }, .. } => true,
            PowerEvent::Told { since, .. } => *since == self.since,
            PowerEvent::Said(_) | PowerEvent::Ran { .. } => true,
        }
    }

    /// What there is to be said of it; the rest the plan tells.
    pub(crate) fn message(&self, event: &PowerEvent) -> Option<Message> {
        let of = |ups: UpsIndex, code: Code, text: &str| {
            let name = self.names.get(ups.at()).map_or("?", String::as_str);
            Some(Message::new(code, format!("UPS {name}: {text}")).about("ups", name))
        };
        match event {
            PowerEvent::Said(message) => Some(message.clone()),
            PowerEvent::Ran { message, .. } => message.clone(),
            PowerEvent::Told { told, .. } => match told {
                Told::Reading { .. } | Told::Ordered { .. } => None,
                Told::Account { ups, accepted: true } => {
                    of(*ups, Code::UpsAccountTaken, "the account for orders is accepted")
                }
                Told::Account { ups, accepted: false } => {
                    of(*ups, Code::UpsAccountRefused, "the account for orders is not accepted")
                }
                Told::Detail { ups, text } => of(*ups, Code::UpsDetail, text),
                Told::Restarted { ups } => {
                    of(*ups, Code::UpsReaderRestarted, "its reader was started again")
                }
            },
        }
    }

    fn job(&self, run: RunId, job: Job, limit: Duration) {
        let (platform, tell) = (Arc::clone(&self.platform), Arc::clone(&self.tell));
        let adapter = |at: u8| self.adapters.get(usize::from(at)).map(Arc::clone);
        let missing = || (RunEnd::Failed, None);
        match job {
            Job::EnterMaintenance(at) => {
                let adapter = adapter(at);
                tokio::spawn(async move {
                    let ended = match adapter {
                        Some(one) => said(&one, one.enter(platform, limit).await),
                        None => missing(),
                    };
                    told(&tell, run, ended);
                });
            }
            Job::LeaveMaintenance(at) => {
                let adapter = adapter(at);
                tokio::spawn(async move {
                    let ended = match adapter {
                        Some(one) => said(&one, one.leave(platform, limit).await),
                        None => missing(),
                    };
                    told(&tell, run, ended);
                });
            }
            Job::ShutDown(server) => {
                let command = self.commands.get(&server).cloned();
                tokio::spawn(async move {
                    let ended = match command {
                        Some((name, argv)) => shut_down(platform, &name, &argv, limit).await,
                        None => missing(),
                    };
                    told(&tell, run, ended);
                });
            }
            Job::ShutDownThis => {
                let (end, message) = match self.platform.shut_down() {
                    Ok(()) => (RunEnd::Done, None),
                    Err(error) => {
                        let text = format!("this host cannot be shut down: {error}");
                        (RunEnd::Failed, Some(Message::new(Code::HostStays, text)))
                    }
                };
                told(&tell, run, (end, message));
            }
        }
    }
}

/// Starts a reader for each source.
fn read(sources: Vec<Source>, since: Change, tell: &PowerTell) -> Vec<Reader> {
    let (sender, mut findings) = mpsc::channel(ROOM);
    let tell = Arc::clone(tell);
    tokio::spawn(async move {
        while let Some(told) = findings.recv().await {
            tell(PowerEvent::Told { since, told });
        }
    });
    sources.into_iter().map(|source| Reader::start(source, sender.clone())).collect()
}

type Ended = (RunEnd, Option<Message>);

fn told(tell: &PowerTell, run: RunId, (end, message): Ended) {
    tell(PowerEvent::Ran { run, end, message });
}

fn said(adapter: &Adapter, ended: maintenance::Ended) -> Ended {
    let maintenance::Ended { end, text } = ended;
    let message = (!text.is_empty()).then(|| {
        let name = adapter.name();
        Message::new(Code::JobFailed, format!("{name}: {text}")).about("maintenance", name)
    });
    (end, message)
}

async fn shut_down(
    platform: Arc<dyn Platform>,
    name: &str,
    argv: &[String],
    limit: Duration,
) -> Ended {
    let commands = Commands::new(platform, Instant::now() + limit);
    let failed = |text: String| {
        let text = format!("the command that shuts {name} down: {text}");
        Some(Message::new(Code::JobFailed, text).about("server", name))
    };
    match commands.succeed(argv).await {
        Ok(_) => (RunEnd::Done, None),
        Err(maintenance::Failure::Failed(text)) => (RunEnd::Failed, failed(text)),
        Err(maintenance::Failure::TimedOut) => {
            (RunEnd::TimedOut, failed("ended at its time limit".to_owned()))
        }
    }
}
