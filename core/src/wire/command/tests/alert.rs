//! LAN and PEF configuration.

extern crate std;

use core::net::{Ipv4Addr, Ipv6Addr};
use std::{format, string::ToString};

use super::super::Command;
use super::super::alert_policy::*;
use super::super::event_filter::*;
use super::super::lan::*;
use super::super::lan_alert::*;
use super::super::parameter::{Reading, SetInProgress};
use super::super::pef::*;
use super::{answers_survive_emission, assert_answer, assert_request, written};

answers_survive_emission! {
    lan_set_in_progress: GetLanConfiguration<SetInProgress>;
    ip_address: GetLanConfiguration<IpAddress>;
    address_source: GetLanConfiguration<AddressSource>;
    mac_address: GetLanConfiguration<MacAddress>;
    subnet_mask: GetLanConfiguration<SubnetMask>;
    default_gateway: GetLanConfiguration<DefaultGateway>;
    community: GetLanConfiguration<Community>;
    destination_count: GetLanConfiguration<DestinationCount>;
    destination: GetLanConfiguration<Destination>;
    destination_address: GetLanConfiguration<DestinationAddress>;
    pef_capabilities: GetPefCapabilities;
    pef_control: GetPefConfiguration<PefControl>;
    pef_action_control: GetPefConfiguration<PefActionControl>;
    event_filter_count: GetPefConfiguration<EventFilterCount>;
    event_filter: GetPefConfiguration<EventFilter>;
    alert_policy_count: GetPefConfiguration<AlertPolicyCount>;
    alert_policy_entry: GetPefConfiguration<AlertPolicyEntry>;
}

fn reading<P>(value: P) -> Reading<P> {
    Reading { revision: 0x11, value }
}

fn set_lan<P>(parameter: P) -> SetLanConfiguration<P> {
    SetLanConfiguration { channel: 1, parameter }
}

#[test]
fn own_address_as_ipmitool_reads_it() {
    // Sent by ipmitool: "lan print 1". Answers in the form of table 23-4.
    let get = GetLanConfiguration::<IpAddress>::new(1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x03, 0x00, 0x00]);
    let ip = IpAddress(Ipv4Addr::new(10, 1, 2, 3));
    assert_answer!(GetLanConfiguration<IpAddress>, [0x11, 10, 1, 2, 3], reading(ip));
    let get = GetLanConfiguration::<AddressSource>::new(1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x04, 0x00, 0x00]);
    let source = reading(AddressSource::Dhcp);
    assert_answer!(GetLanConfiguration<AddressSource>, [0x11, 0x02], source);
    let get = GetLanConfiguration::<MacAddress>::new(1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x05, 0x00, 0x00]);
    let mac = MacAddress([0x02, 0, 0, 0xaa, 0xbb, 0xcc]);
    let bytes = [0x11, 0x02, 0, 0, 0xaa, 0xbb, 0xcc];
    assert_answer!(GetLanConfiguration<MacAddress>, bytes, reading(mac));
    assert_eq!(mac.to_string(), "02:00:00:aa:bb:cc");
    let get = GetLanConfiguration::<SubnetMask>::new(1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x06, 0x00, 0x00]);
    let mask = SubnetMask(Ipv4Addr::new(255, 255, 0, 0));
    assert_answer!(GetLanConfiguration<SubnetMask>, [0x11, 255, 255, 0, 0], reading(mask));
    let get = GetLanConfiguration::<DefaultGateway>::new(1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x0c, 0x00, 0x00]);
    assert!(GetLanConfiguration::<IpAddress>::parse(&[0x11, 10, 1, 2]).is_err());
    assert!(GetLanConfiguration::<IpAddress>::parse(&[]).is_err());
}

#[test]
fn community_as_ipmitool_sets_and_reads_it() {
    // Sent by ipmitool: "lan set 1 snmp public", within a change; answered by ipmi_sim.
    assert_request(&set_lan(SetInProgress::InProgress), 0x0c, 0x01, &[0x01, 0x00, 0x01]);
    let community = Community::new("public").expect("six characters");
    let data = b"\x01\x10public\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_request(&set_lan(community), 0x0c, 0x01, data);
    assert_request(&set_lan(SetInProgress::Commit), 0x0c, 0x01, &[0x01, 0x00, 0x02]);
    assert_request(&set_lan(SetInProgress::Complete), 0x0c, 0x01, &[0x01, 0x00, 0x00]);
    let get = GetLanConfiguration::<Community>::new(1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x10, 0x00, 0x00]);
    let bytes = *b"\x11public\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_answer!(GetLanConfiguration<Community>, bytes, reading(community));
    assert_eq!(community.expose(), b"public");
}

