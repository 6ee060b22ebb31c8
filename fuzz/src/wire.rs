//! Every parser over any bytes: what can be read can be written, and then reads the same.

use komainu_core::limits::MAX_RESET_DATAGRAM;
use komainu_core::wire::command::Command;
use komainu_core::wire::command::alert_policy::{AlertPolicyCount, AlertPolicyEntry};
use komainu_core::wire::command::boot::GetSystemBootOption;
use komainu_core::wire::command::boot_flags::BootFlags;
use komainu_core::wire::command::channel::GetChannelAuthenticationCapabilities;
use komainu_core::wire::command::chassis::{ChassisIdentify, GetChassisStatus};
use komainu_core::wire::command::cipher::GetChannelCipherSuites;
use komainu_core::wire::command::device::{GetDeviceId, GetSystemGuid};
use komainu_core::wire::command::event_filter::{EventFilter, EventFilterCount};
use komainu_core::wire::command::lan::{
    AddressSource, DefaultGateway, GetLanConfiguration, IpAddress, MacAddress, SubnetMask,
};
use komainu_core::wire::command::lan_alert::{
    Community, Destination, DestinationAddress, DestinationCount,
};
use komainu_core::wire::command::pef::{
    GetPefCapabilities, GetPefConfiguration, PefActionControl, PefControl,
};
use komainu_core::wire::command::restart::{GetSystemRestartCause, SetPowerRestorePolicy};
use komainu_core::wire::command::sel::{ClearSel, GetSelEntry, GetSelInfo, ReserveSel};
use komainu_core::wire::command::session::{
    ActivateSession, GetSessionChallenge, GetSessionInfo, SetSessionPrivilegeLevel,
};
use komainu_core::wire::command::watchdog::GetWatchdogTimer;
use komainu_core::wire::rakp::{OpenSessionRequest, OpenSessionResponse, Proof, Rakp1, Rakp2};
use komainu_core::wire::session20::{self, PayloadType};
use komainu_core::wire::{Full, Writer, asf, ipmb, reset, rmcp, session15};

/// What `emit` writes; longer than a datagram is as good as nothing.
fn written(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), Full>) -> Option<Vec<u8>> {
    let mut buffer = [0; MAX_RESET_DATAGRAM];
    let mut out = Writer::new(&mut buffer);
    emit(&mut out).ok()?;
    Some(out.written().to_vec())
}

/// Reads, writes and reads again.
macro_rules! comes_back {
    ($bytes:expr, $parse:expr, $value:ident => $emit:expr) => {
        if let Ok($value) = $parse($bytes)
            && let Some(again) = written($emit)
        {
            assert_eq!($parse(&again), Ok($value), "{:02x?}", $bytes);
        }
    };
}

/// The answers of commands.
macro_rules! answers_come_back {
    ($bytes:expr, $($command:ty),+ $(,)?) => {
        $(comes_back!($bytes, <$command as Command>::parse, value => |out| value.emit(out));)+
    };
}

/// Reads `bytes` as everything there is.
pub fn run(bytes: &[u8]) {
    envelopes(bytes);
    if let Ok((_, rest)) = rmcp::Header::parse(bytes) {
        envelopes(rest);
    }
    payloads(bytes);
    answers(bytes);
    configuration(bytes);
    reset_path(bytes);
}

fn reset_path(bytes: &[u8]) {
    for kind in reset::Kind::ALL {
        let parse = |body| reset::Message::parse(*kind, body);
        comes_back!(bytes, parse, value => |out| value.emit(out));
    }
    if let Ok(envelope) = reset::Envelope::parse(bytes)
        && let Some(kind) = envelope.kind
    {
        let parse = |body| reset::Message::parse(kind, body);
        comes_back!(envelope.body, parse, value => |out| value.emit(out));
    }
}

fn envelopes(bytes: &[u8]) {
    if let Ok((header, _)) = rmcp::Header::parse(bytes) {
        let again = written(|out| header.emit(out)).expect("the header is short");
        assert_eq!(rmcp::Header::parse(&again).map(|(header, _)| header), Ok(header));
    }
    comes_back!(bytes, asf::Message::parse, value => |out| value.emit(out));
    comes_back!(bytes, session15::Packet::parse, value => |out| value.emit(out));
    if let Ok(packet) = session15::Packet::parse(bytes) {
        payloads(packet.message);
    }
    if let Ok(packet) = session20::Packet::parse(bytes) {
        packet_20(&packet);
        payloads(packet.payload);
    }
}

fn packet_20(packet: &session20::Packet<'_>) {
    // The fields of an OEM payload are skipped when read, so they are not written either.
    let oem = packet.header.payload_type == PayloadType::Unknown(2);
    let again = written(|out| {
        packet.header.emit(out)?;
        out.bytes(packet.payload)?;
        session20::set_payload_len(out.written_mut())?;
        out.bytes(packet.trailer)
    });
    if let Some(again) = again.filter(|_| !oem) {
        assert_eq!(session20::Packet::parse(&again), Ok(*packet));
    }
}

fn payloads(bytes: &[u8]) {
    // Wrong checksums are told, and never written.
    if let Ok(message) = ipmb::Message::parse(bytes)
        && let Some(again) = written(|out| message.emit(out))
    {
        let want = ipmb::Message { sums: ipmb::Checksums::Good, ..message };
        assert_eq!(ipmb::Message::parse(&again), Ok(want));
    }
    comes_back!(bytes, OpenSessionRequest::parse, value => |out| value.emit(out));
    comes_back!(bytes, OpenSessionResponse::parse, value => |out| value.emit(out));
    comes_back!(bytes, Rakp1::parse, value => |out| value.emit(out));
    comes_back!(bytes, Rakp2::parse, value => |out| value.emit(out));
    comes_back!(bytes, Proof::parse, value => |out| value.emit(out));
}

fn answers(bytes: &[u8]) {
    answers_come_back!(
        bytes,
        GetDeviceId,
        GetSystemGuid,
        GetChannelAuthenticationCapabilities,
        GetChannelCipherSuites,
        GetSessionChallenge,
        ActivateSession,
        SetSessionPrivilegeLevel,
        GetSessionInfo,
        GetChassisStatus,
        SetPowerRestorePolicy,
        GetSystemRestartCause,
        GetWatchdogTimer,
        GetSelInfo,
        ReserveSel,
        GetSelEntry,
        ClearSel,
    );
    // An answer without data is read as well, whatever follows.
    assert_eq!(ChassisIdentify::parse(bytes), Ok(()));
}

fn configuration(bytes: &[u8]) {
    answers_come_back!(
        bytes,
        GetSystemBootOption<BootFlags>,
        GetLanConfiguration<IpAddress>,
        GetLanConfiguration<AddressSource>,
        GetLanConfiguration<MacAddress>,
        GetLanConfiguration<SubnetMask>,
        GetLanConfiguration<DefaultGateway>,
        GetLanConfiguration<Community>,
        GetLanConfiguration<DestinationCount>,
        GetLanConfiguration<Destination>,
        GetLanConfiguration<DestinationAddress>,
        GetPefCapabilities,
        GetPefConfiguration<PefControl>,
        GetPefConfiguration<PefActionControl>,
        GetPefConfiguration<EventFilterCount>,
        GetPefConfiguration<EventFilter>,
        GetPefConfiguration<AlertPolicyCount>,
        GetPefConfiguration<AlertPolicyEntry>,
    );
}
