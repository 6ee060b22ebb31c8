//! Reads what the file says of supplies, but for the servers.

use std::path::Path;

use komainu_core::power::{Feed, Stage as StageTime, Timing};
use komainu_core::types::{Outlet, SystemName, UpsIndex};

use super::nut_server;
use super::supplies::{Maintenance, MaintenanceKind, Own, Software, Stage, Supplies};
use super::upses;
use crate::config::field::Field;
use crate::config::finding::Notes;
use crate::config::kind::Name;
use crate::config::reader::{Found, Reader};
use crate::config::table::{power, ups};

/// Names that servers refer to, each at its place; `None` where it could not be read, which is
/// noted elsewhere.
#[derive(Debug, Default)]
pub(super) struct Known {
    ups: Vec<Option<SystemName>>,
    stages: Vec<Option<SystemName>>,
    maintenance: Vec<Option<SystemName>>,
}

/// What a name refers to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Referred {
    /// A UPS.
    Ups,
    /// A stage.
    Stage,
    /// Something that is put into maintenance.
    Maintenance,
}

impl Known {
    /// All names of the file.
    pub(super) fn of<'r>(file: &Reader<'r>, power: &Reader<'r>) -> Self {
        let names = |tables: Vec<Found<'r>>, section, field: &'static Field<Name>| {
            let notes = Notes::on("");
            let name = |found| Reader::new(&notes, section, found).get(field);
            tables.into_iter().map(name).collect()
        };
        let stages = (power.tables(&power::STAGE), &power::STAGE, &power::STAGE_NAME);
        let maintenance =
            (power.tables(&power::MAINTENANCE), &power::MAINTENANCE, &power::MAINTENANCE_NAME);
        Self {
            ups: names(file.tables(&ups::UPS), &ups::UPS, &ups::NAME),
            stages: names(stages.0, stages.1, stages.2),
            maintenance: names(maintenance.0, maintenance.1, maintenance.2),
        }
    }

    /// The place of what is called so; notes where there is none.
    pub(super) fn place<K>(
        &self,
        notes: &Notes<'_>,
        reader: &Reader<'_>,
        field: &Field<K>,
        what: Referred,
        name: &SystemName,
    ) -> Option<usize> {
        let (names, section) = match what {
            Referred::Ups => (&self.ups, ups::UPS.path),
            Referred::Stage => (&self.stages, power::STAGE.path),
            Referred::Maintenance => (&self.maintenance, power::MAINTENANCE.path),
        };
        let found = names.iter().position(|known| known.as_ref() == Some(name));
        if found.is_none() {
            let text = format!("there is no [[{section}]] {:?}", name.as_str());
            let known: Vec<_> = names.iter().flatten().map(SystemName::as_str).collect();
            let remedy = match known.is_empty() {
                true => format!("add it as [[{section}]]"),
                false => format!("there are: {}", known.join(", ")),
            };
            notes.wrong(reader.place(field), &reader.path(field), text, remedy);
        }
        found
    }

    /// The feeds of the tables, and whether each can be switched off to fence.
    pub(super) fn feed(&self, notes: &Notes<'_>, reader: &mut Reader<'_>) -> Option<Feed> {
        let name = reader.get(&power::FEED_UPS);
        let outlet = reader.get(&power::FEED_OUTLET);
        let place = self.place(notes, reader, &power::FEED_UPS, Referred::Ups, &name?)?;
        let (ups, outlet): (_, Outlet) = (UpsIndex(u16::try_from(place).ok()?), outlet?);
        Some(Feed { ups, outlet, alone: false })
    }
}

/// The table of the plan.
pub(super) fn table<'r>(notes: &'r Notes<'r>, file: &Reader<'r>) -> Reader<'r> {
    let found = file.table(&power::POWER).unwrap_or_else(|| file.nothing());
    Reader::new(notes, &power::POWER, found)
}

