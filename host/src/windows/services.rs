//! Services of Windows, as they are known outside of them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceConfig, ServiceDependency,
    ServiceErrorControl, ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo,
    ServiceStartType, ServiceState, ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
use windows_service::{Error, Result};

use super::words;

/// After the first failure, the second, and every later one.
const RESTARTS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_mins(1)];
/// So long without a failure, and the next one is the first again.
const CALM: Duration = Duration::from_hours(1);
/// How long a start may take: sockets and records are opened.
const START: Duration = Duration::from_secs(30);
/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(100);
/// It runs.
const RUNS: i32 = 1056;
/// It starts or stops, and takes no orders meanwhile.
const BUSY: i32 = 1061;
/// It does not run.
const NOT_ACTIVE: i32 = 1062;

/// A service that starts with Windows, and is started again whatever ends it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The program that it runs.
    pub program: PathBuf,
    /// The words behind the program that make it this service.
    pub words: Vec<OsString>,
    /// Its arguments behind them. None = those of the service that is there, if there is one.
    pub arguments: Vec<OsString>,
    /// How long it may take to stop when Windows shuts down.
    pub patience: Duration,
}

/// Installs a service, or brings the one of that name up to date; that keeps how it starts, and
/// as whom it runs. Answers with what this system does not know of.
///
/// # Errors
/// When the system refuses.
pub fn install(plan: &Plan) -> Result<Vec<&'static str>> {
    let rights = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    let manager = ServiceManager::local_computer(None::<&str>, rights)?;
    let all = ServiceAccess::ALL_ACCESS;
    let service = match manager.open_service(plan.name, all) {
        Ok(service) => {
            let before = service.query_config()?;
            service.change_config(&info(plan, Some(before)))?;
            service
        }
        Err(_) => manager.create_service(&info(plan, None), all)?,
    };
    service.set_description(plan.about)?;
    recover(&service, plan.patience)
}

fn info(plan: &Plan, before: Option<ServiceConfig>) -> ServiceInfo {
    let start_type = before.as_ref().map_or(ServiceStartType::AutoStart, |one| one.start_type);
    let mut arguments = plan.arguments.clone();
    if let Some(before) = before.filter(|_| arguments.is_empty()) {
        let line = words(before.executable_path.as_os_str());
        if line.get(1..).is_some_and(|line| line.starts_with(&plan.words)) {
            arguments.extend(line.into_iter().skip(1 + plan.words.len()));
        }
    }
    ServiceInfo {
        name: plan.name.into(),
        display_name: plan.title.into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type,
        error_control: ServiceErrorControl::Normal,
        executable_path: plan.program.clone(),
        launch_arguments: plan.words.iter().cloned().chain(arguments).collect(),
        dependencies: ["Tcpip", "Afd"].map(|name| ServiceDependency::Service(name.into())).into(),
        account_name: None,
        account_password: None,
    }
}

/// Whatever ends it, also in good order with an error, Windows starts it again.
fn recover(service: &Service, patience: Duration) -> Result<Vec<&'static str>> {
    let restart = |delay| ServiceAction { action_type: ServiceActionType::Restart, delay };
    let actions = service.update_failure_actions(ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(CALM),
        reboot_msg: None,
        command: None,
        actions: Some(RESTARTS.map(restart).into()),
    });
    let always = service.set_failure_actions_on_non_crash_failures(true);
    let preshutdown = service.set_preshutdown_timeout(patience);
    let mut unknown = Vec::new();
    for (what, set) in [
        ("restart after a crash", actions),
        ("restart after an error", always),
        ("time to stop before a shutdown", preshutdown),
    ] {
        if !is_known(set)? {
            unknown.push(what);
        }
    }
    Ok(unknown)
}

/// Every Windows of today knows it; what runs services like one may not.
fn is_known(set: Result<()>) -> Result<bool> {
    const INVALID_LEVEL: i32 = 124;
    match set {
        Err(error) if code(&error) == Some(INVALID_LEVEL) => Ok(false),
        set => set.map(|()| true),
    }
}

/// Removes a service that does not run.
///
/// # Errors
/// When there is none, or the system refuses.
pub fn remove(name: &str) -> Result<()> {
    open(name, ServiceAccess::DELETE)?.delete()
}

