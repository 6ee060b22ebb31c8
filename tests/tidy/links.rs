//! Links between the documents lead somewhere.

use std::path::Path;

use crate::mask::numbered;
use crate::tree::{Source, files, root};

fn check(source: &Source) -> Vec<String> {
    let folder = Path::new(&source.path).parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in numbered(&source.text) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(line) {
            if !root().join(folder).join(target).exists() {
                found.push(source.at(number, &format!("{target} does not exist")));
            }
        }
    }
    found
}

/// The files that a line of Markdown links to.
fn targets(line: &str) -> Vec<&str> {
    let prose: Vec<_> = line.split('`').step_by(2).collect();
    let links = prose.iter().flat_map(|text| text.split("](").skip(1));
    links
        .filter_map(|rest| rest.split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let found: Vec<_> = files(&[".md"]).iter().flat_map(check).collect();
    crate::assert_none(&found);
}

#[test]
fn a_dead_link_is_found() {
    let text = "See [a](../Cargo.toml), [b](https://example.org) and [c](nowhere.md#part).";
    let found = check(&Source::fixture("docs/a.md", text));
    assert_eq!(found, ["docs/a.md:1: nowhere.md does not exist"]);
}

#[test]
fn code_is_not_linked() {
    let text = "`[a](nowhere)` [b](#here)\n```\n[c](nowhere)\n```\n";
    crate::assert_none(&check(&Source::fixture("docs/a.md", text)));
}
