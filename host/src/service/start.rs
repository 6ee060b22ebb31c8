//! Starts a service: everything between its settings and its loop.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use komainu_core::rng::Seed;
use komainu_core::time::Instant;
use tokio::sync::mpsc;
use zeroize::Zeroize;

use super::driver::{Driver, RequestOf, Reread};
use super::guests::GuestHands;
use super::hands::{Event, Hands, Tools};
use super::history::History;
use super::hostdown::HostEnd;
use super::log::Log;
use super::machine::Machine;
use super::message::{Code, Message};
use super::platform::Platform;
use super::power::PowerTell;
use super::runner::{Runner, Whereabouts, Workload};
use super::store::{Found, Store};
use crate::clock;
use crate::guests::GuestsSetup;
use crate::private;
use crate::tell::{Complain, NoticesSetup, Teller};

/// What a service is started with.
pub(crate) struct Start<M: Machine> {
    /// The operating system.
    pub(crate) platform: Arc<dyn Platform>,
    /// Folder for what outlives a restart.
    pub(crate) state: PathBuf,
    /// Messages as lines of JSON.
    pub(crate) json: bool,
    /// How this host is ended.
    pub(crate) host_end: HostEnd,
    /// The services whose commands are run here, and what they are told of this host.
    pub(crate) workloads: Option<(BTreeMap<u16, Workload>, Whereabouts)>,
    /// The guests that are stopped and started here.
    pub(crate) guests: Option<GuestsSetup>,
    /// Reads the configuration again.
    pub(crate) reread: Reread<M>,
    /// Whom it tells what happens.
    pub(crate) notices: NoticesSetup,
    /// Where requests come in.
    pub(crate) requests: mpsc::Receiver<RequestOf<M>>,
    /// What runs beside the loop and speaks to it: the control socket, the receiver of traps.
    pub(crate) beside: Vec<Beside>,
}

/// Something that runs until the service ends.
pub(crate) type Beside = Pin<Box<dyn Future<Output = ()> + Send>>;

impl<M: Machine> Start<M> {
    /// Runs the service until it is told to stop and has done so. Called inside the runtime.
    pub(crate) async fn run(
        self,
        build: impl FnOnce(&Seed, &Found, Instant) -> M,
    ) -> io::Result<()> {
        let Self {
            platform,
            state,
            json,
            host_end,
            workloads,
            guests,
            reread,
            notices,
            requests,
            beside,
        } = self;
        private::make_folder(&state)?;
        let _lock = lock(&state)?;
        let (tell, events) = mpsc::unbounded_channel();
        let signals = tell.clone();
        // The loop outlives whoever tells it something; what comes after its end changes nothing.
        platform
            .watch_signals(Box::new(move |signal| drop(signals.send(Event::Signal(signal)))))?;
        let mut log = Log::open(json, platform.journal());
        let stores = tell.clone();
        let (store, found) =
            Store::open(&state, move |stored| drop(stores.send(Event::Stored(stored))))?;
        tell_found(&mut log, &found);
        let histories = tell.clone();
        let failed = move |text| drop(histories.send(Event::HistoryFailed(text)));
        let history = History::open(&state, failed)?;
        let untold = tell.clone();
        let complain: Complain = Arc::new(move |trouble| drop(untold.send(Event::Untold(trouble))));
        let teller = Teller::start(notices.clone(), Arc::clone(&complain));
        let teller = (notices, teller.map_err(io::Error::other)?);
        let power = tell.clone();
        let power: PowerTell = Arc::new(move |event| drop(power.send(Event::Power(event))));
        let power = (state.clone(), power);
        let ended = tell.clone();
        let ended = Arc::new(move |event| drop(ended.send(Event::Guests(event))));
        let guests = guests.map(|setup| GuestHands::new(&setup, Arc::clone(&platform), ended));
        let runner = workloads.map(|(workloads, whereabouts)| {
            let ended = move |ended| drop(tell.send(Event::Ended(ended)));
            Runner::new(workloads, whereabouts, &state, Arc::clone(&platform), ended)
        });
        let runner = runner.transpose()?;
        let thorough = M::THOROUGH;
        let tools = Tools {
            store,
            log,
            history,
            runner,
            guests,
            host_end,
            platform,
            thorough,
            power,
            teller,
            complain,
        };
        let machine = build(&seed()?, &found, clock::now());
        for one in beside {
            tokio::spawn(one);
        }
        Driver::new(machine, Hands::new(tools), requests, events, reread)?.run().await
    }
}

/// Holds the folder for this process alone, until the file is closed.
fn lock(state: &Path) -> io::Result<File> {
    let path = state.join("lock");
    let file = File::options().create(true).append(true).open(&path)?;
    file.try_lock().map_err(|error| {
        let text = format!("{}: {error}: another one runs with this folder", path.display());
        io::Error::new(io::ErrorKind::ResourceBusy, text)
    })?;
    Ok(file)
}

fn tell_found(log: &mut Log, found: &Found) {
    for path in &found.corrupt {
        let text = format!("{} is damaged", path.display());
        log.say(&Message::new(Code::RecordCorrupt, text).about("file", path.display()));
    }
    match (&found.record, found.corrupt.is_empty()) {
        (Some(_), _) => {}
        (None, true) => log.say(&Message::new(Code::FirstStart, "there is no record yet")),
        (None, false) => log.say(&Message::new(Code::RecordLost, "no record can be read")),
    }
}

fn seed() -> io::Result<Seed> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let seed = Seed::new(bytes);
    bytes.zeroize();
    Ok(seed)
}
