//! What is known of the services outside of them.

use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceDependency,
    ServiceErrorControl, ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo,
    ServiceStartType, ServiceState, ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

use super::{Party, Refusal};
use crate::platform;

/// After the first failure, the second, and every later one.
const RESTARTS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_mins(1)];
/// So long without a failure, and the next one is the first again.
const CALM: Duration = Duration::from_hours(1);
/// How long a start may take: sockets and records are opened.
const START: Duration = Duration::from_secs(30);
/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(100);
/// More than any stop is given, for what Windows itself does.
const MARGIN: Duration = Duration::from_secs(5);

/// Installs it, or brings it up to date: the service, its recovery, the event source, its folder.
pub(super) fn install(party: Party, arguments: Vec<OsString>) -> Result<(), Refusal> {
    let told = |error| Refusal::told(party, error);
    let folder = komainu_host::private::data_folder();
    komainu_host::private::make_folder(&folder).map_err(|error| Refusal(error.to_string()))?;
    platform::register().map_err(|error| Refusal::of("the event log", error))?;
    let rights = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    let manager = ServiceManager::local_computer(None::<&str>, rights).map_err(told)?;
    let info = info(party, arguments)?;
    let all = ServiceAccess::ALL_ACCESS;
    let service = match manager.open_service(party.name(), all) {
        Ok(service) => {
            service.change_config(&info).map_err(told)?;
            service
        }
        Err(_) => manager.create_service(&info, all).map_err(told)?,
    };
    recover(&service, party).map_err(told)?;
    println!("{} is installed; settings belong in {}", party.title(), folder.display());
    Ok(())
}

fn info(party: Party, arguments: Vec<OsString>) -> Result<ServiceInfo, Refusal> {
    let program = std::env::current_exe().map_err(|error| Refusal::of("this program", error))?;
    let words = ["service", "run", party.word(), "--"].map(OsString::from);
    Ok(ServiceInfo {
        name: party.name().into(),
        display_name: party.title().into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: program,
        launch_arguments: words.into_iter().chain(arguments).collect(),
        dependencies: ["Tcpip", "Afd"].map(|name| ServiceDependency::Service(name.into())).into(),
        account_name: None,
        account_password: None,
    })
}

/// Whatever ends it, also in good order with an error, Windows starts it again.
fn recover(service: &Service, party: Party) -> windows_service::Result<()> {
    let restart = |delay| ServiceAction { action_type: ServiceActionType::Restart, delay };
    let actions = service.update_failure_actions(ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(CALM),
        reboot_msg: None,
        command: None,
        actions: Some(RESTARTS.map(restart).into()),
    });
    where_known("restart after a crash", actions)?;
    let always = service.set_failure_actions_on_non_crash_failures(true);
    where_known("restart after an error", always)?;
    let patience = service.set_preshutdown_timeout(party.patience());
    where_known("time to stop before a shutdown", patience)?;
    service.set_description(party.about())
}

/// Every Windows of today knows it; a service that something else runs like one is installed
/// without, and that is said.
fn where_known(what: &str, set: windows_service::Result<()>) -> windows_service::Result<()> {
    const INVALID_LEVEL: i32 = 124;
    match set {
        Err(windows_service::Error::Winapi(cause))
            if cause.raw_os_error() == Some(INVALID_LEVEL) =>
        {
            println!("this system does not know of this, and goes without: {what}");
            Ok(())
        }
        set => set,
    }
}

/// Stops and removes it. The event source goes with the last service.
pub(super) fn uninstall(party: Party) -> Result<(), Refusal> {
    stop(party)?;
    let told = |error| Refusal::told(party, error);
    open(party, ServiceAccess::DELETE)?.delete().map_err(told)?;
    let other = match party {
        Party::Connector => Party::Member,
        Party::Member => Party::Connector,
    };
    if open(other, ServiceAccess::QUERY_STATUS).is_err() {
        platform::unregister().map_err(|error| Refusal::of("the event log", error))?;
    }
    println!("{} is removed", party.title());
    Ok(())
}

/// Starts it.
pub(super) fn start(party: Party) -> Result<(), Refusal> {
    let service = open(party, ServiceAccess::START | ServiceAccess::QUERY_STATUS)?;
    let told = |error| Refusal::told(party, error);
    if service.query_status().map_err(told)?.current_state == ServiceState::Running {
        return Ok(());
    }
    service.start::<OsString>(&[]).map_err(told)?;
    wait(&service, party, ServiceState::Running, START)
}

/// Stops it.
pub(super) fn stop(party: Party) -> Result<(), Refusal> {
    let service = open(party, ServiceAccess::STOP | ServiceAccess::QUERY_STATUS)?;
    let told = |error| Refusal::told(party, error);
    match service.query_status().map_err(told)?.current_state {
        ServiceState::Stopped => return Ok(()),
        ServiceState::StopPending => {}
        _ => {
            service.stop().map_err(told)?;
        }
    }
    wait(&service, party, ServiceState::Stopped, party.patience() + MARGIN)
}

fn open(party: Party, rights: ServiceAccess) -> Result<Service, Refusal> {
    let told = |error| Refusal::told(party, error);
    let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT)
        .map_err(told)?;
    manager.open_service(party.name(), rights).map_err(told)
}

fn wait(
    service: &Service,
    party: Party,
    wanted: ServiceState,
    limit: Duration,
) -> Result<(), Refusal> {
    let began = Instant::now();
    loop {
        let state = service.query_status().map_err(|error| Refusal::told(party, error))?;
        let state = state.current_state;
        if state == wanted {
            return Ok(());
        }
        if state == ServiceState::Stopped || began.elapsed() >= limit {
            return Err(Refusal(format!(
                "{} is {state:?}, not {wanted:?}\n  Look into the event log: Application, source \
                 Komainu.",
                party.title()
            )));
        }
        thread::sleep(LOOK);
    }
}
