//! Cuts of power at every single word that is written.

use std::cell::RefCell;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;

use super::{Found, Store, Unwritten};
use crate::hardware::Flash;

const RECORD: usize = 200;
const ROOM: usize = 512;

/// What stays without power, and how many words can still be written.
struct Chip {
    bytes: Vec<u8>,
    left: usize,
}

#[derive(Clone)]
struct Small(Rc<RefCell<Chip>>);

impl Small {
    fn new() -> Self {
        Self(Rc::new(RefCell::new(Chip { bytes: vec![0; 2 * ROOM], left: usize::MAX })))
    }

    fn set(&self, at: usize, change: impl Fn(u8) -> u8) -> bool {
        let mut chip = self.0.borrow_mut();
        if chip.left == 0 {
            return false;
        }
        chip.left -= 1;
        chip.bytes[at..at + 4].iter_mut().for_each(|byte| *byte = change(*byte));
        true
    }
}

impl Flash for Small {
    const PAGE: usize = 128;
    const UNIT: usize = 4;
    const PAGES: usize = 2 * ROOM / Self::PAGE;

    fn read(&self, at: usize, out: &mut [u8]) {
        let len = out.len();
        out.copy_from_slice(&self.0.borrow().bytes[at..at + len]);
    }

    fn erase(&mut self, page: usize) -> bool {
        let start = page * Self::PAGE;
        (start..start + Self::PAGE).step_by(4).all(|at| self.set(at, |_| 0xff))
    }

    fn program(&mut self, at: usize, bytes: &[u8]) -> bool {
        (at..).step_by(4).zip(bytes.chunks(4)).all(|(at, word)| {
            let mut chip = self.0.borrow_mut();
            if chip.left == 0 {
                return false;
            }
            chip.left -= 1;
            chip.bytes[at..at + 4].iter_mut().zip(word).for_each(|(to, from)| *to &= from);
            true
        })
    }
}

type Kept = Store<Small, RECORD>;

fn open(chip: &Small) -> (Kept, Found, Vec<u8>) {
    let mut room = [0; RECORD];
    let (store, found) = Store::open(chip.clone(), &mut room);
    (store, found, room[..found.len.unwrap_or(0)].to_vec())
}

/// Different in length and content.
fn record(number: u8) -> Vec<u8> {
    vec![number; 100 + 7 * usize::from(number % 8)]
}

#[test]
fn nothing_is_found_in_new_flash() {
    let (_, found, _) = open(&Small::new());
    assert_eq!(found, Found::default());
}

#[test]
fn the_last_record_is_found() {
    let chip = Small::new();
    for number in 0..5 {
        let (mut store, ..) = open(&chip);
        assert_eq!(store.write(&record(number)), Ok(()));
        assert_eq!(store.write(&record(number + 100)), Ok(()));
        let (_, found, kept) = open(&chip);
        assert_eq!((found.damaged, kept), (false, record(number + 100)));
    }
}

#[test]
fn a_cut_at_any_word_leaves_the_one_before_or_the_new_one() {
    for start in 1..=3_u8 {
        let mut finished = false;
        for words in 0.. {
            let chip = Small::new();
            let (mut store, ..) = open(&chip);
            for number in 0..start {
                assert_eq!(store.write(&record(number)), Ok(()));
            }
            chip.0.borrow_mut().left = words;
            let written = store.write(&record(start));
            chip.0.borrow_mut().left = usize::MAX;
            let (mut store, found, kept) = open(&chip);
            assert!(!found.damaged, "cut after {words} words");
            let expected = record(if written.is_ok() { start } else { start - 1 });
            // The very last word makes it whole, and nobody is told before it reads back.
            assert!(kept == expected || kept == record(start), "cut after {words} words");
            assert_eq!(store.write(&record(9)), Ok(()), "and it goes on");
            assert_eq!(open(&chip).2, record(9));
            if written.is_ok() {
                finished = true;
                break;
            }
        }
        assert!(finished);
    }
}

#[test]
fn a_slot_that_was_whole_and_is_no_more_is_told() {
    let chip = Small::new();
    let (mut store, ..) = open(&chip);
    for number in 1..=2 {
        assert_eq!(store.write(&record(number)), Ok(()));
    }
    // The second write went to the first slot.
    chip.0.borrow_mut().bytes[40] ^= 1;
    let (mut store, found, kept) = open(&chip);
    assert!(found.damaged);
    assert_eq!(kept, record(1));
    assert_eq!(store.write(&record(3)), Ok(()));
    // It is in both: the next damage does not bring back what was before the first.
    let second = chip.0.borrow().bytes.len() / 2;
    for slot in [0, second] {
        chip.0.borrow_mut().bytes[slot + 40] ^= 1;
        assert_eq!(open(&chip).2, record(3));
        chip.0.borrow_mut().bytes[slot + 40] ^= 1;
    }
}

#[test]
fn flash_that_keeps_nothing_is_told() {
    let chip = Small::new();
    let (mut store, ..) = open(&chip);
    // A worn bit.
    struct Worn(Small);
    impl Flash for Worn {
        const PAGE: usize = Small::PAGE;
        const UNIT: usize = Small::UNIT;
        const PAGES: usize = Small::PAGES;
        fn read(&self, at: usize, out: &mut [u8]) {
            self.0.read(at, out);
            out.iter_mut().for_each(|byte| *byte &= 0xfe);
        }
        fn erase(&mut self, page: usize) -> bool {
            self.0.erase(page)
        }
        fn program(&mut self, at: usize, bytes: &[u8]) -> bool {
            self.0.program(at, bytes)
        }
    }
    assert_eq!(store.write(&record(1)), Ok(()));
    let mut room = [0; RECORD];
    let (mut store, _) = Store::<_, RECORD>::open(Worn(chip), &mut room);
    assert_eq!(store.write(&record(3)), Err(Unwritten));
}
