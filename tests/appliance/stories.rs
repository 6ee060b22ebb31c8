//! What the appliance is there for, and what may happen to it.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_tests::site::nut::By;
use libtest_mimic::{Failed, Trial};

use crate::board::Kind;
use crate::cuts;
use crate::figures;
use crate::lease;
use crate::orders;
use crate::plans;
use crate::settings::Has;
use crate::site::{Site, output};
use crate::wipe;

/// Longer than a takeover with every patience in it.
const TAKEOVER: Duration = Duration::from_secs(20);
/// In which nothing may happen.
const QUIET: Duration = Duration::from_secs(6);
/// From power to the first answer.
const BOOT: Duration = Duration::from_secs(1);

type Story = fn(&mut Site) -> Result<(), Failed>;

const NOTHING: Has = Has { members: false, ups: None, dhcp: false };
const MEMBERS: Has = Has { members: true, ..NOTHING };
const LEASED: Has = Has { ups: Some(By::Nut), dhcp: true, ..NOTHING };
const FED: Has = Has { ups: Some(By::Nut), ..MEMBERS };
const CUT: Has = Has { ups: Some(By::Ours), ..MEMBERS };

const STORIES: &[(&str, Has, Story)] = &[
    ("the image answers within a second of power", NOTHING, answers),
    (
        "a crashed host is fenced through the appliance, and its standby takes over",
        MEMBERS,
        crashed,
    ),
    (
        "while the BMC is silent nobody takes over, and when it answers the standby does",
        MEMBERS,
        silent,
    ),
    ("no cut of power loses a token or shoots twice", NOTHING, cuts::tokens),
    ("a panic and a fault leave no key in memory", NOTHING, wipe::panics),
    ("an address by DHCP, and then another one", LEASED, lease::moves),
    ("mains fail and return, by a real NUT server", FED, plans::outage),
    ("the appliance has the UPS cut when all are off, and all come back", CUT, orders::cut),
    ("mains that are back before the cut have it called off", CUT, orders::called_off),
    ("no cut of power has a plan forgotten or begun anew", FED, plans::cuts),
];

/// The stories that are told of the other board as well.
const OTHERS: &[&str] = &[
    "the image answers within a second of power",
    "a crashed host is fenced through the appliance, and its standby takes over",
    "mains that are back before the cut have it called off",
];

pub(crate) fn trials(folder: &Path) -> Vec<Trial> {
    let trial = |kind: Kind, (name, has, story): &(&'static str, Has, Story)| {
        let (image, has, story) = (folder.join(kind.image()), *has, *story);
        let name = match kind {
            Kind::Mps2 => (*name).to_owned(),
            Kind::RiscvVirt => format!("on RISC-V, {name}"),
        };
        Trial::test(name, move || told(kind, &image, has, story))
    };
    let others = STORIES.iter().filter(|(name, ..)| OTHERS.contains(name));
    let others = others.map(|story| trial(Kind::RiscvVirt, story));
    STORIES.iter().map(|story| trial(Kind::Mps2, story)).chain(others).collect()
}

/// Runs a story on a site of its own; the disk is checked whatever came of it.
fn told(kind: Kind, image: &Path, has: Has, story: Story) -> Result<(), Failed> {
    let mut site = Site::new(kind, image, has)?;
    let outcome = story(&mut site).and_then(|()| {
        figures::hold(kind, image, &site.board.ram()?)?;
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

pub(crate) fn expect(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("it does not hold: {what}").into()) }
}
