//! Finds the least of a script that still breaks the same promise.

use super::{Report, Scenario, World};

/// A scenario with as few disturbances as possible that breaks the same promise as `scenario`,
/// and what comes of it; `None` when nothing breaks.
#[must_use]
pub fn shrink(scenario: Scenario) -> Option<(Scenario, Report)> {
    let first = World::new(scenario.clone(), false).run();
    let invariant = first.broken.as_ref()?.invariant;
    let mut least = scenario;
    let breaks = |scenario: &Scenario| {
        let report = World::new(scenario.clone(), false).run();
        report.broken.is_some_and(|broken| broken.invariant == invariant)
    };
    let mut chunk = least.script.len();
    while chunk > 0 {
        let mut at = 0;
        while at < least.script.len() {
            let mut fewer = least.clone();
            let end = (at + chunk).min(fewer.script.len());
            fewer.script.drain(at..end);
            if breaks(&fewer) {
                least = fewer;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
    let report = World::new(least.clone(), true).run();
    Some((least, report))
}
