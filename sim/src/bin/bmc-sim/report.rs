//! What happens, on standard output: a line for people, or an object for programs.

use std::io::{self, Write};
use std::net::SocketAddr;

use komainu_sim::bmc::{ChassisAction, ChassisEvent};
use komainu_sim::serve::Report;

/// Prints events.
pub(crate) struct Reporter {
    json: bool,
}

impl Reporter {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// A BMC answers on this address.
    pub(crate) fn ready(&self, address: SocketAddr) {
        print(&ready(self.json, address));
    }

    /// Something happened at the BMC with this address.
    pub(crate) fn tell(&self, address: SocketAddr, report: Report) {
        print(&match report {
            Report::Chassis(event) => chassis(self.json, address, &event),
            Report::Power(on) => power(self.json, address, on),
        });
    }
}

/// Whoever reads may have gone; the BMCs serve on.
fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn ready(json: bool, address: SocketAddr) -> String {
    if json {
        format!(r#"{{"event":"ready","address":"{address}"}}"#)
    } else {
        format!("{address} ready")
    }
}

fn power(json: bool, address: SocketAddr, on: bool) -> String {
    let state = if on { "on" } else { "off" };
    if json {
        format!(r#"{{"event":"power","address":"{address}","power":"{state}"}}"#)
    } else {
        format!("{address} power is {state}")
    }
}

fn chassis(json: bool, address: SocketAddr, event: &ChassisEvent) -> String {
    let action = name(event.action);
    let from = event.origin.from().map(|from| from.to_string());
    let by = from.as_deref().unwrap_or("watchdog");
    if json {
        format!(r#"{{"event":"chassis","address":"{address}","action":"{action}","by":"{by}"}}"#)
    } else {
        format!("{address} {action}, ordered by {by}")
    }
}

fn name(action: ChassisAction) -> &'static str {
    match action {
        ChassisAction::Off => "power off",
        ChassisAction::On => "power on",
        ChassisAction::Cycle => "power cycle",
        ChassisAction::HardReset => "hard reset",
        ChassisAction::DiagnosticInterrupt => "diagnostic interrupt",
        ChassisAction::SoftShutdown => "soft shutdown",
    }
}
