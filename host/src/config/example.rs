//! Whole files to begin with, made from the table of fields.

mod topology;

use std::collections::HashSet;

use super::field::{AnyField, Field, Presence, Section};
use super::kind::Kind;

pub(crate) use topology::Topology;

/// Longest line of an example, in characters.
const WIDTH: usize = 96;

/// A table of an example, with the fields that it sets.
struct Table {
    section: &'static Section,
    set: Vec<(&'static str, String)>,
}

impl Table {
    fn of(section: &'static Section) -> Self {
        Self { section, set: Vec::new() }
    }

    /// With a field; the value as it stands in the file.
    fn with<K: Kind>(mut self, field: &Field<K>, value: impl Into<String>) -> Self {
        self.set.push((field.name, value.into()));
        self
    }
}

/// The file of a topology.
pub(crate) fn example(topology: Topology) -> String {
    let mut text = String::new();
    comment(&mut text, topology.about());
    comment(
        &mut text,
        "The same file belongs on the management server and on every server of the cluster, as \
         /etc/komainu/komainu.toml. What is commented out shows the default. 'komainu config \
         check' tells whether the file is right.",
    );
    let mut explained = HashSet::new();
    for table in topology.tables() {
        text.push('\n');
        if explained.insert(table.section.about) {
            comment(&mut text, table.section.about);
        }
        text.push_str(&format!("{}\n", table.section.header()));
        for field in table.section.fields {
            let value = table.set.iter().find(|(name, _)| *name == field.name());
            // The fields of [cluster.bmc] are those of a server's BMC.
            let explain = explained.insert(field.about());
            write(&mut text, *field, value.map(|(_, value)| value.as_str()), explain);
        }
    }
    text
}

/// One field: set, or commented out where it is explained.
fn write(text: &mut String, field: &dyn AnyField, value: Option<&str>, explain: bool) {
    if explain {
        comment(text, field.about());
    }
    match (value, field.presence()) {
        (Some(value), _) => text.push_str(&format!("{} = {value}\n", field.name())),
        (None, Presence::Default(value)) if explain => {
            text.push_str(&format!("#{} = {value}\n", field.name()));
        }
        (None, Presence::Otherwise(words)) if explain => {
            text.push_str(&format!("#{} = ... # without it: {words}\n", field.name()));
        }
        (None, _) => {}
    }
}

/// Text as comment lines.
fn comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&format!("{line}\n"));
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&format!("{line}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::finding::{Finding, Severity};
    use crate::config::site::Site;
    use crate::config::table;
    use std::path::Path;

    #[test]
    fn every_example_is_right_and_explains_every_field() {
        for topology in Topology::ALL {
            let text = example(*topology);
            let read = Site::parse(&text, Path::new("/"));
            assert!(read.site.is_some(), "{topology:?}: {:#?}", read.findings);
            let site = read.site.expect("a site");
            let misfits = crate::config::fit::misfits(&site);
            assert_eq!(misfits, Vec::<Finding>::new(), "{topology:?}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 4), "{text}");
        }
        let text: String = Topology::ALL.iter().map(|topology| example(*topology)).collect();
        for (section, field) in table::fields() {
            // A connector of these is a service.
            if ["cluster.server.fence", "connector.appliance"].contains(&section.path) {
                continue;
            }
            let set = format!("\n{} = ", field.name());
            let unset = format!("\n#{} = ", field.name());
            assert!(text.contains(&set) || text.contains(&unset), "{}", field.name());
        }
    }

    #[test]
    fn commented_defaults_are_as_good_as_left_out() {
        let text = example(Topology::OneToOne);
        let spelled = |line: &str| match line.strip_prefix('#') {
            Some(rest)
                if rest.contains(" = ") && !rest.contains(" = ...") && !rest.starts_with(' ') =>
            {
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        };
        let spelled: String = text.lines().map(spelled).collect();
        let digest = |text: &str| {
            let read = Site::parse(text, Path::new("/"));
            let wrong = read.findings.iter().any(|f| matches!(f.severity, Severity::Error(_)));
            assert!(!wrong, "{:#?}", read.findings);
            read.site.map(|site| site.clusters[0].digest())
        };
        assert_ne!(spelled, text);
        assert_eq!(digest(&spelled), digest(&text));
    }

    // They show the folders of Linux.
    #[cfg(not(windows))]
    #[test]
    fn the_files_in_docs_are_these() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples"));
        for topology in Topology::ALL {
            let path = folder.join(topology.file());
            let text = example(*topology);
            if std::env::var_os("KOMAINU_WRITE_DOCS").is_some() {
                std::fs::write(&path, &text).expect("written");
            }
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(found == text, "{} is out of date: KOMAINU_WRITE_DOCS=1", path.display());
        }
    }
}
