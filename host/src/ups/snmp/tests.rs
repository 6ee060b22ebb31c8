//! What the objects say together, without an agent. Real agents are in `tests/snmp`.

use async_snmp::{Oid, Value, VarBind};
use komainu_core::time::Millis;
use komainu_core::types::Supply;
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::rfc1628::Alarms;
use super::values::Values;
use super::*;

const RFC: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1];
const APC: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1];

fn values(below: &[u32], objects: &[(&[u32], Value)]) -> Values {
    let mut values = Values::default();
    let binding = |(name, value): &(&[u32], Value)| {
        VarBind::new(Oid::from_slice(&[below, name].concat()), value.clone())
    };
    values.extend(objects.iter().map(binding).collect());
    values
}

fn standard(objects: &[(&[u32], Value)], alarms: &[u32]) -> Result<UpsReading, UpsFailure> {
    let alarms: Alarms = alarms.iter().copied().collect();
    rfc1628::reading(&values(RFC, objects), &alarms)
}

const SOURCE: &[u32] = &[4, 1, 0];
const OUTPUT: &[u32] = &[4, 1, 1, 0];

#[test]
fn the_standards_objects_make_a_reading() {
    let objects: [(&[u32], Value); 8] = [
        (SOURCE, Value::Integer(5)),
        (&[2, 1, 0], Value::Integer(2)),
        (&[2, 3, 0], Value::Integer(7)),
        (&[2, 4, 0], Value::Integer(83)),
        (&[4, 4, 1, 5, 1], Value::Integer(20)),
        (&[4, 4, 1, 5, 2], Value::Integer(45)),
        (&[8, 2, 0], Value::Integer(30)),
        (&[8, 3, 0], Value::Integer(-1)),
    ];
    let reading = standard(&objects, &[2]).expect("a reading");
    assert_eq!(reading.supply, Supply::Battery);
    assert_eq!((reading.charge, reading.load), (Some(83), Some(45)));
    assert_eq!(reading.runtime, Some(Millis::from_secs(420)));
    assert_eq!((reading.off_in, reading.on_in), (Some(Millis::from_secs(30)), None));
    assert!(!reading.low && !reading.testing && !reading.replace && !reading.overload);
}

#[test]
fn alarms_say_what_the_objects_do_not() {
    let objects: [(&[u32], Value); 1] = [(SOURCE, Value::Integer(3))];
    let reading = standard(&objects, &[1, 3, 8, 24]).expect("a reading");
    assert!(reading.low && reading.testing && reading.replace && reading.overload);
    assert_eq!(standard(&objects, &[20]), Err(UpsFailure::Stale));
    let other: [(&[u32], Value); 1] = [(SOURCE, Value::Integer(1))];
    let supply = |alarm: &[u32]| standard(&other, alarm).map(|reading| reading.supply);
    assert_eq!(supply(&[2]), Ok(Supply::Battery));
    assert_eq!(supply(&[14, 2]), Ok(Supply::Off));
    assert_eq!(supply(&[9]), Ok(Supply::Bypass));
    assert_eq!(supply(&[]), Err(UpsFailure::Stale));
}

#[test]
fn a_countdown_of_zero_counts_only_where_a_shutdown_is_pending() {
    let objects: [(&[u32], Value); 2] =
        [(SOURCE, Value::Integer(3)), (&[8, 2, 0], Value::Integer(0))];
    assert_eq!(standard(&objects, &[]).expect("a reading").off_in, None);
    let imminent = standard(&objects, &[23]).expect("a reading");
    assert_eq!(imminent.off_in, Some(Millis::new(0)));
}

#[test]
fn what_is_missing_is_none_and_what_is_of_another_kind_is_garbled() {
    let bare: [(&[u32], Value); 2] =
        [(SOURCE, Value::Integer(4)), (&[2, 4, 0], Value::NoSuchObject)];
    assert_eq!(standard(&bare, &[]), Ok(UpsReading::of(Supply::Bypass)));
    let text = Value::OctetString("normal".into());
    assert_eq!(standard(&[(SOURCE, text.clone())], &[]), Err(UpsFailure::Garbled));
    assert_eq!(standard(&[(SOURCE, Value::Integer(99))], &[]), Err(UpsFailure::Garbled));
    assert_eq!(standard(&[], &[]), Err(UpsFailure::Garbled));
    let charge: [(&[u32], Value); 2] = [(SOURCE, Value::Integer(3)), (&[2, 4, 0], text)];
    assert_eq!(standard(&charge, &[]), Err(UpsFailure::Garbled));
}

