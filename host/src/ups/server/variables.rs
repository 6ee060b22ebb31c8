//! A UPS in NUT's variables.

use komainu_core::time::{Instant, Millis};
use komainu_core::types::UpsReading;
use komainu_core::wire::nut::{Refusal, Status};

use super::board::Seen;

/// A variable of a UPS.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
}

impl Variable {
    fn new(name: impl Into<String>, value: impl ToString) -> Self {
        Self { name: name.into(), value: value.to_string() }
    }

    pub(super) fn is_number(&self) -> bool {
        self.value.parse::<i64>().is_ok()
    }

    /// What it means, in words.
    pub(super) fn meaning(&self) -> &'static str {
        match self.name.as_str() {
            "battery.charge" => "Charge of the battery (percent)",
            "battery.runtime" => "How long the battery lasts at this load (seconds)",
            "ups.alarm" => "What is wrong",
            "ups.load" => "Load (percent of what the UPS can feed)",
            "ups.status" => "State",
            "ups.timer.shutdown" => "Until the output goes off (seconds, -1 = nothing is ordered)",
            "ups.timer.start" => "Until the output comes on (seconds, -1 = nothing is ordered)",
            _ => "",
        }
    }
}

/// The variables, in the order of their names.
///
/// # Errors
/// When the UPS was never read, and nobody is to go down for it.
pub(super) fn variables(
    seen: &Seen,
    go_down: bool,
    now: Instant,
) -> Result<Vec<Variable>, Refusal> {
    let status = match (seen.reading, go_down) {
        (_, true) => Status::go_down().to_string(),
        (Some((reading, _)), false) if seen.failure.is_none() => Status::of(&reading).to_string(),
        (Some((reading, _)), false) => format!("{} ALARM", Status::of(&reading)),
        (None, false) => return Err(Refusal::DriverNotConnected),
    };
    let mut found = vec![
        Variable::new("device.type", "ups"),
        Variable::new("driver.name", "komainu"),
        Variable::new("driver.version", env!("CARGO_PKG_VERSION")),
        Variable::new("ups.status", status),
    ];
    if let Some((reading, asked)) = seen.reading {
        found.extend(figures(&reading));
        if seen.failure.is_some() {
            let age = now.since(asked).as_secs();
            found.push(Variable::new("ups.alarm", format!("cannot be read since {age} s")));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn figures(reading: &UpsReading) -> Vec<Variable> {
    let seconds = |time: Millis| time.duration().as_secs();
    let timer = |time: Option<Millis>| time.map_or("-1".into(), |time| seconds(time).to_string());
    let mut found = vec![
        Variable::new("ups.timer.shutdown", timer(reading.off_in)),
        Variable::new("ups.timer.start", timer(reading.on_in)),
    ];
    found.extend(reading.charge.map(|charge| Variable::new("battery.charge", charge)));
    let runtime = reading.runtime.map(seconds);
    found.extend(runtime.map(|runtime| Variable::new("battery.runtime", runtime)));
    found.extend(reading.load.map(|load| Variable::new("ups.load", load)));
    let off = (1..=15).filter(|outlet| reading.outlets_off & (1 << outlet) != 0);
    found.extend(off.map(|outlet| Variable::new(format!("outlet.{outlet}.status"), "off")));
    found
}
