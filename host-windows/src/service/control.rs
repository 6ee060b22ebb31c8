//! The conversation with the service control manager, from inside of a service.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use komainu_host::platform::{Phase, Signal};
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{
    self, ServiceControlHandlerResult, ServiceStatusHandle,
};
use windows_service::{define_windows_service, service_dispatcher};

use super::{Party, Refusal};
use crate::platform::Windows;

/// A loop that is not heard for so long hangs: the process ends, and Windows starts it again.
const WATCHDOG: Duration = Duration::from_secs(10);
/// How often the watchdog looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long Windows may wait for the next word of a service that starts or stops.
const HINT: Duration = Duration::from_secs(20);
/// No service control manager has started this process.
const NOT_A_SERVICE: i32 = 1063;

/// What the process was started for; the entry of a service is a function without a memory.
static WHAT: OnceLock<(Party, Vec<OsString>)> = OnceLock::new();

define_windows_service!(entry, serve);

/// Runs as the service until it has ended.
pub(super) fn run(party: Party, arguments: Vec<OsString>) -> Result<(), Refusal> {
    WHAT.set((party, arguments)).map_err(|_| Refusal("it runs already".into()))?;
    service_dispatcher::start(party.name(), entry).map_err(|error| match &error {
        windows_service::Error::Winapi(cause) if cause.raw_os_error() == Some(NOT_A_SERVICE) => {
            let word = party.word();
            Refusal(format!(
                "the service control manager starts this\n  In a console run 'komainu {word}'; \
                 the service starts with 'komainu service start {word}'."
            ))
        }
        _ => Refusal::told(party, error),
    })
}

fn serve(_: Vec<OsString>) {
    let Some((party, arguments)) = WHAT.get() else { return };
    let signals = Arc::new(Signals::default());
    let heard = Arc::clone(&signals);
    let handler = move |control| match control {
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        ServiceControl::Stop | ServiceControl::Preshutdown => heard.tell(Signal::Stop),
        ServiceControl::ParamChange => heard.tell(Signal::Reload),
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    let Ok(handle) = service_control_handler::register(party.name(), handler) else { return };
    let manager = Manager { handle, signals, checkpoint: Arc::default(), missed: Arc::default() };
    manager.report(ServiceState::StartPending, ServiceExitCode::NO_ERROR);
    // Without it everything goes on, only later on a busy machine.
    let _ = komainu_host::windows::raise_priority();
    let words = ["komainu", party.word()].map(OsString::from);
    let arguments = words.into_iter().chain(arguments.iter().cloned());
    let platform = Windows::as_service(manager.clone());
    let ended = komainu_host::run(arguments, Arc::new(platform));
    let code = match ended == ExitCode::SUCCESS {
        true => ServiceExitCode::NO_ERROR,
        // Which one it was is in the event log.
        false => ServiceExitCode::ServiceSpecific(1),
    };
    manager.report(ServiceState::Stopped, code);
}

/// The service control manager, as the service sees it.
#[derive(Clone)]
pub(crate) struct Manager {
    handle: ServiceStatusHandle,
    signals: Arc<Signals>,
    /// Grows while a start or stop goes on.
    checkpoint: Arc<AtomicU32>,
    /// How often the watchdog has looked since the loop was heard.
    missed: Arc<AtomicU32>,
}

impl Manager {
    /// Says how far the service is.
    pub(crate) fn tell(&self, phase: Phase) {
        match phase {
            Phase::Ready => {
                self.checkpoint.store(0, Ordering::Relaxed);
                self.report(ServiceState::Running, ServiceExitCode::NO_ERROR);
                self.guard();
            }
            // A service that reads its configuration again goes on running.
            Phase::Reloading => {}
            Phase::Stopping => {
                self.checkpoint.store(1, Ordering::Relaxed);
                self.report(ServiceState::StopPending, ServiceExitCode::NO_ERROR);
            }
            Phase::Alive => {
                self.missed.store(0, Ordering::Relaxed);
                if self.checkpoint.load(Ordering::Relaxed) > 0 {
                    self.report(ServiceState::StopPending, ServiceExitCode::NO_ERROR);
                }
            }
        }
    }

    /// How often it wants to hear of the loop.
    pub(crate) fn watchdog(&self) -> Duration {
        WATCHDOG
    }

    /// Has `tell` called for what came so far, and what comes.
    pub(crate) fn listen(&self, tell: Box<dyn Fn(Signal) + Send + Sync>) {
        let mut listener = self.signals.lock();
        if let Listener::Nobody(waiting) = &mut *listener {
            waiting.drain(..).for_each(&tell);
        }
        *listener = Listener::Somebody(tell);
    }

    fn report(&self, current_state: ServiceState, exit_code: ServiceExitCode) {
        let pending = [ServiceState::StartPending, ServiceState::StopPending];
        let is_pending = pending.contains(&current_state);
        let controls_accepted = match current_state {
            ServiceState::Running => {
                ServiceControlAccept::STOP
                    | ServiceControlAccept::PRESHUTDOWN
                    | ServiceControlAccept::PARAM_CHANGE
            }
            _ => ServiceControlAccept::empty(),
        };
        // One that does not listen finds out by its own time-outs.
        let _ = self.handle.set_service_status(ServiceStatus {
            service_type: ServiceType::OWN_PROCESS,
            current_state,
            controls_accepted,
            exit_code,
            checkpoint: if is_pending {
                self.checkpoint.fetch_add(1, Ordering::Relaxed)
            } else {
                0
            },
            wait_hint: if is_pending { HINT } else { Duration::ZERO },
            process_id: None,
        });
    }

    /// Watches the loop from now on. Looks are counted, not time: in one that the machine has
    /// slept through, nobody could be heard.
    fn guard(&self) {
        static ONCE: OnceLock<()> = OnceLock::new();
        if ONCE.set(()).is_err() {
            return;
        }
        let missed = Arc::clone(&self.missed);
        let look = move || loop {
            thread::sleep(LOOK);
            if u64::from(missed.fetch_add(1, Ordering::Relaxed)) >= WATCHDOG.as_secs() {
                std::process::abort();
            }
        };
        // Without the thread nobody watches, which is no reason not to serve.
        let _ = thread::Builder::new().name("watchdog".into()).spawn(look);
    }
}

/// What the service control manager wants, on its way to the loop.
#[derive(Default)]
struct Signals(Mutex<Listener>);

enum Listener {
    /// The loop does not listen yet: what came so far.
    Nobody(Vec<Signal>),
    Somebody(Box<dyn Fn(Signal) + Send + Sync>),
}

impl Default for Listener {
    fn default() -> Self {
        Self::Nobody(Vec::new())
    }
}

impl Signals {
    fn tell(&self, signal: Signal) -> ServiceControlHandlerResult {
        match &mut *self.lock() {
            Listener::Nobody(waiting) => waiting.push(signal),
            Listener::Somebody(tell) => tell(signal),
        }
        ServiceControlHandlerResult::NoError
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Listener> {
        // No step in between leaves it half told.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
