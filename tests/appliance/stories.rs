//! What the appliance is there for, and what may happen to it.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::cuts;
use crate::figures::Figures;
use crate::site::{Runs, Site, output};

/// Longer than a takeover with every patience in it.
const TAKEOVER: Duration = Duration::from_secs(20);
/// In which nothing may happen.
const QUIET: Duration = Duration::from_secs(6);
/// From power to the first answer.
const BOOT: Duration = Duration::from_secs(1);

type Story = fn(&mut Site) -> Result<(), Failed>;

const STORIES: &[(&str, Runs, Story)] = &[
    ("the image answers within a second of power", Runs::Nothing, answers),
    (
        "a crashed host is fenced through the appliance, and its standby takes over",
        Runs::Member,
        crashed,
    ),
    (
        "while the BMC is silent nobody takes over, and when it answers the standby does",
        Runs::Member,
        silent,
    ),
    ("no cut of power loses a token or shoots twice", Runs::Nothing, cuts::tokens),
];

pub(crate) fn trials(image: &Path) -> Vec<Trial> {
    let trial = |(name, runs, story): &(&'static str, Runs, Story)| {
        let (image, runs, story) = (image.to_owned(), *runs, *story);
        Trial::test(*name, move || told(&image, runs, story))
    };
    STORIES.iter().map(trial).collect()
}

/// Runs a story on a site of its own; the disk is checked whatever came of it.
fn told(image: &Path, runs: Runs, story: Story) -> Result<(), Failed> {
    let mut site = Site::new(image, runs)?;
    let outcome = story(&mut site).and_then(|()| {
        Figures::of(image)?.hold(&site.board.ram()?)?;
        let written = site.disk.path.exists();
        if written { site.disk.check().map(|_| ()) } else { Ok(()) }
    });
    outcome.map_err(|failure| {
        let message = failure.message().unwrap_or_default();
        format!("{message}\n{}", site.story()).into()
    })
}

/// The fastest of some: the machine that this runs on has other things to do as well.
fn answers(site: &mut Site) -> Result<(), Failed> {
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        site.start_board()?;
        let mut ask = site.komainu_on(1);
        ask.args(["fence-agent", "-o", "monitor", "--host", "h1"]);
        output(ask)?;
        fastest = fastest.min(began.elapsed());
        site.board.cut();
    }
    println!("answers {fastest:?} after power");
    expect(fastest < BOOT, "within a second")
}

fn crashed(site: &mut Site) -> Result<(), Failed> {
    site.up()?;
    site.host(1).crash()?;
    site.disk.wait_for("h2", TAKEOVER)?;
    println!("taken over after {:?} without service", site.disk.gap_after("h1"));
    // The fenced host was switched on again, and stands by.
    site.host(1).wait_for_power(true)?;
    site.settle(1)?;
    expect(site.host(1).orders("power 0") == 1, "one order to switch off")
}

fn silent(site: &mut Site) -> Result<(), Failed> {
    site.up()?;
    site.silence_bmc(1);
    site.host(1).crash()?;
    sleep(QUIET);
    expect(site.disk.writer().is_none(), "nobody serves without proof")?;
    site.revive_bmc(1)?;
    site.disk.wait_for("h2", TAKEOVER)?;
    expect(site.host(1).orders("power 0") == 1, "one order to switch off")
}

fn expect(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("it does not hold: {what}").into()) }
}
