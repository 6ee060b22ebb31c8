//! The standard UPS objects (RFC 1628), all below 1.3.6.1.2.1.33.1.

use std::collections::HashSet;

use async_snmp::{Oid, Value};
use komainu_core::time::Millis;
use komainu_core::types::{Outlet, Supply, UpsFailure, UpsOrder, UpsReading};

use super::link::Link;
use super::values::Values;
use super::{Miss, seconds};

/// What the output lives on (upsOutputSource).
pub(super) const SOURCE: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 4, 1, 0];
/// How the battery is (upsBatteryStatus).
const BATTERY: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 2, 1, 0];
/// Whole minutes that the battery lasts.
const MINUTES: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 2, 3, 0];
const CHARGE: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 2, 4, 0];
/// Percent of load, of each line of the output.
const LOADS: [&[u32]; 3] = [
    &[1, 3, 6, 1, 2, 1, 33, 1, 4, 4, 1, 5, 1],
    &[1, 3, 6, 1, 2, 1, 33, 1, 4, 4, 1, 5, 2],
    &[1, 3, 6, 1, 2, 1, 33, 1, 4, 4, 1, 5, 3],
];
/// How many alarms there are, and which (upsAlarmDescr).
const ALARMS: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 6, 1, 0];
const ALARM_COLUMN: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 6, 2, 1, 2];
/// Below this, the last number says which alarm.
const WELL_KNOWN_ALARMS: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 6, 3];
/// The test that is to run, the lock around it, and how it went.
const TEST: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 7, 1, 0];
const TEST_LOCK: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 7, 2, 0];
const TEST_RESULT: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 7, 3, 0];
const ABORT_TEST: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 7, 7, 2];
const QUICK_TEST: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 7, 7, 4];
/// Whether orders are about the output alone, which leaves the card alive.
const SHUTDOWN_TYPE: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 8, 1, 0];
/// Seconds until the output goes off; -1 = it does not.
pub(super) const OFF_AFTER: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 8, 2, 0];
/// Seconds until it comes on; -1 = it does not. Without mains it comes when they are back.
pub(super) const ON_AFTER: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 8, 3, 0];
/// Whether it comes on by itself after an outage in which it went off.
const AUTO_RESTART: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 8, 5, 0];

const OUTPUT_ALONE: i32 = 1;
const RESTART_ON: i32 = 1;
const RESTART_OFF: i32 = 2;
const NEVER: i32 = -1;
const TEST_IN_PROGRESS: i64 = 5;
/// More alarms are not read; there are 24 kinds.
const MOST_ALARMS: u32 = 32;
/// From off to on where the mains are there all the while, in seconds: long enough for every
/// server to notice that it had no power.
const GAP: i32 = 15;
/// A countdown may run for so long before it is read back, in seconds.
const SLACK: i64 = 5;

/// Alarms by their numbers (RFC 1628, upsWellKnownAlarms).
mod alarm {
    pub(super) const REPLACE: u32 = 1;
    pub(super) const ON_BATTERY: u32 = 2;
    pub(super) const LOW: u32 = 3;
    pub(super) const DEPLETED: u32 = 4;
    pub(super) const OVERLOAD: u32 = 8;
    pub(super) const ON_BYPASS: u32 = 9;
    pub(super) const OFF_AS_REQUESTED: u32 = 11;
    pub(super) const UPS_OFF_AS_REQUESTED: u32 = 12;
    pub(super) const OUTPUT_OFF: u32 = 14;
    pub(super) const SYSTEM_OFF: u32 = 15;
    pub(super) const NO_COMMUNICATION: u32 = 20;
    pub(super) const SHUTDOWN_PENDING: u32 = 22;
    pub(super) const SHUTDOWN_IMMINENT: u32 = 23;
    pub(super) const TEST: u32 = 24;
}

/// The numbers of the alarms that are present.
pub(super) type Alarms = HashSet<u32>;

