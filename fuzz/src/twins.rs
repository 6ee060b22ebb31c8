//! A site or a member twice, told the same: both do the same, byte for byte, and both come to rest.

use komainu_core::block::ApplianceSite;
use komainu_core::member::{self, Member};
use komainu_core::site;
use komainu_core::time::Instant;

/// More actions than a drain may have.
const MOST: usize = 2000;
/// Room for any record here.
const RECORD: usize = 64 * 1024;

/// What both machines have in common.
pub(crate) trait Machine {
    type Action: PartialEq + std::fmt::Debug;

    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Self::Action>;
    fn deadline(&self) -> Option<Instant>;
    fn record(&self, out: &mut [u8]) -> Option<usize>;
}

impl Machine for ApplianceSite {
    type Action = site::Action;

    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<site::Action> {
        Self::poll(self, now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        Self::deadline(self)
    }

    fn record(&self, out: &mut [u8]) -> Option<usize> {
        Self::record(self, out).ok()
    }
}

impl Machine for Member {
    type Action = member::Action;

    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<member::Action> {
        Self::poll(self, now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        Self::deadline(self)
    }

    fn record(&self, out: &mut [u8]) -> Option<usize> {
        Self::record(self, out).ok()
    }
}

/// A machine, and another one that was told the same.
pub(crate) struct Twins<M>([Box<M>; 2]);

impl<M: Machine> Twins<M> {
    pub(crate) fn new(make: impl Fn() -> M) -> Self {
        Self([Box::new(make()), Box::new(make())])
    }

    /// Tells both.
    pub(crate) fn tell(&mut self, mut tell: impl FnMut(&mut M)) {
        self.0.iter_mut().for_each(|machine| tell(machine));
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.0[0].deadline()
    }

    /// Polls both until they have nothing more to do; holds them to their contract.
    pub(crate) fn drain(&mut self, now: Instant) -> Vec<(M::Action, Vec<u8>)> {
        let mut done = Vec::new();
        let mut outs = [[0; 1024]; 2];
        loop {
            let [one, other] = &mut self.0;
            let [first, second] = &mut outs;
            let action = one.poll(now, first);
            assert_eq!(action, other.poll(now, second), "the same for the same");
            assert_eq!(first, second, "byte for byte");
            let Some(action) = action else { break };
            done.push((action, first.to_vec()));
            assert!(done.len() < MOST, "a drain ends: {:?}", done.last());
        }
        assert_eq!(self.0[0].poll(now, &mut outs[0]), None, "quiescent");
        let due = self.deadline();
        assert!(due.is_none_or(|due| due > now), "nothing to do at {now:?}, but due at {due:?}");
        self.same_record();
        done
    }

    fn same_record(&self) {
        let records = self.0.each_ref().map(|machine| {
            let mut record = vec![0; RECORD];
            let len = machine.record(&mut record).expect("there is room");
            record.truncate(len);
            record
        });
        assert_eq!(records[0], records[1], "the same record");
    }
}
