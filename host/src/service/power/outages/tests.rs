use super::*;

const HOUR: u64 = 3_600_000;

fn at(seconds: u64) -> Instant {
    Instant::from_micros(0) + Duration::from_secs(seconds)
}

fn plan(at_ms: u64, until_ms: Option<u64>) -> OutageOrder {
    OutageOrder::Plan { at_ms, until_ms, scope: PlanScope::All, cut: false }
}

#[test]
fn one_begins_and_ends_when_its_time_comes_also_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut outages = Outages::open(folder.path(), at(0)).expect("opened");
    let order = plan(2 * HOUR, Some(3 * HOUR));
    assert_eq!(outages.order(at(0), &order, HOUR), ConnectorAnswer::Noted { number: 1 });
    assert_eq!(outages.due(at(0), HOUR), None);
    assert!(outages.look() <= Some(at(15)), "a clock that is set is noticed soon");
    let mut outages = Outages::open(folder.path(), at(0)).expect("opened again");
    let due = outages.due(at(1), 2 * HOUR).expect("due");
    assert!(matches!(due, Due::Begins { number: 1, .. }), "{due:?}");
    assert_eq!(outages.due(at(1), 2 * HOUR), None, "only once");
    let mut outages = Outages::open(folder.path(), at(0)).expect("opened again");
    assert_eq!(outages.due(at(1), 2 * HOUR + 5), None, "it has begun already");
    let due = outages.due(at(4000), 3 * HOUR).expect("due");
    assert!(matches!(due, Due::Over { number: 1, .. }), "{due:?}");
    assert_eq!(outages.look(), None);
}

#[test]
fn what_makes_no_sense_is_refused_and_what_has_passed_is_missed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut outages = Outages::open(folder.path(), at(0)).expect("opened");
    let refused = |answer| matches!(answer, ConnectorAnswer::NotNow { .. });
    assert!(refused(outages.order(at(0), &plan(HOUR - 1, None), HOUR)));
    assert!(refused(outages.order(at(0), &plan(2 * HOUR, Some(2 * HOUR)), HOUR)));
    outages.order(at(0), &plan(2 * HOUR, None), HOUR);
    let due = outages.due(at(0), 2 * HOUR + LATE + 1);
    assert_eq!(due, Some(Due::Missed { number: 1 }));
    assert!(outages.status().is_empty());
    let forget = OutageOrder::Forget { number: 1 };
    assert_eq!(outages.order(at(0), &forget, HOUR), ConnectorAnswer::NoSuchOutage);
}

#[test]
fn one_that_is_refused_is_struck_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut outages = Outages::open(folder.path(), at(0)).expect("opened");
    outages.order(at(0), &plan(2 * HOUR, None), HOUR);
    let Some(Due::Begins { ticket, .. }) = outages.due(at(0), 2 * HOUR) else {
        panic!("it begins")
    };
    assert!(Outages::is_own(ticket) && !Outages::is_own(7));
    let message = outages.refused(ticket, "a plan runs").expect("told");
    assert_eq!(message.code, Code::OutageMissed);
    assert!(outages.status().is_empty());
}

#[test]
fn the_calendar_begins_each_occurrence_once_also_after_a_restart() {
    use crate::calendar::{Entry, Start, When};

    let folder = tempfile::tempdir().expect("a folder");
    let day = "2026-11-03".parse().expect("a day");
    let (stop, time) = ("08:00".parse().expect("a time"), "17:00".parse().expect("a time"));
    let (when, start) = (When::Once(day), Start::At { time, days: 0 });
    let entry = Entry { name: "inspection".to_owned(), when, stop, start, except: Vec::new() };
    let occasions = [Occasion { entry, cut: true }];
    let open = || {
        let mut outages = Outages::open(folder.path(), at(0)).expect("opened");
        outages.follow(&occasions).expect("a calendar");
        outages
    };
    let mut outages = open();
    let year = 1_767_225_600_000;
    assert_eq!(outages.due(at(0), year), None);
    let coming = outages.coming(year);
    let [next] = &coming[..] else { panic!("{coming:?}") };
    assert_eq!((next.occasion.as_str(), next.cut), ("inspection@2026-11-03", true));
    assert_eq!(next.until_ms.map(|until| until - next.at_ms), Some(9 * HOUR));
    let due = outages.due(at(60), next.at_ms + 1);
    assert!(matches!(due, Some(Due::Begins { number: 1, cut: true, .. })), "{due:?}");
    let mut outages = open();
    assert_eq!(outages.due(at(0), next.at_ms + 1000), None, "it has begun already");
    let over = outages.due(at(3600), next.at_ms + 9 * HOUR);
    assert!(matches!(over, Some(Due::Over { number: 1, .. })), "{over:?}");
    assert_eq!(outages.due(at(7200), next.at_ms + 10 * HOUR), None);
}

#[test]
fn a_list_that_makes_no_sense_is_put_aside_and_told_of_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(NAME);
    fs::write(&path, b"{\"noted\": [").expect("written");
    let mut outages = Outages::open(folder.path(), at(0)).expect("opened all the same");
    assert_eq!(outages.look(), Some(at(0)));
    let lost = outages.lost().expect("told");
    assert_eq!(lost.code, Code::OutagesLost);
    assert!(outages.lost().is_none());
    assert!(!path.exists() && path.with_extension(ASIDE).exists());
    let answer = outages.order(at(0), &plan(2 * HOUR, None), HOUR);
    assert_eq!(answer, ConnectorAnswer::Noted { number: 1 });
}
