//! Values of options, from their text.

use std::ffi::OsStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};
use komainu_core::session::Workaround;
use komainu_core::suite::Suite;
use komainu_core::wire::command::NetFn;
use komainu_core::wire::command::device::Guid;

use crate::workarounds;

/// Longest time that an option takes, in seconds: a day.
const MAX_SECONDS: f64 = 86_400.0;

/// A time: `20`, `1.5s`, `500ms` or `2m`; above 0, up to a day.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match text {
        _ if text.ends_with("ms") => (&text[..text.len() - 2], 0.001),
        _ if text.ends_with('s') => (&text[..text.len() - 1], 1.0),
        _ if text.ends_with('m') => (&text[..text.len() - 1], 60.0),
        _ => (text, 1.0),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = digits.parse::<f64>().ok().filter(|_| plain).map(|number| number * unit);
    match seconds {
        Some(seconds) if seconds > 0.0 && seconds <= MAX_SECONDS => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err("a time is given like 20, 1.5s, 500ms or 2m".to_owned()),
    }
}

/// A moment, in milliseconds since 1970: `2026-11-28T22:00+09:00`, `2026-11-28T13:00Z`, or `+90m`
/// from now.
pub(crate) fn unix_ms(text: &str) -> Result<u64, String> {
    let wrong = || "a moment is given like 2026-11-28T22:00+09:00, 2026-11-28T13:00Z or +90m";
    if let Some(span) = text.strip_prefix('+') {
        let millis = duration(span)?.as_millis();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        return u64::try_from(now + millis).map_err(|_| wrong().to_owned());
    }
    absolute(text).ok_or_else(|| wrong().to_owned())
}

fn absolute(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once('T')?;
    let (time, offset) = match rest.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => {
            let at = rest.rfind(['+', '-'])?;
            let (time, offset) = rest.split_at(at);
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let offset = two(hours, 14)? * 60 + two(minutes, 59)?;
            (time, if rest.as_bytes().get(at) == Some(&b'-') { -offset } else { offset })
        }
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let year: i64 = year.parse().ok().filter(|year| (1970..=2105).contains(year))?;
    let (month, day) = (two(month, 12)?, two(day, 31)?);
    if parts.next().is_some() || month == 0 || day == 0 || day > last_day(year, month) {
        return None;
    }
    let mut parts = time.split(':');
    let minutes = two(parts.next()?, 23)? * 60 + two(parts.next()?, 59)?;
    let seconds = parts.next().map_or(Some(0), |seconds| two(seconds, 59))?;
    let seconds = days(year, month, day) * 86_400 + (minutes - offset) * 60 + seconds;
    let whole = parts.next().is_none();
    u64::try_from(seconds * 1000).ok().filter(|_| whole)
}

/// Two digits, up to that.
fn two(text: &str, most: i64) -> Option<i64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= most)
}

const fn last_day(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years are counted from March on here, so that the day that a leap year
/// adds is the last one.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// A byte: decimal, or hexadecimal with 0x.
pub(crate) fn byte(text: &str) -> Result<u8, String> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u8::from_str_radix(digits, 16).ok()
        }
        Some(_) => None,
        None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        None => None,
    };
    number.ok_or_else(|| "a byte is 0 to 255, or 0x00 to 0xff".to_owned())
}

/// A network function of requests.
pub(crate) fn net_fn(text: &str) -> Result<NetFn, String> {
    let wrong = || "the network function of a request is even and at most 0x3e".to_owned();
    NetFn::new(byte(text)?).ok_or_else(wrong)
}

/// The number of a cipher suite that Komainu speaks.
pub(crate) fn suite(text: &str) -> Result<u8, String> {
    let known = text.parse().ok().filter(|id| Suite::from_id(*id).is_some());
    known.ok_or_else(|| format!("suites are {}", list(&Suite::IDS)))
}

fn list(ids: &[u8]) -> String {
    ids.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

/// A GUID as Komainu shows it: 32 hexadecimal digits, with or without dashes.
pub(crate) fn guid(text: &str) -> Result<Guid, String> {
    let wrong = || "a GUID has 32 hexadecimal digits, as 'info' shows it".to_owned();
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| *c != '-')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    let mut bytes: [u8; 16] = digits
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[high, low]| high << 4 | low)
        .collect::<Vec<_>>()
        .try_into()
        .ok()
        .filter(|_| digits.len() == 32)
        .ok_or_else(wrong)?;
    // Shown the other way round than it is on the wire.
    bytes.reverse();
    let guid = Guid(bytes);
    if guid.is_pinnable() {
        Ok(guid)
    } else {
        Err("a BMC with this GUID was never given one: there is nothing to pin".to_owned())
    }
}

/// A workaround by its name; `list` shows all of them instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct WorkaroundParser;

impl TypedValueParser for WorkaroundParser {
    type Value = Workaround;

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, Error> {
        let text = value.to_str().unwrap_or_default();
        if text == "list" {
            return Err(Error::raw(ErrorKind::DisplayHelp, workarounds::table()));
        }
        workarounds::by_name(text).ok_or_else(|| {
            let text = format!("there is no workaround {value:?}; see --workaround list\n");
            Error::raw(ErrorKind::InvalidValue, text).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = Workaround::ALL.iter().map(|(_, name)| PossibleValue::new(*name));
        Some(Box::new(names.chain([PossibleValue::new("list")])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(duration("20"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "0", "-1", "s", "1h", "inf", "1e3", "86401", "NaN", "."] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn moments() {
        assert_eq!(unix_ms("1970-01-01T00:00Z"), Ok(0));
        assert_eq!(unix_ms("2000-02-29T00:00:01Z"), Ok(951_782_401_000));
        assert_eq!(unix_ms("2026-11-28T22:00+09:00"), unix_ms("2026-11-28T13:00Z"));
        assert_eq!(unix_ms("2026-11-28T08:30-04:30"), unix_ms("2026-11-28T13:00Z"));
        let soon = unix_ms("+90m").expect("a moment");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
        assert!((5_390_000..5_410_000).contains(&(u128::from(soon) - now)), "{soon}");
        for wrong in [
            "2026-11-28T22:00",
            "2026-02-29T22:00Z",
            "2026-13-01T22:00Z",
            "2026-11-28T24:00Z",
            "22:00Z",
            "+",
            "2026-11-28T1:00Z",
            "2026-11-28T22:00+9:00",
        ] {
            assert!(unix_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes() {
        assert_eq!(byte("0xfF"), Ok(255));
        assert_eq!(byte("10"), Ok(10));
        for wrong in ["", "256", "0x100", "ff", "+1", "0x", "0x+1"] {
            assert!(byte(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn network_functions_of_requests_are_even() {
        assert_eq!(net_fn("0x06"), Ok(NetFn::APP));
        assert!(net_fn("7").is_err() && net_fn("0x40").is_err());
    }

    #[test]
    fn a_guid_reads_as_it_is_shown() {
        let shown = "00112233-4455-6677-8899-aabbccddeeff";
        assert_eq!(guid(shown).map(|guid| guid.to_string()), Ok(shown.to_owned()));
        for wrong in ["", "0011", "g0112233445566778899aabbccddeeff", &"0".repeat(32)] {
            assert!(guid(wrong).is_err(), "{wrong}");
        }
        assert!(guid("00112233445566778899aabbccddeeff00").is_err());
    }

    #[test]
    fn suites_without_a_number_of_ours_are_refused() {
        assert_eq!(suite("17"), Ok(17));
        assert!(suite("4").is_err() && suite("x").is_err());
    }
}
