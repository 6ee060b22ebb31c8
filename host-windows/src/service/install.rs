//! What is known of the services outside of them.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use komainu_host::private;
use komainu_host::windows::{self, services};
use windows_service::service::ServiceState;

use super::{Party, Refusal};

/// More than any stop is given, for what Windows itself does.
const MARGIN: Duration = Duration::from_secs(5);

/// Installs it, or brings it up to date: the service, its recovery, the event source, its folder.
/// Without arguments one that is there keeps those that it has.
pub(super) fn install(party: Party, arguments: Vec<OsString>) -> Result<(), Refusal> {
    let program = std::env::current_exe().map_err(|error| Refusal::of("this program", error))?;
    refuse_open(&program)?;
    let folder = private::data_folder();
    private::make_folder(&folder).map_err(|error| Refusal(error.to_string()))?;
    windows::register_source().map_err(|error| Refusal::of("the event log", error))?;
    let plan = services::Plan {
        name: party.name(),
        title: party.title(),
        about: party.about(),
        program,
        words: ["service", "run", party.word(), "--"].map(OsString::from).into(),
        arguments,
        patience: party.patience(),
    };
    for unknown in services::install(&plan).map_err(|error| Refusal::told(party, error))? {
        println!("this system does not know of this, and goes without: {unknown}");
    }
    println!("{} is installed; settings belong in {}", party.title(), folder.display());
    Ok(())
}

/// What runs as the system must be nobody's to replace.
fn refuse_open(program: &Path) -> Result<(), Refusal> {
    let place = private::others_may_replace(program);
    match place.map_err(|error| Refusal::of("this program", error))? {
        None => Ok(()),
        Some(place) => Err(Refusal(format!(
            "other users may replace {}\n  Install the package, or run the program from below \
             Program Files.",
            place.display()
        ))),
    }
}

/// Stops and removes it. The event source goes with the last service.
pub(super) fn uninstall(party: Party) -> Result<(), Refusal> {
    stop(party)?;
    services::remove(party.name()).map_err(|error| Refusal::told(party, error))?;
    let other = match party {
        Party::Connector => Party::Member,
        Party::Member => Party::Connector,
    };
    if !services::is_there(other.name()) {
        windows::forget_source().map_err(|error| Refusal::of("the event log", error))?;
    }
    println!("{} is removed", party.title());
    Ok(())
}

/// Starts it.
pub(super) fn start(party: Party) -> Result<(), Refusal> {
    let state = services::start(party.name()).map_err(|error| Refusal::told(party, error))?;
    expect(party, state, ServiceState::Running)
}

/// Stops it.
pub(super) fn stop(party: Party) -> Result<(), Refusal> {
    let state = services::stop(party.name(), party.patience() + MARGIN);
    expect(party, state.map_err(|error| Refusal::told(party, error))?, ServiceState::Stopped)
}

fn expect(party: Party, state: ServiceState, wanted: ServiceState) -> Result<(), Refusal> {
    if state == wanted {
        return Ok(());
    }
    Err(Refusal(format!(
        "{} is {state:?}, not {wanted:?}\n  Look into the event log: Application, source Komainu.",
        party.title()
    )))
}
