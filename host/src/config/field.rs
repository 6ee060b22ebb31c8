//! A field of the file: its name, what it may hold, and what it means when it is left out.
//!
//! The tables of fields are the one place that knows; reading, `config explain`, `config
//! example` and the page in `docs/` all come from them.

use std::fmt;

use super::kind::Kind;

/// What a field means when it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It cannot be left out.
    Required,
    /// This value, as it would stand in the file.
    Default(&'static str),
    /// This, in words.
    Otherwise(&'static str),
}

/// A field that holds what `K` says.
#[derive(Debug)]
pub(crate) struct Field<K> {
    /// Its name.
    pub(super) name: &'static str,
    /// What it may hold.
    pub(super) kind: K,
    /// What it means when it is left out.
    pub(super) presence: Presence,
    /// What it is, in one or two sentences.
    about: &'static str,
}

impl<K> Field<K> {
    /// A field that must be there.
    pub(super) const fn required(name: &'static str, kind: K, about: &'static str) -> Self {
        Self { name, kind, presence: Presence::Required, about }
    }

    /// A field with a default, as it would stand in the file.
    pub(super) const fn or(
        name: &'static str,
        kind: K,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, kind, presence: Presence::Default(default), about }
    }

    /// A field that may be left out; `otherwise` says in words what holds then.
    pub(super) const fn maybe(
        name: &'static str,
        kind: K,
        otherwise: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, kind, presence: Presence::Otherwise(otherwise), about }
    }
}

/// Any field, for those who only tell about it.
pub(crate) trait AnyField: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// What it is.
    fn about(&self) -> &'static str;
    /// What it means when it is left out.
    fn presence(&self) -> Presence;
    /// What it may hold: type, unit and range.
    fn allowed(&self) -> String;
}

impl<K: Kind + Sync> AnyField for Field<K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn presence(&self) -> Presence {
        self.presence
    }

    fn allowed(&self) -> String {
        self.kind.allowed()
    }
}

/// A table of the file.
pub(crate) struct Section {
    /// Its full name, as it stands in brackets.
    pub(crate) path: &'static str,
    /// Whether there may be several.
    pub(crate) many: bool,
    /// What it is about.
    pub(crate) about: &'static str,
    /// Its fields.
    pub(crate) fields: &'static [&'static dyn AnyField],
    /// Tables below it.
    pub(crate) children: &'static [&'static Section],
    /// Names under which somebody might write a secret down, and what to write instead.
    pub(super) secrets: &'static [(&'static str, &'static str)],
    /// Whether members and connectors must agree on it.
    pub(super) shared: bool,
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)
    }
}

impl Section {
    /// Its own name, below the table that it is in.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }

    /// The full name of a field.
    pub(crate) fn path_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// As it stands in the file.
    pub(crate) fn header(&self) -> String {
        if self.many { format!("[[{}]]", self.path) } else { format!("[{}]", self.path) }
    }
}
