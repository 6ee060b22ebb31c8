//! Unsafe code is forbidden where it is not needed, and argued for where it is.

use crate::mask::{code, line_of, words};
use crate::tree::{Source, files};

/// Crates without any.
const FORBIDDEN: [&str; 3] = ["appliance/src/lib.rs", "core/src/lib.rs", "sim/src/lib.rs"];

fn check(source: &Source) -> Vec<String> {
    let code = code(&source.text);
    let mut found = Vec::new();
    let compact: String = code.split_whitespace().collect();
    if FORBIDDEN.contains(&source.path.as_str()) && !compact.contains("#![forbid(unsafe_code)]") {
        found.push(source.at(1, "unsafe code is not forbidden"));
    }
    if source.path == "core/src/lib.rs" && !compact.contains("#![no_std]") {
        found.push(source.at(1, "the core is not no_std"));
    }
    for at in words(&code, "unsafe") {
        let number = line_of(&code, at);
        if !argued(&source.text, number) {
            found.push(source.at(number, "unsafe without a SAFETY comment"));
        }
    }
    found
}

/// Whether the line, or the comments and attributes directly above it, argue for its safety.
fn argued(text: &str, number: usize) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let above = lines[..number - 1].iter().rev();
    let beside = |line: &&&str| line.starts_with("//") || line.starts_with('#');
    lines[number - 1].contains("// SAFETY:")
        || above.take_while(beside).any(|line| line.starts_with("// SAFETY:"))
}

#[test]
fn unsafe_code_is_argued_for() {
    let found: Vec<_> = files(&[".rs"]).iter().flat_map(check).collect();
    crate::assert_none(&found);
}

#[test]
fn unargued_unsafe_code_is_found() {
    for (path, text) in [
        ("host/src/a.rs", "let a = unsafe { b() };"),
        ("host/src/a.rs", "// SAFETY: fine.\n\nunsafe { b() };"),
        ("sim/src/lib.rs", "//! #![forbid(unsafe_code)]"),
        ("core/src/lib.rs", "#![forbid(unsafe_code)]"),
    ] {
        assert_eq!(check(&Source::fixture(path, text)).len(), 1, "{path}: {text}");
    }
}

#[test]
fn argued_unsafe_code_passes() {
    for (path, text) in [
        ("host/src/a.rs", "// SAFETY: b wants nothing,\n// and c neither.\nunsafe { b() };"),
        ("host/src/a.rs", "let text = \"unsafe\"; // unsafe"),
        ("core/src/lib.rs", "#![no_std]\n#![forbid(unsafe_code)]"),
    ] {
        crate::assert_none(&check(&Source::fixture(path, text)));
    }
}
