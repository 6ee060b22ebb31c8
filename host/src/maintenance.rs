//! Software that must not heal what a plan stops: put into maintenance, and taken out of it again.
//!
//! Only what was set here is released: which machines that are is written down before anything is
//! set, and outlives this process.

mod command;
mod memory;
mod tool;
mod wsfc;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use komainu_core::power::RunEnd;
use tokio::time::Instant;

use crate::config::Maintenance;
use crate::service::platform::Platform;
pub(crate) use command::{Commands, Failure};
use memory::Memory;
use tool::{Step, Tool};

/// One piece of software that is put into maintenance.
#[derive(Debug)]
pub(crate) struct Adapter {
    name: String,
    tool: Tool,
    machines: Vec<String>,
    memory: Memory,
}

/// How entering or leaving ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How.
    pub(crate) end: RunEnd,
    /// What went wrong; empty where nothing did.
    pub(crate) text: String,
}

impl Adapter {
    /// What the file says. `servers` are the names of those that it covers; the folder outlives
    /// this process.
    pub(crate) fn of(said: &Maintenance, servers: &[&str], folder: &Path) -> Self {
        let machines = match said.machines.is_empty() {
            true => servers.iter().map(|name| (*name).to_owned()).collect(),
            false => said.machines.iter().map(ToString::to_string).collect(),
        };
        let tool = Tool::of(&said.software, &said.through);
        let machines = tool.machines(machines);
        let name = said.name.to_string();
        let memory = Memory::in_folder(folder, &name);
        Self { name, tool, machines, memory }
    }

    /// What operators call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Puts every machine into maintenance that is not in it.
    pub(crate) async fn enter(&self, platform: Arc<dyn Platform>, limit: Duration) -> Ended {
        let commands = Commands::new(platform, Instant::now() + limit);
        ended(self.try_enter(&commands).await)
    }

    /// Takes those out of it again that were put into it here.
    pub(crate) async fn leave(&self, platform: Arc<dyn Platform>, limit: Duration) -> Ended {
        let commands = Commands::new(platform, Instant::now() + limit);
        ended(self.try_leave(&commands).await)
    }

    async fn try_enter(&self, commands: &Commands) -> Result<RunEnd, Failure> {
        let before = self.tool.look(commands, &self.machines).await?;
        let mut ours = self.memory.read()?;
        let entered = match before {
            Some(inside) => {
                let out = without(&self.machines, &inside);
                ours.extend(without(&out, &ours));
                self.memory.write(&ours)?;
                self.tool.step(commands, Step::Enter, &out).await?;
                self.verify(commands, &self.machines, true).await?;
                ours
            }
            // Nobody can be asked: each command says whether it has changed anything. Until it
            // has, it may have.
            None => {
                self.memory.write(&self.machines)?;
                for machine in self.tool.step(commands, Step::Enter, &self.machines).await? {
                    if !ours.contains(&machine) {
                        ours.push(machine);
                    }
                }
                self.memory.write(&ours)?;
                ours
            }
        };
        Ok(if entered.is_empty() { RunEnd::Already } else { RunEnd::Done })
    }

    async fn try_leave(&self, commands: &Commands) -> Result<RunEnd, Failure> {
        let ours = self.memory.read()?;
        if ours.is_empty() {
            return Ok(RunEnd::Already);
        }
        self.tool.step(commands, Step::Leave, &ours).await?;
        self.verify(commands, &ours, false).await?;
        self.memory.write(&[])?;
        Ok(RunEnd::Done)
    }

    async fn verify(&self, commands: &Commands, of: &[String], is: bool) -> Result<(), Failure> {
        let Some(inside) = self.tool.look(commands, of).await? else { return Ok(()) };
        let wrong: Vec<_> = of.iter().filter(|one| inside.contains(*one) != is).cloned().collect();
        match wrong.is_empty() {
            true => Ok(()),
            false if is => {
                Err(Failure::Failed(format!("not in maintenance: {}", wrong.join(", "))))
            }
            false => Err(Failure::Failed(format!("still in maintenance: {}", wrong.join(", ")))),
        }
    }
}

/// Those that are not among the others.
fn without(all: &[String], others: &[String]) -> Vec<String> {
    all.iter().filter(|one| !others.contains(*one)).cloned().collect()
}

fn ended(result: Result<RunEnd, Failure>) -> Ended {
    match result {
        Ok(end) => Ended { end, text: String::new() },
        Err(Failure::Failed(text)) => Ended { end: RunEnd::Failed, text },
        Err(Failure::TimedOut) => {
            Ended { end: RunEnd::TimedOut, text: "ended at its time limit".to_owned() }
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

#[cfg(all(test, unix))]
mod tests;
