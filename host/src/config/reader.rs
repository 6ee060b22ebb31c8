//! Reads one table of the file, field by field, and tells of everything that does not belong.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::field::{Field, Presence, Section};
use super::finding::{Notes, Place};
use super::kind::Kind;

/// A table that says nothing.
static EMPTY: LazyLock<DeTable<'static>> = LazyLock::new(DeTable::new);

/// Where the fields of a table stand, for findings that come later.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    section: &'static Section,
    at: Place,
    fields: BTreeMap<&'static str, Place>,
}

impl Marks {
    /// Where the field stands, or its table if it was left out.
    pub(crate) fn of<K>(&self, field: &Field<K>) -> Place {
        self.fields.get(field.name).copied().unwrap_or(self.at)
    }

    /// The full name of a field.
    pub(crate) fn path<K>(&self, field: &Field<K>) -> String {
        self.section.path_of(field.name)
    }

    /// Where the table begins.
    pub(crate) fn at(&self) -> Place {
        self.at
    }

    /// The table's name.
    pub(crate) fn section(&self) -> &'static str {
        self.section.path
    }
}

/// A table of the file and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Found<'r> {
    /// The table.
    pub(super) table: &'r DeTable<'r>,
    /// Where it begins.
    pub(super) at: Place,
}

/// Reads one table.
pub(super) struct Reader<'r> {
    notes: &'r Notes<'r>,
    own: Found<'r>,
    inherited: Option<(&'static Section, Found<'r>)>,
    canonical: BTreeMap<&'static str, String>,
    marks: Marks,
}

impl<'r> Reader<'r> {
    /// Reads `own`, a table of `section`.
    pub(super) fn new(notes: &'r Notes<'r>, section: &'static Section, own: Found<'r>) -> Self {
        let marks = Marks { section, at: own.at, fields: BTreeMap::new() };
        Self { notes, own, inherited: None, canonical: BTreeMap::new(), marks }
    }

    /// Takes what `own` leaves out from a table of another section.
    pub(super) fn inherits(self, section: &'static Section, from: Option<Found<'r>>) -> Self {
        Self { inherited: from.map(|from| (section, from)), ..self }
    }

    /// What the table says, or the one that it inherits from, and the section of it.
    fn value(&self, name: &str) -> Option<(&'static Section, &'r Spanned<DeValue<'r>>)> {
        let own = self.own.table.get(name).map(|value| (self.marks.section, value));
        own.or_else(|| {
            let (section, from) = self.inherited?;
            Some((section, from.table.get(name)?))
        })
    }

    /// Whether the table itself has the field.
    pub(super) fn has<K>(&self, field: &Field<K>) -> bool {
        self.own.table.contains_key(field.name)
    }

    /// Whether the field is there, or inherited.
    pub(super) fn finds<K>(&self, field: &Field<K>) -> bool {
        self.value(field.name).is_some()
    }

    /// Where the table begins.
    pub(super) fn at(&self) -> Place {
        self.own.at
    }

    /// Where the field stands, or the table if it was left out.
    pub(super) fn place<K>(&self, field: &Field<K>) -> Place {
        self.marks.of(field)
    }

    /// The full name of a field.
    pub(super) fn path<K>(&self, field: &Field<K>) -> String {
        self.marks.path(field)
    }

    /// Place and full name of a field.
    pub(super) fn stands<K>(&self, field: &Field<K>) -> (Place, String) {
        (self.place(field), self.path(field))
    }

