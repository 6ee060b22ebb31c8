//! Times of a BMC's clock, for people.

use komainu_core::wire::command::sel_record::{Moment, Timestamp};

/// A time as text; `None` when the BMC does not know.
pub(crate) fn moment(time: Timestamp) -> Option<String> {
    match time.moment() {
        Moment::Unspecified => None,
        Moment::SinceStart(seconds) => Some(format!("start + {seconds} s")),
        Moment::SinceEpoch(seconds) => Some(utc(seconds)),
    }
}

/// A time in seconds since 1970 as text.
pub(crate) fn utc(seconds: u32) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a number of days since 1970-01-01.
///
/// Years are counted from March on here, so that the day that a leap year adds is the last one.
const fn civil(days: u32) -> (u32, u32, u32) {
    // Days since 0000-03-01, of which 146,097 make 400 years.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_known_ones() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(11_017), (2000, 3, 1));
        assert_eq!(civil(20_453), (2025, 12, 31));
        assert_eq!(civil(49_709), (2106, 2, 6));
    }

    #[test]
    fn a_clock_that_was_never_set_counts_from_its_start() {
        assert_eq!(moment(Timestamp(90)).as_deref(), Some("start + 90 s"));
        assert_eq!(moment(Timestamp(0xffff_ffff)), None);
        assert_eq!(moment(Timestamp(1_767_225_599)).as_deref(), Some("2025-12-31 23:59:59"));
    }
}
