//! The name of this start of the machine.

use std::io;

use windows_registry::LOCAL_MACHINE;

/// A key that Windows forgets when it ends, and keeps while it sleeps, as it keeps processes.
const KEY: &str = r"SOFTWARE\Komainu Boot";
/// The value in it.
const NAME: &str = "Id";

/// The name; whoever asks first after a start makes it.
pub(super) fn id() -> io::Result<String> {
    let refused = |error: io::Error| {
        let text = format!("HKLM\\{KEY}: {error}: the member needs the rights of a service");
        io::Error::new(io::ErrorKind::PermissionDenied, text)
    };
    if let Ok(id) = LOCAL_MACHINE.open(KEY).and_then(|key| key.get_string(NAME)) {
        return Ok(id);
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let id = format!("{:032x}", u128::from_ne_bytes(bytes));
    let key = LOCAL_MACHINE.options().read().write().create().volatile().open(KEY);
    key.and_then(|key| key.set_string(NAME, &id)).map_err(|error| refused(error.into()))?;
    Ok(id)
}
