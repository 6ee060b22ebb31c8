//! A connector that is killed in each phase of an outage and of the return from it.

use std::cell::RefCell;

use libtest_mimic::Failed;

use crate::cases::{CUT, expect, in_order};
use crate::site::Site;

/// In the order in which a plan comes to them.
pub(crate) const PHASES: [&str; 12] = [
    "preparing",
    "stopping-guests",
    "stopping-services",
    "stopping-hosts",
    "confirming-off",
    "cutting-output",
    "returned",
    "starting-hosts",
    "waiting-for-members",
    "starting-guests",
    "leaving-maintenance",
    "normal",
];

/// The connector dies once in each of these phases: in one outage, or in two where one of them was
/// over before it was seen.
pub(crate) fn outage(site: &mut Site, deadly: &[&str]) -> Result<(), Failed> {
    for guest in ["database", "web"] {
        site.guest("start", guest)?;
    }
    let (left, _) = once(site, deadly, 0)?;
    order(site)?;
    if left.is_empty() {
        return Ok(());
    }
    println!("again for {left:?}");
    let (left, seen) = once(site, &left, 1)?;
    expect(left.is_empty(), &format!("it died in each phase: {left:?} of {seen:?}"))
}

/// All mains fail, every host goes down, the output is cut, and all comes back. The phases in which
/// it has not died, and all that were seen.
fn once<'p>(
    site: &mut Site,
    deadly: &[&'p str],
    before: usize,
) -> Result<(Vec<&'p str>, Vec<String>), Failed> {
    let mut left = deadly.to_vec();
    let seen = RefCell::new(Vec::new());
    site.take_time(true)?;
    // It ends only when it is forced to, and that takes the BMC a while.
    site.deaf("h2")?;
    site.host(2).lag("2")?;
    site.supplies.nut("OB DISCHRG")?;
    site.supplies.snmp("mains off")?;
    let cut = |site: &Site| site.when("rack-b off", before).is_some();
    die(site, &mut left, &seen, "the output is cut", cut)?;
    site.supplies.nut("OL")?;
    site.supplies.snmp("mains on")?;
    die(site, &mut left, &seen, "all is well again", Site::is_well)?;
    Ok((left, seen.into_inner()))
}

/// Waits for something, and kills the connector meanwhile in each phase that is left.
pub(crate) fn die<'p>(
    site: &mut Site,
    left: &mut Vec<&'p str>,
    seen: &RefCell<Vec<String>>,
    what: &str,
    done: impl Fn(&Site) -> bool,
) -> Result<(), Failed> {
    // The last one to die in follows only on all others.
    let due = |site: &Site, left: &[&'p str]| {
        let phase = site.phase()?;
        if seen.borrow().last() != Some(&phase) {
            seen.borrow_mut().push(phase.clone());
        }
        left.iter().position(|one| *one == phase)
    };
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(2 * CUT);
    while std::time::Instant::now() < limit {
        let over = RefCell::new(false);
        site.wait(what, 2 * CUT, |site| {
            *over.borrow_mut() = done(site);
            *over.borrow() || due(site, left).is_some()
        })?;
        match due(site, left) {
            Some(at) if !*over.borrow() => {
                left.remove(at);
                site.kill_connector();
                site.start_connector()?;
            }
            _ if *over.borrow() => return Ok(()),
            _ => {}
        }
    }
    Err(format!("in vain: {what}; {:?}", seen.borrow()).into())
}

/// What was seen from outside went in order, whoever died meanwhile.
fn order(site: &mut Site) -> Result<(), Failed> {
    for guest in ["database", "web"] {
        in_order(&[
            ("suite enter", site.when("suite enter", 0)),
            ("the guest stops", site.when(&format!("h3 guest {guest} stops"), 0)),
            ("h3 shuts-down", site.when("h3 shuts-down", 0)),
            ("rack-b off", site.when("rack-b off", 0)),
            ("rack-b on", site.when("rack-b on", 0)),
            ("the guest starts", site.when(&format!("h3 guest {guest} starts"), 1)),
        ])?;
    }
    let needs = |first: &str, second: &str, nth| {
        let at = |what: &str| site.when(&format!("h3 guest {what}"), nth);
        in_order(&[(first, at(first)), (second, at(second))])
    };
    needs("web stops", "database stops", 0)?;
    needs("database starts", "web starts", 1)?;
    let (on, left) = (site.when("rack-b on", 0), site.when("suite leave", 0));
    in_order(&[("rack-b on", on), ("suite leave", left)])?;
    for host in 1..=3 {
        let crashed = site.when(&format!("h{host} crashed"), 0);
        expect(crashed.is_none(), "no host lost its power while it was on")?;
    }
    expect(site.when("rack-b off", 1).is_none(), "the output is cut once")?;
    expect(site.host(3).orders("power 0") == 0, "who ends by itself is not forced")?;
    expect(site.host(2).orders("power 0") > 0, "who does not is forced off")?;
    site.wait("both guests run", 20, |site| {
        site.guest("list", "").is_ok_and(|all| all == "database\nweb\n")
    })
}
