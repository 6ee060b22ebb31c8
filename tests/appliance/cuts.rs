//! Power is cut, again and again, at any moment of what the appliance does.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use libtest_mimic::Failed;

use crate::site::Site;

/// How often, unless `KOMAINU_CUTS` says otherwise.
const CUTS: u32 = 100;
/// Longest time between power and its cut.
const LONGEST_MS: u64 = 3000;
/// For a question that was asked, once power stays: a session that was cut off in its login is
/// waited out.
const PATIENCE: Duration = Duration::from_secs(100);

/// Numbers of no secret: a multiplicative generator, whose start is printed.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let given = std::env::var("KOMAINU_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(given.unwrap_or(since.as_nanos() as u64) | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// How often.
pub(crate) fn cuts() -> u32 {
    std::env::var("KOMAINU_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(CUTS)
}

/// One host asks for the reset of the other, again and again, and keeps asking while the appliance
/// goes down and up. No token may come twice or go back, and no question may shoot twice.
pub(crate) fn tokens(site: &mut Site) -> Result<(), Failed> {
    let mut dice = Dice::new();
    println!("KOMAINU_SEED={}", dice.0);
    site.host(2).power(true)?;
    let mut told = Told::default();
    let mut asking: Option<Child> = None;
    for _ in 0..cuts() {
        site.start_board()?;
        told.take_if_ended(&mut asking)?;
        if asking.is_none() {
            asking = Some(ask(site)?);
            told.asked += 1;
        }
        sleep(Duration::from_millis(dice.below(LONGEST_MS)));
        site.board.cut();
    }
    site.start_board()?;
    let limit = Instant::now() + PATIENCE;
    while (asking.is_some() || !site.host(2).has_power()) && Instant::now() < limit {
        told.take_if_ended(&mut asking)?;
        sleep(Duration::from_millis(20));
    }
    let shots = site.host(2).orders("power 0");
    println!("{} cuts: {} questions, {} answered, {shots} shots", cuts(), told.asked, told.tokens);
    site.host(2).wait_for_power(true)?;
    match asking.is_none() && told.tokens > 0 && shots >= told.tokens && shots <= told.asked {
        true => Ok(()),
        false => Err("a question was lost, or shot twice".into()),
    }
}

/// What the appliance has said.
#[derive(Default)]
struct Told {
    asked: usize,
    tokens: usize,
    last: (u64, u64),
}

impl Told {
    /// Takes the answer of a question that has ended.
    fn take_if_ended(&mut self, asking: &mut Option<Child>) -> Result<(), Failed> {
        let Some(child) = asking else { return Ok(()) };
        if child.try_wait()?.is_none() {
            return Ok(());
        }
        let Some(ended) = asking.take() else { return Ok(()) };
        let output = ended.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let token = text.lines().find_map(token).ok_or_else(|| format!("no token: {text}"))?;
        if token <= self.last {
            return Err(format!("token {token:?} after {:?}", self.last).into());
        }
        self.last = token;
        self.tokens += 1;
        Ok(())
    }
}

/// The token in what the agent says: a term and a number.
fn token(line: &str) -> Option<(u64, u64)> {
    let (term, number) = line.split_once("; token ")?.1.split_once('.')?;
    Some((term.parse().ok()?, number.parse().ok()?))
}

/// Asks for the reset of the second host, by the first.
fn ask(site: &Site) -> Result<Child, Failed> {
    let mut command = site.komainu_on(1);
    command.args(["fence-agent", "-v", "-o", "reboot", "-n", "h2", "--host", "h1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    Ok(command.spawn()?)
}
