//! Part of invariant 8: an epoch is durable before it is on the wire, so no start repeats one.

use std::collections::BTreeMap;

use super::Said;

/// What was last said under which epoch, by party.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    parties: BTreeMap<u16, Party>,
}

#[derive(Clone, Debug, Default)]
struct Party {
    start: u32,
    epoch: u64,
    /// The last sequence by destination and path.
    sequences: BTreeMap<(u16, u8), u64>,
}

impl Talk {
    /// A party said something in its `start`th life.
    pub fn say(&mut self, start: u32, said: &Said<'_>) -> Result<(), String> {
        let party = self.parties.entry(said.sender).or_default();
        let who = said.sender;
        if start != party.start {
            if said.epoch <= party.epoch {
                let (epoch, before) = (said.epoch, party.epoch);
                return Err(format!("{who:#x} speaks in epoch {epoch:#x} after {before:#x}"));
            }
            *party = Party { start, epoch: said.epoch, ..Party::default() };
        }
        if said.epoch != party.epoch {
            return Err(format!("{who:#x} changes its epoch without a restart"));
        }
        let last = party.sequences.entry((said.destination, said.path)).or_default();
        if said.sequence <= *last {
            return Err(format!("{who:#x} repeats sequence {}", said.sequence));
        }
        *last = said.sequence;
        Ok(())
    }
}
