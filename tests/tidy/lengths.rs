//! Files, functions and lines stay short enough to be read.

use std::collections::BTreeMap;

use crate::mask::{closing, code, is_name, line_of, numbered, without_tests, words};
use crate::tree::{Source, files};

/// Lines of code in a file: blank lines, comments and inline tests do not count.
const FILE_LINES: usize = 400;
/// Lines of code in a function, its signature included.
const FUNCTION_LINES: usize = 70;
/// Lines of a shell in all its files, with blank lines and comments, but without tests: what two
/// shells share belongs into `host` or `core`.
const SHELL_LINES: usize = 600;
/// Characters in a line.
const LINE_CHARS: usize = 100;

fn check(source: &Source) -> Vec<String> {
    let code = code(&source.text);
    let mut found = long_lines(source);
    let lines = code_lines(&without_tests(&code));
    if lines > FILE_LINES {
        found.push(source.at(1, &format!("{lines} lines of code, at most {FILE_LINES}")));
    }
    found.extend(long_functions(source, &code));
    found
}

fn code_lines(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

/// The shell that a file is part of.
fn shell(path: &str) -> Option<&str> {
    let depth = if path.starts_with("appliance/boards/") { 3 } else { 1 };
    let end = path.match_indices('/').nth(depth - 1)?.0;
    let shell = &path[..end];
    (depth == 3 || ["host-linux", "host-windows"].contains(&shell)).then_some(shell)
}

fn thick_shells(sources: &[Source]) -> Vec<String> {
    let mut lines = BTreeMap::<&str, usize>::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        if let Some(shell) = shell(&source.path) {
            // Tests stand last in a file.
            let count = without_tests(&code(&source.text)).trim_end().lines().count();
            *lines.entry(shell).or_default() += count;
        }
    }
    let thick = lines.into_iter().filter(|(_, lines)| *lines > SHELL_LINES);
    thick.map(|(shell, lines)| format!("{shell}: {lines} lines, at most {SHELL_LINES}")).collect()
}

fn long_lines(source: &Source) -> Vec<String> {
    let long = |&(_, line): &(usize, &str)| line.chars().count() > LINE_CHARS;
    numbered(&source.text)
        .filter(long)
        .map(|(number, _)| source.at(number, &format!("longer than {LINE_CHARS} characters")))
        .collect()
}

fn long_functions(source: &Source, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in words(code, "fn") {
        let Some((name, body)) = function(&code[start + 2..]) else { continue };
        let end = closing(code, start + 2 + body);
        let lines = code_lines(&code[start..end]);
        if lines > FUNCTION_LINES {
            let what = format!("fn {name}: {lines} lines, at most {FUNCTION_LINES}");
            found.push(source.at(line_of(code, start), &what));
        }
    }
    found
}

/// The name of the function that begins behind `fn`, and where its body opens; `None` for
/// function pointers and for functions without a body.
fn function(rest: &str) -> Option<(&str, usize)> {
    let name = rest.trim_start();
    let name = &name[..name.find(|c| !is_name(c))?];
    if name.is_empty() {
        return None;
    }
    let mut depth = 0;
    for (index, c) in rest.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ';' if depth == 0 => return None,
            '{' if depth == 0 => return Some((name, index)),
            _ => {}
        }
    }
    None
}

#[test]
fn nothing_is_too_long() {
    let found: Vec<_> = files(&[".rs"]).iter().flat_map(check).collect();
    crate::assert_none(&found);
}

#[test]
fn shells_are_thin() {
    crate::assert_none(&thick_shells(&files(&[".rs"])));
}

#[test]
fn a_thick_shell_is_found() {
    let half = "// why\n".repeat(SHELL_LINES / 2 - 1) + "const A: u8 = 1;\n";
    let tests = "#[cfg(test)]\nmod tests {\n    use super::*;\n}\n";
    let file = |path: &str, text: &str| Source::fixture(path, text);
    let mut board = vec![
        file("appliance/boards/one/src/a.rs", &half),
        file("appliance/boards/one/src/b.rs", &(half.clone() + tests)),
        file("appliance/boards/two/src/a.rs", &half),
        file("host/src/a.rs", &half.repeat(3)),
    ];
    assert!(thick_shells(&board).is_empty());
    board.push(file("appliance/boards/one/build.rs", "fn main() {}\n"));
    assert_eq!(thick_shells(&board), ["appliance/boards/one: 601 lines, at most 600"]);
}

#[test]
fn a_long_line_is_found() {
    let line = "a".repeat(LINE_CHARS);
    assert!(check(&Source::fixture("a.rs", &line)).is_empty());
    assert_eq!(check(&Source::fixture("a.rs", &format!("{line}a"))).len(), 1);
}

#[test]
fn a_long_file_is_found_but_tests_and_comments_are_not_counted() {
    let code = "const A: u8 = 1;\n".repeat(FILE_LINES);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{code}}}\n");
    assert!(check(&Source::fixture("a.rs", &format!("// why\n\n{code}{tests}"))).is_empty());
    assert_eq!(check(&Source::fixture("a.rs", &format!("{code}const B: u8 = 2;"))).len(), 1);
}

#[test]
fn a_long_function_is_found() {
    let function = |lines| format!("fn f(a: [u8; 2]) {{\n{}}}\n", "g();\n".repeat(lines));
    assert!(check(&Source::fixture("a.rs", &function(FUNCTION_LINES - 2))).is_empty());
    let found = check(&Source::fixture("a.rs", &format!("\n{}", function(FUNCTION_LINES))));
    assert_eq!(found, ["a.rs:2: fn f: 72 lines, at most 70"]);
}
