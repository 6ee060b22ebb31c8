//! The objects of APC (PowerNet), all below 1.3.6.1.4.1.318.1.1.1.
//!
//! They show no countdown. Where the card has the standard's objects too, theirs is told and
//! cancelled; else the time of the order that was taken is reckoned on.

use std::sync::{Mutex, PoisonError};

use async_snmp::Value;
use komainu_core::time::Millis;
use komainu_core::types::{Outlet, Supply, UpsFailure, UpsOrder, UpsReading};
use tokio::time::Instant;

use super::link::Link;
use super::rfc1628::{OFF_AFTER, ON_AFTER, cancel, decisive};
use super::values::Values;
use super::{Miss, seconds};

/// What the output lives on (upsBasicOutputStatus).
pub(super) const OUTPUT: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 4, 1, 1, 0];
const BATTERY: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 2, 1, 1, 0];
const CHARGE: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 2, 2, 1, 0];
/// How long the battery lasts, in hundredths of a second.
const RUNTIME: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 2, 2, 3, 0];
const REPLACE: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 2, 2, 4, 0];
const LOAD: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 4, 2, 3, 0];
/// How long it waits between an order and its being off, in hundredths of a second.
const OFF_DELAY: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 5, 2, 10, 0];
/// Off to save the battery, and on with the mains: on battery only.
const SLEEP: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 6, 1, 1, 0];
/// Off.
const OFF: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 6, 2, 1, 0];
/// Off, and on once the mains are there.
const REBOOT: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 6, 2, 2, 0];
const ON: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 6, 2, 6, 0];
const TEST: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 7, 2, 2, 0];
const TEST_RESULT: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 7, 2, 3, 0];
const CALIBRATION: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 7, 2, 6, 0];
/// Whether the card hears the UPS.
const HEARD: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 8, 1, 0];
/// One digit a flag.
const FLAGS: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 11, 1, 1, 0];
/// Columns of the table of outlet groups: on or off, delay, command.
const GROUP_STATE: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 12, 1, 2, 1, 3];
const GROUP_DELAY: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 12, 2, 2, 1, 4];
const GROUP_COMMAND: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1, 12, 3, 2, 1, 3];

/// Commands to the whole output: at once, or after the delay.
const NOW: i32 = 2;
const AFTER_DELAY: i32 = 3;
/// Commands to a group.
const GROUP_ON: i32 = 1;
const GROUP_OFF: i32 = 2;
const GROUP_DELAYED_OFF: i32 = 5;
const GROUP_CANCEL: i32 = 7;
const GROUP_OFF_UNTIL_MAINS: i32 = 9;
const GROUP_DELAYED_OFF_UNTIL_MAINS: i32 = 10;

/// Places of flags, counted from 1 as the objects' description does.
const OVERLOADED: usize = 9;
const CALIBRATING: usize = 10;
const SELF_TEST: usize = 29;

/// What is known of such a UPS beside its objects.
#[derive(Debug, Default)]
pub(super) struct PowerNet {
    /// When it goes off by an order that it has taken.
    off_at: Mutex<Option<Instant>>,
}

impl PowerNet {
    /// One reading, in one request.
    pub(super) async fn read(&self, link: &Link, groups: u8) -> Result<UpsReading, UpsFailure> {
        let states: Vec<Vec<u32>> = (1..=groups).map(|group| row(GROUP_STATE, group)).collect();
        let mut objects = vec![
            OUTPUT,
            BATTERY,
            CHARGE,
            RUNTIME,
            REPLACE,
            LOAD,
            TEST_RESULT,
            CALIBRATION,
            HEARD,
            FLAGS,
            OFF_AFTER,
            ON_AFTER,
        ];
        objects.extend(states.iter().map(Vec::as_slice));
        let values = link.get(&objects).await?;
        let mut reading = reading(&values, groups)?;
        if reading.supply == Supply::Off {
            self.goes_off(None);
        }
        reading.off_in = reading.off_in.or_else(|| self.off_in());
        Ok(reading)
    }

    /// Has it done.
    pub(super) async fn order(&self, link: &Link, groups: u8, order: UpsOrder) -> Result<(), Miss> {
        match order {
            UpsOrder::OffUntilMains { outlet, delay } => match group(outlet, groups)? {
                Some(group) => group_off(link, group, seconds(delay), true).await,
                None => self.off(link, seconds(delay), true).await,
            },
            UpsOrder::Off { outlet, delay } => match group(outlet, groups)? {
                Some(group) => group_off(link, group, seconds(delay), false).await,
                None => self.off(link, seconds(delay), false).await,
            },
            UpsOrder::On { outlet } => match group(outlet, groups)? {
                Some(group) => command(link, &row(GROUP_COMMAND, group), GROUP_ON).await,
                None => command(link, ON, NOW).await,
            },
            UpsOrder::Cancel { outlet } => match group(outlet, groups)? {
                Some(group) => command(link, &row(GROUP_COMMAND, group), GROUP_CANCEL).await,
                None => self.cancel(link).await,
            },
            UpsOrder::Test => command(link, TEST, NOW).await,
            UpsOrder::StopTest => Err(Miss::Not(UpsFailure::Unsupported)),
        }
    }

    async fn off(&self, link: &Link, delay: i32, returns: bool) -> Result<(), Miss> {
        delay_of(link, OFF_DELAY, Value::TimeTicks(ticks(delay)), ticks(delay)).await?;
        let how = if delay == 0 { NOW } else { AFTER_DELAY };
        let ordered =
            if returns { off_until_mains(link, how).await } else { command(link, OFF, how).await };
        if ordered.is_ok() {
            let after = std::time::Duration::from_secs(u64::try_from(delay).unwrap_or(0));
            self.goes_off(Instant::now().checked_add(after));
        }
        ordered
    }

