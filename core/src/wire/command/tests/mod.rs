//! Golden bytes of every command, both ways, and round trips over any bytes.
//!
//! Bytes called *captured* were exchanged by clients and BMCs that are not part of this project;
//! the capture is named by its file in `tests/vectors`. Bytes called *sent* were read off the wire
//! in the same way between ipmitool 1.8.19 or FreeIPMI 1.6.10 and `ipmi_sim` 2.0.33. The others
//! are set out from the tables of the specification.

mod alert;
mod boot;
mod chassis;
mod codes;
mod login;
mod sel;
mod watchdog;

use heapless::Vec;

use super::{Command, Delivery, NetFn, Privilege, Request};
use crate::limits::MAX_REQUEST_DATA;
use crate::wire::{Full, Writer};

/// Longest data of an answer that the tests emit.
type Bytes = Vec<u8, 64>;

/// The bytes that `emit` writes.
fn written(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), Full>) -> Bytes {
    let mut buffer = [0; 64];
    let mut out = Writer::new(&mut buffer);
    emit(&mut out).expect("the buffer has room");
    Bytes::from_slice(out.written()).expect("as long as the buffer")
}

/// Asserts the number and the data of a command's request.
fn assert_request<C: Command>(command: &C, net_fn: u8, code: u8, data: &[u8]) {
    let request = Request::of(command).expect("typed requests are short");
    assert_eq!((request.net_fn.request(), request.code), (net_fn, code));
    assert_eq!(request.data.as_slice(), data);
}

/// Asserts that the answer `bytes` mean `value`, and that the value is written as those bytes.
macro_rules! assert_answer {
    ($command:ty, $bytes:expr, $value:expr) => {{
        let value = $value;
        assert_eq!(<$command>::parse(&$bytes).as_ref(), Ok(&value));
        assert_eq!(written(|out| value.emit(out)).as_slice(), &$bytes[..]);
    }};
}

/// Properties of answers: parsing is total, and emitting what was parsed parses as the same value.
macro_rules! answers_survive_emission {
    ($($name:ident: $command:ty;)+) => {
        proptest::proptest! {
            $(
                #[test]
                fn $name(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
                    if let Ok(value) = <$command>::parse(&bytes) {
                        let emitted = written(|out| value.emit(out));
                        proptest::prop_assert_eq!(<$command>::parse(&emitted), Ok(value));
                    }
                }
            )+
        }
    };
}

use {answers_survive_emission, assert_answer};

#[test]
fn privileges_and_delivery_are_those_of_appendix_g() {
    fn of<C: Command>() -> (Privilege, Delivery) {
        (C::PRIVILEGE, C::DELIVERY)
    }
    use super::{boot::*, boot_flags::*, channel::*, chassis::*, cipher::*, device::*};
    use super::{lan::*, pef::*, restart::*, sel::*, session::*, watchdog::*};
    let callback = (Privilege::Callback, Delivery::Repeat);
    let user = (Privilege::User, Delivery::Repeat);
    let operator = (Privilege::Operator, Delivery::Repeat);
    let administrator = (Privilege::Administrator, Delivery::Repeat);
    assert_eq!(of::<ChassisControl>(), (Privilege::Operator, Delivery::Once));
    for found in [
        of::<GetChannelAuthenticationCapabilities>(),
        of::<GetChannelCipherSuites>(),
        of::<GetSessionChallenge>(),
        of::<ActivateSession>(),
        of::<CloseSession>(),
    ] {
        assert_eq!(found, callback);
    }
    for found in [
        of::<GetDeviceId>(),
        of::<GetSystemGuid>(),
        of::<SetSessionPrivilegeLevel>(),
        of::<GetSessionInfo>(),
        of::<GetChassisStatus>(),
        of::<GetSystemRestartCause>(),
        of::<GetWatchdogTimer>(),
        of::<GetSelInfo>(),
        of::<ReserveSel>(),
        of::<GetSelEntry>(),
        of::<GetPefCapabilities>(),
    ] {
        assert_eq!(found, user);
    }
    for found in [
        of::<ChassisIdentify>(),
        of::<SetPowerRestorePolicy>(),
        of::<SetSystemBootOption<BootFlags>>(),
        of::<GetSystemBootOption<BootFlags>>(),
        of::<ResetWatchdogTimer>(),
        of::<SetWatchdogTimer>(),
        of::<ClearSel>(),
        of::<GetLanConfiguration<MacAddress>>(),
        of::<GetPefConfiguration<PefControl>>(),
    ] {
        assert_eq!(found, operator);
    }
    assert_eq!(of::<SetLanConfiguration<MacAddress>>(), administrator);
    assert_eq!(of::<SetPefConfiguration<PefControl>>(), administrator);
}

#[test]
fn a_raw_request_is_sent_once_unless_told_otherwise() {
    let net_fn = NetFn::new(0x2e).expect("even and in range");
    let request = Request::raw(net_fn, 2, 0x51, &[1, 2, 3], Privilege::Administrator);
    let request = request.expect("short enough");
    assert_eq!((request.lun, request.code, request.data.as_slice()), (2, 0x51, &[1, 2, 3][..]));
    assert_eq!(request.privilege, Privilege::Administrator);
    assert_eq!(request.delivery, Delivery::Once);
    assert_eq!(request.repeated().delivery, Delivery::Repeat);
    let longest = [0; MAX_REQUEST_DATA];
    assert!(Request::raw(net_fn, 0, 0x51, &longest, Privilege::User).is_ok());
    let too_long = [0; MAX_REQUEST_DATA + 1];
    assert_eq!(Request::raw(net_fn, 0, 0x51, &too_long, Privilege::User), Err(Full));
}

#[test]
fn a_request_that_does_not_fit_is_refused() {
    let mut room = [0; 1];
    assert_eq!(
        super::session::CloseSession { session_id: 1 }.emit(&mut Writer::new(&mut room)),
        Err(Full)
    );
}
