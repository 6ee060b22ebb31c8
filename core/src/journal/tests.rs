extern crate std;

use proptest::collection::vec;
use proptest::prelude::*;
use std::vec::Vec;

use super::*;

fn written(entries: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = [0; 4096];
    let mut writer = Writer::new(&mut out, 7, 42);
    for (tag, fields) in entries {
        let put = writer.entry(*tag, |put| {
            put.bytes(fields);
        });
        put.expect("there is room");
    }
    let len = writer.finish().expect("there is room");
    out.get(..len).expect("written").to_vec()
}

fn read(bytes: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let record = Record::read(7, bytes)?;
    let whole = |mut get: Get<'_>| get.bytes(get.0.len()).unwrap_or_default().to_vec();
    Some(record.entries().map(|(tag, get)| (tag, whole(get))).collect())
}

#[test]
fn the_checksum_is_that_of_ethernet() {
    let sum = !b"123456789".iter().fold(u32::MAX, |sum, byte| crc_step(sum, *byte));
    assert_eq!(sum, 0xCBF4_3926);
}

#[test]
fn fields_come_back_in_order() {
    let mut out = [0; 64];
    let mut writer = Writer::new(&mut out, 1, u64::MAX);
    let fill = |put: &mut Put<'_>| {
        put.u8(1).u16(2).u32(3).u64(4).bytes(b"five");
    };
    writer.entry(9, fill).expect("there is room");
    let len = writer.finish().expect("there is room");
    let record = Record::read(1, out.get(..len).expect("written")).expect("whole");
    assert_eq!(record.generation(), u64::MAX);
    let (tag, mut get) = record.entries().next().expect("one entry");
    assert_eq!((tag, get.u8(), get.u16(), get.u32()), (9, Some(1), Some(2), Some(3)));
    assert_eq!((get.u64(), get.bytes(4)), (Some(4), Some(&b"five"[..])));
    assert!(get.is_empty() && get.u8().is_none());
}

#[test]
fn records_may_lie_behind_one_another() {
    let (first, second) = (written(&[(1, Vec::from([1; 9]))]), written(&[(2, Vec::from([2]))]));
    let both = [&first[..], &second[..]].concat();
    let len = length(&both).expect("one begins there");
    assert_eq!(len, first.len());
    assert_eq!(read(&both[len..]), read(&second));
    assert_eq!(length(&both[1..]), None);
    assert_eq!(length(&both[..10]), None);
}

#[test]
fn another_kind_is_none() {
    let bytes = written(&[]);
    assert!(Record::read(7, &bytes).is_some());
    assert!(Record::read(8, &bytes).is_none());
}

#[test]
fn a_record_that_does_not_fit_is_not_finished() {
    for room in 0..40 {
        let mut out = std::vec![0; room];
        let mut writer = Writer::new(&mut out, 1, 1);
        let put = writer.entry(1, |put| {
            put.u64(1).u64(2);
        });
        let fits = room >= HEADER + ENTRY_HEADER + 16;
        assert_eq!(put.is_ok(), fits, "{room}");
        assert_eq!(writer.finish().is_ok(), fits, "{room}");
    }
}

#[test]
fn a_change_during_a_write_waits_for_the_next() {
    let mut generations = Generations::after(5);
    let first = generations.change();
    assert_eq!(generations.change(), first, "one write for both");
    assert_eq!(generations.write(), Some(6));
    let second = generations.change();
    assert_eq!(generations.write(), None, "one write at a time");
    generations.persisted(7);
    assert!(!generations.is_stored(first), "7 was never written");
    generations.persisted(6);
    assert!(generations.is_stored(first) && !generations.is_stored(second));
    assert_eq!(generations.write(), Some(7));
    generations.persisted(7);
    assert!(generations.is_stored(second) && generations.is_clean());
    assert_eq!(generations.write(), None);
}

proptest! {
    #[test]
    fn what_was_written_is_read(entries in vec((any::<u8>(), vec(any::<u8>(), 0..40)), 0..20)) {
        prop_assert_eq!(read(&written(&entries)), Some(entries));
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(read(&bytes), None);
    }

    #[test]
    fn a_cut_record_is_none(entries in vec((any::<u8>(), vec(any::<u8>(), 0..9)), 0..9), cut: u16) {
        let bytes = written(&entries);
        let cut = usize::from(cut) % bytes.len();
        prop_assert_eq!(read(bytes.get(..cut).expect("shorter")), None);
    }

    #[test]
    fn a_flipped_bit_makes_it_none(
        entries in vec((any::<u8>(), vec(any::<u8>(), 0..9)), 0..9), at: u16, bit in 0..8_u8,
    ) {
        let mut bytes = written(&entries);
        let at = usize::from(at) % bytes.len();
        *bytes.get_mut(at).expect("inside") ^= 1 << bit;
        prop_assert_eq!(read(&bytes), None);
    }

    #[test]
    fn bad_entries_under_a_good_sum_are_none(entries in vec(any::<u8>(), 1..40)) {
        let mut bytes = written(&[]);
        bytes.extend_from_slice(&entries);
        let len = u32::try_from(entries.len()).expect("short").to_be_bytes();
        bytes.get_mut(SUM_AT - 4..SUM_AT).expect("inside").copy_from_slice(&len);
        let sum = checksum(&bytes).expect("long enough").to_be_bytes();
        bytes.get_mut(SUM_AT..HEADER).expect("inside").copy_from_slice(&sum);
        if let Some(found) = read(&bytes) {
            prop_assert_eq!(written(&found), bytes);
        }
    }
}
