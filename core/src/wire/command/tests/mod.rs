//! Golden bytes of every command, both ways, and round trips over any bytes.
//!
//! Bytes called *captured* were exchanged by clients and BMCs that are not part of this project;
//! the capture is named by its file in `tests/vectors`. The others are set out from the tables of
//! the specification.

mod chassis;
mod login;

use heapless::Vec;

use super::{Command, Delivery, Privilege, Request};
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
    fn of<C: Command>(_: &C) -> (Privilege, Delivery) {
        (C::PRIVILEGE, C::DELIVERY)
    }
    use super::{chassis, device, session};
    let status = of(&chassis::GetChassisStatus);
    assert_eq!(status, (Privilege::User, Delivery::Repeat));
    let control = of(&chassis::ChassisControl(chassis::ChassisAction::Off));
    assert_eq!(control, (Privilege::Operator, Delivery::Once));
    let identify = of(&chassis::ChassisIdentify::Off);
    assert_eq!(identify, (Privilege::Operator, Delivery::Repeat));
    assert_eq!(of(&device::GetDeviceId), (Privilege::User, Delivery::Repeat));
    let close = of(&session::CloseSession { session_id: 1 });
    assert_eq!(close, (Privilege::Callback, Delivery::Repeat));
}
