//! Orders, and that they are carried out or called off.

use komainu_core::time::Millis;
use komainu_core::types::{Outlet, Supply, UpsAnswer, UpsFailure, UpsOrder};
use komainu_host::ups::snmp::{Access, Mib};
use libtest_mimic::Failed;

use crate::Case;
use crate::agent::{Agent, community, first_version, operator, user};

pub(crate) const CASES: &[(&str, Case)] = &[
    ("ordering: off counts down and is cancelled, in every version", cancelled),
    ("ordering: off until the mains are back, while they are away", away),
    ("ordering: off until the mains are back, and they are before", back_before),
    ("ordering: off stays off until it is ordered on", off_and_on),
    ("ordering: a delay that the card shortens is refused", shortened),
    ("ordering: a self test runs and is ended", test),
    ("ordering: an outlet group goes off and on", group),
    ("ordering: who may only read is refused, and a deaf card leaves it open", refused),
];

const ALL: Outlet = Outlet::WHOLE;
const MIBS: [Mib; 2] = [Mib::Rfc1628, Mib::PowerNet];

fn off_until_mains(seconds: u32) -> UpsOrder {
    UpsOrder::OffUntilMains { outlet: ALL, delay: Millis::from_secs(seconds) }
}

fn cancelled() -> Result<(), Failed> {
    let agent = Agent::start();
    let versions: [fn() -> Access; 3] =
        [|| first_version("private"), || community("private"), operator];
    for (mib, access) in MIBS.into_iter().flat_map(|mib| versions.map(|access| (mib, access))) {
        let ups = agent.ups(access(), mib);
        assert_eq!(ups.order(off_until_mains(90)), UpsAnswer::Accepted, "{mib:?}");
        let left = ups.read().expect("a reading").off_in.expect("a countdown");
        assert!(left > Millis::from_secs(80) && left <= Millis::from_secs(90), "{left:?}");
        let less = |reading: &komainu_core::types::UpsReading| {
            reading.off_in.is_some_and(|now| now < left)
        };
        ups.until("counting down", less);
        assert_eq!(ups.order(UpsOrder::Cancel { outlet: ALL }), UpsAnswer::Accepted, "{mib:?}");
        let reading = ups.read().expect("a reading");
        assert_eq!((reading.off_in, reading.supply), (None, Supply::Mains), "{mib:?}");
    }
    let state = agent.tell("show").expect("a UPS");
    assert!(state.contains("output=True off=-1 on=-1"), "{state}");
    Ok(())
}

fn away() -> Result<(), Failed> {
    for mib in MIBS {
        let agent = Agent::start();
        let ups = agent.ups(operator(), mib);
        agent.tell("mains off");
        // PowerNet's own delays begin at 20 s; 0 is at once.
        let delay = if mib == Mib::PowerNet { 0 } else { 2 };
        assert_eq!(ups.order(off_until_mains(delay)), UpsAnswer::Accepted, "{mib:?}");
        ups.until("off", |reading| reading.supply == Supply::Off);
        agent.tell("mains on");
        ups.until("on with the mains", |reading| reading.supply == Supply::Mains);
    }
    Ok(())
}

/// The standard promises a return by itself only for a shutdown in an outage; this is not one.
fn back_before() -> Result<(), Failed> {
    for mib in MIBS {
        let agent = Agent::start();
        let ups = agent.ups(operator(), mib);
        assert_eq!(ups.order(off_until_mains(0)), UpsAnswer::Accepted, "{mib:?}");
        ups.until("off", |reading| reading.supply == Supply::Off);
        ups.until("on again", |reading| reading.supply == Supply::Mains);
    }
    Ok(())
}

