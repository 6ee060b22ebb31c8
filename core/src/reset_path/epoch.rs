//! What a start of a party is called.

use crate::rng::Chance;
use crate::types::Epoch;

/// The epoch of a start: UNIX time in 1/65536 of a millisecond, and above those of all starts
/// before.
///
/// `last` is the highest that the durable record tells of. When a newer record was lost
/// (`damaged`), it was that of one further start at most: after such a loss the record is durable
/// only when both of its copies are whole again.
pub(crate) fn next_epoch(
    last: Epoch,
    damaged: bool,
    unix_ms: u64,
    chance: &mut impl Chance,
) -> Epoch {
    let mut low = [0; 2];
    chance.fill(&mut low);
    let clock = unix_ms.saturating_mul(1 << 16).saturating_add(u16::from_be_bytes(low).into());
    let beyond = 1 + u64::from(damaged);
    Epoch(clock.max(last.0.saturating_add(beyond)))
}
