//! Rust text with everything that is not code made harmless.

/// The same lines, with comments blank and the insides of literals turned into underscores.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let after_name = out.chars().next_back().is_some_and(is_name);
        if let Some(length) = comment(rest) {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { c } else { ' ' }));
            rest = &rest[length..];
        } else if let Some(length) = literal(rest, after_name) {
            let inside = |c| if c == '\n' || c == '"' { c } else { '_' };
            out.extend(rest[..length].chars().map(inside));
            rest = &rest[length..];
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

/// The same lines, with every item under `#[cfg(test)]` blank; takes what `code` returns.
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]").or_else(|| out.find("#[cfg(all(test")) {
        let end = item_end(&out, start);
        let blank = out[start..end].replace(|c| c != '\n', " ");
        out.replace_range(start..end, &blank);
    }
    out
}

/// The index behind the brace that closes the one at `open`, or the end of an unfinished text.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (index, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return open + index + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The lines of `text` with their numbers, from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// The number, from 1, of the line that holds the byte at `index`.
pub(crate) fn line_of(text: &str, index: usize) -> usize {
    text[..index].matches('\n').count() + 1
}

/// Whether `c` can stand in an identifier.
pub(crate) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word` stands by itself in `code`, not as a part of a longer identifier.
pub(crate) fn words(code: &str, word: &str) -> Vec<usize> {
    let alone = |&(index, _): &(usize, &str)| {
        !code[..index].chars().next_back().is_some_and(is_name)
            && !code[index + word.len()..].chars().next().is_some_and(is_name)
    };
    code.match_indices(word).filter(alone).map(|(index, _)| index).collect()
}

/// The end of the item that follows the attribute at `start`.
fn item_end(code: &str, start: usize) -> usize {
    match code[start..].find(['{', ';']).map(|index| start + index) {
        Some(open) if code[open..].starts_with('{') => closing(code, open),
        Some(semicolon) => semicolon + 1,
        None => code.len(),
    }
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut index) = (0, 0);
    while index < rest.len() {
        let here = &rest.as_bytes()[index..];
        match here {
            [b'/', b'*', ..] => (depth, index) = (depth + 1, index + 2),
            [b'*', b'/', ..] if depth == 1 => return Some(index + 2),
            [b'*', b'/', ..] => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
    }
    Some(rest.len())
}

fn literal(rest: &str, after_name: bool) -> Option<usize> {
    match rest.chars().next()? {
        '"' => Some(quoted(rest, '"')),
        '\'' => character(rest),
        'r' | 'b' | 'c' if !after_name => raw(rest),
        _ => None,
    }
}

/// The length of a text that begins with `quote` and ends at the next one not escaped.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    let (_, second) = chars.next()?;
    (first == '\\' || second == '\'').then(|| quoted(rest, '\''))
}

fn raw(rest: &str) -> Option<usize> {
    let hashes = rest.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let body = hashes.trim_start_matches('#');
    let count = hashes.len() - body.len();
    let inside = body.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(count));
    let start = rest.len() - inside.len();
    Some(inside.find(&end).map_or(rest.len(), |index| start + index + end.len()))
}

#[test]
fn comments_vanish_and_literals_go_mute() {
    assert_eq!(code("a // b\nc"), "a     \nc");
    assert_eq!(code("a /* x /* y */ z */ b"), "a                   b");
    assert_eq!(code(r#"f("a\"b{")"#), r#"f("__"__")"#);
    assert_eq!(code(r##"r#"{"{"# x"##), r##"__"_"_"_ x"##);
    assert_eq!(code("'{' 'a '\\'' b'}'"), "___ 'a ____ b___");
    assert_eq!(code("number\"{\""), "number\"_\"");
}

#[test]
fn test_items_vanish() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}\n";
    let kept = without_tests(text);
    assert!(kept.contains("fn a") && kept.contains("fn c") && !kept.contains("fn b"));
    assert_eq!(kept.lines().count(), text.lines().count());
    assert_eq!(without_tests("#[cfg(test)]\nmod tests;\nx").trim(), "x");
}

#[test]
fn words_stand_alone() {
    assert_eq!(words("unsafe_code unsafe {}", "unsafe"), [12]);
}
