//! Outages, and what is seen of them from outside.

use libtest_mimic::{Completion, Failed, Trial};

use crate::phases::{self, PHASES};
use crate::settings::Guests;
use crate::site::Site;
use crate::{everybody, libvirt};

/// An order to cut waits for the worst that may still happen, and then some.
pub(crate) const CUT: u64 = 150;

type Story = fn(&mut Site) -> Result<(), Failed>;

/// The longest first: they run side by side.
const STORIES: &[(&str, Story)] = &[
    ("an outage of one supply stops what hangs on it alone, in order, and all comes back", one),
    ("mains that come back in the middle restart what fell and keep the rest", middle),
    ("a connector that dies while hosts shut down goes on with the plan", dies_stopping),
    ("a connector that dies after the cut brings all back", dies_cut),
    ("a BMC that reads off while its member speaks is not believed", lying),
    ("an outage shorter than its confirmation stops nothing", short),
    ("without any mains every host goes down, and comes back", whole),
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, story): &(&'static str, Story)| {
        let story = *story;
        Trial::test(*name, move || told(Guests::Commands, story))
    };
    let mut trials = vec![
        with_everybody("a connector that dies in each phase keeps the order", everybody::killed),
        with_everybody("everybody goes and comes back in order", everybody::outage),
    ];
    trials.extend(STORIES.iter().map(trial));
    // One at a time takes minutes: for those who want to know.
    if std::env::var_os("KOMAINU_EACH_PHASE").is_some() {
        trials.extend(PHASES.map(|phase| {
            let name = format!("a connector that dies in {phase} ends as it should");
            let story = move |site: &mut Site| phases::outage(site, &[phase]);
            Trial::test(name, move || told(Guests::Commands, story))
        }));
    }
    trials
}

fn with_everybody(name: &'static str, story: Story) -> Trial {
    if libvirt::image().is_none() {
        let why = "needs the image of a guest: ./test outage";
        return Trial::ignorable_test(name, move || Ok(Completion::ignored_with(why)));
    }
    Trial::test(name, move || told(Guests::Libvirt, story))
}

fn told(by: Guests, story: impl Fn(&mut Site) -> Result<(), Failed>) -> Result<(), Failed> {
    let mut site = Site::new(by)?;
    let outcome = site.up().and_then(|()| story(&mut site));
    outcome.map_err(|failure| {
        let message = failure.message().unwrap_or_default();
        format!("{message}\n{}", site.story()).into()
    })
}

fn one(site: &mut Site) -> Result<(), Failed> {
    expect(site.writer().as_deref() == Some("h1"), "h1 serves")?;
    let before = site.host(2).orders("power 1");
    site.supplies.snmp("mains off")?;
    site.wait("rack-b is cut", CUT, |site| site.when("rack-b off", 0).is_some())?;
    expect(site.writer().as_deref() == Some("h1"), "h1, which rack-a feeds, serves on")?;
    expect(site.host(1).orders("power 0") == 0, "nobody shot h1")?;
    stopped_in_order(site)?;
    site.supplies.snmp("mains on")?;
    site.wait("all is well again", 60, Site::is_well)?;
    let (on, leave) = (site.when("rack-b on", 0), site.when("suite leave", 0));
    in_order(&[("rack-b on", on), ("suite leave", leave)])?;
    let ordered = site.host(2).orders("power 1") - before;
    expect(ordered == 1, "h2 was switched on once, by its BMC")?;
    expect(site.writer().as_deref() == Some("h1"), "h1 serves on")
}

/// Maintenance, then the less important stage, then the other, then the output; by themselves.
fn stopped_in_order(site: &Site) -> Result<(), Failed> {
    in_order(&[
        ("suite enter", site.when("suite enter", 0)),
        ("h3 shuts-down", site.when("h3 shuts-down", 0)),
        ("h2 shuts-down", site.when("h2 shuts-down", 0)),
        ("rack-b off", site.when("rack-b off", 0)),
    ])?;
    for host in [2, 3] {
        expect(site.host(host).orders("power 0") == 0, "who ends by itself is not forced")?;
        let crashed = site.when(&format!("h{host} crashed"), 0);
        expect(crashed.is_none(), "no host lost its power while it was on")?;
    }
    Ok(())
}

