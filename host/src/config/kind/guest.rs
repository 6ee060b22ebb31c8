//! The name of a guest.

use toml::de::DeValue;

use super::{Kind, not, quoted};
use crate::guests::GuestName;

/// The name of a guest.
#[derive(Debug)]
pub(crate) struct Guest;

impl Kind for Guest {
    type Value = GuestName;

    fn parse(&self, value: &DeValue<'_>) -> Result<GuestName, String> {
        let text = value.as_str().ok_or_else(|| not("a name in quotes"))?;
        GuestName::new(text).map_err(not)
    }

    fn canonical(&self, value: &GuestName) -> String {
        quoted(value.as_str())
    }

    fn allowed(&self) -> String {
        "name as its hypervisor knows it".to_owned()
    }
}
