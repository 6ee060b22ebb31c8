extern crate std;

use super::*;
use crate::wire::nut::{Status, Variables, Word};
use proptest::prelude::*;

/// Words that occur, and others.
fn token() -> impl Strategy<Value = String> {
    let known = prop::sample::select(std::vec![
        "OK",
        "ERR",
        "VAR",
        "LIST",
        "BEGIN",
        "END",
        "GET",
        "SET",
        "TRACKING",
        "UPS",
        "INSTCMD",
        "ON",
        "ups.status",
        "battery.charge",
        "outlet.1.status",
        "12",
        "-1",
        "\"OL CHRG\"",
        "\"",
        "\\",
        "",
    ]);
    prop_oneof![3 => known.prop_map(String::from), 1 => "[ -~]{0,8}"]
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let sentence = prop::collection::vec(token(), 0..7).prop_map(|words| words.join(" ").into());
    prop_oneof![sentence, prop::collection::vec(any::<u8>(), 0..80)]
}

fn emitted(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), crate::wire::Full>) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let mut out = Writer::new(&mut buffer);
    emit(&mut out).expect("room");
    let line = out.written();
    assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
    line.strip_suffix(b"\n").expect("an end").into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn what_can_be_read_is_written_and_reads_the_same(line in lines()) {
        if let Ok(request) = Request::parse(&line) {
            let again = emitted(|out| request.emit(out));
            prop_assert_eq!(Request::parse(&again), Ok(request));
        }
        if let Ok(response) = Response::parse(&line) {
            let again = emitted(|out| response.emit(out));
            prop_assert_eq!(Response::parse(&again), Ok(response));
        }
    }

    #[test]
    fn any_word_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Some(word) = Word::new(&bytes) {
            let again = emitted(|out| Request::Login(word).emit(out));
            prop_assert_eq!(Request::parse(&again), Ok(Request::Login(word)));
            prop_assert!(word.bytes().eq(bytes.iter().copied()));
        }
    }

    #[test]
    fn any_variable_is_taken(name in token(), value in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut variables = Variables::default();
        if let (Some(name), Some(value)) = (Word::new(name.as_bytes()), Word::new(&value)) {
            variables.note(name, value);
            let status = Status::parse(value);
            let text = std::string::ToString::to_string(&status);
            let again = Status::parse(Word::new(text.as_bytes()).expect("no line end"));
            prop_assert_eq!(again, status);
        }
        let _ = variables.reading(None);
    }
}
