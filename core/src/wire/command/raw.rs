//! Raw requests: a command that this crate has no type for.
//!
//! The answer's data is the bytes behind the completion code, as a session hands them over.

use heapless::Vec;

use super::{Delivery, NetFn, Privilege, Request};
use crate::wire::Full;

impl Request {
    /// A request of any command. It is sent once, because nobody knows what a repeat would do.
    ///
    /// `lun` is 0 to 3. The session raises itself to `privilege` first. [`Full`] when `data`
    /// exceeds [`MAX_REQUEST_DATA`](crate::limits::MAX_REQUEST_DATA) bytes.
    pub fn raw(
        net_fn: NetFn,
        lun: u8,
        code: u8,
        data: &[u8],
        privilege: Privilege,
    ) -> Result<Self, Full> {
        let data = Vec::from_slice(data).map_err(|_| Full)?;
        Ok(Self { net_fn, lun: lun & 0x03, code, privilege, delivery: Delivery::Once, data })
    }

    /// The same request, repeated while it stays unanswered.
    pub fn repeated(self) -> Self {
        Self { delivery: Delivery::Repeat, ..self }
    }
}
