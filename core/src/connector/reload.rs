//! How a running connector takes over a changed configuration.

use crate::time::Instant;

use super::{Config, Connector};

pub(super) fn reload<const N: usize, const C: usize>(
    connector: &mut Connector<N, C>,
    now: Instant,
    config: Config<N, C>,
) {
    let _ = (connector, now, config);
}
