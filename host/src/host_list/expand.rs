//! Ranges in host lists: `rack[1-4]-node[01-16,20]`.

use super::Problem;

/// A part of an item.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// One of these.
    Ranges(Vec<Range>),
}

/// Numbers from `first` to `last`, both included, filled with zeros to `width` digits.
#[derive(Debug)]
pub(super) struct Range {
    first: u32,
    last: u32,
    width: usize,
}

/// The pieces of the item that begins at byte `at` of the list; an error has its place there.
pub(super) fn pieces(at: usize, item: &str) -> Result<Vec<Piece<'_>>, (usize, Problem)> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(open) = item[from..].find(['[', ']']).map(|index| from + index) {
        if item[open..].starts_with(']') {
            return Err((at + open, Problem::Bracket));
        }
        let inside = &item[open + 1..];
        let close = inside.find(['[', ']']).filter(|index| inside[*index..].starts_with(']'));
        let Some(close) = close else { return Err((at + open, Problem::Bracket)) };
        let end = open + 1 + close;
        // An IPv6 address stands in brackets too.
        if !inside[..close].contains(':') {
            pieces.push(Piece::Text(&item[from..open]));
            pieces.push(Piece::Ranges(ranges(at + open + 1, &inside[..close])?));
            from = end + 1;
            continue;
        }
        pieces.push(Piece::Text(&item[from..=end]));
        from = end + 1;
    }
    pieces.push(Piece::Text(&item[from..]));
    Ok(pieces)
}

fn ranges(at: usize, text: &str) -> Result<Vec<Range>, (usize, Problem)> {
    let mut at = at;
    let mut ranges = Vec::new();
    for part in text.split(',') {
        ranges.push(range(part).map_err(|problem| (at, problem))?);
        at += part.len() + 1;
    }
    Ok(ranges)
}

fn range(part: &str) -> Result<Range, Problem> {
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let width = if first.starts_with('0') { first.len() } else { 0 };
    let (first, last) = (number(first)?, number(last)?);
    if last < first {
        return Err(Problem::Backwards);
    }
    Ok(Range { first, last, width })
}

/// Up to nine digits, so that it fits and its width is sane.
fn number(text: &str) -> Result<u32, Problem> {
    let digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().map_err(|_| Problem::Range) } else { Err(Problem::Range) }
}

/// Calls `each` with every combination, the last range running fastest; at most `limit` times.
pub(super) fn expand(
    pieces: &[Piece<'_>],
    limit: usize,
    each: &mut impl FnMut(&str) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let total = pieces.iter().try_fold(1_usize, |total, piece| total.checked_mul(count(piece)));
    if total.is_none_or(|total| total > limit) {
        return Err(Problem::TooMany);
    }
    combine(pieces, &mut String::new(), each)
}

fn count(piece: &Piece<'_>) -> usize {
    match piece {
        Piece::Text(_) => 1,
        Piece::Ranges(ranges) => {
            ranges.iter().map(|range| (range.last - range.first) as usize + 1).sum()
        }
    }
}

fn combine(
    pieces: &[Piece<'_>],
    text: &mut String,
    each: &mut impl FnMut(&str) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let Some((piece, rest)) = pieces.split_first() else { return each(text) };
    let len = text.len();
    match piece {
        Piece::Text(part) => {
            text.push_str(part);
            combine(rest, text, each)?;
            text.truncate(len);
        }
        Piece::Ranges(ranges) => {
            for range in ranges {
                for number in range.first..=range.last {
                    text.push_str(&format!("{number:0width$}", width = range.width));
                    combine(rest, text, each)?;
                    text.truncate(len);
                }
            }
        }
    }
    Ok(())
}