/// One reading: one request, and another when there are alarms.
pub(super) async fn read(link: &Link) -> Result<UpsReading, UpsFailure> {
    let [first, second, third] = LOADS;
    let objects = [
        SOURCE,
        BATTERY,
        MINUTES,
        CHARGE,
        first,
        second,
        third,
        ALARMS,
        TEST_RESULT,
        OFF_AFTER,
        ON_AFTER,
    ];
    let values = link.get(&objects).await?;
    let count = values.number(ALARMS)?.unwrap_or(0);
    let count = u32::try_from(count).unwrap_or(0).min(MOST_ALARMS);
    let alarms = match count {
        0 => Alarms::new(),
        count => known(&link.column(ALARM_COLUMN, count).await?),
    };
    reading(&values, &alarms)
}

/// What the values and the alarms say together.
pub(super) fn reading(values: &Values, alarms: &Alarms) -> Result<UpsReading, UpsFailure> {
    let on = |number| alarms.contains(&number);
    if on(alarm::NO_COMMUNICATION) {
        return Err(UpsFailure::Stale);
    }
    let supply = supply(values.number(SOURCE)?.ok_or(UpsFailure::Garbled)?, alarms)?;
    let battery = values.number(BATTERY)?;
    let mut load = None;
    for line in LOADS {
        load = load.max(values.percent(line)?);
    }
    // Some cards show 0 where nothing counts down.
    let pending = on(alarm::SHUTDOWN_PENDING) || on(alarm::SHUTDOWN_IMMINENT);
    let running = |time: &Millis| *time > Millis::new(0) || pending;
    Ok(UpsReading {
        low: matches!(battery, Some(3 | 4)) || on(alarm::LOW) || on(alarm::DEPLETED),
        testing: values.number(TEST_RESULT)? == Some(TEST_IN_PROGRESS) || on(alarm::TEST),
        replace: on(alarm::REPLACE),
        overload: on(alarm::OVERLOAD),
        charge: values.percent(CHARGE)?.map(|charge| charge.min(100)),
        runtime: values.time(MINUTES, 60_000)?,
        load,
        off_in: values.time(OFF_AFTER, 1000)?.filter(running),
        on_in: values.time(ON_AFTER, 1000)?.filter(|time| *time > Millis::new(0)),
        ..UpsReading::of(supply)
    })
}

/// The source by its number; where that is none of the known ones, the alarms decide.
fn supply(source: i64, alarms: &Alarms) -> Result<Supply, UpsFailure> {
    let on = |number: &u32| alarms.contains(number);
    let off = [
        alarm::OFF_AS_REQUESTED,
        alarm::UPS_OFF_AS_REQUESTED,
        alarm::OUTPUT_OFF,
        alarm::SYSTEM_OFF,
    ];
    match source {
        2 => Ok(Supply::Off),
        3 | 6 | 7 => Ok(Supply::Mains),
        4 => Ok(Supply::Bypass),
        5 => Ok(Supply::Battery),
        1 if off.iter().any(on) => Ok(Supply::Off),
        1 if on(&alarm::ON_BATTERY) => Ok(Supply::Battery),
        1 if on(&alarm::ON_BYPASS) => Ok(Supply::Bypass),
        1 => Err(UpsFailure::Stale),
        _ => Err(UpsFailure::Garbled),
    }
}

/// The alarms that the standard names; vendors add others.
fn known(rows: &[Value]) -> Alarms {
    let number = |row: &Value| match row {
        Value::ObjectIdentifier(object) => {
            let rest = object.arcs().strip_prefix(WELL_KNOWN_ALARMS)?;
            rest.first().copied()
        }
        _ => None,
    };
    rows.iter().filter_map(number).collect()
}

/// Has it done.
pub(super) async fn order(link: &Link, order: UpsOrder) -> Result<(), Miss> {
    let whole = |outlet| match outlet {
        Outlet::WHOLE => Ok(()),
        _ => Err(UpsFailure::Unsupported),
    };
    match order {
        UpsOrder::OffUntilMains { outlet, delay } => {
            whole(outlet)?;
            off_until_mains(link, seconds(delay)).await
        }
        UpsOrder::Off { outlet, delay } => {
            whole(outlet)?;
            // It must not come back by itself, neither now nor when the mains do.
            link.set(&[(AUTO_RESTART, Value::Integer(RESTART_OFF))]).await?;
            never(link, ON_AFTER).await;
            off(link, seconds(delay)).await
        }
        UpsOrder::On { outlet } => {
            whole(outlet)?;
            restart_by_itself(link).await;
            decisive(link.set(&[(ON_AFTER, Value::Integer(0))]).await)
        }
        UpsOrder::Cancel { outlet } => {
            whole(outlet)?;
            cancel(link).await?;
            restart_by_itself(link).await;
            Ok(())
        }
        UpsOrder::Test => test(link, QUICK_TEST).await,
        UpsOrder::StopTest => test(link, ABORT_TEST).await,
    }
}

