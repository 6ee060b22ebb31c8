//! Imports go one way.

use crate::mask::{code, is_name, line_of, without_tests, words};
use crate::tree::{Source, files};

/// The top-level modules of the core, lowest layer first. A module imports from lower layers;
/// those of the first layer, the vocabulary, may also import one another.
const LAYERS: [&[&str]; 7] = [
    &[
        "limits", "types", "failure", "suite", "time", "secret", "backoff", "counters", "timers",
        "journal", "laws",
    ],
    &["crypto", "rng", "wire", "config"],
    &["session", "reset_path", "cluster", "fence", "guests", "power", "ups"],
    &["connector", "member"],
    &["site"],
    &["block"],
    &["inquiry", "replay"],
];
/// Edges within a layer: the generator is built on a keyed digest.
const EDGES: [(&str, &str); 1] = [("rng", "crypto")];
/// Machines that know no bytes and no keys.
const ABSTRACT: [&str; 4] = ["cluster", "fence", "guests", "power"];
/// What only `core::crypto` may import.
const CIPHERS: [&str; 7] = ["aes", "cbc", "hmac", "md2", "md5", "sha1", "sha2"];

fn check(source: &Source) -> Vec<String> {
    let code = without_tests(&code(&source.text));
    let (part, file) = source.path.split_once('/').unwrap_or_default();
    match part {
        "core" if !source.is_test() => core_file(source, file, &code),
        "sim" => {
            let mut found = banned(source, &code, "komainu_core", &["session", "crypto"]);
            if file.starts_with("src/bmc") {
                let at = words(&code, "komainu_core").into_iter();
                found.extend(at.map(|at| {
                    source.at(line_of(&code, at), "the simulated BMC does not use the core")
                }));
            }
            found
        }
        "host" | "host-linux" | "host-windows" => {
            banned(source, &code, "komainu_core", &["crypto"])
        }
        _ => Vec::new(),
    }
}

fn core_file(source: &Source, file: &str, code: &str) -> Vec<String> {
    let path = module(file);
    let mut found = Vec::new();
    let mut tell = |at, what: &str| found.push(source.at(line_of(code, at), what));
    for at in words(code, "std").into_iter().chain(words(code, "alloc")) {
        if code[at..].contains("::") && code[at..].trim_start_matches(is_name).starts_with("::") {
            tell(at, "the core has neither std nor alloc");
        }
    }
    let Some(&own) = path.first() else { return found };
    if own != "crypto" {
        for cipher in CIPHERS {
            for at in words(code, cipher) {
                if code[at + cipher.len()..].starts_with("::") {
                    tell(at, "cipher crates are for core::crypto alone");
                }
            }
        }
    }
    let Some(own_layer) = layer(own) else {
        tell(0, &format!("module {own} has no layer: give it one in tests/tidy/imports.rs"));
        return found;
    };
    for (at, name) in top_level(code, path.len()) {
        let Some(layer) = layer(name).filter(|_| name != own) else { continue };
        let vocabulary = own_layer == 0 && layer == 0;
        let hidden = ABSTRACT.contains(&own) && ["wire", "crypto"].contains(&name);
        if hidden || !(layer < own_layer || vocabulary || EDGES.contains(&(own, name))) {
            tell(at, &format!("{own} may not import {name}"));
        }
    }
    found
}

fn banned(source: &Source, code: &str, from: &str, names: &[&str]) -> Vec<String> {
    references(code, from)
        .into_iter()
        .filter(|(_, name)| names.contains(name))
        .map(|(at, name)| {
            source.at(line_of(code, at), &format!("{from}::{name} is not for this part"))
        })
        .collect()
}

/// The path of the module that a file of a crate holds; empty for the crate's root.
fn module(file: &str) -> Vec<&str> {
    let file = file.trim_start_matches("src/").trim_end_matches(".rs");
    file.split('/').filter(|part| !matches!(*part, "lib" | "main" | "mod")).collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&module))
}

/// What a module `depth` levels below the crate's root names at that root.
fn top_level(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let up = vec!["super"; depth].join("::");
    let mut found = references(code, "crate");
    found.extend(references(code, &up).into_iter().filter(|(_, name)| *name != "super"));
    found
}

/// Every name that follows `from::`, those of a group in braces one by one, with its place.
fn references<'a>(code: &'a str, from: &str) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    for start in words(code, from) {
        let from_above = code[..start].ends_with("super::");
        let Some(rest) = code[start + from.len()..].strip_prefix("::") else { continue };
        if !from_above {
            let at = code.len() - rest.len();
            found.extend(heads(rest).into_iter().map(|(index, name)| (at + index, name)));
        }
    }
    found
}

/// The first name of each path in `rest`: of the one there, or of each in a group.
fn heads(rest: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut depth, mut expected) = (0, true);
    for (index, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' => expected = depth == 1,
            _ if c.is_whitespace() => {}
            _ => {
                if expected && is_name(c) && depth <= 1 {
                    let name = &rest[index..];
                    let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
                    found.push((index, &name[..end]));
                }
                expected = false;
            }
        }
        if depth == 0 && !expected {
            break;
        }
    }
    found
}

#[test]
fn imports_go_one_way() {
    let found: Vec<_> = files(&[".rs"]).iter().flat_map(check).collect();
    crate::assert_none(&found);
}

#[test]
fn groups_and_supers_are_understood() {
    let names = |code, from| references(code, from).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
    assert_eq!(names("use crate::{a::{b, c}, d};\ncrate::e::f()", "crate"), ["a", "d", "e"]);
    assert_eq!(names("use crate::\n    time::Instant;", "crate"), ["time"]);
    assert_eq!(names("super::super::wire::Reader", "super::super"), ["wire"]);
    assert!(top_level("super::keys::K1", 2).is_empty());
    assert_eq!(top_level("super::limits::MAX", 1), [(7, "limits")]);
}

#[test]
fn each_wrong_import_is_found() {
    for (path, text) in [
        ("core/src/wire/rakp.rs", "use crate::session::Session;"),
        ("core/src/wire/mod.rs", "use super::crypto::Key;"),
        ("core/src/session/keys.rs", "use crate::{time::Instant, fence::Plan};"),
        ("core/src/session/keys.rs", "use super::super::fence::Plan;"),
        ("core/src/fence/mod.rs", "fn f(r: crate::wire::Reader) {}"),
        ("core/src/session/keys.rs", "use hmac::Hmac;"),
        ("core/src/time.rs", "use std::time::Duration;"),
        ("core/src/novel.rs", ""),
        ("sim/src/net.rs", "use komainu_core::{time, session};"),
        ("sim/src/bmc/mod.rs", "use komainu_core::wire;"),
        ("host/src/net.rs", "use komainu_core::crypto::Mac;"),
    ] {
        assert_eq!(check(&Source::fixture(path, text)).len(), 1, "{path}: {text}");
    }
}

#[test]
fn right_imports_pass() {
    for (path, text) in [
        ("core/src/lib.rs", "pub use session::Session;"),
        ("core/src/session/keys.rs", "use crate::{crypto, time::Instant};\nuse super::exchange;"),
        ("core/src/session/keys.rs", "#[cfg(test)]\nmod tests { use std::vec::Vec; }"),
        ("core/src/crypto/hmac.rs", "use hmac::Hmac;"),
        ("core/src/rng.rs", "use crate::crypto::hmac;"),
        ("core/src/time.rs", "// not like std::time\nuse core::time::Duration;"),
        ("host/src/net.rs", "use komainu_core::session::Session;"),
    ] {
        crate::assert_none(&check(&Source::fixture(path, text)));
    }
}
