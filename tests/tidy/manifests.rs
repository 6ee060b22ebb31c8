//! Every dependency has a reason.

use crate::mask::numbered;
use crate::tree::{Source, files};

/// Packages of this tree need no reason.
const OURS: &str = "komainu";

/// A reason is a comment above the dependency; it also covers the lines that follow without a
/// gap, so that a family of crates needs one reason.
fn check(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let (mut listing, mut reasoned) = (false, false);
    for (number, line) in numbered(&source.text) {
        let line = line.trim();
        if line.starts_with('[') {
            let table = dependency_table(line);
            listing = table == Some("");
            if table.is_some_and(|name| !name.is_empty() && !name.starts_with(OURS)) && !reasoned {
                found.push(source.at(number, "a dependency without a reason above it"));
            }
            reasoned = false;
        } else if line.is_empty() {
            reasoned = false;
        } else if line.starts_with('#') {
            reasoned = true;
        } else if listing && begins_entry(line) && !line.starts_with(OURS) && !reasoned {
            found.push(source.at(number, "a dependency without a reason above it"));
        }
    }
    found
}

/// For the header of a dependency table the crate that it names, empty for a list of them.
fn dependency_table(header: &str) -> Option<&str> {
    let name = header.trim_start_matches('[').trim_end_matches(']');
    let (_, rest) = name.split_once("dependencies")?;
    Some(rest.trim_start_matches('.'))
}

/// Whether a line of a list begins an entry; an entry may go on over several lines.
fn begins_entry(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| {
        name.trim().chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    })
}

#[test]
fn every_dependency_has_a_reason() {
    let found: Vec<_> = files(&["Cargo.toml"]).iter().flat_map(check).collect();
    crate::assert_none(&found);
}

#[test]
fn a_missing_reason_is_found() {
    for text in [
        "[dependencies]\nnom = \"8\"",
        "[dependencies]\n# Parses.\nnom = \"8\"\n\nhmac = \"1\"",
        "[target.'cfg(windows)'.dev-dependencies]\nnom.version = \"8\"",
        "[dependencies.nom]\nversion = \"8\"",
        "# About the table, not the crate.\n[dependencies]\nnom = \"8\"",
    ] {
        assert_eq!(check(&Source::fixture("Cargo.toml", text)).len(), 1, "{text}");
    }
}

#[test]
fn a_given_reason_is_seen() {
    for text in [
        "[dependencies]\n# Digests.\nsha1 = \"1\"\nsha2 = { features = [\n  \"a\",\n] }",
        "[dependencies]\nkomainu-core.workspace = true",
        "# Parses.\n[dependencies.nom]\nversion = \"8\"",
        "[features]\ndefmt = []",
    ] {
        crate::assert_none(&check(&Source::fixture("Cargo.toml", text)));
    }
}
