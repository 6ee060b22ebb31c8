//! What comes in at the port, and what comes of it.

use std::net::UdpSocket;
use std::thread::sleep;
use std::time::Duration;

use komainu_core::limits::MAX_RESET_DATAGRAM;
use libtest_mimic::{Failed, Trial};

use crate::flood::Flood;
use crate::member::{KEY, Member};
use crate::site::{CLUSTER, Site};

/// As many as a healthy network never drops: from so many on, even what is only late is told.
const MANY: usize = 150;
/// Far above what a reset takes here, and below the connector's worst case for one.
const IN_TIME: Duration = Duration::from_secs(5);
/// In which a second message would come, if there were one for each datagram.
const QUIET: Duration = Duration::from_millis(500);

type Story = fn(&mut Site) -> Result<(), Failed>;

const STORIES: &[(&str, Story)] = &[
    ("a wrong key is counted and told once", wrong_key),
    ("a foreign cluster on the port is counted and told once", foreign_cluster),
    ("an oversized datagram is counted and told once", oversized),
    ("stale echoes are refused and told once, and nobody is fenced", stale),
    ("a capture that is replayed after a restart fences nobody", replayed),
    ("a request is carried out in a flood of forged datagrams", flooded),
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, story): &(&'static str, Story)| {
        let story = *story;
        Trial::test(*name, move || story(&mut Site::new()?))
    };
    STORIES.iter().map(trial).collect()
}

fn wrong_key(site: &mut Site) -> Result<(), Failed> {
    let mut stranger = Member::new(site.connector, CLUSTER, [8; 32])?;
    for _ in 0..MANY {
        stranger.check()?;
    }
    dropped(site, MANY, "made without the key")
}

fn foreign_cluster(site: &mut Site) -> Result<(), Failed> {
    let mut stranger = Member::new(site.connector, CLUSTER + 1, KEY)?;
    for _ in 0..MANY {
        stranger.check()?;
    }
    dropped(site, MANY, "of another cluster")
}

fn oversized(site: &mut Site) -> Result<(), Failed> {
    let mut member = Member::new(site.connector, CLUSTER, KEY)?;
    member.check()?;
    // It begins as a good one.
    let mut datagram = member.sent[0].clone();
    datagram.resize(MAX_RESET_DATAGRAM + 1, 0);
    send(site, &[datagram; 1], MANY)?;
    dropped(site, MANY, "too short or too long")
}

fn stale(site: &mut Site) -> Result<(), Failed> {
    // It has never heard the connector, and so has nothing to echo.
    let mut member = Member::new(site.connector, CLUSTER, KEY)?;
    for _ in 0..MANY {
        member.request(1)?;
    }
    site.until("it is told", |site| !site.refusals().is_empty())?;
    sleep(QUIET);
    let told = site.refusals();
    expect(told.len() == 1, &format!("told once: {told:?}"))?;
    nobody_was_switched_off(site)
}

fn replayed(site: &mut Site) -> Result<(), Failed> {
    let mut member = Member::new(site.connector, CLUSTER, KEY)?;
    member.meet()?;
    member.fence(1, IN_TIME)?;
    // The end of the fencing is durable.
    sleep(QUIET);
    site.kill();
    site.bmcs.set_power(1, true);
    site.start()?;
    let before = site.bmcs.chassis_log(1).len();
    send(site, &member.sent, member.sent.len())?;
    send(site, &member.sent, MANY)?;
    site.until("they are dropped", |site| site.dropped().is_ok_and(|all| all >= MANY as u64))?;
    sleep(QUIET);
    expect(site.bmcs.chassis_log(1).len() == before, "nothing was ordered")?;
    expect(site.bmcs.power(1), "the server is on")?;
    // Who is there hears the connector again.
    member.meet()?;
    member.fence(2, IN_TIME).map(|_| ())
}

fn flooded(site: &mut Site) -> Result<(), Failed> {
    let rate = std::env::var("KOMAINU_FLOOD").ok().and_then(|text| text.parse().ok());
    let mut member = Member::new(site.connector, CLUSTER, KEY)?;
    member.meet()?;
    let mut stranger = Member::new(site.connector, CLUSTER, [8; 32])?;
    stranger.request(1)?;
    stranger.check()?;
    let random: Vec<u8> =
        (0_u32..200).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut forged = stranger.sent.clone();
    forged.push(random);
    let flood = Flood::start(site.connector, rate.unwrap_or(20_000), forged)?;
    sleep(Duration::from_secs(1));
    let took = member.fence(1, IN_TIME)?;
    sleep(Duration::from_secs(1));
    let (sent, rate) = flood.sent();
    drop(flood);
    let counted = site.dropped()?;
    println!(
        "fenced after {took:?}, beside {rate} forged datagrams a second: {counted} of {sent} \
              counted"
    );
    expect(counted > sent / 4, "they were counted")?;
    // What comes after the first turn is told at the end of the minute.
    let told = site.told();
    let mut causes: Vec<_> =
        told.iter().filter_map(|line| line.split("dropped: ").nth(1)).collect();
    causes.dedup();
    expect(
        !told.is_empty() && causes.len() == told.len(),
        &format!("each cause is told once: {told:?}"),
    )
}

/// So many datagrams were dropped for that cause, and it is told once.
fn dropped(site: &Site, count: usize, why: &str) -> Result<(), Failed> {
    site.until("they are counted", |site| {
        site.dropped().is_ok_and(|dropped| dropped >= count as u64)
    })?;
    site.until("it is told", |site| !site.told().is_empty())?;
    sleep(QUIET);
    let told = site.told();
    expect(told.len() == 1 && told[0].contains(why), &format!("told once: {told:?}"))
}

fn nobody_was_switched_off(site: &Site) -> Result<(), Failed> {
    let orders: usize = (0..2).map(|at| site.bmcs.chassis_log(at).len()).sum();
    expect(orders == 0, "nobody was switched off")
}

/// Sends so many datagrams, over and over in turn.
fn send(site: &Site, datagrams: &[Vec<u8>], count: usize) -> Result<(), Failed> {
    let socket = UdpSocket::bind((site.connector.ip(), 0))?;
    for datagram in datagrams.iter().cycle().take(count) {
        socket.send_to(datagram, site.connector)?;
    }
    Ok(())
}

fn expect(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("expected: {what}").into()) }
}
