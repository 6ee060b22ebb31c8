//! Answers in the words of apcupsd 3.14, and answers of nobody.

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsFailure};
use tokio::net::TcpListener;

use super::*;

/// Of apcupsd 3.14.14 with an SNMP UPS on battery, shortened.
const ON_BATTERY: &[&str] = &[
    "APC      : 001,027,0637\n",
    "STATUS   : ONBATT \n",
    "LOADPCT  : 30.0 Percent\n",
    "BCHARGE  : 83.0 Percent\n",
    "TIMELEFT : 8.3 Minutes\n",
    "SELFTEST : NO\n",
    "STATFLAG : 0x05020010\n",
];

fn read(lines: &[&str]) -> Result<UpsReading, UpsFailure> {
    status::reading(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
}

#[test]
fn an_outage_is_read_with_its_numbers() {
    let reading = read(ON_BATTERY).expect("a reading");
    assert_eq!(reading.supply, Supply::Battery);
    assert_eq!((reading.charge, reading.load), (Some(83), Some(30)));
    assert_eq!(reading.runtime, Some(Millis::new(498_000)));
    assert!(!reading.low && !reading.testing && !reading.forced);
}

#[test]
fn the_flags_say_what_the_words_no_longer_do() {
    let reading = read(&["STATUS   : SHUTTING DOWN", "STATFLAG : 0x05000250"]).expect("a reading");
    assert_eq!(reading.supply, Supply::Battery);
    assert!(reading.forced && reading.low);
    let words = read(&["STATUS   : CAL ONLINE OVERLOAD REPLACEBATT "]).expect("a reading");
    assert_eq!(words.supply, Supply::Mains);
    assert!(words.testing && words.overload && words.replace);
}

#[test]
fn a_ups_that_is_lost_is_stale_and_anything_else_garbled() {
    assert_eq!(read(&["STATUS   : COMMLOST ", "STATFLAG : 0x05000108"]), Err(UpsFailure::Stale));
    assert_eq!(read(&["STATUS   : "]), Err(UpsFailure::Stale));
    assert_eq!(read(&["HTTP/1.1 400 Bad Request"]), Err(UpsFailure::Garbled));
    assert_eq!(read(&["STATFLAG : 08"]), Err(UpsFailure::Garbled));
}

/// A server that answers the first connection with those bytes.
fn served(bytes: &'static [u8]) -> Result<UpsReading, UpsFailure> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let reader = Apcupsd::new(address, Duration::from_millis(200));
        let server = async {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut asked = [0; STATUS.len()];
            stream.read_exact(&mut asked).await.expect("a command");
            assert_eq!(asked, STATUS);
            stream.write_all(bytes).await.expect("written");
            // Held open, so that only the time limit ends an answer without an end.
            tokio::time::sleep(Duration::from_millis(400)).await;
        };
        tokio::join!(reader.read(), server).0
    })
}

#[test]
fn an_answer_is_taken_line_by_line_up_to_its_end() {
    let reading = served(b"\0\x12STATUS   : ONLINE\n\0\0").expect("a reading");
    assert_eq!(reading.supply, Supply::Mains);
}

#[test]
fn an_answer_without_an_end_or_with_endless_lines_is_none() {
    assert_eq!(served(b"\0\x12STATUS   : ONLINE\n"), Err(UpsFailure::Silent));
    assert_eq!(served(b"SSH-2.0-nothing of the kind"), Err(UpsFailure::Garbled));
}

#[test]
fn it_takes_no_orders() {
    let reader = Apcupsd::new(([127, 0, 0, 1], PORT).into(), Duration::from_secs(1));
    assert_eq!(reader.order(UpsOrder::Test), UpsAnswer::Failed(UpsFailure::Unsupported));
}
