//! What can go wrong, and who serves afterwards.

use std::thread::sleep;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::settings::{PAIR, Service, Settings};
use crate::site::Site;
use komainu_tests::site::lan::Lan;

/// Longer than a takeover with every patience in it.
const TAKEOVER: Duration = Duration::from_secs(20);
/// In which nothing may happen.
const QUIET: Duration = Duration::from_secs(6);

/// Three hosts for one service. One that was fenced stays off: it would be first in line again.
const ROW: Settings = Settings {
    hosts: 3,
    services: &[Service { name: "disk", hosts: &[1, 2, 3] }],
    power_on: false,
    ..PAIR
};

/// Each host is active for one service and stands by for the other's; each may shoot.
const MUTUAL: Settings = Settings {
    services: &[
        Service { name: "disk", hosts: &[1, 2] },
        Service { name: "other", hosts: &[2, 1] },
    ],
    on_isolation: "fence",
    ..PAIR
};

type Story = fn(&mut Site) -> Result<(), Failed>;

const STORIES: &[(&str, &Settings, Story)] = &[
    ("a crashed host is fenced and its standby takes over", &PAIR, crashed),
    ("a host that hangs is fenced before its standby takes over", &PAIR, hung),
    ("a host that hangs and comes back unfenced serves on alone", &PAIR, came_back),
    ("a host without monitoring paths that the connector hears keeps its service", &PAIR, unheard),
    ("a host without any network is fenced", &PAIR, isolated),
    (
        "while the BMC is silent nobody takes over, and when it answers the standby does",
        &PAIR,
        silent_bmc,
    ),
    (
        "a connector that dies in the middle of a reset ends it after its restart",
        &PAIR,
        connector_dies,
    ),
    ("a host whose power is cut is taken over", &PAIR, power_cut),
    ("a member that dies alone finds its workload again", &PAIR, member_dies),
    ("of two hosts that shoot at each other exactly one is fenced", &MUTUAL, duel),
    ("a BMC that says done and does nothing proves nothing", &PAIR, stuck),
    ("a planned swap moves the service", &PAIR, swapped),
    ("the next in line takes over when the first cannot start", &ROW, next_in_line),
    ("a host on the second reset LAN takes over when both others are gone", &ROW, last_one),
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, settings, story): &(&'static str, &'static Settings, Story)| {
        let (settings, story) = (*settings, *story);
        Trial::test(*name, move || told(settings, story))
    };
    STORIES.iter().map(trial).collect()
}

/// Runs a story on a site of its own; the disk is checked whatever came of it.
fn told(settings: &'static Settings, story: Story) -> Result<(), Failed> {
    let mut site = Site::new(settings)?;
    let outcome =
        site.up().and_then(|()| story(&mut site)).and_then(|()| site.disk().check().map(|_| ()));
    outcome.map_err(|failure| {
        let message = failure.message().unwrap_or_default();
        format!("{message}\n{}", site.story()).into()
    })
}

fn crashed(site: &mut Site) -> Result<(), Failed> {
    site.host(1).crash()?;
    site.disk().wait_for("h2", TAKEOVER)?;
    println!("taken over after {:?} without service", site.disk().gap_after("h1"));
    // The fenced host was switched on again, and stands by.
    site.host(1).wait_for_power(true)?;
    site.settle()?;
    expect(site.host(1).orders("power 0") == 1, "one order to switch off")
}

fn hung(site: &mut Site) -> Result<(), Failed> {
    site.host(1).hang()?;
    site.disk().wait_for("h2", TAKEOVER)?;
    let _ = site.host(1).wake();
    sleep(QUIET);
    serves_on(site, "h2")
}

fn came_back(site: &mut Site) -> Result<(), Failed> {
    site.silence_bmc(1);
    site.host(1).hang()?;
    let asked = |site: &Site| site.connector_log().contains("h2 asks for the reset of h1");
    site.wait("h2 asks for the reset of h1", TAKEOVER, asked)?;
    sleep(QUIET);
    expect(site.disk().writer().is_none(), "nobody serves without proof")?;
    site.host(1).wake()?;
    site.disk().wait_for("h1", TAKEOVER)?;
    site.wait_until_heard(2, 1, TAKEOVER)?;
    site.revive_bmc(1)?;
    let answers = |site: &Site| {
        let log = site.connector_log();
        log.rfind("KMN238").is_some_and(|back| Some(back) > log.rfind("KMN240"))
    };
    site.wait("the BMC answers", TAKEOVER, answers)?;
    sleep(QUIET);
    serves_on(site, "h1")?;
    expect(site.host(1).orders("power 0") == 0, "nobody was shot")
}

