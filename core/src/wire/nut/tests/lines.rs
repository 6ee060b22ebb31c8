extern crate std;

use crate::wire::nut::{LineBuffer, MAX_LINE, TooLong};
use std::string::{String, ToString as _};
use std::vec;
use std::vec::Vec;

fn cut(buffer: &mut LineBuffer, mut input: &[u8]) -> Vec<Result<String, TooLong>> {
    let mut lines = vec![];
    while let Some(line) = buffer.next(&mut input) {
        lines.push(line.map(|line| String::from_utf8_lossy(line).to_string()));
    }
    assert!(input.is_empty());
    lines
}

#[test]
fn lines_come_in_any_pieces() {
    let whole = b"OK\r\nERR DATA-STALE\n\nVAR a b \"c\"\npart";
    let want: Vec<_> =
        ["OK", "ERR DATA-STALE", "", "VAR a b \"c\""].map(|line| Ok(line.to_string())).into();
    for size in 1..whole.len() {
        let mut buffer = LineBuffer::new();
        let lines: Vec<_> = whole.chunks(size).flat_map(|piece| cut(&mut buffer, piece)).collect();
        assert_eq!(lines, want, "pieces of {size}");
        assert_eq!(cut(&mut buffer, b" two\n"), [Ok("part two".to_string())]);
    }
}

#[test]
fn a_line_too_long_is_skipped_to_its_end() {
    let mut buffer = LineBuffer::new();
    assert!(cut(&mut buffer, &[b'a'; 3 * MAX_LINE]).is_empty());
    assert_eq!(cut(&mut buffer, b"b\nOK\n"), [Err(TooLong), Ok("OK".to_string())]);
    let longest = [&[b'a'; MAX_LINE][..], b"\n"].concat();
    assert_eq!(cut(&mut buffer, &longest), [Ok("a".repeat(MAX_LINE))]);
}

#[test]
fn a_stream_that_begins_anew_owes_nothing() {
    let mut buffer = LineBuffer::new();
    assert!(cut(&mut buffer, b"half a li").is_empty());
    buffer.clear();
    assert_eq!(cut(&mut buffer, b"OK\n"), [Ok("OK".to_string())]);
}
