//! Guests of libvirt, through its own `virsh`.
//!
//! A guest is found by its name and touched by its UUID: `virsh` would take a name of digits for
//! the number of whichever guest has it.

use std::sync::Arc;
use std::time::Duration;

use komainu_core::guests::Work;
use tokio::time::Instant;

use super::Found;
use crate::maintenance::{Commands, Failure};
use crate::service::platform::Platform;

/// Between the lists that one call gives.
const MARK: &str = "----";
/// The lists: all, those that run, those that do not, those that libvirt starts by itself.
const LISTS: &str = "list --all --uuid --name; echo ----; list --uuid; echo ----; \
                     list --inactive --uuid; echo ----; list --all --autostart --uuid";
/// How long the agent in a guest has to take an order. Libvirt itself would wait for a minute.
const AGENT: Duration = Duration::from_secs(10);
/// A guest that comes or goes between two of the lists makes them not fit: so often they are asked
/// for until they do.
const TRIES: u8 = 3;
/// The length of a UUID as text.
const UUID: usize = 36;

/// A libvirt daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Libvirt {
    uri: String,
}

impl Libvirt {
    /// The one at that address.
    pub(super) fn at(uri: &str) -> Self {
        Self { uri: uri.to_owned() }
    }

    fn virsh(&self, words: &[&str]) -> Vec<String> {
        let before = ["env", "LC_ALL=C", "virsh", "-c", &self.uri];
        before.iter().chain(words).map(|word| (*word).to_owned()).collect()
    }

    /// Every guest that it knows.
    pub(super) async fn list(&self, commands: &Commands) -> Result<Vec<Found>, Failure> {
        first_that_fits(|| self.lists(commands)).await
    }

    async fn lists(&self, commands: &Commands) -> Result<String, Failure> {
        let ran = commands.run(&self.virsh(&[LISTS])).await?;
        // A list that fails in the middle does not fail the call, and would read as empty.
        if ran.code != Some(0) || ran.error.lines().any(|line| line.starts_with("error:")) {
            return Err(ran.failure("virsh"));
        }
        Ok(ran.output)
    }

    /// Does something to one guest.
    pub(super) async fn act(
        &self,
        work: Work,
        id: &str,
        platform: Arc<dyn Platform>,
        until: Instant,
    ) -> Result<(), Failure> {
        let run = async |words: &[&str], until| {
            let commands = Commands::new(Arc::clone(&platform), until);
            commands.succeed(&self.virsh(words)).await
        };
        match work {
            Work::List => Ok(()),
            Work::Stop(_) => {
                let patience = until.min(Instant::now() + AGENT);
                // Which ways there are depends on the hypervisor: an agent that hangs must not
                // keep the power button from being pressed.
                match run(&["shutdown", id, "--mode", "agent,acpi"], patience).await {
                    Ok(()) => return Ok(()),
                    Err(Failure::Failed(_) | Failure::TimedOut) => {}
                }
                match run(&["shutdown", id, "--mode", "acpi"], until).await {
                    Ok(()) => Ok(()),
                    Err(Failure::Failed(_)) => run(&["shutdown", id], until).await,
                    Err(Failure::TimedOut) => Err(Failure::TimedOut),
                }
            }
            Work::Kill(_) => run(&["destroy", id], until).await,
            Work::Save(_) => run(&["managedsave", id], until).await,
            Work::Start(_) => run(&["start", id], until).await,
            Work::Ready(_) => {
                let ping = r#"{"execute":"guest-ping"}"#;
                run(&["qemu-agent-command", id, ping, "--timeout", "5"], until).await
            }
        }
    }
}

async fn first_that_fits<F: Future<Output = Result<String, Failure>>>(
    ask: impl Fn() -> F,
) -> Result<Vec<Found>, Failure> {
    for _ in 0..TRIES {
        if let Some(found) = parse(&ask().await?) {
            return Ok(found);
        }
    }
    Err(Failure::Failed(format!("{TRIES} times in a row the lists of virsh did not fit together")))
}

/// What the lists say; none when they do not fit one another.
fn parse(output: &str) -> Option<Vec<Found>> {
    let lines: Vec<_> = output.lines().map(str::trim).collect();
    // A guest may have the mark in its name.
    let lists: Vec<_> = lines.split(|line| *line == MARK).collect();
    let [all, on, off, auto] = lists.as_slice() else { return None };
    let named = all.iter().filter(|line| !line.is_empty());
    let guest = |line: &&str| {
        guest(line, |id| on.contains(&id), |id| off.contains(&id), |id| auto.contains(&id))
    };
    named.map(guest).collect()
}

/// A guest on the list of all, which is on exactly one of the next two.
fn guest(
    line: &str,
    on: impl Fn(&str) -> bool,
    off: impl Fn(&str) -> bool,
    auto: impl Fn(&str) -> bool,
) -> Option<Found> {
    let (id, name) = line.split_at_checked(UUID)?;
    let uuid = id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let name = name.strip_prefix(' ').filter(|name| !name.is_empty())?;
    let on = match (on(id), off(id)) {
        (true, false) => true,
        (false, true) => false,
        (true, true) | (false, false) => return None,
    };
    let (id, name, auto) = (id.to_owned(), name.to_owned(), Some(auto(id)));
    uuid.then_some(Found { name, id, on, auto })
}

#[cfg(test)]
mod tests;