#[test]
fn community_is_bounded_and_not_shown() {
    let longest = Community::new("eighteen character").expect("18 characters");
    assert_eq!(longest.expose(), b"eighteen character");
    assert!(Community::new("nineteen characters").is_none());
    assert!(Community::new("").is_none());
    assert!(Community::new("tab\t").is_none());
    assert!(Community::new("g\u{f6}n").is_none());
    assert!(!format!("{longest:?}").contains("eighteen"));
}

#[test]
fn destination_as_freeipmi_sets_it() {
    let get = GetLanConfiguration::<DestinationCount>::new(1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x11, 0x00, 0x00]);
    let count = reading(DestinationCount(4));
    assert_answer!(GetLanConfiguration<DestinationCount>, [0x11, 0x04], count);
    // Sent by ipmi-config: trap, acknowledged, 3 on the wire, 4 retries; 10.1.2.3, no MAC.
    let destination = Destination {
        number: 1,
        kind: AlertKind::Trap,
        acknowledged: true,
        interval: 3,
        retries: 4,
    };
    assert_request(&set_lan(destination), 0x0c, 0x01, &[0x01, 0x12, 0x01, 0x80, 0x03, 0x04]);
    let bytes = [0x11, 0x01, 0x80, 0x03, 0x04];
    assert_answer!(GetLanConfiguration<Destination>, bytes, reading(destination));
    let get = GetLanConfiguration::<Destination>::of_destination(1, 1);
    assert_request(&get, 0x0c, 0x02, &[0x01, 0x12, 0x01, 0x00]);
    let ip = Ipv4Addr::new(10, 1, 2, 3);
    let to = |mac, backup_gateway| DestinationAddress {
        number: 1,
        address: AlertAddress::Ipv4 { backup_gateway, ip, mac },
    };
    let data = [0x01, 0x13, 0x01, 0x00, 0x00, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0];
    assert_request(&set_lan(to(MacAddress::ZERO, false)), 0x0c, 0x01, &data);
    // Sent by ipmitool: "lan alert set 1 1 macaddr"; then table 23-4 for the gateway.
    let mac = MacAddress([0x02, 0, 0, 0xaa, 0xbb, 0xcc]);
    let data = [0x01, 0x13, 0x01, 0x00, 0x00, 10, 1, 2, 3, 0x02, 0, 0, 0xaa, 0xbb, 0xcc];
    assert_request(&set_lan(to(mac, false)), 0x0c, 0x01, &data);
    let bytes = [0x11, 0x01, 0x00, 0x01, 10, 1, 2, 3, 0x02, 0, 0, 0xaa, 0xbb, 0xcc];
    assert_answer!(GetLanConfiguration<DestinationAddress>, bytes, reading(to(mac, true)));
}

