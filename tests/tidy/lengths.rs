//! Files, functions and lines stay short enough to be read.

use crate::mask::{closing, code, is_name, line_of, numbered, without_tests, words};
use crate::tree::{Source, files};

/// Lines of code in a file: blank lines, comments and inline tests do not count.
const FILE_LINES: usize = 400;
/// Lines of code in a function, its signature included.
const FUNCTION_LINES: usize = 70;
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
