//! Mains fail and return, and the appliance brings the site down and up, also when its own power
//! is cut at any moment of that.

use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::cuts::{self, Dice};
use crate::site::Site;
use crate::stories::expect;

/// At least so many cuts, unless `KOMAINU_PLAN_CUTS` says otherwise: each outage has its own.
const LEAST: u32 = 12;
/// So many on the way down, and on the way up. Each has the step begin anew, with all its patience:
/// a plan that is disturbed for ever never ends.
const CUTS: u32 = 3;
/// Longest time from power to its cut.
const LONGEST_MS: u64 = 3000;
/// Within which a plan comes to its end. A BMC that may have an order of the start before gets no
/// other for 70 s.
const PATIENCE: Duration = Duration::from_secs(180);
/// Until it answers again.
const ANSWERS: Duration = Duration::from_secs(10);

/// What servers go through, in this order; the name of each as the status has it.
const STEPS: [&str; 17] = [
    "free",
    "up",
    "freezing",
    "stopping-guests",
    "stopping-services",
    "shutting-down",
    "forcing",
    "off",
    "not-proved-off",
    "last",
    "waiting",
    "starting",
    "booting",
    "starting-services",
    "starting-guests",
    "leaving",
    "dropped",
];

/// The places of two of them: from the first on, servers are on their way up.
const WAITING: usize = 10;
const BOOTING: usize = 12;

/// How far the plan is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stand {
    pub(crate) phase: String,
    /// The name of the outage, while there is a plan.
    pub(crate) outage: Option<u64>,
    /// Each server's place among the steps.
    steps: Vec<usize>,
}

impl Stand {
    fn of(site: &Site) -> Result<Self, Failed> {
        let limit = Instant::now() + ANSWERS;
        let status = loop {
            match site.status() {
                Ok(status) => break status,
                Err(failure) if Instant::now() > limit => return Err(failure),
                Err(_) => sleep(Duration::from_millis(30)),
            }
        };
        Self::read(&status["power"]).ok_or_else(|| format!("no stand in {status}").into())
    }

    fn read(power: &Value) -> Option<Self> {
        let step = |server: &Value| {
            let name = server["step"].as_str()?;
            STEPS.iter().position(|step| *step == name)
        };
        Some(Self {
            phase: power["phase"].as_str()?.to_owned(),
            outage: power["plan"]["outage"].as_u64(),
            steps: power["servers"].as_array()?.iter().map(step).collect::<Option<_>>()?,
        })
    }

    fn are(&self, step: &str) -> bool {
        self.steps.iter().all(|at| STEPS[*at] == step)
    }

    /// It has come as far as `before`, in the same plan. On the way up a server that falls waits
    /// anew, and a plan that is nearly over, with servers that have left it, may end meanwhile.
    fn goes_on_from(&self, before: &Self) -> bool {
        let mut steps = before.steps.iter().zip(&self.steps);
        let done = |before: usize, now: usize| before >= BOOTING && STEPS[now] == "free";
        let further = steps.all(|(before, now)| {
            before <= now || *now >= WAITING && *before >= WAITING || done(*before, *now)
        });
        let nearly = |step: &usize| *step >= BOOTING || STEPS[*step] == "free";
        let returns = before.steps.iter().any(|step| *step >= BOOTING);
        let over = self.outage.is_none() && returns && before.steps.iter().all(nearly);
        before.outage.is_none() || over || self.outage == before.outage && further
    }
}

/// Everything goes down and comes up again; the standby serves again as well.
pub(crate) fn outage(site: &mut Site) -> Result<(), Failed> {
    site.up()?;
    until(site, "peace", |stand| stand.phase == "normal")?;
    let orders = |site: &Site| [1, 2].map(|host| site.host(host).orders("power 1"));
    let before = orders(site);
    site.mains("OB DISCHRG")?;
    until(site, "all is off", |stand| stand.phase == "confirming-off" && stand.are("off"))?;
    expect(!site.host(1).has_power() && !site.host(2).has_power(), "both are off")?;
    expect(site.disk.writer().is_none(), "nobody serves")?;
    expect(site.host(1).orders("power 0") == 0, "h1 went by itself")?;
    site.mains("OL")?;
    until(site, "all is over", |stand| stand.outage.is_none())?;
    expect(site.host(1).has_power() && site.host(2).has_power(), "both are on")?;
    serves(site)?;
    expect(orders(site) == before.map(|orders| orders + 1), "each was switched on once")
}

