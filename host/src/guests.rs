//! The guests of this host, through whatever runs them.

mod command;
mod hyperv;
mod libvirt;
mod setup;
#[cfg(all(test, unix))]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use komainu_core::guests::{Action, End, GuestIndex, Input, Power, Sight, Work};
use tokio::time::Instant;

use crate::maintenance::{Commands, Failure};
use crate::service::platform::Platform;
pub(crate) use command::Templates;
pub(crate) use setup::{AdapterSetup, GuestName, GuestSetup, GuestsSetup};

/// Whoever is told what came of something.
pub(crate) type Tell = Arc<dyn Fn(GuestEvent) + Send + Sync>;

/// Something that was to be done about guests has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GuestEvent {
    /// What was to be done.
    pub(crate) action: Action,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

impl GuestEvent {
    /// What the machine that wanted it is told.
    pub(crate) fn input(&self) -> Input<'_> {
        let run = self.action.run;
        match &self.outcome {
            Outcome::Seen { sights, .. } => Input::Seen { run, sights },
            Outcome::Ended(end, _) => Input::Ended { run, end: *end },
        }
    }
}

/// What came of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// How every configured guest is, and which others there are that nobody starts or stops.
    Seen {
        /// Every configured guest.
        sights: Vec<Sight>,
        /// The names of others that run, are in no table, and are not started by the hypervisor.
        strangers: Vec<String>,
    },
    /// It has ended, with what is to be said of a failure.
    Ended(End, String),
}

/// A guest that the hypervisor knows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    name: String,
    /// What the hypervisor calls it in commands: unlike a name, it is never taken for another's.
    id: String,
    on: bool,
    auto: Option<bool>,
}

/// Whatever runs guests.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Adapter {
    Libvirt(libvirt::Libvirt),
    HyperV,
    Command(Templates),
}

impl Adapter {
    /// What a guest is that is not on the list.
    const fn unlisted(&self) -> Power {
        match self {
            Self::Libvirt(_) | Self::HyperV => Power::Missing,
            // Commands list those that run.
            Self::Command(_) => Power::Off,
        }
    }
}

/// Does what is to be done about guests.
pub(crate) struct Guests {
    work: Arc<Worker>,
    tell: Tell,
}

struct Worker {
    adapter: Adapter,
    names: Vec<GuestName>,
    /// What the hypervisor calls each, since the last listing.
    ids: Mutex<BTreeMap<GuestIndex, String>>,
    platform: Arc<dyn Platform>,
}

impl Guests {
    /// Those guests. `tell` is called for everything that has ended.
    pub(crate) fn new(setup: &GuestsSetup, platform: Arc<dyn Platform>, tell: Tell) -> Self {
        let adapter = match &setup.adapter {
            AdapterSetup::Libvirt { uri } => Adapter::Libvirt(libvirt::Libvirt::at(uri)),
            AdapterSetup::HyperV => Adapter::HyperV,
            AdapterSetup::Command(templates) => Adapter::Command(templates.clone()),
        };
        let names = setup.guests.iter().map(|guest| guest.name.clone()).collect();
        let work = Worker { adapter, names, ids: Mutex::default(), platform };
        Self { work: Arc::new(work), tell }
    }

    /// Does that. Its end is told later, also when it could not be done at all.
    pub(crate) fn carry_out(&self, action: Action) {
        let (work, tell) = (Arc::clone(&self.work), Arc::clone(&self.tell));
        tokio::spawn(async move {
            let until = Instant::now() + action.limit.duration();
            let outcome = work.carry_out(action.work, until).await;
            tell(GuestEvent { action, outcome });
        });
    }

    /// What a guest is called.
    pub(crate) fn name(&self, guest: GuestIndex) -> &str {
        self.work.names.get(usize::from(guest.0)).map_or("?", GuestName::as_str)
    }
}

impl Worker {
    async fn carry_out(&self, work: Work, until: Instant) -> Outcome {
        let ended = match work {
            Work::List => match self.list(until).await {
                Ok(found) => return self.seen(&found),
                Err(failure) => Err(failure),
            },
            Work::Stop(guest)
            | Work::Kill(guest)
            | Work::Save(guest)
            | Work::Start(guest)
            | Work::Ready(guest) => self.act(work, guest, until).await,
        };
        match ended {
            Ok(()) => Outcome::Ended(End::Done, String::new()),
            Err(Failure::Failed(text)) => Outcome::Ended(End::Failed, text),
            Err(Failure::TimedOut) => Outcome::Ended(End::TimedOut, "it took too long".into()),
        }
    }

    async fn list(&self, until: Instant) -> Result<Vec<Found>, Failure> {
        let commands = Commands::new(Arc::clone(&self.platform), until);
        match &self.adapter {
            Adapter::Libvirt(libvirt) => libvirt.list(&commands).await,
            Adapter::HyperV => hyperv::list(&commands).await,
            Adapter::Command(templates) => templates.list(&commands).await,
        }
    }

    async fn act(&self, work: Work, guest: GuestIndex, until: Instant) -> Result<(), Failure> {
        let commands = Commands::new(Arc::clone(&self.platform), until);
        match &self.adapter {
            Adapter::Libvirt(libvirt) => {
                let platform = Arc::clone(&self.platform);
                libvirt.act(work, &self.id(guest)?, platform, until).await
            }
            Adapter::HyperV => hyperv::act(work, &self.id(guest)?, &commands).await,
            Adapter::Command(templates) => {
                let name = self.names.get(usize::from(guest.0)).ok_or_else(unknown)?;
                templates.act(work, name, &commands).await
            }
        }
    }

    fn id(&self, guest: GuestIndex) -> Result<String, Failure> {
        // Nothing that holds it can panic half-way.
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.get(&guest).cloned().ok_or_else(unknown)
    }

    fn seen(&self, found: &[Found]) -> Outcome {
        let sights = self.sights(found);
        let ours = |one: &Found| self.names.iter().any(|name| name.as_str() == one.name);
        let stranger = |one: &&Found| one.on && one.auto == Some(false) && !ours(one);
        let strangers = found.iter().filter(stranger).map(|one| one.name.clone()).collect();
        Outcome::Seen { sights, strangers }
    }

    fn sights(&self, found: &[Found]) -> Vec<Sight> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.clear();
        let named = (0..).map(GuestIndex).zip(&self.names);
        named
            .map(|(guest, name)| {
                let mut of_name = found.iter().filter(|one| one.name == name.as_str());
                match (of_name.next(), of_name.next()) {
                    (Some(one), None) => {
                        ids.insert(guest, one.id.clone());
                        let power = if one.on { Power::On } else { Power::Off };
                        Sight { guest, power, auto: one.auto }
                    }
                    // Of two with one name nobody knows which is meant: it may run, and cannot
                    // be touched.
                    (Some(_), Some(_)) => Sight { guest, power: Power::On, auto: None },
                    (None, _) => Sight { guest, power: self.adapter.unlisted(), auto: None },
                }
            })
            .collect()
    }
}

fn unknown() -> Failure {
    Failure::Failed("the hypervisor knows no guest of that name, or several".into())
}