#[test]
fn destination_addresses_of_other_formats() {
    let v6 = DestinationAddress { number: 2, address: AlertAddress::Ipv6(Ipv6Addr::LOCALHOST) };
    let bytes = [0x11, 2, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    assert_answer!(GetLanConfiguration<DestinationAddress>, bytes, reading(v6));
    let unknown = DestinationAddress { number: 2, address: AlertAddress::Other(7) };
    assert_answer!(GetLanConfiguration<DestinationAddress>, [0x11, 2, 0x70], reading(unknown));
}

#[test]
fn pef_capabilities_of_ipmi_sim() {
    assert_request(&GetPefCapabilities, 0x04, 0x10, &[]);
    // Sent by ipmi_sim; ipmitool names all six actions and 16 filters.
    let every = PefActions {
        alert: true,
        power_off: true,
        reset: true,
        power_cycle: true,
        oem: true,
        diagnostic_interrupt: true,
    };
    let answer =
        PefCapabilities { version: 0x51, actions: every, filters_oem_records: false, filters: 16 };
    assert_answer!(GetPefCapabilities, [0x51, 0x3f, 0x10], answer);
    let less = PefCapabilities { actions: PefActions::ALERT, filters_oem_records: true, ..answer };
    assert_answer!(GetPefCapabilities, [0x51, 0x81, 0x10], less);
}

#[test]
fn pef_is_enabled_as_freeipmi_does() {
    // Sent by ipmi-config: Enable_PEF, Enable_Alert_Action.
    let control = PefControl { enabled: true, ..PefControl::default() };
    assert_request(&SetPefConfiguration(control), 0x04, 0x12, &[0x01, 0x01]);
    let actions = SetPefConfiguration(PefActionControl(PefActions::ALERT));
    assert_request(&actions, 0x04, 0x12, &[0x02, 0x01]);
    // Table 30-6, the remaining bits.
    let control = PefControl { log_actions: true, alert_startup_delay: true, ..control };
    assert_answer!(GetPefConfiguration<PefControl>, [0x11, 0x0b], reading(control));
    let get = GetPefConfiguration::<PefControl>::new();
    assert_request(&get, 0x04, 0x13, &[0x01, 0x00, 0x00]);
}

#[test]
fn filters_for_power_off_as_freeipmi_sets_them() {
    // Sent by ipmi-config: Power_Unit with offset 0, System_ACPI_Power_State with mask 0x14e0.
    let [unit, acpi, watchdog] = EventFilter::power_off_alerts(1, 1);
    let data = [
        0x06, 0x01, 0x80, 0x01, 0x01, 0x10, 0xff, 0xff, 0x09, 0xff, 0x6f, 0x01, 0x00, 0, 0, 0, 0,
        0, 0, 0, 0, 0,
    ];
    assert_request(&SetPefConfiguration(unit), 0x04, 0x12, &data);
    let data = [
        0x06, 0x02, 0x80, 0x01, 0x01, 0x10, 0xff, 0xff, 0x22, 0xff, 0x6f, 0xe0, 0x14, 0, 0, 0, 0,
        0, 0, 0, 0, 0,
    ];
    assert_request(&SetPefConfiguration(acpi), 0x04, 0x12, &data);
    assert_eq!((watchdog.number, watchdog.sensor_type, watchdog.offsets), (3, Some(0x23), 4));
    let get = GetPefConfiguration::<EventFilter>::of_entry(2);
    assert_request(&get, 0x04, 0x13, &[0x06, 0x02, 0x00]);
    let get = GetPefConfiguration::<EventFilterCount>::new();
    assert_request(&get, 0x04, 0x13, &[0x05, 0x00, 0x00]);
    let count = reading(EventFilterCount(15));
    assert_answer!(GetPefConfiguration<EventFilterCount>, [0x11, 0x0f], count);
}

#[test]
fn a_filter_of_the_manufacturer() {
    // Table 17-2, every field.
    let bytes = [
        0x11, 0x05, 0x40, 0x6b, 0x73, 0x08, 0x20, 0x01, 0x04, 0x31, 0x01, 0x00, 0x02, 0x0f, 0x01,
        0x02, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
    ];
    let filter = EventFilter {
        number: 5,
        enabled: false,
        origin: FilterOrigin::Manufacturer,
        actions: PefActions {
            alert: true,
            power_off: true,
            power_cycle: true,
            diagnostic_interrupt: true,
            ..PefActions::default()
        },
        group_control: true,
        group: 7,
        policy: 3,
        severity: Severity::NonCritical,
        source: Some(0x20),
        source_route: Some(0x01),
        sensor_type: Some(0x04),
        sensor_number: Some(0x31),
        trigger: Some(0x01),
        offsets: 0x0200,
        data: [
            DataMatch { mask: 0x0f, exact: 0x01, expected: 0x02 },
            DataMatch { mask: 0x10, exact: 0x20, expected: 0x30 },
            DataMatch { mask: 0x40, exact: 0x50, expected: 0x60 },
        ],
    };
    assert_answer!(GetPefConfiguration<EventFilter>, bytes, reading(filter));
    assert!(GetPefConfiguration::<EventFilter>::parse(&bytes[..21]).is_err());
}

#[test]
fn alert_policy_as_freeipmi_sets_it() {
    // Sent by ipmi-config: policy 1, enabled, always, channel 1, destination 1.
    let entry = AlertPolicyEntry::always(1, 1, 1, 1);
    assert_request(&SetPefConfiguration(entry), 0x04, 0x12, &[0x09, 0x01, 0x18, 0x11, 0x00]);
    let get = GetPefConfiguration::<AlertPolicyEntry>::of_entry(1);
    assert_request(&get, 0x04, 0x13, &[0x09, 0x01, 0x00]);
    assert_answer!(
        GetPefConfiguration<AlertPolicyEntry>,
        [0x11, 0x01, 0x18, 0x11, 0x00],
        reading(entry)
    );
    // Table 17-4, the remaining fields.
    let other = AlertPolicyEntry {
        enabled: false,
        rule: AlertRule::UnlessDeliveredNextChannel,
        destination: 2,
        string_by_filter: true,
        string: 5,
        ..entry
    };
    let bytes = [0x11, 0x01, 0x13, 0x12, 0x85];
    assert_answer!(GetPefConfiguration<AlertPolicyEntry>, bytes, reading(other));
    let get = GetPefConfiguration::<AlertPolicyCount>::new();
    assert_request(&get, 0x04, 0x13, &[0x08, 0x00, 0x00]);
    let count = reading(AlertPolicyCount(15));
    assert_answer!(GetPefConfiguration<AlertPolicyCount>, [0x11, 0x0f], count);
}
