//! Words that have no place in finished work.

use crate::mask::{code, is_name, line_of, numbered, without_tests};
use crate::tree::{Source, files};

/// Unfinished work, in any Rust file.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];
/// What could end the core while it guards something.
const PANICS: [&str; 4] = [".unwrap()", ".expect(", ".unwrap_err()", "panic!"];
/// Notes that belong to no file of any kind; spelled so that this file does not contain them.
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

fn check(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in numbered(&source.text) {
        let noted = NOTES.iter().filter(|note| line.contains(*note));
        found.extend(noted.map(|note| source.at(number, note)));
    }
    if source.path.ends_with(".rs") {
        let code = code(&source.text);
        found.extend(contained(source, &code, &UNFINISHED));
        if source.path.starts_with("core/") && !source.is_test() {
            found.extend(contained(source, &without_tests(&code), &PANICS));
        }
    }
    found
}

fn contained(source: &Source, code: &str, banned: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for word in banned {
        for (at, _) in code.match_indices(word) {
            let longer = !word.starts_with('.') && code[..at].ends_with(is_name);
            if !longer {
                found.push(source.at(line_of(code, at), word));
            }
        }
    }
    found
}

#[test]
fn no_banned_word_is_used() {
    let text = [".rs", ".toml", ".md", ".sh", ".py", ".yml", "/test", "/run"];
    let found: Vec<_> = files(&text).iter().flat_map(check).collect();
    crate::assert_none(&found);
}

#[test]
fn each_banned_word_is_found() {
    for word in UNFINISHED.into_iter().chain(NOTES) {
        assert_eq!(check(&Source::fixture("host/src/a.rs", word)).len(), 1, "{word}");
    }
    for word in PANICS {
        assert_eq!(check(&Source::fixture("core/src/a.rs", word)).len(), 1, "{word}");
    }
    assert_eq!(check(&Source::fixture("docs/a.md", NOTES[0])).len(), 1);
}

#[test]
fn the_same_words_pass_where_they_may_stand() {
    for (path, text) in [
        ("core/src/a.rs", "// never .unwrap() here\nlet a = \"panic!\"; a.unwrap_or(0)"),
        ("core/src/a.rs", "#[cfg(test)]\nmod tests { fn f() { a.unwrap() } }"),
        ("core/src/session/tests.rs", "a.unwrap()"),
        ("host/src/a.rs", "a.expect(\"why\")"),
    ] {
        crate::assert_none(&check(&Source::fixture(path, text)));
    }
}