fn off_and_on() -> Result<(), Failed> {
    for mib in MIBS {
        let agent = Agent::start();
        let ups = agent.ups(operator(), mib);
        agent.tell("mains off");
        let off = UpsOrder::Off { outlet: ALL, delay: Millis::new(0) };
        assert_eq!(ups.order(off), UpsAnswer::Accepted, "{mib:?}");
        ups.until("off", |reading| reading.supply == Supply::Off);
        agent.tell("mains on");
        std::thread::sleep(std::time::Duration::from_secs(1));
        assert_eq!(ups.read().expect("a reading").supply, Supply::Off, "{mib:?}");
        assert_eq!(ups.order(UpsOrder::On { outlet: ALL }), UpsAnswer::Accepted, "{mib:?}");
        ups.until("on", |reading| reading.supply == Supply::Mains);
    }
    Ok(())
}

fn shortened() -> Result<(), Failed> {
    let agent = Agent::start();
    let ups = agent.ups(operator(), Mib::PowerNet);
    let refused = UpsAnswer::Failed(UpsFailure::Unsupported);
    assert_eq!(ups.order(off_until_mains(50)), refused);
    let state = agent.tell("show").expect("a UPS");
    assert!(state.contains("output=True off=-1"), "{state}");
    let twenty = UpsOrder::Off { outlet: Outlet::new(2).expect("a group"), delay: Millis::new(0) };
    assert_eq!(agent.ups(operator(), Mib::Rfc1628).order(twenty), refused);
    Ok(())
}

fn test() -> Result<(), Failed> {
    for mib in MIBS {
        let agent = Agent::start();
        let ups = agent.ups(operator(), mib);
        assert_eq!(ups.order(UpsOrder::Test), UpsAnswer::Accepted, "{mib:?}");
        assert!(ups.read().expect("a reading").testing, "{mib:?}");
        ups.until("done testing", |reading| !reading.testing);
    }
    let agent = Agent::start();
    let ups = agent.ups(operator(), Mib::Rfc1628);
    assert_eq!(ups.order(UpsOrder::Test), UpsAnswer::Accepted);
    assert_eq!(ups.order(UpsOrder::StopTest), UpsAnswer::Accepted);
    assert!(!ups.read().expect("a reading").testing);
    Ok(())
}

fn group() -> Result<(), Failed> {
    let agent = Agent::start();
    let ups = agent.ups(operator(), Mib::PowerNet);
    let outlet = Outlet::new(2).expect("a group");
    let off = UpsOrder::Off { outlet, delay: Millis::from_secs(2) };
    assert_eq!(ups.order(off), UpsAnswer::Accepted);
    assert_eq!(ups.order(UpsOrder::Cancel { outlet }), UpsAnswer::Accepted);
    assert_eq!(ups.order(off), UpsAnswer::Accepted);
    let reading = ups.until("off", |reading| !reading.feeds(outlet));
    assert!(reading.feeds(ALL) && reading.feeds(Outlet::new(1).expect("a group")));
    assert_eq!(ups.order(UpsOrder::On { outlet }), UpsAnswer::Accepted);
    ups.until("on", |reading| reading.feeds(outlet));
    let third = UpsOrder::On { outlet: Outlet::new(3).expect("a group") };
    assert_eq!(ups.order(third), UpsAnswer::Failed(UpsFailure::Unsupported));
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let agent = Agent::start();
    let denied = UpsAnswer::Failed(UpsFailure::AccessDenied);
    let readers = [
        community("public"),
        first_version("public"),
        user("reader", "reader-auth", "reader-priv"),
    ];
    for (access, mib) in readers.into_iter().zip([Mib::Rfc1628, Mib::PowerNet, Mib::Rfc1628]) {
        let shown = format!("{access:?}");
        assert_eq!(agent.ups(access, mib).order(off_until_mains(20)), denied, "{shown}");
    }
    let ups = agent.ups(community("private"), Mib::Rfc1628);
    agent.tell("refuse .1.3.6.1.2.1.33.1.8.2.0");
    let refused = ups.order(off_until_mains(20));
    assert_eq!(refused, UpsAnswer::Failed(UpsFailure::Unsupported));
    agent.tell("free");
    assert!(ups.read().is_ok());
    agent.tell("freeze on");
    assert_eq!(ups.order(UpsOrder::On { outlet: ALL }), UpsAnswer::Unknown);
    Ok(())
}
