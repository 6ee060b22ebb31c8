//! Stories of an appliance that guards two servers: what happened in them is what is recorded.

use std::time::Duration;

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsReading};

use crate::stage::{Stage, seconds};

/// The active server's system fails; it is reset, the other takes over, and it comes back.
pub(crate) fn failover() -> Vec<u8> {
    let mut stage = Stage::new();
    stage.mains(None);
    stage.run(seconds(20));
    assert_eq!(stage.serving(), [true, false], "the primary serves");
    stage.crash(0);
    stage.run(seconds(60));
    assert_eq!(stage.serving(), [false, true], "the standby has taken over");
    assert_eq!(stage.power_offs(0), 1, "by one reset");
    stage.run(seconds(75));
    stage.finish()
}

/// The mains fail; both servers are shut down in order, and started when the mains are back.
pub(crate) fn outage() -> Vec<u8> {
    let mut stage = Stage::new();
    stage.mains(Some(on_mains()));
    stage.run(seconds(30));
    assert_eq!(stage.serving(), [true, false], "the primary serves");
    let battery = UpsReading {
        charge: Some(90),
        runtime: Some(Millis::from_secs(900)),
        ..UpsReading::of(Supply::Battery)
    };
    stage.mains(Some(battery));
    stage.run(seconds(110));
    assert_eq!(stage.running(), [false, false], "both are down");
    stage.mains(Some(on_mains()));
    stage.run(seconds(110) + Duration::from_secs(120));
    assert_eq!(stage.running(), [true, true], "both are back");
    assert_eq!(stage.serving().iter().filter(|serves| **serves).count(), 1, "one serves again");
    stage.finish()
}

fn on_mains() -> UpsReading {
    let (charge, runtime) = (Some(100), Some(Millis::from_secs(1200)));
    UpsReading { charge, runtime, ..UpsReading::of(Supply::Mains) }
}