#[test]
fn powernets_objects_make_a_reading() {
    let mut flags = [b'0'; 64];
    (flags[8], flags[28]) = (b'1', b'1');
    let objects: [(&[u32], Value); 7] = [
        (OUTPUT, Value::Integer(3)),
        (&[2, 1, 1, 0], Value::Integer(3)),
        (&[2, 2, 1, 0], Value::Gauge32(40)),
        (&[2, 2, 3, 0], Value::TimeTicks(12_345)),
        (&[2, 2, 4, 0], Value::Integer(2)),
        (&[11, 1, 1, 0], Value::OctetString(flags.to_vec().into())),
        (&[12, 1, 2, 1, 3, 2], Value::Integer(2)),
    ];
    let reading = powernet::reading(&values(APC, &objects), 2).expect("a reading");
    assert_eq!(reading.supply, Supply::Battery);
    assert_eq!((reading.charge, reading.runtime), (Some(40), Some(Millis::new(123_450))));
    assert!(reading.low && reading.replace && reading.overload && reading.testing);
    assert_eq!(reading.outlets_off, 1 << 2);
}

#[test]
fn every_state_of_an_output_is_known() {
    let supply = |state| {
        let values = values(APC, &[(OUTPUT, Value::Integer(state))]);
        powernet::reading(&values, 0).map(|reading| reading.supply)
    };
    assert_eq!(supply(2), Ok(Supply::Mains));
    assert_eq!(supply(12), Ok(Supply::Mains));
    assert_eq!(supply(15), Ok(Supply::Battery));
    assert_eq!(supply(11), Ok(Supply::Off));
    assert_eq!(supply(9), Ok(Supply::Bypass));
    assert_eq!(supply(1), Err(UpsFailure::Stale));
    assert_eq!(supply(77), Err(UpsFailure::Garbled));
    let lost = values(APC, &[(OUTPUT, Value::Integer(2)), (&[8, 1, 0], Value::Integer(2))]);
    assert_eq!(powernet::reading(&lost, 0), Err(UpsFailure::Stale));
}

#[test]
fn a_delay_is_rounded_so_that_nothing_goes_off_too_soon() {
    assert_eq!(seconds(Millis::new(1)), 1);
    assert_eq!(seconds(Millis::new(30_000)), 30);
    assert_eq!(seconds(Millis::new(30_001)), 31);
}

fn setup(reading: Access) -> Setup {
    let address = ([127, 0, 0, 1], 161).into();
    Setup { address, reading, ordering: None, mib: None, groups: 0, timeout: TIMEOUT }
}

fn user(password: &str) -> Access {
    Access::V3 {
        user: "guard".to_owned(),
        digest: Digest::Sha256,
        password: Zeroizing::new(password.to_owned()),
        privacy: Some((Privacy::Aes128, Zeroizing::new("long enough".to_owned()))),
    }
}

#[test]
fn a_short_password_is_refused_and_no_secret_is_shown() {
    assert_eq!(Snmp::new(setup(user("short"))).err(), Some(SetupError::ShortPassword));
    let (hidden, community) = ("quite-a-secret", Zeroizing::new("a-community".to_owned()));
    let sealed = setup(user(hidden));
    let clear = setup(Access::V2c { community });
    for setup in [sealed, clear] {
        let shown = format!("{setup:?}");
        let ups = Snmp::new(setup).expect("a setup");
        let shown = format!("{shown} {ups:?}");
        assert!(!shown.contains(hidden) && !shown.contains("a-community"), "{shown}");
    }
    let clear = Access::V1 { community: Zeroizing::new(String::new()) };
    assert!(Snmp::new(setup(clear)).expect("a setup").orders_in_the_clear());
    assert!(!Snmp::new(setup(user(hidden))).expect("a setup").orders_in_the_clear());
}

proptest! {
    #[test]
    fn no_numbers_break_a_reading(
        found in prop::collection::vec((1_u32..9, 0_u32..9, any::<i32>()), 0..20),
        alarms in prop::collection::vec(0_u32..30, 0..5),
    ) {
        let named: Vec<_> = found.iter().map(|(a, b, value)| ([*a, *b, 0], *value)).collect();
        let objects: Vec<(&[u32], Value)> =
            named.iter().map(|(name, value)| (&name[..], Value::Integer(*value))).collect();
        let _ = standard(&objects, &alarms);
        let ticks: Vec<(&[u32], Value)> = named
            .iter()
            .map(|(name, value)| (&name[..], Value::TimeTicks(value.unsigned_abs())))
            .collect();
        let _ = powernet::reading(&values(APC, &ticks), 15);
    }
}
