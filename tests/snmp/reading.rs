//! What is read, in every version, and what cannot be.

use std::time::Duration;

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsFailure};
use komainu_host::ups::snmp::{Access, Mib};
use libtest_mimic::Failed;

use crate::Case;
use crate::agent::{Agent, community, first_version, operator, user};

pub(crate) const CASES: &[(&str, Case)] = &[
    ("reading: every version reads the same", every_version),
    ("reading: the objects are found out", detection),
    ("reading: an outage, a low battery, the return", outage),
    ("reading: a frozen agent is silent, and is read again when it thaws", frozen),
    ("reading: what a wrong community, user or key gets", strangers),
    ("reading: an agent without a UPS, and one that talks nonsense", nonsense),
];

const MIBS: [Mib; 2] = [Mib::Rfc1628, Mib::PowerNet];

fn versions() -> [Access; 3] {
    [first_version("public"), community("public"), operator()]
}

fn every_version() -> Result<(), Failed> {
    let agent = Agent::start();
    agent.tell("charge 50");
    for (mib, access) in MIBS.into_iter().flat_map(|mib| versions().map(|access| (mib, access))) {
        let shown = format!("{mib:?} {access:?}");
        let reading = agent.ups(access, mib).read().map_err(|failure| format!("{failure:?}"))?;
        assert_eq!((reading.supply, reading.load), (Supply::Mains, Some(31)), "{shown}");
        assert_eq!((reading.charge, reading.runtime), (Some(50), Some(Millis::from_secs(300))));
        assert_eq!((reading.off_in, reading.on_in, reading.low), (None, None, false), "{shown}");
    }
    Ok(())
}

/// The agent says that it is of APC; with PowerNet hidden the standard's objects are what is left.
fn detection() -> Result<(), Failed> {
    let agent = Agent::start();
    agent.tell("charge 51.5");
    for access in versions() {
        let reading = agent.ups_of(access, None).read().expect("a reading");
        // Finer than whole minutes: PowerNet.
        assert_eq!(reading.runtime, Some(Millis::from_secs(309)));
    }
    Ok(())
}

fn outage() -> Result<(), Failed> {
    let agent = Agent::start();
    for (mib, access) in MIBS.into_iter().flat_map(|mib| versions().map(|access| (mib, access))) {
        let ups = agent.ups(access, mib);
        agent.tell("charge 90");
        agent.tell("mains off");
        let on_battery = ups.read().expect("a reading");
        assert_eq!((on_battery.supply, on_battery.low), (Supply::Battery, false), "{mib:?}");
        agent.tell("charge 10");
        let low = ups.read().expect("a reading");
        assert!(low.low && low.supply == Supply::Battery, "{mib:?} {low:?}");
        agent.tell("mains on");
        assert_eq!(ups.read().expect("a reading").supply, Supply::Mains, "{mib:?}");
    }
    Ok(())
}

fn frozen() -> Result<(), Failed> {
    let agent = Agent::start();
    let ups = agent.ups(community("public"), Mib::Rfc1628);
    assert!(ups.read().is_ok());
    agent.tell("freeze on");
    let start = std::time::Instant::now();
    assert_eq!(ups.read(), Err(UpsFailure::Silent));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    agent.tell("freeze off");
    ups.until("read again", |reading| reading.supply == Supply::Mains);
    Ok(())
}

/// To a wrong community agents say nothing. To a wrong user or key of version 3 they do, but so
/// that anybody could have said it: it is not believed.
fn strangers() -> Result<(), Failed> {
    let agent = Agent::start();
    let read = |access| agent.ups(access, Mib::Rfc1628).read();
    assert_eq!(read(community("wrong")), Err(UpsFailure::Silent));
    assert_eq!(read(first_version("wrong")), Err(UpsFailure::Silent));
    let wrong = [
        user("nobody", "operator-auth", "operator-priv"),
        user("operator", "wrong-password", "operator-priv"),
        user("operator", "operator-auth", "wrong-password"),
    ];
    for access in wrong {
        let shown = format!("{access:?}");
        assert_eq!(read(access), Err(UpsFailure::Silent), "{shown}");
    }
    Ok(())
}

fn nonsense() -> Result<(), Failed> {
    let bare = Agent::without_ups();
    for access in versions() {
        assert_eq!(bare.ups_of(access, None).read(), Err(UpsFailure::UnknownUps));
    }
    let agent = Agent::start();
    let ups = agent.ups(community("public"), Mib::Rfc1628);
    agent.tell("force .1.3.6.1.2.1.33.1.4.1.0 string mains");
    assert_eq!(ups.read(), Err(UpsFailure::Garbled));
    agent.tell("force .1.3.6.1.2.1.33.1.4.1.0 integer 99");
    assert_eq!(ups.read(), Err(UpsFailure::Garbled));
    agent.tell("free");
    assert!(ups.read().is_ok());
    Ok(())
}