/// Either of two ways back will do: by itself after an outage, which the standard promises only
/// for a shutdown *during* one; or by a second countdown, which waits for the mains.
async fn off_until_mains(link: &Link, delay: i32) -> Result<(), Miss> {
    let by_itself = link.set(&[(AUTO_RESTART, Value::Integer(RESTART_ON))]).await;
    let back = Value::Integer(delay.saturating_add(GAP));
    let by_countdown = link.set(&[(ON_AFTER, back)]).await;
    if by_countdown.is_err() {
        by_itself?;
    }
    off(link, delay).await
}

/// Off after so many seconds, and looks whether the countdown runs.
async fn off(link: &Link, delay: i32) -> Result<(), Miss> {
    // A card that knows one type alone refuses to be told.
    let _ = link.set(&[(SHUTDOWN_TYPE, Value::Integer(OUTPUT_ALONE))]).await;
    let set = link.set(&[(OFF_AFTER, Value::Integer(delay))]).await;
    if let Err(failure) = set
        && failure != UpsFailure::Silent
    {
        return Err(Miss::Not(failure));
    }
    let Ok(values) = link.get(&[OFF_AFTER, SOURCE]).await else { return Err(Miss::Perhaps) };
    let left = values.number(OFF_AFTER).map_err(|_| Miss::Perhaps)?.unwrap_or(i64::from(NEVER));
    let is_off = values.number(SOURCE) == Ok(Some(2));
    match left {
        _ if is_off || delay == 0 && set.is_ok() => Ok(()),
        // What comes sooner than ordered meets servers that still run.
        left if left >= 0 && left + SLACK < i64::from(delay) => {
            // While it cannot be called off, it counts down: nobody may take it for none.
            cancel(link).await.map_err(|_| Miss::Perhaps)?;
            Err(Miss::Not(UpsFailure::Unsupported))
        }
        left if left > 0 => Ok(()),
        _ if set.is_ok() => Err(Miss::Not(UpsFailure::Refused)),
        _ => Err(Miss::Perhaps),
    }
}

/// No countdown is left that was to end in off.
pub(super) async fn cancel(link: &Link) -> Result<(), Miss> {
    decisive(link.set(&[(OFF_AFTER, Value::Integer(NEVER))]).await)?;
    never(link, ON_AFTER).await;
    let values = link.get(&[OFF_AFTER]).await.map_err(|_| Miss::Perhaps)?;
    match values.number(OFF_AFTER) {
        Ok(Some(left)) if left > 0 => Err(Miss::Not(UpsFailure::Refused)),
        _ => Ok(()),
    }
}

/// After an order to stay off, a battery that runs empty would leave everything off for good.
async fn restart_by_itself(link: &Link) {
    let _ = link.set(&[(AUTO_RESTART, Value::Integer(RESTART_ON))]).await;
}

/// Ends a countdown, if there is one.
async fn never(link: &Link, countdown: &[u32]) {
    let _ = link.set(&[(countdown, Value::Integer(NEVER))]).await;
}

/// Takes the lock and sets the test in one, as the standard wants it.
async fn test(link: &Link, test: &[u32]) -> Result<(), Miss> {
    let lock = link.get(&[TEST_LOCK]).await?.number(TEST_LOCK)?;
    let mut set = vec![(TEST, Value::ObjectIdentifier(Oid::from_slice(test)))];
    if let Some(lock) = lock.and_then(|lock| i32::try_from(lock).ok()) {
        set.insert(0, (TEST_LOCK, Value::Integer(lock)));
    }
    decisive(link.set(&set).await)
}

/// What is not answered may have been done.
pub(super) fn decisive(set: Result<(), UpsFailure>) -> Result<(), Miss> {
    set.map_err(|failure| match failure {
        UpsFailure::Silent => Miss::Perhaps,
        failure => Miss::Not(failure),
    })
}
