//! What is kept in the registry: the name of this start of the machine, and the source of events.

use std::io;

use windows_registry::LOCAL_MACHINE;

use super::SOURCE;

/// A key that Windows forgets when it ends, and keeps while it sleeps, as it keeps processes.
const BOOT: &str = r"SOFTWARE\Komainu Boot";
/// The value in it.
const ID: &str = "Id";
/// Where sources of events are.
const SOURCES: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application";
/// The file with the words around the text of an event. This one, a part of every Windows, has
/// none but the text itself, for the numbers 1 to 1000.
const WORDS: &str = r"%SystemRoot%\System32\EventCreate.exe";
/// Errors, warnings and information.
const TYPES: u32 = 7;

/// The name of this start of the machine; whoever asks first after it makes one.
///
/// # Errors
/// When there is none yet, and this process may make none.
pub fn boot_id() -> io::Result<String> {
    if let Ok(id) = LOCAL_MACHINE.open(BOOT).and_then(|key| key.get_string(ID)) {
        return Ok(id);
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let id = format!("{:032x}", u128::from_ne_bytes(bytes));
    let key = LOCAL_MACHINE.options().read().write().create().volatile().open(BOOT);
    key.and_then(|key| key.set_string(ID, &id)).map_err(|error| {
        let text = format!("HKLM\\{BOOT}: {error}: the member needs the rights of a service");
        io::Error::new(io::ErrorKind::PermissionDenied, text)
    })?;
    Ok(id)
}

/// Has the event log know the source.
///
/// # Errors
/// When the system refuses.
pub fn register_source() -> io::Result<()> {
    let key = LOCAL_MACHINE.create(format!(r"{SOURCES}\{SOURCE}"))?;
    key.set_expand_string("EventMessageFile", WORDS)?;
    Ok(key.set_u32("TypesSupported", TYPES)?)
}

/// Has the event log forget the source; what it has written stays.
///
/// # Errors
/// When the system refuses.
pub fn forget_source() -> io::Result<()> {
    Ok(LOCAL_MACHINE.remove_tree(format!(r"{SOURCES}\{SOURCE}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_start_of_the_machine_has_a_name() {
        let name = boot_id().expect("a name");
        assert_eq!((name.len(), boot_id().expect("a name")), (32, name));
    }
}
