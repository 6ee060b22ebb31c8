//! The fields in words: for the terminal, for programs, and for the page in `docs/`.

use serde::Serialize;

use super::field::{AnyField, Presence, Section};
use super::table;

/// A field in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Explained {
    /// Its full name.
    pub(crate) field: String,
    /// What it is.
    pub(crate) about: &'static str,
    /// What it may hold: type, unit and range.
    pub(crate) allowed: String,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// Its default, as it would stand in the file.
    pub(crate) default: Option<&'static str>,
    /// What holds when it is left out, where that is no value.
    pub(crate) otherwise: Option<&'static str>,
}

impl Explained {
    fn of(section: &Section, field: &dyn AnyField) -> Self {
        let (default, otherwise) = match field.presence() {
            Presence::Required => (None, None),
            Presence::Default(value) => (Some(value), None),
            Presence::Otherwise(words) => (None, Some(words)),
        };
        Self {
            field: section.path_of(field.name()),
            about: field.about(),
            allowed: field.allowed(),
            required: field.presence() == Presence::Required,
            default,
            otherwise,
        }
    }

    /// Several lines for people.
    pub(crate) fn lines(&self) -> String {
        let left_out = match (self.default, self.otherwise) {
            (Some(value), _) => format!("Default: {value}"),
            (None, Some(words)) => format!("Without it: {words}"),
            (None, None) => "Required.".to_owned(),
        };
        let Self { field, about, allowed, .. } = self;
        format!("{field}\n  {about}\n  Allowed: {allowed}\n  {left_out}\n")
    }
}

/// The fields that `name` names: by full or last name, or all of a section; all without a name.
pub(crate) fn find(name: Option<&str>) -> Vec<Explained> {
    let name = name.map(|name| name.trim_matches(['[', ']']));
    let named = |section: &Section, field: &dyn AnyField| {
        name.is_none_or(|name| {
            let path = section.path_of(field.name());
            let below = path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
            path == name || field.name() == name || below
        })
    };
    table::fields()
        .filter(|(section, field)| named(section, *field))
        .map(|(section, field)| Explained::of(section, field))
        .collect()
}

/// The tables of the page in `docs/`.
#[cfg(all(test, unix))]
fn page() -> String {
    let mut page = String::new();
    for section in table::sections() {
        page.push_str(&format!("\n### `{}`\n\n{}\n\n", section.header(), section.about));
        page.push_str("| field | what it is | allowed | left out |\n|---|---|---|---|\n");
        for field in section.fields {
            let explained = Explained::of(section, *field);
            let left_out = match (explained.default, explained.otherwise) {
                (Some(value), _) => format!("`{value}`"),
                (None, words) => words.unwrap_or("required").to_owned(),
            };
            let Explained { about, allowed, .. } = &explained;
            page.push_str(&format!("| `{}` | {about} | {allowed} | {left_out} |\n", field.name()));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_any_of_their_names() {
        let names = |name| find(Some(name)).into_iter().map(|e| e.field).collect::<Vec<_>>();
        assert_eq!(names("cluster.patrol"), ["cluster.patrol"]);
        assert_eq!(names("patrol"), ["cluster.patrol"]);
        assert_eq!(names("[[cluster.key]]").len(), 4);
        assert_eq!(names("nonsense"), Vec::<String>::new());
        assert_eq!(find(None).len(), table::fields().count());
    }

    // It shows the folders of Linux.
    #[cfg(not(windows))]
    #[test]
    fn the_page_in_docs_says_the_same() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let text = std::fs::read_to_string(path).expect("the page");
        let (begin, end) = ("<!-- fields -->\n", "<!-- end -->\n");
        let (before, rest) = text.split_once(begin).expect("where the fields begin");
        let (fields, after) = rest.split_once(end).expect("where they end");
        if std::env::var_os("KOMAINU_WRITE_DOCS").is_some() {
            let text = format!("{before}{begin}{}{end}{after}", page());
            std::fs::write(path, text).expect("written");
        } else {
            assert!(fields == page(), "out of date: KOMAINU_WRITE_DOCS=1 writes it anew");
        }
    }

    #[test]
    fn every_field_has_words_and_no_bar_of_a_table() {
        for explained in find(None) {
            assert!(explained.about.ends_with('.'), "{}", explained.field);
            let lines = explained.lines();
            assert!(!lines.contains('|') && !explained.allowed.is_empty(), "{lines}");
        }
    }
}
