extern crate std;

use super::*;
use crate::types::UpsFailure;
use crate::wire::nut::{Done, Get, Hidden, List, Named, Refusal, TrackingState, Word};
use std::format;

fn word(text: &str) -> Word<'_> {
    Word::new(text.as_bytes()).expect("no line end")
}

#[test]
fn every_recorded_request_is_known_and_written_the_same() {
    let lines = recorded("C: ");
    assert!(lines.len() > 40, "{}", lines.len());
    for line in lines {
        let request = request(line).expect(line);
        let known = !matches!(request, Request::Unknown(_));
        assert_eq!(known, line != "NOTACOMMAND", "{line}");
        assert_eq!(written(|out| request.emit(out)), line);
    }
}

#[test]
fn every_recorded_response_is_known_and_written_the_same() {
    let lines = recorded("S: ");
    assert!(lines.len() > 90, "{}", lines.len());
    for line in lines {
        let response = response(line).expect(line);
        let free = ["Network", "1.3", "Commands:"].iter().any(|text| line.starts_with(text));
        assert_eq!(matches!(response, Response::Text(_)), free, "{line}");
        assert!(!matches!(response, Response::UnknownErr(_)), "{line}");
        assert_eq!(written(|out| response.emit(out)), line);
    }
}

#[test]
fn requests_mean_what_they_say() {
    let ups = word("ups-a");
    for (line, want) in [
        ("login ups-a", Request::Login(ups)),
        ("LIST VAR ups-a", Request::List(List::Var(ups))),
        ("List Enum ups-a input.transfer", Request::List(List::Enum(ups, word("input.transfer")))),
        ("GET TRACKING", Request::Get(Get::Tracking(None))),
        ("GET TRACKING 1-2", Request::Get(Get::Tracking(Some(word("1-2"))))),
        ("SET TRACKING on", Request::SetTracking(true)),
        ("PASSWORD \"a b\\\"\"", Request::Password(Hidden(word("a b\"")))),
        ("PASSWORD a#b=c", Request::Password(Hidden(word("a#b=c")))),
        (
            "INSTCMD ups-a load.off.delay 60",
            Request::Command { ups, name: word("load.off.delay"), value: Some(word("60")) },
        ),
        (
            "SET VAR ups-a ups.id \"feed A\"",
            Request::SetVar { ups, name: word("ups.id"), value: word("feed A") },
        ),
    ] {
        assert_eq!(request(line), Ok(want), "{line}");
    }
}

#[test]
fn requests_of_the_wrong_shape_are_malformed() {
    for line in [
        "LOGIN",
        "LOGIN a b",
        "LIST",
        "LIST NUMLOGINS a",
        "LIST VAR",
        "LIST UPS a",
        "GET",
        "GET UPS",
        "GET VAR a",
        "GET VAR a b c",
        "SET VAR a b",
        "SET TRACKING MAYBE",
        "SET RW a b c",
        "INSTCMD a",
        "INSTCMD a b c d",
        "LOGOUT now",
        "USERNAME \"a",
        "USERNAME a\\",
        "HELP me",
    ] {
        assert_eq!(request(line), Err(Malformed), "{line}");
    }
    assert!(matches!(request(""), Ok(Request::Unknown(_))));
    assert!(matches!(request("  "), Ok(Request::Unknown(_))));
}

#[test]
fn responses_mean_what_they_say() {
    let ups = word("a");
    let var = Named { ups, name: word("ups.status"), value: word("OL CHRG") };
    for (line, want) in [
        ("OK", Response::Ok(Done::Plain)),
        ("OK Goodbye", Response::Ok(Done::Goodbye)),
        ("OK TRACKING 12-3", Response::Ok(Done::Tracking(word("12-3")))),
        ("ERR DATA-STALE", Response::Err(Refusal::DataStale)),
        ("ERR ACCESS-DENIED for you", Response::Err(Refusal::AccessDenied)),
        ("ERR MOON-PHASE", Response::UnknownErr(word("MOON-PHASE"))),
        ("VAR a ups.status \"OL CHRG\"", Response::Var(var)),
        ("NUMLOGINS a 3", Response::NumLogins(ups, 3)),
        ("BEGIN LIST CMD a", Response::Begin(List::Cmd(ups))),
        ("END LIST RANGE a b", Response::End(List::Range(ups, word("b")))),
        ("PENDING", Response::Tracking(TrackingState::Pending)),
    ] {
        assert_eq!(response(line), Ok(want), "{line}");
    }
    for line in ["ERR", "VAR a b", "BEGIN a", "BEGIN LIST", "NUMLOGINS a b", "VAR a b \"c", "UPS a"]
    {
        assert_eq!(response(line), Err(Malformed), "{line}");
    }
}

#[test]
fn words_are_quoted_where_they_must_be() {
    for (text, line) in [
        ("plain-1.2", "USERNAME plain-1.2"),
        ("", "USERNAME \"\""),
        ("a b", "USERNAME \"a b\""),
        ("a\"\\b", "USERNAME \"a\\\"\\\\b\""),
        ("a#b", "USERNAME \"a#b\""),
        ("a=b", "USERNAME \"a=b\""),
    ] {
        assert_eq!(written(|out| Request::Username(word(text)).emit(out)), line);
        assert_eq!(request(line), Ok(Request::Username(word(text))));
    }
    assert_eq!(Word::new(b"a\nLOGOUT"), None);
}

#[test]
fn a_password_is_not_shown() {
    let request = request("PASSWORD opensesame").expect("a password");
    assert!(!format!("{request:?}").contains("opensesame"));
}

#[test]
fn each_refusal_has_a_meaning_for_readers() {
    for refusal in Refusal::ALL {
        assert_eq!(response(&format!("err {}", refusal.text())), Ok(Response::Err(*refusal)));
    }
    assert_eq!(Refusal::DataStale.failure(), UpsFailure::Stale);
    assert_eq!(Refusal::UnknownUps.failure(), UpsFailure::UnknownUps);
    assert_eq!(Refusal::AccessDenied.failure(), UpsFailure::AccessDenied);
    assert_eq!(Refusal::CmdNotSupported.failure(), UpsFailure::Unsupported);
    assert_eq!(Refusal::Failed.failure(), UpsFailure::Refused);
}
