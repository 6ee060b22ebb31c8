//! What real UPSes of a real server say.

use std::time::Duration;

use komainu_core::types::{Supply, UpsAnswer, UpsFailure, UpsOrder};

use crate::Case;
use crate::upsd::{PASSWORD, Upsd};
use crate::watch::{A, B, C, Watch, login, setup};

pub(crate) const CASES: &[Case] = &[
    ("an outage is seen, a low battery, and the return", outage),
    ("each change is seen, wherever it falls between two looks", between),
    ("a driver that hangs is stale and comes back", hang),
    ("a server that was away is found again", away),
    ("a UPS that is not there is told beside one that is", unknown),
    ("a wrong password is told, and the UPS is read all the same", password),
];

fn outage() {
    let upsd = Upsd::start();
    let mut watch = Watch::start(setup(upsd.port, &[(A, "a"), (B, "b")]));
    let normal = watch.supply(A, Supply::Mains);
    assert_eq!((normal.charge, normal.load), (Some(100), Some(20)));
    assert_eq!(normal.runtime.map(|left| left.duration().as_secs()), Some(1800));
    upsd.change("a", &[("ups.status", "OB DISCHRG"), ("battery.charge", "60")]);
    let outage = watch.supply(A, Supply::Battery);
    assert!(!outage.low);
    watch.supply(B, Supply::Mains);
    upsd.change("a", &[("ups.status", "OB DISCHRG LB"), ("battery.charge", "8")]);
    let low = watch.reading(A, "low", |reading| reading.low);
    assert_eq!((low.supply, low.charge), (Supply::Battery, Some(8)));
    upsd.change("a", &[("ups.status", "OL CHRG")]);
    assert!(!watch.supply(A, Supply::Mains).low);
}

fn between() {
    let upsd = Upsd::start();
    let mut watch = Watch::start(setup(upsd.port, &[(C, "c")]));
    watch.supply(C, Supply::Mains);
    for at in 0..5 {
        std::thread::sleep(Duration::from_millis(130 * at));
        for (status, supply) in [("OB", Supply::Battery), ("OL", Supply::Mains)] {
            upsd.driver.set("ups.status", status);
            watch.supply(C, supply);
        }
    }
}

fn hang() {
    let upsd = Upsd::start();
    let mut watch = Watch::start(setup(upsd.port, &[(A, "a"), (B, "b")]));
    watch.supply(A, Supply::Mains);
    upsd.freeze(0, true);
    watch.failure(A, UpsFailure::Stale);
    watch.supply(B, Supply::Mains);
    upsd.freeze(0, false);
    watch.supply(A, Supply::Mains);
}

fn away() {
    let mut upsd = Upsd::start();
    let mut watch = Watch::start(setup(upsd.port, &[(A, "a")]));
    watch.supply(A, Supply::Mains);
    upsd.kill();
    watch.failure(A, UpsFailure::Silent);
    let detail = watch.detail();
    assert!(detail.contains("refused") || detail.contains("closed"), "{detail}");
    upsd.serve();
    watch.supply(A, Supply::Mains);
}

fn unknown() {
    let upsd = Upsd::start();
    let mut watch = Watch::start(setup(upsd.port, &[(A, "nosuch"), (B, "b")]));
    watch.failure(A, UpsFailure::UnknownUps);
    watch.supply(B, Supply::Mains);
}

fn password() {
    let upsd = Upsd::start();
    let wrong = login("komainu", "guess");
    let mut watch = Watch::start(komainu_host::ups::setup::NutSetup {
        login: wrong,
        ..setup(upsd.port, &[(C, "c")])
    });
    assert!(!watch.account());
    watch.supply(C, Supply::Mains);
    let refused = UpsAnswer::Failed(UpsFailure::AccessDenied);
    assert_eq!(watch.order(C, UpsOrder::Test), refused);
    assert_eq!(upsd.driver.ordered(), [""; 0]);
    let right = login("komainu", PASSWORD);
    let mut watch = Watch::start(komainu_host::ups::setup::NutSetup {
        login: right,
        ..setup(upsd.port, &[(C, "c")])
    });
    assert!(watch.account());
}
