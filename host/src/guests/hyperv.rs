//! Guests of Hyper-V, through PowerShell on the host itself.
//!
//! A guest is found by its name here and touched by its GUID, so that no name ever is part of a
//! script: PowerShell would take `*` and `[` in one for a pattern.

use komainu_core::guests::Work;
use serde::Deserialize;

use super::Found;
use crate::maintenance::{Commands, Failure};
use crate::powershell::{self, GuestVerb, Script};

/// A guest, as the script prints it.
#[derive(Debug, Deserialize)]
struct Vm {
    id: String,
    name: String,
    state: State,
    start: StartAction,
}

/// `Microsoft.HyperV.PowerShell.VMState`, as far as it means that nothing runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum State {
    Off,
    OffCritical,
    Saved,
    SavedCritical,
    FastSaved,
    FastSavedCritical,
    /// It runs, or is on its way; what is not known yet is not off.
    #[serde(other)]
    Running,
}

/// `Microsoft.HyperV.PowerShell.StartAction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum StartAction {
    Nothing,
    StartIfRunning,
    Start,
}

/// Every guest of this host.
pub(super) async fn list(commands: &Commands) -> Result<Vec<Found>, Failure> {
    let output = commands.ask(&Script::Guests.argv(&powershell::here())).await?;
    parse(&output)
}

/// Does something to one guest; the id is a GUID, which was checked when it was read.
pub(super) async fn act(work: Work, id: &str, commands: &Commands) -> Result<(), Failure> {
    let verb = match work {
        Work::List => return Ok(()),
        Work::Stop(_) => GuestVerb::Stop,
        Work::Kill(_) => GuestVerb::TurnOff,
        Work::Save(_) => GuestVerb::Save,
        Work::Start(_) => GuestVerb::Start,
        Work::Ready(_) => GuestVerb::Heartbeat,
    };
    commands.succeed(&Script::Guest(verb, id).argv(&powershell::here())).await
}

fn parse(output: &str) -> Result<Vec<Found>, Failure> {
    let wrong =
        |text: String| Failure::Failed(format!("Hyper-V lists what makes no sense: {text}"));
    let vms: Vec<Vm> =
        serde_json::from_str(powershell::answer(output)).map_err(|e| wrong(e.to_string()))?;
    let guid = |vm: &Vm| {
        vm.id.len() == 36 && vm.id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    if let Some(vm) = vms.iter().find(|vm| !guid(vm)) {
        return Err(wrong(format!("the id of {:?}", vm.name)));
    }
    Ok(vms.into_iter().map(found).collect())
}

fn found(vm: Vm) -> Found {
    let on = match vm.state {
        State::Running => true,
        State::Off
        | State::OffCritical
        | State::Saved
        | State::SavedCritical
        | State::FastSaved
        | State::FastSavedCritical => false,
    };
    let auto = match vm.start {
        StartAction::Nothing => false,
        StartAction::StartIfRunning | StartAction::Start => true,
    };
    Found { name: vm.name, id: vm.id, on, auto: Some(auto) }
}

#[cfg(test)]
mod tests;