/// Whether there is a service of that name.
pub fn is_there(name: &str) -> bool {
    open(name, ServiceAccess::QUERY_STATUS).is_ok()
}

/// Starts a service, and waits until it runs. Answers with how it is then.
///
/// # Errors
/// When there is none, or the system refuses.
pub fn start(name: &str) -> Result<ServiceState> {
    let service = open(name, ServiceAccess::START | ServiceAccess::QUERY_STATUS)?;
    match service.start::<OsString>(&[]) {
        // It runs, or will in a moment.
        Err(error) if code(&error) == Some(RUNS) => {}
        started => started?,
    }
    wait(&service, ServiceState::Running, START)
}

/// Stops a service, and waits for its end, at most so long. Answers with how it is then.
///
/// # Errors
/// When there is none, or the system refuses.
pub fn stop(name: &str, limit: Duration) -> Result<ServiceState> {
    let service = open(name, ServiceAccess::STOP | ServiceAccess::QUERY_STATUS)?;
    let began = Instant::now();
    loop {
        match service.stop() {
            Ok(_) => break,
            Err(error) if code(&error) == Some(NOT_ACTIVE) => return Ok(ServiceState::Stopped),
            // One that starts can be stopped in a moment; one that stops need not be told.
            Err(error) if code(&error) == Some(BUSY) && began.elapsed() < START => {
                if service.query_status()?.current_state == ServiceState::StopPending {
                    break;
                }
                thread::sleep(LOOK);
            }
            Err(error) => return Err(error),
        }
    }
    wait(&service, ServiceState::Stopped, limit)
}

fn open(name: &str, rights: ServiceAccess) -> Result<Service> {
    let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT)?;
    manager.open_service(name, rights)
}

/// Until it is as wanted, has ended, or the time is up.
fn wait(service: &Service, wanted: ServiceState, limit: Duration) -> Result<ServiceState> {
    let began = Instant::now();
    loop {
        let state = service.query_status()?.current_state;
        if state == wanted || state == ServiceState::Stopped || began.elapsed() >= limit {
            return Ok(state);
        }
        thread::sleep(LOOK);
    }
}

/// What the system has said, as a number; `None` where it was not asked.
pub fn code(error: &Error) -> Option<i32> {
    match error {
        Error::Winapi(cause) => cause.raw_os_error(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &[&str]) -> Plan {
        Plan {
            name: "KomainuMember",
            title: "Komainu member",
            about: "",
            program: r"C:\Program Files\new\komainu.exe".into(),
            words: ["service", "run", "member", "--"].map(OsString::from).into(),
            arguments: arguments.iter().map(OsString::from).collect(),
            patience: Duration::ZERO,
        }
    }

    fn before(line: &str) -> ServiceConfig {
        ServiceConfig {
            service_type: ServiceType::OWN_PROCESS,
            start_type: ServiceStartType::OnDemand,
            error_control: ServiceErrorControl::Normal,
            executable_path: line.into(),
            load_order_group: None,
            tag_id: 0,
            dependencies: Vec::new(),
            account_name: None,
            display_name: OsString::new(),
        }
    }

    #[test]
    fn a_service_that_is_there_keeps_its_arguments_and_how_it_starts() {
        let line = r#""C:\old one\komainu.exe" service run member -- --host "a b""#;
        let [fresh, kept, given, other] = [
            info(&plan(&[]), None),
            info(&plan(&[]), Some(before(line))),
            info(&plan(&["--host", "c"]), Some(before(line))),
            info(&plan(&[]), Some(before(r"C:\other.exe --host d"))),
        ];
        let fixed = plan(&[]).words;
        let with = |more: &[&str]| [fixed.clone(), plan(more).arguments].concat();
        assert_eq!((fresh.start_type, fresh.launch_arguments), (AUTO, with(&[])));
        assert_eq!((kept.start_type, kept.launch_arguments), (MANUAL, with(&["--host", "a b"])));
        assert_eq!(given.launch_arguments, with(&["--host", "c"]));
        assert_eq!(other.launch_arguments, with(&[]));
    }

    const AUTO: ServiceStartType = ServiceStartType::AutoStart;
    const MANUAL: ServiceStartType = ServiceStartType::OnDemand;
}
