//! `sel`: the system event log.

use std::time::Duration;

use komainu_core::wire::command::CompletionCode;
use komainu_core::wire::command::event_text::{event_text, sensor_type_name};
use komainu_core::wire::command::sel::{
    ClearOperation, ClearSel, ErasureProgress, GetSelEntry, GetSelInfo, RecordId, Reservation,
    ReserveSel,
};
use komainu_core::wire::command::sel_record::{SelContent, SelRecord, SystemEvent};
use serde::Serialize;

use crate::engine::Bmc;
use crate::moment::moment;
use crate::output::{Report, Text, hex};
use crate::problem::Problem;

/// Pause between two looks at an erasure.
const ERASING: Duration = Duration::from_millis(200);
/// Times that a log is reserved again which changes while it is cleared.
const RESERVATIONS: usize = 3;

/// How full the log is.
#[derive(Debug, Serialize)]
pub(super) struct SelInfo {
    entries: u16,
    free_bytes: u16,
    overflow: bool,
    last_addition: Option<String>,
    last_erase: Option<String>,
}

impl Report for SelInfo {
    fn text(&self) -> Text {
        let overflow = if self.overflow { ", OVERFLOW: events were lost" } else { "" };
        let last = self.last_addition.as_deref().unwrap_or("not told");
        Text::Line(format!(
            "{} entries, {} bytes free, last entry {last}{overflow}",
            self.entries, self.free_bytes
        ))
    }
}

/// Reads how full the log is.
pub(super) async fn info(bmc: Bmc<'_>) -> Result<SelInfo, Problem> {
    let info = bmc.ask(&GetSelInfo).await?;
    Ok(SelInfo {
        entries: info.entries,
        free_bytes: info.free_bytes,
        overflow: info.overflow,
        last_addition: moment(info.last_addition),
        last_erase: moment(info.last_erase),
    })
}

/// The entries of the log.
#[derive(Debug, Serialize)]
pub(super) struct SelList {
    entries: Vec<Entry>,
}

/// An entry.
#[derive(Debug, Serialize)]
struct Entry {
    id: u16,
    time: Option<String>,
    what: String,
    #[serde(flatten)]
    event: Option<Event>,
}

/// The fields of a sensor's event.
#[derive(Debug, Serialize)]
struct Event {
    sensor_type: u8,
    sensor: u8,
    event_type: u8,
    asserted: bool,
    data: [u8; 3],
}

impl Report for SelList {
    fn text(&self) -> Text {
        if self.entries.is_empty() {
            return Text::Line("the log is empty".to_owned());
        }
        let line = |entry: &Entry| {
            let time = entry.time.as_deref().unwrap_or("-");
            format!("{:>5}  {time:19}  {}", entry.id, entry.what)
        };
        Text::Block(self.entries.iter().map(line).collect())
    }
}

/// Reads every entry.
pub(super) async fn list(bmc: Bmc<'_>) -> Result<SelList, Problem> {
    let mut entries = Vec::new();
    let mut id = RecordId::FIRST;
    // Ids have 16 bits, so a longer walk goes in circles.
    while entries.len() < usize::from(u16::MAX) {
        let entry = match bmc.ask(&GetSelEntry { id }).await {
            Err(Problem::Refused(refusal)) if refusal.code == CompletionCode::NOT_PRESENT => break,
            result => result?,
        };
        entries.push(Entry::of(&entry.record));
        if entry.next == RecordId::LAST || entry.next == id {
            break;
        }
        id = entry.next;
    }
    Ok(SelList { entries })
}

impl Entry {
    fn of(record: &SelRecord) -> Self {
        let id = record.id.0;
        let (time, what, event) = match &record.content {
            SelContent::SystemEvent(event) => {
                (moment(event.time), words(event), Some(Event::of(event)))
            }
            SelContent::OemTimestamped { record_type, time, manufacturer, data } => {
                let what = format!(
                    "record of manufacturer {}, type 0x{record_type:02x}: {}",
                    manufacturer.number(),
                    hex(data)
                );
                (moment(*time), what, None)
            }
            SelContent::Other { record_type, data } => {
                (None, format!("record of type 0x{record_type:02x}: {}", hex(data)), None)
            }
        };
        Self { id, time, what, event }
    }
}

impl Event {
    fn of(event: &SystemEvent) -> Self {
        Self {
            sensor_type: event.sensor_type,
            sensor: event.sensor_number,
            event_type: event.event_type,
            asserted: !event.deassertion,
            data: event.data,
        }
    }
}

fn words(event: &SystemEvent) -> String {
    let sensor = match sensor_type_name(event.sensor_type) {
        Some(name) => format!("{name} #{}", event.sensor_number),
        None => format!("sensor #{} of type 0x{:02x}", event.sensor_number, event.sensor_type),
    };
    let what = match event_text(event.event_type, event.sensor_type, event.offset()) {
        Some(text) => text.to_owned(),
        None => format!("event 0x{:02x}, data {}", event.event_type, hex(&event.data)),
    };
    let ended = if event.deassertion { " (ended)" } else { "" };
    format!("{sensor}: {what}{ended}")
}

/// The log was cleared.
#[derive(Debug, Serialize)]
pub(super) struct Cleared {
    cleared: bool,
}

impl Report for Cleared {
    fn text(&self) -> Text {
        Text::Line("cleared".to_owned())
    }
}

/// Clears the log, and waits until that is done.
pub(super) async fn clear(bmc: Bmc<'_>) -> Result<Cleared, Problem> {
    let mut tries = 0;
    let reservation = loop {
        // A BMC without reservations takes none.
        let reservation = bmc.try_ask(&ReserveSel).await?.unwrap_or(Reservation::NONE);
        tries += 1;
        match bmc.ask(&ClearSel { reservation, operation: ClearOperation::Initiate }).await {
            Err(Problem::Refused(refusal))
                if refusal.code == CompletionCode::RESERVATION_CANCELLED
                    && tries < RESERVATIONS => {}
            Ok(ErasureProgress::Complete) => return Ok(Cleared { cleared: true }),
            Ok(_) => break reservation,
            Err(problem) => return Err(problem),
        }
    };
    loop {
        bmc.rest(bmc.now() + ERASING).await?;
        let status = ClearSel { reservation, operation: ClearOperation::Status };
        if bmc.ask(&status).await? == ErasureProgress::Complete {
            return Ok(Cleared { cleared: true });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use komainu_core::wire::command::sel_record::{EventSource, Generator, Timestamp};

    fn event(sensor_type: u8, event_type: u8, data: [u8; 3], deassertion: bool) -> SystemEvent {
        let source = EventSource::Device(0x20);
        SystemEvent {
            time: Timestamp(0x6000_0000),
            generator: Generator { source, channel: 0, lun: 0 },
            format: 4,
            sensor_type,
            sensor_number: 7,
            deassertion,
            event_type,
            data,
        }
    }

    #[test]
    fn events_are_told_in_words_where_there_are_words() {
        assert_eq!(words(&event(0x09, 0x6f, [0, 0xff, 0xff], false)), "Power Unit #7: power off");
        assert_eq!(words(&event(0x09, 0x6f, [0x44, 0, 0], true)), "Power Unit #7: AC lost (ended)");
        assert_eq!(
            words(&event(0xd0, 0x70, [1, 2, 3], false)),
            "sensor #7 of type 0xd0: event 0x70, data 01 02 03"
        );
    }
}
