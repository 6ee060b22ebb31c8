//! Power is cut, again and again, at any moment of what the appliance does.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use libtest_mimic::Failed;

use crate::site::Site;

/// How often, unless `KOMAINU_CUTS` says otherwise.
const CUTS: u32 = 100;
/// Until it answers again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Numbers of no secret: a multiplicative generator, whose start is printed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let given = std::env::var("KOMAINU_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(given.unwrap_or(since.as_nanos() as u64) | 1)
    }

    /// What the next numbers are made of.
    pub(crate) fn seed(&self) -> u64 {
        self.0
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// A number of the environment.
pub(crate) fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok().and_then(|number| number.parse().ok())
}

/// One host asks for the reset of the other, and power goes at any moment after that. What was told
/// is in the record of the next start, and nobody is shot twice.
pub(crate) fn tokens(site: &mut Site) -> Result<(), Failed> {
    let mut dice = Dice::new();
    println!("KOMAINU_SEED={}", dice.seed());
    let (mut answered, mut shot) = (0, 0);
    // Some cuts come after the answer, on whatever machine this runs. The slowest of some: a first
    // question that comes before the program does is asked again a while later.
    let mut slowest = Duration::ZERO;
    for _ in 0..5 {
        slowest = slowest.max(uncut(site)?);
        println!("{slowest:?} from power to the answer");
    }
    let cuts = number("KOMAINU_CUTS").unwrap_or(CUTS);
    let longest = slowest.as_millis() as u64 * 3 / 2;
    for cut in 1..=cuts {
        let (told, shots) = one(site, Duration::from_millis(dice.below(longest)))
            .map_err(|failure| format!("cut {cut}: {}", failure.message().unwrap_or_default()))?;
        answered += usize::from(told);
        shot += shots;
    }
    println!("{} cuts: {shot} after the shot, {answered} of them after the answer", cuts);
    match answered > 0 && shot > answered && shot < cuts as usize || cuts < CUTS {
        true => Ok(()),
        false => Err("not all moments were hit".into()),
    }
}

/// From power to the answer, when nothing is in its way.
fn uncut(site: &mut Site) -> Result<Duration, Failed> {
    renew(site)?;
    let began = Instant::now();
    site.start_board()?;
    ask(site)?.wait_with_output()?;
    let took = began.elapsed();
    site.board.cut();
    Ok(took)
}

/// A fresh record, and a host that is on.
fn renew(site: &mut Site) -> Result<(), Failed> {
    // A BMC that is new as well remembers no session of the run before.
    site.silence_bmc(2);
    site.board.forget()?;
    site.revive_bmc(2)?;
    site.host(2).power(true)
}

/// One cut, from a fresh record; whether the answer had come before it, and how many shots there
/// were.
fn one(site: &mut Site, after: Duration) -> Result<(bool, usize), Failed> {
    renew(site)?;
    let before = site.host(2).orders("power 0");
    site.start_board()?;
    let mut asking = ask(site)?;
    sleep(after);
    site.board.cut();
    let ended = asking.try_wait()?.is_some();
    if !ended {
        // Whoever waits for the answer is of no interest: it must not ask again.
        asking.kill()?;
    }
    let output = asking.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = text.lines().find_map(token);
    if ended && told.is_none() {
        return Err(format!("no token: {text}").into());
    }
    site.start_board()?;
    let kept = known(site)?;
    site.board.cut();
    let shots = site.host(2).orders("power 0") - before;
    match told <= Some(kept) && shots <= 1 && (told.is_none() || shots == 1) {
        true => Ok((told.is_some(), shots)),
        false => Err(format!("told {told:?}, kept {kept:?}, {shots} shots").into()),
    }
}

/// The last token that the appliance knows of, by its status.
fn known(site: &Site) -> Result<(u64, u64), Failed> {
    let limit = Instant::now() + PATIENCE;
    loop {
        match site.status() {
            Ok(status) => {
                let text = status["clusters"][0]["token"].as_str().unwrap_or_default().to_owned();
                return pair(&text).ok_or_else(|| format!("no token in {status}").into());
            }
            Err(failure) if Instant::now() > limit => return Err(failure),
            Err(_) => sleep(Duration::from_millis(50)),
        }
    }
}

/// The token in what the agent says: a term and a number.
fn token(line: &str) -> Option<(u64, u64)> {
    pair(line.split_once("; token ")?.1)
}

fn pair(text: &str) -> Option<(u64, u64)> {
    let (term, number) = text.split_once('.')?;
    Some((term.parse().ok()?, number.parse().ok()?))
}

/// Asks for the reset of the second host, by the first.
fn ask(site: &Site) -> Result<Child, Failed> {
    let mut command = site.komainu_on(1);
    command.args(["fence-agent", "-v", "-o", "reboot", "-n", "h2", "--host", "h1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    Ok(command.spawn()?)
}
