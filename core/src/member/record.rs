//! The durable record of a member, and its start from it.

use crate::guests::{GuestId, Saved};
use crate::journal::{Full, Generations, Record, Writer};
use crate::types::{Epoch, Generation, ServiceNumber, Term, Token};

use super::Member;
use super::service::Hold;

/// Whose record it is.
const KIND: u8 = b'M';
const SELF: u8 = 1;
const SERVICE: u8 = 2;
const IDS: u8 = 3;
const GUEST: u8 = 4;
const FALLEN: u8 = 1;
const KEPT: u8 = 2;
const RAN: u8 = 4;
const MAY_RUN: u8 = 1;
const HELD: u8 = 2;

/// What a member is started from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Restored<'r> {
    /// The record that was stored last; none = there is none, or it cannot be read.
    pub record: Option<&'r [u8]>,
    /// There was a newer one, of which nothing can be read: any service may have been started once
    /// since this one.
    pub damaged: bool,
    /// Milliseconds of UNIX time.
    pub unix_ms: u64,
}

/// What the record says of the member itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    pub(super) generations: Generations,
    pub(super) epoch: Epoch,
    pub(super) term: Term,
    pub(super) token: Token,
}

impl Restored<'_> {
    fn read(&self) -> Option<Record<'_>> {
        Record::read(KIND, self.record?)
    }

    pub(super) fn before(&self) -> Before {
        let Some(record) = self.read() else { return Before::default() };
        let generations = Generations::after(record.generation());
        let fields = record.entries().find(|(tag, _)| *tag == SELF).and_then(|(_, mut get)| {
            Some((Epoch(get.u64()?), Term(get.u16()?), Token(get.u64()?)))
        });
        let (epoch, term, token) = fields.unwrap_or_default();
        Before { generations, epoch, term, token }
    }

    /// The services: number, generation, whether it may run here, whether the operator stopped it.
    pub(super) fn services(&self) -> impl Iterator<Item = (ServiceNumber, Generation, bool, bool)> {
        let entries = self.read().into_iter().flat_map(|record| record.entries());
        entries.filter(|(tag, _)| *tag == SERVICE).filter_map(|(_, mut get)| {
            let (number, generation) = (ServiceNumber(get.u16()?), Generation(get.u32()?));
            let flags = get.u8()?;
            Some((number, generation, flags & MAY_RUN != 0, flags & HELD != 0))
        })
    }

    /// The guests of which there is something to know.
    pub(super) fn guests(&self) -> impl Iterator<Item = Saved> {
        let entries = self.read().into_iter().flat_map(|record| record.entries());
        entries.filter(|(tag, _)| *tag == GUEST).filter_map(|(_, mut get)| {
            let (id, flags) = (GuestId(get.u64()?), get.u8()?);
            let (stop_ms, start_ms) = (get.u32()?, get.u32()?);
            let (fallen, kept) = (flags & FALLEN != 0, flags & KEPT != 0);
            let ran = flags & RAN != 0;
            Some(Saved { id, fallen, ran, kept, stop_ms, start_ms })
        })
    }
}

impl Member {
    /// The durable record as it is to be stored, for [`Action::Persist`](super::Action::Persist).
    /// Returns its length in bytes; 4 KiB are room enough.
    pub fn record(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut writer = Writer::new(out, KIND, self.generations.current());
        writer.entry(SELF, |put| {
            put.u64(self.identity.epoch().0)
                .u16(self.connectors.term.value.0)
                .u64(self.token.value.0);
        })?;
        for service in &self.services {
            let may_run = if service.may_run_after_crash() { MAY_RUN } else { 0 };
            let held = if service.hold == Hold::Operator { HELD } else { 0 };
            writer.entry(SERVICE, |put| {
                put.u16(service.config.number.0)
                    .u32(service.generation_to_store().0)
                    .u8(may_run | held);
            })?;
        }
        for guest in self.guests.saved() {
            let fallen = if guest.fallen { FALLEN } else { 0 };
            let kept = if guest.kept { KEPT } else { 0 };
            let ran = if guest.ran { RAN } else { 0 };
            writer.entry(GUEST, |put| {
                put.u64(guest.id.0).u8(fallen | kept | ran).u32(guest.stop_ms).u32(guest.start_ms);
            })?;
        }
        let open = self.peers.iter().filter_map(|peer| peer.asking.id());
        writer.entry(IDS, |put| {
            for id in self.reserve.iter().chain(open) {
                put.u64(id.0.get());
            }
        })?;
        writer.finish()
    }
}
