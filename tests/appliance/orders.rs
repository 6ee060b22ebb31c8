//! The appliance has a UPS cut its output, by a real NUT server, and takes that back in time.
//!
//! What drives the UPS is a double, which takes orders and forgets none; that they are carried out
//! when their time is over happens here.

use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_tests::site::driver::Driver;
use libtest_mimic::Failed;

use crate::plans::{Stand, serves, until};
use crate::site::Site;
use crate::stories::expect;

/// Longest wait for an order, and for its end.
const PATIENCE: Duration = Duration::from_secs(180);
/// For how long there is no power.
const DARK: Duration = Duration::from_secs(5);

/// All go down, the output is cut when its order says so, and with the mains all come up.
pub(crate) fn cut(site: &mut Site) -> Result<(), Failed> {
    let before = fails(site)?;
    let mut timer = Timer::default();
    wait("the cut", || Ok(timer.turn(site.driver()?)))?;
    println!("cut by {:?}", site.driver()?.ordered());
    expect(!site.host(1).has_power() && !site.host(2).has_power(), "both were off before")?;
    expect(site.host(1).orders("power 0") == 0, "h1 went by itself")?;
    site.mains("OB DISCHRG OFF")?;
    site.driver()?.set("ups.timer.shutdown", "-1");
    (1..=2).for_each(|host| site.silence_bmc(host));
    sleep(DARK);
    (1..=2).try_for_each(|host| site.revive_bmc(host))?;
    site.mains("OL")?;
    let orders = returns(site, before)?;
    expect(timer.due.is_none() || !timer.turn(site.driver()?), "no order to cut is left")?;
    expect(orders == [1, 1], "each was switched on once")
}

/// The mains are back while the order stands: it is taken back, and all come up.
pub(crate) fn called_off(site: &mut Site) -> Result<(), Failed> {
    let before = fails(site)?;
    let mut timer = Timer::default();
    wait("an order", || {
        let cut = timer.turn(site.driver()?);
        expect(!cut, "it is not cut yet")?;
        Ok(timer.due.is_some())
    })?;
    site.mains("OL")?;
    wait("the order to take it back", || {
        let cut = timer.turn(site.driver()?);
        expect(!cut, "it is called off in time")?;
        Ok(timer.due.is_none())
    })?;
    println!("called off by {:?}", site.driver()?.ordered());
    returns(site, before)?;
    Ok(())
}

/// The mains fail in peace; how often each host was switched on by then.
fn fails(site: &mut Site) -> Result<[usize; 2], Failed> {
    site.up()?;
    until(site, "peace", |stand| stand.phase == "normal")?;
    site.mains("OB DISCHRG")?;
    Ok(switched_on(site))
}

/// All come up, and serve; how often each host was switched on since `before`.
fn returns(site: &Site, before: [usize; 2]) -> Result<[usize; 2], Failed> {
    let over = |stand: &Stand| stand.phase == "normal" && stand.outage.is_none();
    until(site, "all is over", over)?;
    expect(site.host(1).has_power() && site.host(2).has_power(), "both are on")?;
    serves(site)?;
    let [first, second] = switched_on(site);
    Ok([first - before[0], second - before[1]])
}

fn switched_on(site: &Site) -> [usize; 2] {
    [1, 2].map(|host| site.host(host).orders("power 1"))
}

/// What a UPS does with its orders.
#[derive(Default)]
struct Timer {
    /// How many orders it has seen.
    seen: usize,
    delay: Duration,
    due: Option<Instant>,
}

impl Timer {
    /// Whether the output goes off now.
    fn turn(&mut self, driver: &Driver) -> bool {
        let orders = driver.ordered();
        for order in orders.iter().skip(self.seen) {
            let words: Vec<&str> =
                order.split(['"', ' ']).filter(|word| !word.is_empty()).collect();
            match words[..] {
                ["SET", "ups.delay.shutdown", seconds] => {
                    self.delay = Duration::from_secs(seconds.parse().unwrap_or(0));
                }
                ["INSTCMD", "shutdown.return", ..] => self.due = Some(Instant::now() + self.delay),
                ["INSTCMD", "shutdown.stop", ..] => self.due = None,
                _ => {}
            }
        }
        self.seen = orders.len();
        let cut = self.due.is_some_and(|due| due <= Instant::now());
        if cut {
            self.due = None;
        }
        cut
    }
}

fn wait(what: &str, mut done: impl FnMut() -> Result<bool, Failed>) -> Result<(), Failed> {
    let limit = Instant::now() + PATIENCE;
    while !done()? {
        if Instant::now() > limit {
            return Err(format!("not within {PATIENCE:?}: {what}").into());
        }
        sleep(Duration::from_millis(50));
    }
    Ok(())
}
