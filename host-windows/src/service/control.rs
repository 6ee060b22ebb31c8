//! The conversation with the service control manager, from inside of a service.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use komainu_host::platform::{Phase, Signal};
use komainu_host::windows::end_process;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{
    self, ServiceControlHandlerResult, ServiceStatusHandle,
};
use windows_service::{define_windows_service, service_dispatcher};

use super::{Party, Refusal};
use crate::platform::Windows;

/// A loop that is not heard for so long hangs: the process ends, and Windows starts it again
/// unless it was to stop.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(10);
/// How often the watchdog looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long Windows may wait for the next word of a service that starts or stops.
const HINT: Duration = Duration::from_secs(20);

/// What the process was started for; the entry of a service is a function without a memory.
static WHAT: OnceLock<(Party, Vec<OsString>)> = OnceLock::new();

define_windows_service!(entry, serve);

/// Runs as the service until it has ended.
pub(super) fn run(party: Party, arguments: Vec<OsString>) -> Result<(), Refusal> {
    WHAT.set((party, arguments)).map_err(|_| Refusal("it runs already".into()))?;
    service_dispatcher::start(party.name(), entry).map_err(|error| Refusal::told(party, error))
}

fn serve(_: Vec<OsString>) {
    let Some((party, arguments)) = WHAT.get() else { return };
    let manager = Manager::new();
    let heard = manager.clone();
    let handler = move |control| heard.control(control);
    let Ok(handle) = service_control_handler::register(party.name(), handler) else { return };
    manager.begin(handle);
    // Without it everything goes on, only later on a busy machine.
    let _ = komainu_host::windows::raise_priority();
    let words = ["komainu", party.word()].map(OsString::from);
    let arguments = words.into_iter().chain(arguments.iter().cloned());
    let platform = Windows::new(Some(manager.clone()));
    let ended = komainu_host::run(arguments, Arc::new(platform));
    manager.end(ended == ExitCode::SUCCESS);
}

/// How far a service is; it never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Starting,
    Running,
    Stopping,
    Stopped,
}

/// The service control manager, as the service sees it.
#[derive(Clone)]
pub(crate) struct Manager(Arc<Shared>);

struct Shared {
    told: Mutex<Told>,
    /// What it wants, on its way to the loop, which may not listen yet.
    signals: Sender<Signal>,
    wanted: Mutex<Option<Receiver<Signal>>>,
    /// How often the watchdog has looked since the loop was heard.
    missed: AtomicU32,
}

/// What it was told last.
#[derive(Default)]
struct Told {
    handle: Option<ServiceStatusHandle>,
    stage: Stage,
    /// Grows while a start or stop goes on.
    checkpoint: u32,
}

impl Manager {
    fn new() -> Self {
        let (signals, wanted) = channel();
        let (told, wanted) = (Mutex::default(), Mutex::new(Some(wanted)));
        Self(Arc::new(Shared { told, signals, wanted, missed: AtomicU32::new(0) }))
    }

    /// Says how far the service is.
    pub(crate) fn tell(&self, phase: Phase) {
        match phase {
            Phase::Ready => {
                self.report(Stage::Running, ServiceExitCode::NO_ERROR);
                self.guard();
            }
            // A service that reads its configuration again goes on running.
            Phase::Reloading => {}
            Phase::Stopping => self.report(Stage::Stopping, ServiceExitCode::NO_ERROR),
            Phase::Alive => {
                self.0.missed.store(0, Ordering::Relaxed);
                if self.stage() == Stage::Stopping {
                    self.report(Stage::Stopping, ServiceExitCode::NO_ERROR);
                }
            }
        }
    }

    /// Has `tell` called for what came so far, and what comes.
    pub(crate) fn listen(&self, tell: Box<dyn Fn(Signal) + Send + Sync>) -> std::io::Result<()> {
        let Some(wanted) = lock(&self.0.wanted).take() else { return Ok(()) };
        let forward = move || wanted.into_iter().for_each(tell);
        thread::Builder::new().name("signals".into()).spawn(forward).map(drop)
    }

    /// What it wants. A stop is confirmed before anything is done about it: from then on no second
    /// one comes, which would mean to end at once.
    fn control(&self, control: ServiceControl) -> ServiceControlHandlerResult {
        let signal = match control {
            ServiceControl::Interrogate => return ServiceControlHandlerResult::NoError,
            ServiceControl::Stop | ServiceControl::Preshutdown => {
                self.report(Stage::Stopping, ServiceExitCode::NO_ERROR);
                Signal::Stop
            }
            ServiceControl::ParamChange => Signal::Reload,
            _ => return ServiceControlHandlerResult::NotImplemented,
        };
        // The other end lives as long as this process.
        let _ = self.0.signals.send(signal);
        ServiceControlHandlerResult::NoError
    }

    fn begin(&self, handle: ServiceStatusHandle) {
        lock(&self.0.told).handle = Some(handle);
        self.report(Stage::Starting, ServiceExitCode::NO_ERROR);
    }

    /// The service has ended. One that was to stop is not started again, whatever came of it.
    fn end(&self, well: bool) {
        let code = match well || self.stage() == Stage::Stopping {
            true => ServiceExitCode::NO_ERROR,
            // Which one it was is in the event log.
            false => ServiceExitCode::ServiceSpecific(1),
        };
        self.report(Stage::Stopped, code);
    }

    fn stage(&self) -> Stage {
        lock(&self.0.told).stage
    }

    fn report(&self, stage: Stage, exit_code: ServiceExitCode) {
        let mut told = lock(&self.0.told);
        if stage < told.stage {
            return;
        }
        if stage > told.stage {
            told.checkpoint = 0;
        }
        let (current_state, controls_accepted, is_pending) = match stage {
            Stage::Starting => (ServiceState::StartPending, ServiceControlAccept::empty(), true),
            Stage::Running => (ServiceState::Running, accepted(), false),
            Stage::Stopping => (ServiceState::StopPending, ServiceControlAccept::empty(), true),
            Stage::Stopped => (ServiceState::Stopped, ServiceControlAccept::empty(), false),
        };
        told.stage = stage;
        told.checkpoint += u32::from(is_pending);
        let status = ServiceStatus {
            service_type: ServiceType::OWN_PROCESS,
            current_state,
            controls_accepted,
            exit_code,
            checkpoint: told.checkpoint,
            wait_hint: if is_pending { HINT } else { Duration::ZERO },
            process_id: None,
        };
        // One that does not listen finds out by its own time-outs.
        let _ = told.handle.map(|handle| handle.set_service_status(status));
    }

    /// Watches the loop from now on. Looks are counted, not time: in one that the machine has
    /// slept through, nobody could be heard.
    fn guard(&self) {
        static ONCE: OnceLock<()> = OnceLock::new();
        if ONCE.set(()).is_err() {
            return;
        }
        let manager = self.clone();
        let look = move || loop {
            thread::sleep(LOOK);
            let missed = manager.0.missed.fetch_add(1, Ordering::Relaxed);
            if u64::from(missed) >= WATCHDOG.as_secs() {
                if manager.stage() == Stage::Stopping {
                    manager.end(false);
                }
                end_process();
            }
        };
        // Without the thread nobody watches, which is no reason not to serve.
        let _ = thread::Builder::new().name("watchdog".into()).spawn(look);
    }
}

fn accepted() -> ServiceControlAccept {
    ServiceControlAccept::STOP
        | ServiceControlAccept::PRESHUTDOWN
        | ServiceControlAccept::PARAM_CHANGE
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // No step in between leaves it half told.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
