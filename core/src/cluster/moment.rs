//! A moment that may be missing, in the room of one that is not.

use core::num::NonZeroU64;

use crate::time::Instant;

/// Half the size of an `Option<Instant>`, which counts where every server has several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment(Option<NonZeroU64>);

impl Moment {
    pub(super) const NONE: Self = Self(None);

    pub(super) const fn at(at: Instant) -> Self {
        Self(NonZeroU64::new(at.as_micros().saturating_add(1)))
    }

    pub(super) fn get(self) -> Option<Instant> {
        self.0.map(|micros| Instant::from_micros(micros.get() - 1))
    }
}
