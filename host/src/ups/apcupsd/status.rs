//! What the lines of a status say: `NAME : value`, the value often with its unit.

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsFailure, UpsReading};

/// Bits of `STATFLAG`, and the words of `STATUS` that say the same. One phrase, of a shutdown,
/// takes the place of all other words; the bits stay.
const CALIBRATING: u32 = 0x001;
const TRIM: u32 = 0x002;
const BOOST: u32 = 0x004;
const ONLINE: u32 = 0x008;
const ON_BATTERY: u32 = 0x010;
const OVERLOAD: u32 = 0x020;
const LOW: u32 = 0x040;
const REPLACE: u32 = 0x080;
const LOST: u32 = 0x100;
const SHUTDOWN: u32 = 0x200;
const WORDS: [(&str, u32); 10] = [
    ("CAL", CALIBRATING),
    ("TRIM", TRIM),
    ("BOOST", BOOST),
    ("ONLINE", ONLINE),
    ("ONBATT", ON_BATTERY),
    ("OVERLOAD", OVERLOAD),
    ("LOWBATT", LOW),
    ("REPLACEBATT", REPLACE),
    ("COMMLOST", LOST),
    ("SHUTTING", SHUTDOWN),
];

/// The reading that the lines make.
pub(super) fn reading(lines: &[String]) -> Result<UpsReading, UpsFailure> {
    let field = |name: &str| {
        let named = |line: &String| {
            let (found, value) = line.split_once(':')?;
            (found.trim() == name).then(|| value.trim().to_owned())
        };
        lines.iter().find_map(named)
    };
    let bits = bits(field("STATUS"), field("STATFLAG"))?;
    let on = |bit| bits & bit != 0;
    if on(LOST) {
        return Err(UpsFailure::Stale);
    }
    let number = |name: &str, unit: &str| number(&field(name)?, unit);
    let share = |value: f64| value.clamp(0.0, 255.0) as u8;
    let span = |minutes: f64| Millis::new((minutes.max(0.0) * 60_000.0) as u32);
    // "IP" = in progress.
    let in_test = field("SELFTEST").is_some_and(|value| value == "IP");
    Ok(UpsReading {
        low: on(LOW),
        // It has begun to end what it feeds.
        forced: on(SHUTDOWN),
        testing: on(CALIBRATING) || in_test,
        replace: on(REPLACE),
        overload: on(OVERLOAD),
        charge: number("BCHARGE", "Percent").map(|charge| share(charge).min(100)),
        load: number("LOADPCT", "Percent").map(share),
        runtime: number("TIMELEFT", "Minutes").map(span),
        ..UpsReading::of(supply(bits)?)
    })
}

/// What both fields say together; not an answer of apcupsd when neither is there.
fn bits(words: Option<String>, flags: Option<String>) -> Result<u32, UpsFailure> {
    if words.is_none() && flags.is_none() {
        return Err(UpsFailure::Garbled);
    }
    let words = words.unwrap_or_default();
    let said = words
        .split_whitespace()
        .filter_map(|word| WORDS.iter().find(|(known, _)| *known == word).map(|(_, bit)| bit));
    let said = said.fold(0, |bits, bit| bits | bit);
    let Some(flags) = flags else { return Ok(said) };
    let digits = flags.split_whitespace().next().and_then(|flags| flags.strip_prefix("0x"));
    let flags = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    flags.map(|flags| flags | said).ok_or(UpsFailure::Garbled)
}

/// apcupsd does not tell whether the output is on.
const fn supply(bits: u32) -> Result<Supply, UpsFailure> {
    if bits & ON_BATTERY != 0 {
        Ok(Supply::Battery)
    } else if bits & (ONLINE | TRIM | BOOST) != 0 {
        Ok(Supply::Mains)
    } else {
        Err(UpsFailure::Stale)
    }
}

/// The number before that unit, of which more may follow.
fn number(value: &str, unit: &str) -> Option<f64> {
    let mut words = value.split_whitespace();
    let number: f64 = words.next()?.parse().ok()?;
    (words.next() == Some(unit) && number.is_finite()).then_some(number)
}
