//! How each software is asked and told: lists of words, which no shell reads.

use std::path::{Path, PathBuf};

use super::command::{Commands, Failure};
use super::wsfc;
use crate::config::{Nodes, Software};
use crate::powershell::{self, Script};

/// Where Pacemaker's program is.
const CRM_ATTRIBUTE: &str = "/usr/sbin/crm_attribute";
/// A word that stands for the machine.
const MACHINE: &str = "{machine}";
/// Exit code of a command that had nothing to change.
const ALREADY: i32 = 3;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Enter maintenance.
    Enter,
    /// Leave it.
    Leave,
}

/// A software, and how it is reached.
#[derive(Debug)]
pub(super) struct Tool {
    software: Software,
    through: Vec<String>,
}

impl Tool {
    /// What the file says.
    pub(super) fn of(software: &Software, through: &[String]) -> Self {
        Self { software: software.clone(), through: through.to_vec() }
    }

    /// What is in maintenance or not: those machines, or all as one.
    pub(super) fn machines(&self, named: Vec<String>) -> Vec<String> {
        let whole = match &self.software {
            Software::Pacemaker(_) | Software::Wsfc(_, Nodes::Stop) => true,
            Software::Wsfc(_, Nodes::Suspend | Nodes::Drain) => false,
            Software::Commands { enter, leave, .. } => {
                !enter.iter().chain(leave).any(|word| word.contains(MACHINE))
            }
        };
        if whole { vec!["cluster".to_owned()] } else { named }
    }

    /// Those that are in maintenance; `None` where nobody can be asked.
    pub(super) async fn look(
        &self,
        commands: &Commands,
        machines: &[String],
    ) -> Result<Option<Vec<String>>, Failure> {
        match &self.software {
            Software::Pacemaker(program) => {
                let argv =
                    self.pacemaker(program.as_deref(), &["--query", "--quiet", "--default=false"]);
                let output = commands.ask(&argv).await?;
                let inside = truth(output.trim()).ok_or_else(|| unclear(&output))?;
                Ok(Some(if inside { machines.to_vec() } else { Vec::new() }))
            }
            Software::Wsfc(program, nodes) => {
                let argv = self.wsfc(program.as_deref(), wsfc::look(*nodes));
                let output = commands.ask(&argv).await?;
                wsfc::inside(*nodes, machines, &output).map(Some)
            }
            Software::Commands { look: None, .. } => Ok(None),
            Software::Commands { look: Some(look), .. } => {
                let mut inside = Vec::new();
                for machine in machines {
                    let argv = self.full(for_machine(look, machine));
                    let ran = commands.run(&argv).await?;
                    match ran.code {
                        Some(0) => inside.push(machine.clone()),
                        Some(1) => {}
                        _ => return Err(ran.failure(program_of(&argv))),
                    }
                }
                Ok(Some(inside))
            }
        }
    }

    /// Does it with each of the machines; tells with which something was changed.
    pub(super) async fn step(
        &self,
        commands: &Commands,
        step: Step,
        machines: &[String],
    ) -> Result<Vec<String>, Failure> {
        if machines.is_empty() {
            return Ok(Vec::new());
        }
        match &self.software {
            Software::Pacemaker(program) => {
                let value = match step {
                    Step::Enter => "--update=true",
                    Step::Leave => "--update=false",
                };
                commands.succeed(&self.pacemaker(program.as_deref(), &[value])).await?;
                Ok(machines.to_vec())
            }
            Software::Wsfc(program, nodes) => {
                let script = wsfc::step(*nodes, step, machines);
                commands.succeed(&self.wsfc(program.as_deref(), script)).await?;
                Ok(machines.to_vec())
            }
            Software::Commands { enter, leave, .. } => {
                let command = match step {
                    Step::Enter => enter,
                    Step::Leave => leave,
                };
                self.each(commands, command, machines).await
            }
        }
    }

    async fn each(
        &self,
        commands: &Commands,
        command: &[String],
        machines: &[String],
    ) -> Result<Vec<String>, Failure> {
        let mut changed = Vec::new();
        for machine in machines {
            let argv = self.full(for_machine(command, machine));
            let ran = commands.run(&argv).await?;
            match ran.code {
                Some(0) => changed.push(machine.clone()),
                Some(ALREADY) => {}
                _ => return Err(ran.failure(program_of(&argv))),
            }
        }
        Ok(changed)
    }

    fn full(&self, command: Vec<String>) -> Vec<String> {
        self.through.iter().cloned().chain(command).collect()
    }

    fn pacemaker(&self, program: Option<&Path>, what: &[&str]) -> Vec<String> {
        let program = text(program, CRM_ATTRIBUTE);
        let fixed = ["--type=crm_config", "--name=maintenance-mode"];
        let words = fixed.iter().chain(what).map(|word| (*word).to_owned());
        self.full(std::iter::once(program).chain(words).collect())
    }

    fn wsfc(&self, program: Option<&Path>, script: Script<'_>) -> Vec<String> {
        let usual = match self.through.is_empty() {
            true => powershell::here(),
            false => powershell::ELSEWHERE.to_owned(),
        };
        self.full(script.argv(&text(program, &usual)))
    }
}

fn text(program: Option<&Path>, usual: &str) -> String {
    program.map_or(PathBuf::from(usual), Path::to_owned).to_string_lossy().into_owned()
}

fn program_of(argv: &[String]) -> &str {
    argv.first().map_or("", String::as_str)
}

fn for_machine(command: &[String], machine: &str) -> Vec<String> {
    command.iter().map(|word| word.replace(MACHINE, machine)).collect()
}

/// What Pacemaker takes for a truth.
fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "y" | "1" => Some(true),
        "false" | "off" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// An answer that cannot be understood.
pub(super) fn unclear(output: &str) -> Failure {
    let end = output.floor_char_boundary(200);
    let shown = output.get(..end).unwrap_or_default().trim();
    Failure::Failed(format!("the answer is not understood: {shown:?}"))
}
