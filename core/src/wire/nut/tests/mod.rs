//! Lines of a real server and its client, and any lines at all.

extern crate std;

mod lines;
mod random;
mod readings;
mod sentences;

use super::{Request, Response};
use crate::wire::{Malformed, Writer};
use std::string::String;
use std::vec::Vec;

/// What was said between a real client and `upsd` of NUT 2.8.0.
const RECORDED: &str = include_str!("upsd-2.8.0.txt");

fn recorded(side: &str) -> Vec<&'static str> {
    RECORDED.lines().filter_map(|line| line.strip_prefix(side)).collect()
}

fn request(line: &str) -> Result<Request<'_>, Malformed> {
    Request::parse(line.as_bytes())
}

fn response(line: &str) -> Result<Response<'_>, Malformed> {
    Response::parse(line.as_bytes())
}

/// The line that is written, without its end.
fn written(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), crate::wire::Full>) -> String {
    let mut buffer = [0; 4096];
    let mut out = Writer::new(&mut buffer);
    emit(&mut out).expect("room");
    let line = std::str::from_utf8(out.written()).expect("text");
    line.strip_suffix('\n').expect("an end").into()
}
