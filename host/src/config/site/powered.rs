//! Reads what a server hangs on, and how it stops and starts in a plan.

use komainu_core::power::{AskBy, Feed};
use komainu_core::types::SystemName;

use super::power::{Known, Referred};
use super::supplies::{Limits, Powered};
use crate::config::finding::Notes;
use crate::config::reader::{Found, Reader};
use crate::config::table::power;
use crate::config::table::power::server;

/// Reads what a server hangs on; `common` is what its cluster says.
pub(super) fn read<'r>(
    notes: &'r Notes<'r>,
    of: &Reader<'r>,
    common: Option<Found<'r>>,
    known: &Known,
) -> Option<Powered> {
    let feeds = feeds(notes, of, known);
    let found = of.table(&server::SERVER_POWER).unwrap_or_else(|| of.nothing());
    let mut reader =
        Reader::new(notes, &server::SERVER_POWER, found).inherits(&server::CLUSTER_POWER, common);
    let needed = reader.get(&server::NEEDED);
    let stage = stage(&mut reader, notes, known);
    let ask_by = reader.get(&server::ASK_BY);
    let command = reader.get(&server::COMMAND);
    let start_by = reader.get(&server::START_BY);
    let groups = reader.get(&server::GROUPS);
    let adapters = adapters(&mut reader, notes, known);
    let limits = limits(&mut reader);
    let few = needed.filter(|needed| !feeds.is_empty() && usize::from(*needed) > feeds.len());
    if let Some(needed) = few {
        let text = format!("needs {needed} feeds, but there are {}", feeds.len());
        let (place, path) = reader.stands(&server::NEEDED);
        notes.wrong(place, &path, text, "add [[cluster.server.feed]], or need fewer");
    }
    match (ask_by, &command) {
        (Some(AskBy::Command), None) => {
            let (place, path) = reader.stands(&server::ASK_BY);
            notes.wrong(place, &path, "needs 'command'", "say what has the server shut down");
        }
        (Some(AskBy::Member | AskBy::Bmc), Some(_)) if reader.has(&server::COMMAND) => {
            let (place, path) = reader.stands(&server::COMMAND);
            notes.wrong(place, &path, "is never run", "add ask-by = \"command\", or take it out");
        }
        _ => {}
    }
    reader.finish();
    Some(Powered {
        feeds,
        needed: needed?,
        stage: stage?,
        ask_by: ask_by?,
        command,
        start_by: start_by?,
        groups: groups?,
        adapters: adapters?,
        limits: limits?,
    })
}

fn feeds<'r>(notes: &'r Notes<'r>, of: &Reader<'r>, known: &Known) -> Vec<Feed> {
    let mut feeds: Vec<Feed> = Vec::new();
    for found in of.tables(&power::SERVER_FEED) {
        let mut reader = Reader::new(notes, &power::SERVER_FEED, found);
        let feed = known.feed(notes, &mut reader);
        let alone = reader.get(&power::FEED_ALONE).unwrap_or_default();
        let again = |one: &Feed| {
            feeds.iter().any(|other| (other.ups, other.outlet) == (one.ups, one.outlet))
        };
        if feed.as_ref().is_some_and(again) {
            let (place, path) = reader.stands(&power::FEED_UPS);
            let text = "two feeds hang on the same outlet: they fail together";
            notes.wrong(place, &path, text, "name each outlet once");
        }
        reader.finish();
        feeds.extend(feed.map(|feed| Feed { alone, ..feed }));
    }
    feeds
}

fn stage(reader: &mut Reader<'_>, notes: &Notes<'_>, known: &Known) -> Option<u8> {
    let Some(name) = reader.get(&server::STAGE) else {
        return (!reader.finds(&server::STAGE)).then_some(0);
    };
    let place = known.place(notes, reader, &server::STAGE, Referred::Stage, &name)?;
    u8::try_from(place).ok()
}

fn adapters(reader: &mut Reader<'_>, notes: &Notes<'_>, known: &Known) -> Option<u16> {
    let names: Vec<SystemName> = reader.get(&server::MAINTENANCE)?;
    let mut adapters = 0;
    for name in &names {
        let field = &server::MAINTENANCE;
        let place = known.place(notes, reader, field, Referred::Maintenance, name)?;
        adapters |= 1_u16.checked_shl(u32::try_from(place).ok()?).unwrap_or(0);
    }
    Some(adapters)
}

fn limits(reader: &mut Reader<'_>) -> Option<Limits> {
    let freeze = reader.get(&server::FREEZE);
    let guests = reader.get(&server::GUESTS);
    let services = reader.get(&server::SERVICES);
    let shutdown = reader.get(&server::SHUTDOWN);
    let force = reader.get(&server::FORCE);
    let boot = reader.get(&server::BOOT);
    let start_wait = reader.get(&server::START_WAIT);
    Some(Limits {
        freeze: freeze?,
        guests: guests?,
        services: services?,
        shutdown: shutdown?,
        force: force?,
        boot: boot?,
        start_wait: start_wait?,
    })
}
