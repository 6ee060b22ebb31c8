//! How soon an outage is known by a trap.

use std::time::{Duration, Instant};

use komainu_core::types::Supply;
use komainu_host::ups::snmp::Mib;
use libtest_mimic::Failed;

use crate::Case;
use crate::agent::{Agent, SOON, operator};

pub(crate) const CASES: &[(&str, Case)] =
    &[("traps: from the end of the mains to a reading that says so", latency)];

/// So many changes of the mains are measured, of which every second is an outage.
const ROUNDS: usize = 30;

/// The trap only says when to look; what is measured ends with the reading over version 3.
fn latency() -> Result<(), Failed> {
    let agent = Agent::start();
    let ups = agent.ups(operator(), Mib::PowerNet);
    assert_eq!(ups.read().expect("a reading").supply, Supply::Mains);
    let (mut traps, mut readings) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        drain(&agent)?;
        let (word, supply) = if round % 2 == 0 {
            ("mains off", Supply::Battery)
        } else {
            ("mains on", Supply::Mains)
        };
        let start = Instant::now();
        agent.tell(word);
        agent.traps.set_read_timeout(Some(SOON))?;
        agent.traps.recv(&mut [0; 1500])?;
        traps.push(start.elapsed());
        let reading = ups.read().map_err(|failure| format!("{failure:?}"))?;
        readings.push(start.elapsed());
        assert_eq!(reading.supply, supply, "the reading is newer than the trap");
    }
    for (name, mut times) in [("trap", traps), ("reading", readings)] {
        times.sort();
        let (median, last) = (times[ROUNDS / 2], times[ROUNDS - 1]);
        println!("{name}: n={ROUNDS} median={median:?} max={last:?}");
        assert!(median < Duration::from_millis(500), "{name}: {median:?}");
    }
    Ok(())
}

fn drain(agent: &Agent) -> Result<(), Failed> {
    // The standard's trap and PowerNet's come one after the other.
    std::thread::sleep(Duration::from_millis(100));
    agent.traps.set_read_timeout(Some(Duration::from_millis(1)))?;
    while agent.traps.recv(&mut [0; 1500]).is_ok() {}
    Ok(())
}
