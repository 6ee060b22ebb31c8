//! What holds whatever a UPS says, and whenever.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

const FAILURES: [UpsFailure; 4] =
    [UpsFailure::Silent, UpsFailure::Stale, UpsFailure::Garbled, UpsFailure::AccessDenied];
const SUPPLIES: [Supply; 4] = [Supply::Mains, Supply::Bypass, Supply::Battery, Supply::Off];

fn readings() -> impl Strategy<Value = UpsReading> {
    let flags = any::<[bool; 5]>();
    let figures =
        (option::of(any::<u8>()), option::of(prop_oneof![0..2_000_000_u32, any::<u32>()]));
    (0..4_usize, flags, figures, any::<u16>()).prop_map(|(supply, flags, figures, outlets_off)| {
        let [low, forced, testing, replace, overload] = flags;
        UpsReading {
            low,
            forced,
            testing,
            replace,
            overload,
            charge: figures.0,
            runtime: figures.1.map(Millis::new),
            outlets_off,
            ..UpsReading::of(SUPPLIES[supply])
        }
    })
}

fn answers() -> impl Strategy<Value = Result<UpsReading, UpsFailure>> {
    prop_oneof![
        4 => readings().prop_map(Ok),
        1 => (0..4_usize).prop_map(|failure| Err(FAILURES[failure])),
    ]
}

/// Milliseconds since the answer before; how much earlier it was asked for; and the answer.
fn stories() -> impl Strategy<Value = Vec<(u64, u64, Result<UpsReading, UpsFailure>)>> {
    let pauses = prop_oneof![0..3_000_u64, 0..60_000_u64, 0..4_000_000_u64];
    vec((pauses, prop_oneof![Just(0), 0..5_000_u64], answers()), 0..24)
}

fn is_endangered(state: FeedState) -> bool {
    matches!(state, FeedState::Battery(_) | FeedState::Off { .. })
}

/// How much it gives: less is worse.
fn end(state: FeedState) -> Option<Instant> {
    match state {
        FeedState::Battery(battery) => Some(battery.end),
        FeedState::Unread | FeedState::Mains { .. } | FeedState::Off { .. } => None,
    }
}

proptest! {
    #[test]
    fn silence_endangers_nothing_and_only_counts_down(
        story in stories(),
        silences in vec(0..100_000_000_u64, 1..8),
    ) {
        let config = UpsConfig::default();
        let mut line = Line::new(at(0));
        let mut now = at(0);
        for (pause, earlier, answer) in story {
            now = now + Duration::from_millis(pause);
            let asked = Instant::from_micros(now.as_micros() - earlier * 1000);
            line.hear(&config, asked, now, answer);
            for _ in 0..16 {
                line.next_tell(UPS, &config, now);
            }
            prop_assert_eq!(line.next_tell(UPS, &config, now), None);
            prop_assert!(line.deadline(&config).is_none_or(|due| due > now));
        }
        let heard = line.state(&config, now);
        for silence in silences {
            now = now + Duration::from_micros(silence);
            let state = line.state(&config, now);
            prop_assert_eq!(is_endangered(state), is_endangered(heard));
            prop_assert_eq!(end(state), end(heard));
            let settled = FeedState::Mains { settled: true };
            prop_assert!(state != settled || heard == settled);
            line.hear(&config, now, now, Err(UpsFailure::Stale));
        }
    }

    /// Between two deadlines nothing changes but the runtime, which counts down.
    #[test]
    fn time_changes_things_only_at_a_deadline(story in stories(), parts in 2..6_u32) {
        let config = UpsConfig::default();
        let mut line = Line::new(at(0));
        let mut now = at(0);
        for (pause, _, answer) in story {
            now = now + Duration::from_millis(pause);
            line.hear(&config, now, now, answer);
        }
        for _ in 0..12 {
            while line.next_tell(UPS, &config, now).is_some() {}
            let (state, freshness) = (line.state(&config, now), line.freshness(&config, now));
            let due = line.deadline(&config);
            let until = due.unwrap_or(now + Duration::from_secs(1_000_000));
            let before = now + until.since(now).saturating_sub(Duration::from_micros(1)) / parts;
            prop_assert_eq!(line.state(&config, before), state);
            prop_assert_eq!(line.freshness(&config, before), freshness);
            prop_assert_eq!(line.next_tell(UPS, &config, before), None);
            now = until;
        }
        prop_assert_eq!(line.deadline(&config), None);
    }
}