    /// PowerNet itself has no way back from an order.
    async fn cancel(&self, link: &Link) -> Result<(), Miss> {
        if !link.get(&[OFF_AFTER]).await?.has(OFF_AFTER) {
            return Err(Miss::Not(UpsFailure::Unsupported));
        }
        cancel(link).await?;
        self.goes_off(None);
        Ok(())
    }

    fn goes_off(&self, at: Option<Instant>) {
        *self.off_at.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// How long until then; nothing once that is over, whatever became of it.
    fn off_in(&self) -> Option<Millis> {
        let at = (*self.off_at.lock().unwrap_or_else(PoisonError::into_inner))?;
        let left = at.checked_duration_since(Instant::now())?;
        Some(Millis::of(left))
    }
}

/// What the values say.
pub(super) fn reading(values: &Values, groups: u8) -> Result<UpsReading, UpsFailure> {
    if values.number(HEARD)? == Some(2) {
        return Err(UpsFailure::Stale);
    }
    let output = values.number(OUTPUT)?.ok_or(UpsFailure::Garbled)?;
    let flags = values.text(FLAGS)?.unwrap_or_default();
    let flag = |place: usize| flags.get(place - 1) == Some(&b'1');
    let in_test = values.number(TEST_RESULT)? == Some(4) || values.number(CALIBRATION)? == Some(3);
    let mut outlets_off = 0;
    for group in 1..=groups {
        if values.number(&row(GROUP_STATE, group))? == Some(2) {
            outlets_off |= 1 << group;
        }
    }
    let running = |time: &Millis| *time > Millis::new(0);
    Ok(UpsReading {
        low: values.number(BATTERY)? == Some(3),
        testing: output == 15 || in_test || flag(CALIBRATING) || flag(SELF_TEST),
        replace: values.number(REPLACE)? == Some(2),
        overload: flag(OVERLOADED),
        charge: values.percent(CHARGE)?.map(|charge| charge.min(100)),
        runtime: values.time(RUNTIME, 10)?,
        load: values.percent(LOAD)?,
        off_in: values.time(OFF_AFTER, 1000)?.filter(running),
        on_in: values.time(ON_AFTER, 1000)?.filter(running),
        outlets_off,
        ..UpsReading::of(supply(output)?)
    })
}

/// The state of the output by its number: on line, boost and trim, economy and standby live on
/// the mains; sleep and reboot are off.
const fn supply(output: i64) -> Result<Supply, UpsFailure> {
    match output {
        2 | 4 | 12..=14 | 17..=20 => Ok(Supply::Mains),
        3 | 15 | 24 => Ok(Supply::Battery),
        5 | 7 | 8 | 11 => Ok(Supply::Off),
        6 | 9 | 10 | 16 => Ok(Supply::Bypass),
        1 => Err(UpsFailure::Stale),
        _ => Err(UpsFailure::Garbled),
    }
}

/// To sleep is refused while the mains are there; a reboot waits for them if they are not.
async fn off_until_mains(link: &Link, how: i32) -> Result<(), Miss> {
    let output = link.get(&[OUTPUT]).await?.number(OUTPUT)?;
    if output == Some(3) {
        match command(link, SLEEP, NOW).await {
            Err(Miss::Not(UpsFailure::Refused | UpsFailure::Unsupported)) => {}
            done => return done,
        }
    }
    command(link, REBOOT, how).await
}

async fn group_off(link: &Link, group: u8, delay: i32, returns: bool) -> Result<(), Miss> {
    if delay > 0 {
        let seconds = u32::try_from(delay).unwrap_or(0);
        delay_of(link, &row(GROUP_DELAY, group), Value::Integer(delay), seconds).await?;
    }
    let how = match (returns, delay) {
        (true, 0) => GROUP_OFF_UNTIL_MAINS,
        (true, _) => GROUP_DELAYED_OFF_UNTIL_MAINS,
        (false, 0) => GROUP_OFF,
        (false, _) => GROUP_DELAYED_OFF,
    };
    command(link, &row(GROUP_COMMAND, group), how).await
}

/// Sets a delay. A card takes the next lower value that it allows, and less than what was asked
/// for would meet servers that still run.
async fn delay_of(link: &Link, object: &[u32], value: Value, least: u32) -> Result<(), Miss> {
    link.set(&[(object, value)]).await?;
    let allowed = link.get(&[object]).await?.number(object)?;
    match allowed {
        Some(allowed) if allowed >= i64::from(least) => Ok(()),
        _ => Err(Miss::Not(UpsFailure::Unsupported)),
    }
}

async fn command(link: &Link, object: &[u32], how: i32) -> Result<(), Miss> {
    decisive(link.set(&[(object, Value::Integer(how))]).await)
}

/// The group that is meant; none = the whole output.
fn group(outlet: Outlet, groups: u8) -> Result<Option<u8>, Miss> {
    match outlet.number() {
        0 => Ok(None),
        number if number <= groups => Ok(Some(number)),
        _ => Err(Miss::Not(UpsFailure::Unsupported)),
    }
}

fn row(column: &[u32], group: u8) -> Vec<u32> {
    [column, &[u32::from(group)]].concat()
}

const fn ticks(seconds: i32) -> u32 {
    seconds.unsigned_abs().saturating_mul(100)
}
