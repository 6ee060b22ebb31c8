//! Real guests of a real libvirt on host 3: one willing, one slow that needs it, one deaf, and one
//! that is off. `tests/guests/run.sh` makes them.

use std::process::Command;

use libtest_mimic::Failed;

use crate::cases::{CUT, expect};
use crate::settings::libvirt;
use crate::site::Site;

/// What libvirt says of a guest.
fn runs(guest: &str) -> bool {
    let uri = libvirt().unwrap_or_default();
    let output = Command::new("virsh").args(["-q", "-c", &uri, "domstate", guest]).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == "running")
}

/// The mains of host 3 fail: its guests go before it, the slow one before the one that it needs,
/// the deaf one by its last resort; the output is cut, and all come back but the one that was off.
pub(crate) fn outage(site: &mut Site) -> Result<(), Failed> {
    expect(["database", "slow", "deaf"].into_iter().all(runs), "three guests run")?;
    expect(!runs("spare"), "one is off")?;
    site.supplies.snmp("mains off")?;
    site.wait("the slow one has stopped", 120, |_| !runs("slow"))?;
    expect(runs("database"), "who is needed stops later")?;
    site.wait("who is needed stops", 60, |_| !runs("database"))?;
    site.wait("the deaf one is switched off", 60, |_| !runs("deaf"))?;
    site.wait("their host shuts down", 60, |site| site.when("h3 shuts-down", 0).is_some())?;
    site.wait("rack-b is cut", CUT, |site| site.when("rack-b off", 0).is_some())?;
    expect(site.when("h3 crashed", 0).is_none(), "their host was off by then")?;
    site.supplies.snmp("mains on")?;
    site.wait("all is well again", 300, Site::is_well)?;
    site.wait("the guests are back", 60, |_| ["database", "slow", "deaf"].into_iter().all(runs))?;
    expect(!runs("spare"), "who was off stays off")
}