/// Outages with cuts at any moment: each plan goes on where it was, to its end.
pub(crate) fn cuts(site: &mut Site) -> Result<(), Failed> {
    let mut dice = Dice::new();
    println!("KOMAINU_SEED={}", dice.seed());
    site.up()?;
    until(site, "peace", |stand| stand.phase == "normal")?;
    let (mut all, mut hit) = (0, 0);
    let least = cuts::number("KOMAINU_PLAN_CUTS").unwrap_or(LEAST);
    for outage in 1.. {
        site.mains("OB DISCHRG")?;
        let down = |stand: &Stand| stand.phase == "confirming-off" && stand.are("off");
        let (cuts, met) = cut_until(site, &mut dice, "all is off", down)?;
        expect(!site.host(1).has_power() && !site.host(2).has_power(), "both are off")?;
        site.mains("OL")?;
        let up = |stand: &Stand| stand.phase == "normal" && stand.outage.is_none();
        let (more, again) = cut_until(site, &mut dice, "all is over", up)?;
        expect(site.host(1).has_power() && site.host(2).has_power(), "both are on")?;
        serves(site)?;
        (all, hit) = (all + cuts + more, hit + met + again);
        println!("outage {outage}: {all} cuts in all, {hit} in the middle of a plan");
        if all >= least {
            break;
        }
    }
    expect(hit > 0, "a plan was under way at a cut")
}

/// Cuts the power again and again until the plan is that far: the cuts, and those of them that hit
/// a plan under way.
fn cut_until(
    site: &mut Site,
    dice: &mut Dice,
    what: &str,
    done: impl Fn(&Stand) -> bool,
) -> Result<(u32, u32), Failed> {
    let limit = Instant::now() + PATIENCE;
    let (mut cuts, mut hit, mut last) = (0, 0, None);
    loop {
        let next = Instant::now() + Duration::from_millis(dice.below(LONGEST_MS));
        let before = loop {
            let stand = Stand::of(site)?;
            if done(&stand) && cuts > 0 {
                return Ok((cuts, hit));
            }
            if last.as_ref() != Some(&stand) {
                println!("{cuts} cuts: {stand:?}");
                last = Some(stand.clone());
            }
            if cuts < CUTS && Instant::now() >= next {
                break stand;
            }
            if Instant::now() > limit {
                return Err(format!("not within {PATIENCE:?}: {what}, but {stand:?}").into());
            }
        };
        site.board.cut();
        site.start_board()?;
        cuts += 1;
        hit += u32::from(before.outage.is_some());
        let after = Stand::of(site)?;
        if !after.goes_on_from(&before) {
            return Err(format!("cut {cuts}: {before:?} before, {after:?} after").into());
        }
    }
}

/// One of the hosts serves.
pub(crate) fn serves(site: &Site) -> Result<(), Failed> {
    let limit = Instant::now() + PATIENCE;
    while site.disk.writer().is_none() {
        if Instant::now() > limit {
            return Err("nobody serves".into());
        }
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Waits until the plan is that far.
pub(crate) fn until(site: &Site, what: &str, done: impl Fn(&Stand) -> bool) -> Result<(), Failed> {
    let limit = Instant::now() + PATIENCE;
    let mut stand = Stand::of(site)?;
    while !done(&stand) {
        if Instant::now() > limit {
            return Err(format!("not within {PATIENCE:?}: {what}, but {stand:?}").into());
        }
        sleep(Duration::from_millis(100));
        stand = Stand::of(site)?;
    }
    Ok(())
}
