//! One outage and the return from it, with everybody real: UPSes behind NUT and net-snmp, BMCs of
//! OpenIPMI, guests under QEMU, and a machine that has `upsmon` alone.

use std::cell::RefCell;

use libtest_mimic::Failed;

use crate::cases::{CUT, expect, in_order};
use crate::libvirt::RUNNING;
use crate::phases::{self, PHASES};
use crate::printer::Printer;
use crate::site::{Site, now};

/// All mains fail, everybody goes in order, the output is cut, and all comes back in order.
pub(crate) fn outage(site: &mut Site) -> Result<(), Failed> {
    play(site, &[])
}

/// The same, and the connector dies in each phase of it.
pub(crate) fn killed(site: &mut Site) -> Result<(), Failed> {
    site.take_time(true)?;
    site.host(2).lag("2")?;
    play(site, &PHASES)
}

fn play(site: &mut Site, deadly: &[&str]) -> Result<(), Failed> {
    let (mut left, seen) = (deadly.to_vec(), RefCell::default());
    let mut printer = Printer::new(&site.lans, &site.folder)?;
    site.wait("upsmon is logged in", 20, |_| printer.is_logged_in())?;
    // It ends only when it is forced to.
    site.deaf("h2")?;
    let failed = now();
    site.supplies.nut("OB DISCHRG")?;
    site.supplies.snmp("mains off")?;
    let cut = |site: &Site| site.when("rack-b off", 0).is_some();
    phases::die(site, &mut left, &seen, "rack-b is cut", cut)?;
    site.wait("h1 is off", CUT, |site| !site.host(1).has_power())?;
    expect(!printer.runs(), "upsmon has sent its machine down")?;
    let died = !deadly.is_empty();
    down(site, failed, died)?;
    let returned = now();
    site.supplies.nut("OL")?;
    site.supplies.snmp("mains on")?;
    phases::die(site, &mut left, &seen, "all is well again", Site::is_well)?;
    expect(left.is_empty(), &format!("it died in each phase: {left:?} of {:?}", seen.borrow()))?;
    site.wait("the guests are back", 90, |site| {
        let again = |one: &&str| site.when(&format!("h3 guest {one} starts"), 1).is_some();
        RUNNING.iter().all(again)
    })?;
    back(site, returned, died)
}

/// Whether something was ordered as often as it has to be. Whoever dies before hearing what became
/// of an order gives it again.
fn is_ordered(times: usize, needed: usize, died: bool) -> bool {
    times == needed || died && times > needed
}

/// The suite, then the least important stage with its guests and `upsmon`, then the other stage,
/// whose last one is forced off, then the output.
fn down(site: &Site, failed: f64, died: bool) -> Result<(), Failed> {
    let at = |what: &str| site.when(what, 0);
    let stops = |guest: &str| at(&format!("h3 guest {guest} stops"));
    let forced = site.host(2).ordered("power 0").first().copied();
    in_order(&[
        ("the mains fail", Some(failed)),
        ("suite enter", at("suite enter")),
        ("slow stops", stops("slow")),
        ("database stops", stops("database")),
        ("h3 shuts-down", at("h3 shuts-down")),
        ("h1 shuts-down", at("h1 shuts-down")),
        ("h2 is forced off", forced),
        ("rack-b off", at("rack-b off")),
    ])?;
    in_order(&[
        ("suite enter", at("suite enter")),
        ("deaf is switched off", stops("deaf")),
        ("h3 shuts-down", at("h3 shuts-down")),
    ])?;
    in_order(&[
        ("suite enter", at("suite enter")),
        ("upsmon goes", at("printer shuts-down")),
        ("h3 shuts-down", at("h3 shuts-down")),
    ])?;
    let first = site.events().into_iter().find(|event| event.what.contains("ordered off-in"));
    let ordered = first.map(|event| event.at);
    in_order(&[
        ("h3 shuts-down", at("h3 shuts-down")),
        ("rack-b is ordered off, with a delay", ordered),
        ("h2 is forced off", forced),
    ])?;
    let asked = at("suite enter").unwrap_or_default();
    let last = stops("deaf").unwrap_or_default();
    // It has 12 s. It is known to have run at the last look at it, which may be a while before.
    expect(last - asked > 10.0, "the deaf guest has its time before its last resort")?;
    for host in 1..=3 {
        let crashed = at(&format!("h{host} crashed"));
        expect(crashed.is_none(), "no host lost its power while it was on")?;
    }
    for host in [1, 3] {
        expect(site.host(host).orders("power 0") == 0, "who ends by itself is not forced")?;
    }
    let forced = is_ordered(site.host(2).orders("power 0"), 1, died);
    expect(forced, "who does not is forced off, once")
}

/// The output, then hosts by their BMCs in the reverse order, then guests in theirs, then the
/// suite; who was off stays off.
fn back(site: &Site, returned: f64, died: bool) -> Result<(), Failed> {
    let at = |what: &str| site.when(what, 0);
    let starts = |guest: &str| site.when(&format!("h3 guest {guest} starts"), 1);
    let on = |host| site.host(host).ordered("power 1").into_iter().find(|at| *at > returned);
    in_order(&[
        ("the mains return", Some(returned)),
        ("rack-b on", at("rack-b on")),
        ("h2 is switched on", on(2)),
        ("h3 is switched on", on(3)),
        ("database starts", starts("database")),
        ("slow starts", starts("slow")),
        ("suite leave", at("suite leave")),
    ])?;
    in_order(&[("h1 is switched on", on(1)), ("h3 is switched on", on(3))])?;
    in_order(&[("deaf starts", starts("deaf")), ("suite leave", at("suite leave"))])?;
    for host in 1..=3 {
        // The first was by hand, when the site began.
        let on = is_ordered(site.host(host).orders("power 1"), 2, died);
        expect(on, "each is switched on once")?;
    }
    expect(at("h3 guest spare starts").is_none(), "who was off stays off")?;
    expect(at("rack-b off").is_some(), "the output was cut")?;
    expect(site.when("rack-b off", 1).is_none(), "once")?;
    let left = (0..).take_while(|nth| site.when("suite leave", *nth).is_some()).count();
    expect(is_ordered(left, 1, died), "what is left is left once")
}
