//! System event log, and the names of events.

use super::super::Command;
use super::super::device::Manufacturer;
use super::super::event_text::*;
use super::super::sel::*;
use super::super::sel_record::*;
use super::{answers_survive_emission, assert_answer, assert_request, written};

answers_survive_emission! {
    sel_info: GetSelInfo;
    reservation: ReserveSel;
    sel_entry: GetSelEntry;
    sel_system_event: SystemEvents;
    erasure_progress: ClearSel;
}

/// Entries of type 0x02, which arbitrary bytes seldom are.
struct SystemEvents;

impl SystemEvents {
    fn parse(data: &[u8]) -> Result<SelEntry, crate::wire::Malformed> {
        let mut bytes: super::Bytes = data.iter().copied().collect();
        if let Some(record_type) = bytes.get_mut(4) {
            *record_type = 0x02;
        }
        GetSelEntry::parse(&bytes)
    }
}

#[test]
fn info_of_a_capture() {
    assert_request(&GetSelInfo, 0x0a, 0x40, &[]);
    // Captured: v15-md5-many.
    let bytes = [0x51, 0x00, 0x00, 0x80, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a];
    let info = SelInfo {
        version: 0x51,
        entries: 0,
        free_bytes: 0x0c80,
        last_addition: Timestamp(0),
        last_erase: Timestamp(0),
        overflow: false,
        can_delete: true,
        can_add_partially: false,
        can_reserve: true,
        tells_allocation: false,
    };
    assert_answer!(GetSelInfo, bytes, info);
    assert!(GetSelInfo::parse(&bytes[..13]).is_err());
}

#[test]
fn info_tells_times_and_overflow() {
    // Table 31-2.
    let bytes = [0x51, 2, 1, 0xff, 0xff, 1, 2, 3, 0x40, 5, 6, 7, 0x48, 0x85];
    let info = GetSelInfo::parse(&bytes).expect("well formed");
    assert_eq!((info.entries, info.free_bytes), (0x0102, 0xffff));
    assert_eq!(info.last_addition, Timestamp(0x4003_0201));
    assert_eq!(info.last_erase, Timestamp(0x4807_0605));
    assert!(info.overflow && info.can_add_partially && info.tells_allocation);
    assert!(!info.can_delete && !info.can_reserve);
    assert_eq!(written(|out| info.emit(out)).as_slice(), &bytes);
}

#[test]
fn clearing_as_ipmitool_does() {
    // Sent by ipmitool, answered by ipmi_sim: "sel clear".
    assert_request(&ReserveSel, 0x0a, 0x42, &[]);
    assert_answer!(ReserveSel, [0x01, 0x00], Reservation(1));
    let clear = ClearSel { reservation: Reservation(1), operation: ClearOperation::Initiate };
    assert_request(&clear, 0x0a, 0x47, &[0x01, 0x00, 0x43, 0x4c, 0x52, 0xaa]);
    assert_answer!(ClearSel, [0x01], ErasureProgress::Complete);
    let status = ClearSel { operation: ClearOperation::Status, ..clear };
    assert_request(&status, 0x0a, 0x47, &[0x01, 0x00, 0x43, 0x4c, 0x52, 0x00]);
    assert_answer!(ClearSel, [0x00], ErasureProgress::InProgress);
}

#[test]
fn a_system_event() {
    let ask = GetSelEntry { id: RecordId::FIRST };
    assert_request(&ask, 0x0a, 0x43, &[0x00, 0x00, 0x00, 0x00, 0x00, 0xff]);
    let ask = GetSelEntry { id: RecordId(0x0201) };
    assert_request(&ask, 0x0a, 0x43, &[0x00, 0x00, 0x01, 0x02, 0x00, 0xff]);
    // Table 32-1: the power unit, sensor 5 of the BMC, is no longer off.
    let bytes = [
        0xff, 0xff, 0x34, 0x12, 0x02, 0x04, 0x03, 0x02, 0x41, 0x20, 0x11, 0x04, 0x09, 0x05, 0xef,
        0xa0, 0xff, 0x01,
    ];
    let event = SystemEvent {
        time: Timestamp(0x4102_0304),
        generator: Generator { source: EventSource::Device(0x20), channel: 1, lun: 1 },
        format: 4,
        sensor_type: POWER_UNIT,
        sensor_number: 5,
        deassertion: true,
        event_type: SENSOR_SPECIFIC,
        data: [0xa0, 0xff, 0x01],
    };
    let entry = SelEntry {
        next: RecordId::LAST,
        record: SelRecord { id: RecordId(0x1234), content: SelContent::SystemEvent(event) },
    };
    assert_answer!(GetSelEntry, bytes, entry);
    assert_eq!(event_text(event.event_type, event.sensor_type, event.offset()), Some("power off"));
    assert!(GetSelEntry::parse(&bytes[..17]).is_err());
}

