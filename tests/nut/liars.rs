//! A BMC that answers wrongly in mid-plan: it is told, nothing is cut under its server before off
//! is proved or the battery is at its end, and the plan goes on once it answers as it should.

use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_sim::bmc::Quirks;

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("a BMC that answers every command with an error in mid-plan", refuses),
    ("a BMC that takes every command in mid-plan and does nothing", stuck),
    ("a BMC that says off in mid-plan while its server is on", lies),
];

const OFF: &str = "INSTCMD shutdown.return";
const CALLED_OFF: &str = "INSTCMD shutdown.stop";

/// In the outage, once its server is to stop.
fn mid_plan(quirks: Quirks) -> Site {
    let mut site = Site::cutting();
    site.start();
    site.says("OB DISCHRG");
    site.until("a plan begins", |site| !site.messages("KMN463-W").is_empty());
    site.bmcs.with(0, |bmc, _| bmc.set_quirks(quirks));
    site
}

fn heal(site: &Site) {
    site.bmcs.with(0, |bmc, _| bmc.set_quirks(Quirks::default()));
}

/// The last order that the UPS was given, but for delays.
fn last(site: &Site) -> Option<String> {
    site.upsd.driver.ordered().into_iter().rfind(|order| order.starts_with("INSTCMD"))
}

fn is_last(order: &'static str) -> impl Fn(&Site) -> bool {
    move |site| last(site).as_deref() == Some(order)
}

fn told(id: &'static str) -> impl Fn(&Site) -> bool {
    move |site| site.messages(id).iter().any(|text| text.contains("h1"))
}

/// It is told that the server is not proved off, and no order stands that would cut it.
fn not_proved(site: &Site) {
    site.until("it is told that a means failed", told("KMN465-W"));
    site.until("it is told that nothing is proved", told("KMN467-E"));
    site.until("no order stands", |site| last(site).is_none_or(|order| order == CALLED_OFF));
    sleep(Duration::from_secs(3));
    assert!(last(site).is_none_or(|order| order == CALLED_OFF), "{:?}", site.upsd.driver.ordered());
    assert!(site.bmcs.power(0) && site.messages("KMN466-I").is_empty(), "{}", site.log());
}

fn refuses() {
    let site = mid_plan(Quirks { busy: u32::MAX, no_soft: true, ..Quirks::default() });
    not_proved(&site);
    heal(&site);
    site.until("it is forced off once its BMC obeys", |site| !site.bmcs.power(0));
    site.until("it is told", told("KMN466-I"));
    site.until("its output is cut", is_last(OFF));
    site.says("OL");
    site.until("the order is called off", is_last(CALLED_OFF));
    site.until("it is switched on again", |site| site.bmcs.power(0));
    site.until("it is back", told("KMN474-I"));
    assert_eq!(site.messages("KMN463-W").len(), 1, "it is one outage");
}

fn stuck() {
    let site = mid_plan(Quirks { power_stuck: true, ..Quirks::default() });
    not_proved(&site);
    // Now there is nothing left to wait for.
    for (name, value) in [("battery.runtime", "20"), ("battery.charge", "3")] {
        site.upsd.driver.set(name, value);
    }
    site.says("OB DISCHRG LB");
    site.until("its output is cut at the end of the battery", is_last(OFF));
    assert!(site.bmcs.power(0) && site.messages("KMN466-I").is_empty(), "{}", site.log());
}

fn lies() {
    let site = mid_plan(Quirks {
        no_soft: true,
        status_lag: Some(Duration::from_secs(9)),
        ..Quirks::default()
    });
    site.until("its stage begins", |site| !site.messages("KMN464-I").is_empty());
    // It says so because of a change that was undone at once.
    site.bmcs.set_power(0, false);
    site.bmcs.set_power(0, true);
    site.until("it is believed", told("KMN466-I"));
    site.until("the output is about to be cut", is_last(OFF));
    let (orders, ordered) = (site.upsd.driver.ordered(), Instant::now());
    let said = orders.iter().rfind(|order| order.starts_with("SET")).expect("a delay");
    let delay = said.split('"').nth(1).and_then(|delay| delay.parse().ok()).expect("seconds");
    site.until("it is forced off once it reads on", |site| !site.bmcs.power(0));
    let again = site.upsd.driver.ordered().len() > orders.len();
    assert!(again || ordered.elapsed() < Duration::from_secs(delay), "cut before: {orders:?}");
    heal(&site);
    site.until("it is proved off now", |site| site.messages("KMN466-I").len() == 2);
    assert!(!site.bmcs.power(0), "{}", site.log());
    site.until("the output is about to be cut again", is_last(OFF));
}