fn middle(site: &mut Site) -> Result<(), Failed> {
    let before = site.host(3).orders("power 1");
    site.supplies.snmp("mains off")?;
    site.wait("h3 shuts down", 60, |site| site.when("h3 shuts-down", 0).is_some())?;
    site.supplies.snmp("mains on")?;
    site.wait("all is well again", 60, Site::is_well)?;
    expect(site.when("rack-b off", 0).is_none(), "the output was never cut")?;
    expect(site.host(3).orders("power 1") == before + 1, "h3 was switched on again, once")
}

fn dies_stopping(site: &mut Site) -> Result<(), Failed> {
    site.supplies.snmp("mains off")?;
    site.wait("h3 shuts down", 60, |site| site.when("h3 shuts-down", 0).is_some())?;
    site.kill_connector();
    site.start_connector()?;
    site.wait("rack-b is cut", CUT, |site| site.when("rack-b off", 0).is_some())?;
    stopped_in_order(site)?;
    site.supplies.snmp("mains on")?;
    site.wait("all is well again", 60, Site::is_well)
}

fn dies_cut(site: &mut Site) -> Result<(), Failed> {
    site.supplies.snmp("mains off")?;
    site.wait("rack-b is cut", CUT, |site| site.when("rack-b off", 0).is_some())?;
    site.kill_connector();
    site.supplies.snmp("mains on")?;
    site.wait("rack-b is on", 30, |site| site.when("rack-b on", 0).is_some())?;
    site.start_connector()?;
    site.wait("all is well again", 60, Site::is_well)?;
    expect(site.when("suite leave", 0).is_some(), "maintenance that was ours is left")
}

fn lying(site: &mut Site) -> Result<(), Failed> {
    let before = site.connector_log().matches("KMN464-I").count();
    site.supplies.snmp("mains off")?;
    let begins = move |site: &Site| site.connector_log().matches("KMN464-I").count() == before + 2;
    site.wait("the stage of h2 begins", 60, begins)?;
    site.host(2).lies(true)?;
    site.wait("h2 is asked to shut down", 60, |site| site.when("h2 shuts-down", 0).is_some())?;
    site.wait("rack-b is cut", CUT, |site| site.when("rack-b off", 0).is_some())?;
    stopped_in_order(site)?;
    site.host(2).lies(false)?;
    site.supplies.snmp("mains on")?;
    site.wait("all is well again", 60, Site::is_well)
}

fn short(site: &mut Site) -> Result<(), Failed> {
    for _ in 0..3 {
        site.supplies.snmp("mains off")?;
        std::thread::sleep(std::time::Duration::from_millis(300));
        site.supplies.snmp("mains on")?;
        std::thread::sleep(std::time::Duration::from_secs(4));
    }
    let asked = |site: &Site| site.events().iter().any(|event| event.what.contains("shuts-down"));
    let stopped = site.wait("a host is stopped", 8, asked);
    expect(stopped.is_err(), "nothing is stopped")
}

fn whole(site: &mut Site) -> Result<(), Failed> {
    site.supplies.nut("OB DISCHRG")?;
    site.supplies.snmp("mains off")?;
    let off = |site: &Site| (1..=3).all(|host| !site.host(host).has_power());
    site.wait("every host is off", 60, off)?;
    expect(site.host(1).orders("power 0") == 0, "h1 was not forced")?;
    site.supplies.nut("OL")?;
    site.supplies.snmp("mains on")?;
    site.wait("all is well again", 90, Site::is_well)
}

pub(crate) fn in_order(events: &[(&str, Option<f64>)]) -> Result<(), Failed> {
    let mut last = 0.0;
    for (what, at) in events {
        let Some(at) = at else { return Err(format!("{what} did not happen").into()) };
        if *at < last {
            return Err(format!("{what} came before what it follows: {events:?}").into());
        }
        last = *at;
    }
    Ok(())
}

pub(crate) fn expect(so: bool, what: &str) -> Result<(), Failed> {
    if so { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