#[test]
fn software_is_a_source_too() {
    // Id 0x21 in bits 1 to 7, bit 0 set (table 32-1).
    let bytes =
        [0x02, 0x00, 0x01, 0x00, 0x02, 0, 0, 0, 0, 0x43, 0x00, 0x04, 0x20, 0x00, 0x6f, 0x03, 0, 0];
    let entry = GetSelEntry::parse(&bytes).expect("well formed");
    let SelContent::SystemEvent(event) = entry.record.content else { panic!("a system event") };
    assert_eq!(event.generator.source, EventSource::Software(0x21));
    assert_eq!(
        event_text(event.event_type, event.sensor_type, event.offset()),
        Some("graceful shutdown")
    );
    assert_eq!(written(|out| entry.emit(out)).as_slice(), &bytes);
}

#[test]
fn records_of_manufacturers() {
    // Tables 32-2 and 32-3.
    let bytes = [3, 0, 2, 0, 0xc1, 1, 0, 0, 0x30, 0x57, 0x01, 0x00, 1, 2, 3, 4, 5, 6];
    let content = SelContent::OemTimestamped {
        record_type: 0xc1,
        time: Timestamp(0x3000_0001),
        manufacturer: Manufacturer::new(343),
        data: [1, 2, 3, 4, 5, 6],
    };
    let record = SelRecord { id: RecordId(2), content };
    assert_answer!(GetSelEntry, bytes, SelEntry { next: RecordId(3), record });
    for (record_type, timestamped) in [(0xbf, false), (0xc0, true), (0xdf, true), (0xe0, false)] {
        let mut bytes = bytes;
        bytes[4] = record_type;
        let entry = GetSelEntry::parse(&bytes).expect("every type is a record");
        let found = matches!(entry.record.content, SelContent::OemTimestamped { .. });
        assert_eq!(found, timestamped);
    }
    let bytes = [3, 0, 2, 0, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
    let data = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
    let content = SelContent::Other { record_type: 0xe0, data };
    let record = SelRecord { id: RecordId(2), content };
    assert_answer!(GetSelEntry, bytes, SelEntry { next: RecordId(3), record });
}

#[test]
fn timestamps_have_three_meanings() {
    assert_eq!(Timestamp(0).moment(), Moment::SinceStart(0));
    assert_eq!(Timestamp(0x2000_0000).moment(), Moment::SinceStart(0x2000_0000));
    assert_eq!(Timestamp(0x2000_0001).moment(), Moment::SinceEpoch(0x2000_0001));
    assert_eq!(Timestamp(0xffff_ffff).moment(), Moment::Unspecified);
}

#[test]
fn sensor_types_and_events_have_names() {
    // Table 42-3, first and last, and the numbers that have constants.
    assert_eq!(sensor_type_name(0x00), None);
    assert_eq!(sensor_type_name(0x01), Some("Temperature"));
    assert_eq!(sensor_type_name(POWER_SUPPLY), Some("Power Supply"));
    assert_eq!(sensor_type_name(POWER_UNIT), Some("Power Unit"));
    assert_eq!(sensor_type_name(EVENT_LOGGING), Some("Event Logging"));
    assert_eq!(sensor_type_name(OS_STOP), Some("OS Stop"));
    assert_eq!(sensor_type_name(ACPI_POWER_STATE), Some("ACPI Power State"));
    assert_eq!(sensor_type_name(WATCHDOG_2), Some("Watchdog 2"));
    assert_eq!(sensor_type_name(0x2c), Some("FRU State"));
    assert_eq!(sensor_type_name(0x2d), None);
    assert_eq!(event_text(SENSOR_SPECIFIC, ACPI_POWER_STATE, 0x5), Some("S5, soft off"));
    assert_eq!(event_text(SENSOR_SPECIFIC, ACPI_POWER_STATE, 0xd), None);
    assert_eq!(event_text(SENSOR_SPECIFIC, ACPI_POWER_STATE, 0xe), Some("unknown"));
    assert_eq!(event_text(SENSOR_SPECIFIC, WATCHDOG_2, 0x8), Some("timer interrupt"));
    assert_eq!(event_text(SENSOR_SPECIFIC, EVENT_LOGGING, 0x2), Some("log cleared"));
    assert_eq!(event_text(SENSOR_SPECIFIC, POWER_SUPPLY, 0xf), None);
    assert_eq!(event_text(THRESHOLD, 0x01, 0x9), Some("upper critical, going high"));
    assert_eq!(event_text(0x02, 0x01, 0x0), None);
}