fn unheard(site: &mut Site) -> Result<(), Failed> {
    site.lans.cut(1, Lan::Monitor0)?;
    site.lans.cut(1, Lan::Monitor1)?;
    sleep(QUIET);
    serves_on(site, "h1")?;
    expect(site.host(1).orders("power 0") == 0, "h1 was not shot")?;
    site.lans.mend(1, Lan::Monitor0)?;
    site.settle()
}

fn isolated(site: &mut Site) -> Result<(), Failed> {
    for lan in [Lan::Monitor0, Lan::Monitor1, Lan::Reset0] {
        site.lans.cut(1, lan)?;
    }
    site.disk().wait_for("h2", TAKEOVER)?;
    expect(site.host(1).orders("power 0") == 1, "h1 was fenced once")
}

fn silent_bmc(site: &mut Site) -> Result<(), Failed> {
    site.silence_bmc(1);
    site.host(1).crash()?;
    sleep(QUIET);
    expect(site.disk().writer().is_none(), "nobody serves without proof")?;
    site.revive_bmc(1)?;
    site.disk().wait_for("h2", Duration::from_secs(60))?;
    Ok(())
}

fn connector_dies(site: &mut Site) -> Result<(), Failed> {
    site.host(1).lag("3")?;
    site.host(1).crash()?;
    let begin = std::time::Instant::now();
    while site.host(1).orders("power 0") == 0 {
        expect(begin.elapsed() < TAKEOVER, "the reset begins")?;
        sleep(Duration::from_millis(5));
    }
    site.kill_connector();
    sleep(Duration::from_millis(500));
    site.start_connector()?;
    site.disk().wait_for("h2", Duration::from_secs(90))?;
    expect(site.host(1).orders("power 0") <= 2, "off is repeated at most while power reads on")
}

fn power_cut(site: &mut Site) -> Result<(), Failed> {
    site.host(1).power(false)?;
    site.disk().wait_for("h2", TAKEOVER)?;
    println!("taken over after {:?} without service", site.disk().gap_after("h1"));
    expect(!site.host(1).has_power(), "what was off stays off")
}

fn member_dies(site: &mut Site) -> Result<(), Failed> {
    let before = site.disk().lines().len();
    for _ in 0..3 {
        site.host(1).kill_member()?;
        sleep(Duration::from_secs(2));
    }
    serves_on(site, "h1")?;
    expect(site.disk().lines().len() > before, "it wrote meanwhile")?;
    expect(site.host(1).orders("power 0") == 0, "nobody was shot")?;
    site.settle()
}

fn duel(site: &mut Site) -> Result<(), Failed> {
    site.lans.cut(1, Lan::Monitor0)?;
    site.lans.cut(1, Lan::Monitor1)?;
    sleep(QUIET);
    let shot = [1, 2].map(|host| site.host(host).orders("power 0"));
    expect(shot == [1, 0] || shot == [0, 1], "one of them is shot, once")?;
    let winner = if shot == [0, 1] { "h1" } else { "h2" };
    for disk in &site.disks {
        disk.wait_for(winner, TAKEOVER)?;
    }
    Ok(())
}

fn stuck(site: &mut Site) -> Result<(), Failed> {
    site.host(1).stuck()?;
    site.host(1).crash()?;
    sleep(3 * QUIET);
    expect(site.disk().writer().is_none(), "nobody serves without proof")
}

fn swapped(site: &mut Site) -> Result<(), Failed> {
    site.host_order(1, &["swap", "disk"])?;
    site.disk().wait_for("h2", TAKEOVER)?;
    site.settle()?;
    site.host_order(2, &["swap", "disk"])?;
    site.disk().wait_for("h1", TAKEOVER)?;
    expect(site.host(1).orders("power 0") == 0, "nobody was shot")
}

fn next_in_line(site: &mut Site) -> Result<(), Failed> {
    site.host(2).refuse_starts()?;
    site.host(1).crash()?;
    site.disk().wait_for("h3", Duration::from_secs(60))?;
    Ok(())
}

fn last_one(site: &mut Site) -> Result<(), Failed> {
    site.host(2).crash()?;
    site.host(1).crash()?;
    site.disk().wait_for("h3", Duration::from_secs(60))?;
    Ok(())
}

/// A busy machine may leave the worker waiting for a moment.
fn serves_on(site: &Site, host: &str) -> Result<(), Failed> {
    site.disk().wait_for(host, Duration::from_secs(2)).map(|_| ())
}

fn expect(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("expected: {what}").into()) }
}
