//! No secret in any output: not in what values print of themselves, not in what the command says.

mod command;
mod forms;
mod values;
