//! Instants on the caller's clock, and spans of time.

use core::fmt;
use core::num::NonZeroU64;
use core::ops::Add;
use core::time::Duration;

/// A moment: microseconds since an arbitrary origin, suspended time included.
///
/// The core never reads a clock. Whoever drives it passes the present moment with every call;
/// the origin is theirs, but it stays the same for the life of a machine.
///
/// An `Option` of it takes no more room than itself, which counts where every server has dozens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(NonZeroU64);

impl Instant {
    /// The moment `micros` microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(micros))
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0.get() - 1
    }

    /// The time from `earlier` to this moment; zero when `earlier` is the later one.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.get().saturating_sub(earlier.0.get()))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The moment `after` later; the end of time when there is none.
    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(after.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({})", self.as_micros())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Instant {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Instant({=u64})", self.as_micros());
    }
}

/// A span of whole milliseconds, up to 49 days.
///
/// A quarter of the size of a [`Duration`], which counts where every server has a dozen of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Millis(u32);

impl Millis {
    /// So many milliseconds.
    pub const fn new(millis: u32) -> Self {
        Self(millis)
    }

    /// So many seconds; the longest span above 49 days.
    pub const fn from_secs(secs: u32) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// The same as a [`Duration`], cut to whole milliseconds; the longest span for a longer one.
    pub const fn of(span: Duration) -> Self {
        let millis = span.as_millis();
        Self(if millis > u32::MAX as u128 { u32::MAX } else { millis as u32 })
    }

    /// How many.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whole seconds that are not less.
    pub const fn secs_up(self) -> u32 {
        self.0.div_ceil(1000)
    }

    /// The same as a [`Duration`].
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0 as u64)
    }
}

/// A span of whole microseconds, up to 71 minutes: for what is measured and kept for every server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Micros(u32);

impl Micros {
    /// The same as a [`Duration`], cut to whole microseconds; the longest span for a longer one.
    pub const fn of(span: Duration) -> Self {
        let micros = span.as_micros();
        Self(if micros > u32::MAX as u128 { u32::MAX } else { micros as u32 })
    }

    /// The same as a [`Duration`].
    pub const fn duration(self) -> Duration {
        Duration::from_micros(self.0 as u64)
    }
}

impl Add<Millis> for Instant {
    type Output = Self;

    /// The moment `after` later; the end of time when there is none.
    fn add(self, after: Millis) -> Self {
        self + after.duration()
    }
}

/// The earlier of two optional moments.
pub fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
