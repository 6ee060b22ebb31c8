//! Reads the guests of a server.

use crate::config::finding::Notes;
use crate::config::reader::{Found, Reader};
use crate::config::table::guest::{self, Runs};
use crate::guests::{AdapterSetup, GuestSetup, GuestsSetup, Templates};

/// The guests of a server, if it has any; `None` inside when something is wrong with them.
pub(super) fn read<'r>(notes: &'r Notes<'r>, server: &Reader<'r>) -> Option<Option<GuestsSetup>> {
    let by = server.table(&guest::SERVER_GUESTS);
    let tables = server.tables(&guest::SERVER_GUEST);
    if by.is_none() && tables.is_empty() {
        return Some(None);
    }
    let mut reader =
        Reader::new(notes, &guest::SERVER_GUESTS, by.unwrap_or_else(|| server.nothing()));
    let adapter = adapter(notes, &mut reader);
    let ask_again = reader.get(&guest::ASK_AGAIN);
    let guests: Vec<_> = tables.iter().map(|found| one(notes, *found)).collect();
    let at = tables.first().map_or(reader.at(), |found| found.at);
    reader.finish();
    let guests = guests.into_iter().collect::<Option<Vec<_>>>()?;
    let setup = GuestsSetup { adapter: adapter?, ask_again: Some(ask_again?), guests };
    match setup.config() {
        Ok(_) => Some(Some(setup)),
        Err(text) => {
            let remedy = "correct 'name' and 'after' of the server's guests";
            notes.wrong(at, guest::SERVER_GUEST.path, &text, remedy);
            None
        }
    }
}

fn adapter<'r>(notes: &'r Notes<'r>, reader: &mut Reader<'r>) -> Option<AdapterSetup> {
    let by = reader.get(&guest::BY);
    let uri = reader.get(&guest::URI);
    let list = reader.get(&guest::LIST);
    let stop = reader.get(&guest::STOP);
    let kill = reader.get(&guest::KILL);
    let save = reader.get(&guest::SAVE);
    let start = reader.get(&guest::START);
    let ready = reader.get(&guest::READY_COMMAND);
    match by? {
        Runs::Libvirt => Some(AdapterSetup::Libvirt { uri: uri? }),
        Runs::HyperV => Some(AdapterSetup::HyperV),
        Runs::Command => {
            let (Some(list), Some(stop), Some(kill), Some(start)) = (list, stop, kill, start)
            else {
                let remedy = "give 'list', 'stop', 'kill' and 'start'";
                let (at, path) = reader.stands(&guest::BY);
                notes.wrong(at, &path, "needs its commands", remedy);
                return None;
            };
            Some(AdapterSetup::Command(Templates { list, stop, kill, save, start, ready }))
        }
    }
}

fn one<'r>(notes: &'r Notes<'r>, found: Found<'r>) -> Option<GuestSetup> {
    let mut reader = Reader::new(notes, &guest::SERVER_GUEST, found);
    let name = reader.get(&guest::NAME);
    let group = reader.get(&guest::GROUP);
    let after = reader.get(&guest::AFTER);
    let way = reader.get(&guest::WAY);
    let stop_limit = reader.get(&guest::STOP_LIMIT);
    let start_limit = reader.get(&guest::START_LIMIT);
    let last_resort = reader.get(&guest::LAST_RESORT);
    let ready = reader.get(&guest::READY);
    reader.finish();
    Some(GuestSetup {
        name: name?,
        group: group?,
        after: after?,
        way: way?,
        stop_limit: stop_limit?,
        start_limit: start_limit?,
        last_resort: last_resort?,
        ready: ready?,
    })
}