/// Reads everything about supplies that is no server's; `reader` is that of the plan.
pub(super) fn read<'r>(
    notes: &'r Notes<'r>,
    file: &Reader<'r>,
    mut reader: Reader<'r>,
    known: &Known,
    folder: &Path,
) -> Option<Supplies> {
    let ups = file.tables(&ups::UPS);
    let ups = ups.into_iter().filter_map(|found| upses::read(notes, found, folder)).collect();
    let connector = reader.get(&power::CONNECTOR);
    let margin = reader.get(&power::MARGIN);
    let reserve = reader.get(&power::RESERVE);
    let stagger = reader.get(&power::STAGGER);
    let stop = reader.get(&power::OWN_STOP);
    let server = reader.get(&power::OWN_SERVER);
    let feeds = reader.tables(&power::OWN_FEED).into_iter().filter_map(|found| {
        let mut reader = Reader::new(notes, &power::OWN_FEED, found);
        let feed = known.feed(notes, &mut reader);
        reader.finish();
        feed
    });
    let feeds = feeds.collect();
    let stages = stages(notes, &reader);
    let maintenance = reader.tables(&power::MAINTENANCE);
    let maintenance =
        maintenance.into_iter().filter_map(|found| software(notes, found, folder)).collect();
    let nut_server = nut_server::read(notes, file, known, folder);
    let (marks, _) = reader.finish();
    Some(Supplies {
        ups,
        connector,
        timing: Timing { margin: margin?, reserve: reserve?, stagger: stagger? },
        own: Own { feeds, stop: stop?, server },
        stages,
        maintenance,
        nut_server,
        marks,
    })
}

/// The stages; the only one, where the file names none.
fn stages<'r>(notes: &'r Notes<'r>, power: &Reader<'r>) -> Vec<Stage> {
    let tables = power.tables(&power::STAGE);
    if tables.is_empty() {
        let time = StageTime { after: None, below: None };
        return vec![Stage { name: "all".to_owned(), time }];
    }
    let read = tables.into_iter().filter_map(|found| {
        let mut reader = Reader::new(notes, &power::STAGE, found);
        let name = reader.get(&power::STAGE_NAME);
        let after = reader.get(&power::STAGE_AFTER);
        let below = reader.get(&power::STAGE_BELOW);
        reader.finish();
        Some(Stage { name: name?.to_string(), time: StageTime { after, below } })
    });
    read.collect()
}

fn software<'r>(notes: &'r Notes<'r>, found: Found<'r>, folder: &Path) -> Option<Maintenance> {
    let mut reader = Reader::new(notes, &power::MAINTENANCE, found);
    let name = reader.get(&power::MAINTENANCE_NAME);
    let kind = reader.get(&power::KIND);
    let through = reader.get(&power::THROUGH);
    let program = reader.get(&power::PROGRAM).map(|path| folder.join(path));
    let machines = reader.get(&power::MACHINES);
    let enter = reader.get(&power::ENTER);
    let leave = reader.get(&power::LEAVE);
    let enter_limit = reader.get(&power::ENTER_LIMIT);
    let leave_limit = reader.get(&power::LEAVE_LIMIT);
    let look = reader.get(&power::LOOK);
    let nodes = reader.get(&power::NODES);
    let own = enter.is_some() || leave.is_some() || look.is_some();
    let software = match (kind?, enter, leave) {
        (MaintenanceKind::Command, Some(enter), Some(leave)) => {
            Software::Commands { enter, leave, look }
        }
        (MaintenanceKind::Command, ..) => {
            let remedy = "add both, each with the full path of a program";
            let (place, path) = reader.stands(&power::KIND);
            notes.wrong(place, &path, "needs 'enter' and 'leave'", remedy);
            return None;
        }
        (MaintenanceKind::Pacemaker | MaintenanceKind::Wsfc, ..) if own => {
            let (place, path) = reader.stands(&power::KIND);
            let text = "knows how to enter and leave by itself";
            notes.wrong(place, &path, text, "take the commands out, or say \"command\"");
            return None;
        }
        (MaintenanceKind::Pacemaker, ..) => Software::Pacemaker(program),
        (MaintenanceKind::Wsfc, ..) => Software::Wsfc(program, nodes?),
    };
    let at = reader.at();
    reader.finish();
    Some(Maintenance {
        name: name?,
        software,
        through: through.unwrap_or_default(),
        machines: machines?,
        enter_limit: enter_limit?,
        leave_limit: leave_limit?,
        at,
    })
}
