//! Every Rust file is compiled by something.

use std::collections::{BTreeMap, BTreeSet};

use crate::mask::{code, is_name, words};
use crate::tree::{Source, files};

/// The Rust files among `sources` that no target of their manifests reaches.
fn unreached(sources: &[Source]) -> Vec<String> {
    let texts: BTreeMap<_, _> =
        sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = sources.iter().flat_map(roots).collect();
    let is_root: BTreeSet<_> = open.iter().cloned().collect();
    open.extend(sources.iter().filter(|source| is_found_by_cargo(&source.path)).map(path));
    while let Some(file) = open.pop() {
        if let Some(text) = texts.get(file.as_str()).filter(|_| reached.insert(file.clone())) {
            let owns_folder = is_root.contains(&file) || is_found_by_cargo(&file);
            open.extend(modules(&file, text, owns_folder));
        }
    }
    let dead = |path: &&str| path.ends_with(".rs") && !reached.contains(*path);
    texts.into_keys().filter(dead).map(|path| format!("{path}:1: no target uses it")).collect()
}

fn path(source: &Source) -> String {
    source.path.clone()
}

/// The files that a manifest names as targets.
fn roots(manifest: &Source) -> Vec<String> {
    let Some(folder) = manifest.path.strip_suffix("Cargo.toml") else { return Vec::new() };
    let named = manifest.text.lines().filter_map(|line| {
        let value = line.trim().strip_prefix("path")?.trim_start().strip_prefix('=')?;
        Some(value.trim().trim_matches('"'))
    });
    named.filter(|path| path.ends_with(".rs")).map(|path| format!("{folder}{path}")).collect()
}

/// Whether cargo takes the file for a target without being told.
fn is_found_by_cargo(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    let in_src = matches!(
        parts[..],
        [.., "src", "lib.rs" | "main.rs"]
            | [.., "build.rs"]
            | [.., "src", "bin", _]
            | [.., "src", "bin", _, "main.rs"]
    );
    let folder = matches!(parts.get(1), Some(&("tests" | "benches" | "examples")));
    in_src || folder && matches!(parts[2..], [_] | [_, "main.rs"])
}

/// The files that the module declarations of `file` may mean.
fn modules(file: &str, text: &str, is_root: bool) -> Vec<String> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let stem = name.trim_end_matches(".rs");
    let below = if is_root || stem == "mod" { folder.into() } else { format!("{folder}/{stem}") };
    let mut found = Vec::new();
    let code = code(text);
    for at in words(&code, "mod") {
        let rest = code[at + 3..].trim_start();
        let module = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        if rest[module.len()..].trim_start().starts_with(';') {
            found.push(format!("{below}/{module}.rs"));
            found.push(format!("{below}/{module}/mod.rs"));
        }
    }
    let named = text.lines().filter_map(|line| line.trim().strip_prefix("#[path = \""));
    found.extend(named.filter_map(|rest| Some(format!("{folder}/{}", rest.split_once('"')?.0))));
    found
}

#[test]
fn every_file_is_compiled() {
    crate::assert_none(&unreached(&files(&[".rs", "Cargo.toml"])));
}

#[test]
fn a_dead_file_is_found() {
    let tree = [
        Source::fixture("a/Cargo.toml", "[lib]\npath = \"lib.rs\""),
        Source::fixture("a/lib.rs", "mod b;\npub(crate) mod c;\n// mod dead;\n"),
        Source::fixture("a/b.rs", "mod d { }\n#[path = \"odd.rs\"]\nmod e;"),
        Source::fixture("a/odd.rs", ""),
        Source::fixture("a/c/mod.rs", "mod f;"),
        Source::fixture("a/c/f.rs", "mod g;"),
        Source::fixture("a/c/f/g.rs", ""),
        Source::fixture("a/dead.rs", ""),
        Source::fixture("b/src/bin/x.rs", "mod y;"),
        Source::fixture("b/src/bin/y.rs", ""),
        Source::fixture("b/src/z.rs", ""),
        Source::fixture("b/tests/e/main.rs", "mod f;"),
        Source::fixture("b/tests/e/f.rs", ""),
    ];
    let dead = unreached(&tree);
    assert_eq!(dead, ["a/dead.rs:1: no target uses it", "b/src/z.rs:1: no target uses it"]);
}
