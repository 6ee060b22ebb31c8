//! Orders through a real server: to a driver that does them, and to NUT's own that does not.

use std::process::Command;

use komainu_core::time::Millis;
use komainu_core::types::{Outlet, Supply, UpsAnswer, UpsFailure, UpsOrder};
use komainu_host::ups::setup::NutSetup;

use crate::Case;
use crate::upsd::{PASSWORD, Upsd, program};
use crate::watch::{A, C, Watch, login, setup};

pub(crate) const CASES: &[Case] = &[
    ("off until the mains are there is ordered, read back and called off", off_until_mains),
    ("off at once is ordered and read back", off),
    ("what a UPS cannot do, or does not do, is told", refusals),
    ("an order that nobody answers is unknown", unanswered),
    ("a command is followed as NUT's own upscmd follows it", beside_upscmd),
];

const WHOLE: Outlet = Outlet::WHOLE;

fn watch(upsd: &Upsd) -> Watch {
    let upses = [(A, "a"), (C, "c")];
    let mut watch =
        Watch::start(NutSetup { login: login("komainu", PASSWORD), ..setup(upsd.port, &upses) });
    watch.supply(C, Supply::Mains);
    watch
}

fn off_until_mains() {
    let upsd = Upsd::start();
    let mut watch = watch(&upsd);
    let order = UpsOrder::OffUntilMains { outlet: WHOLE, delay: Millis::from_secs(240) };
    assert_eq!(watch.order(C, order), UpsAnswer::Accepted);
    let want = ["SET ups.delay.shutdown \"240\"", "INSTCMD shutdown.return"];
    assert_eq!(upsd.driver.ordered(), want);
    let read = watch.reading(C, "a countdown", |reading| reading.off_in.is_some());
    assert_eq!(read.off_in, Some(Millis::from_secs(240)));
    assert_eq!(watch.order(C, UpsOrder::Cancel { outlet: WHOLE }), UpsAnswer::Accepted);
    watch.reading(C, "no countdown", |reading| reading.off_in.is_none());
}

fn off() {
    let upsd = Upsd::start();
    let mut watch = watch(&upsd);
    let order = UpsOrder::Off { outlet: WHOLE, delay: Millis::new(0) };
    assert_eq!(watch.order(C, order), UpsAnswer::Accepted);
    watch.supply(C, Supply::Off);
}

fn refusals() {
    let upsd = Upsd::start();
    let mut watch = watch(&upsd);
    let failed = UpsAnswer::Failed;
    assert_eq!(watch.order(C, UpsOrder::StopTest), failed(UpsFailure::Unsupported));
    let outlet = Outlet::new(1).expect("an outlet");
    assert_eq!(watch.order(C, UpsOrder::On { outlet }), failed(UpsFailure::Unsupported));
    assert_eq!(watch.order(A, UpsOrder::Test), failed(UpsFailure::Unsupported));
    assert_eq!(upsd.driver.ordered(), [""; 0]);
    upsd.driver.answers(Some(3));
    assert_eq!(watch.order(C, UpsOrder::Test), failed(UpsFailure::Refused));
    assert_eq!(upsd.driver.ordered(), ["INSTCMD test.battery.start.quick"]);
}

fn unanswered() {
    let upsd = Upsd::start();
    let mut watch = watch(&upsd);
    upsd.driver.answers(None);
    assert_eq!(watch.order(C, UpsOrder::Test), UpsAnswer::Unknown);
}

fn beside_upscmd() {
    let upsd = Upsd::start();
    let ups = format!("c@127.0.0.1:{}", upsd.port);
    let done = Command::new(program("upscmd"))
        .args(["-w", "-u", "plain", "-p", "plain", &ups, "test.battery.start.quick"])
        .output()
        .expect("upscmd");
    assert!(done.status.success(), "{done:?}");
    let mut watch = watch(&upsd);
    assert_eq!(watch.order(C, UpsOrder::Test), UpsAnswer::Accepted);
    assert_eq!(upsd.driver.ordered(), ["INSTCMD test.battery.start.quick"; 2]);
}