    /// A table that says nothing, in place of one that is left out.
    pub(super) fn nothing(&self) -> Found<'r> {
        Found { table: &EMPTY, at: self.own.at }
    }

    /// What the field holds, but nothing inherited.
    pub(super) fn own<K: Kind>(&mut self, field: &'static Field<K>) -> Option<K::Value> {
        if self.has(field) { self.get(field) } else { None }
    }

    /// What the field holds, or its default; `None` when it has none, or what is there is wrong,
    /// which is noted.
    pub(super) fn get<K: Kind>(&mut self, field: &'static Field<K>) -> Option<K::Value> {
        let own = (self.marks.section, self.own.at);
        let ((section, place), value) = match (self.value(field.name), field.presence) {
            (Some((section, value)), _) => {
                let place = self.notes.place(value.span().start);
                self.marks.fields.insert(field.name, place);
                ((section, place), field.kind.parse(value.get_ref()))
            }
            (None, Presence::Default(text)) => {
                let value = DeValue::parse(text).map_err(|error| error.message().to_owned());
                (own, value.and_then(|value| field.kind.parse(value.get_ref())))
            }
            (None, Presence::Required) => (own, Err("is missing".to_owned())),
            (None, Presence::Otherwise(_)) => return None,
        };
        match value {
            Ok(value) => {
                self.canonical.insert(field.name, field.kind.canonical(&value));
                Some(value)
            }
            Err(refused) => {
                let allowed = format!("allowed: {}", field.kind.allowed());
                self.notes.wrong(place, &section.path_of(field.name), refused, allowed);
                None
            }
        }
    }

    /// The tables of a section below this one.
    pub(super) fn tables(&self, section: &'static Section) -> Vec<Found<'r>> {
        let Some(value) = self.own.table.get(section.name()) else { return Vec::new() };
        let at = self.notes.place(value.span().start);
        let found = match (value.get_ref(), section.many) {
            (DeValue::Table(table), false) => Some(vec![Found { table, at }]),
            (DeValue::Array(entries), true) => entries.iter().map(|e| self.entry(e)).collect(),
            _ => None,
        };
        found.unwrap_or_else(|| {
            let text = "is not a table of its own";
            self.notes.wrong(at, section.path, text, format!("write {}", section.header()));
            Vec::new()
        })
    }

    fn entry(&self, entry: &'r Spanned<DeValue<'r>>) -> Option<Found<'r>> {
        let table = entry.get_ref().as_table()?;
        Some(Found { table, at: self.notes.place(entry.span().start) })
    }

    /// The table of a section below this one, if it is there.
    pub(super) fn table(&self, section: &'static Section) -> Option<Found<'r>> {
        self.tables(section).into_iter().next()
    }

    /// Notes what does not belong into the table. Gives where the fields stand, and the canonical
    /// form.
    pub(super) fn finish(self) -> (Marks, String) {
        self.refuse_unknown();
        let section = self.marks.section;
        let mut canonical = String::new();
        if section.shared {
            canonical = format!("[{}]\n", section.path);
            for field in section.fields {
                if let Some(value) = self.canonical.get(field.name()) {
                    canonical.push_str(&format!("{}={value}\n", field.name()));
                }
            }
        }
        (self.marks, canonical)
    }

    fn refuse_unknown(&self) {
        let section = self.marks.section;
        for (key, _) in self.own.table.iter() {
            let name: &str = key.get_ref();
            let known = section.fields.iter().any(|field| field.name() == name)
                || section.children.iter().any(|child| child.name() == name);
            if known {
                continue;
            }
            let place = self.notes.place(key.span().start);
            let path = section.path_of(name);
            match section.secrets.iter().find(|(secret, _)| *secret == name) {
                Some((_, instead)) => self.notes.wrong(
                    place,
                    &path,
                    "a secret does not stand in this file, which is copied to every machine",
                    format!("write it to a file of its own, and here {instead}"),
                ),
                None => self.notes.wrong(place, &path, "there is no such field", self.known(name)),
            }
        }
    }

    /// What may stand in the table; the one that was probably meant, if there is one.
    fn known(&self, name: &str) -> String {
        let section = self.marks.section;
        let fields = section.fields.iter().map(|field| field.name());
        let names: Vec<_> =
            fields.chain(section.children.iter().map(|child| child.name())).collect();
        let meant = name.to_lowercase().replace('_', "-");
        let near = |known: &&&str| known.starts_with(&meant) || meant.starts_with(**known);
        match names.iter().find(near) {
            Some(known) => format!("did you mean '{known}'?"),
            None => format!("there are: {}", names.join(", ")),
        }
    }
}
