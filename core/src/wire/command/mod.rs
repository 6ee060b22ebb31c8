//! The IPMI commands that Komainu speaks, one file per group of the specification.
//!
//! A command is a type that knows its number, the privilege it wants and how to write its
//! request; its answer is parsed into a type of its own. A [`Request`] is the same with the type
//! erased, which is what a session carries.

mod code;
mod completion;
mod raw;

pub mod alert_policy;
pub mod boot;
pub mod boot_flags;
pub mod channel;
pub mod chassis;
pub mod cipher;
pub mod device;
pub mod event_filter;
pub mod event_text;
pub mod lan;
pub mod lan_alert;
pub mod parameter;
pub mod pef;
pub mod restart;
pub mod sel;
pub mod sel_record;
pub mod session;
#[cfg(test)]
mod tests;
pub mod watchdog;

pub use completion::CompletionCode;

use heapless::Vec;

use super::{Full, Malformed, Writer};
use crate::limits::MAX_REQUEST_DATA;

/// Network function of a request (IPMI 2.0, table 5-1); answers use the next odd number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetFn(u8);

impl NetFn {
    /// Chassis.
    pub const CHASSIS: Self = Self(0x00);
    /// Sensor and event, which holds the PEF commands.
    pub const SENSOR_EVENT: Self = Self(0x04);
    /// Application: device, session and watchdog commands.
    pub const APP: Self = Self(0x06);
    /// Storage: SEL, SDR and FRU.
    pub const STORAGE: Self = Self(0x0a);
    /// Transport: LAN configuration.
    pub const TRANSPORT: Self = Self(0x0c);

    /// A network function by number: even and at most 0x3e, as requests have it.
    pub const fn new(number: u8) -> Option<Self> {
        if number <= 0x3e && number & 1 == 0 { Some(Self(number)) } else { None }
    }

    /// The number of the request.
    pub const fn request(self) -> u8 {
        self.0
    }

    /// The number of the answer.
    pub const fn response(self) -> u8 {
        self.0 | 1
    }
}

/// Privilege level of a session or a command (IPMI 2.0, section 6.8), lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Privilege {
    /// May only start a callback.
    Callback = 1,
    /// May read.
    User = 2,
    /// May control the chassis, but not change configuration.
    Operator = 3,
    /// May do everything.
    Administrator = 4,
    /// Defined by the manufacturer.
    Oem = 5,
}

impl Privilege {
    /// The level of a number, 1 to 5.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Callback),
            2 => Some(Self::User),
            3 => Some(Self::Operator),
            4 => Some(Self::Administrator),
            5 => Some(Self::Oem),
            _ => None,
        }
    }
}

/// Whether an unanswered request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Repeating it does no harm.
    Repeat,
    /// It is sent once in its life, because a second arrival would act a second time.
    Once,
}

/// A typed IPMI command.
pub trait Command {
    /// Its network function.
    const NET_FN: NetFn;
    /// Its number within the network function.
    const CODE: u8;
    /// The privilege that the specification asks for (appendix G).
    const PRIVILEGE: Privilege;
    /// Whether it may be repeated.
    const DELIVERY: Delivery = Delivery::Repeat;
    /// What it answers.
    type Response;

    /// Writes the request's data, the bytes behind the command number.
    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full>;

    /// Reads the data of a successful answer, the bytes behind the completion code.
    fn parse(data: &[u8]) -> Result<Self::Response, Malformed>;
}

/// A command with its type erased: what a session sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Network function.
    pub net_fn: NetFn,
    /// Logical unit of the BMC, 0 to 3.
    pub lun: u8,
    /// Command number.
    pub code: u8,
    /// Privilege that the session raises itself to before it sends this.
    pub privilege: Privilege,
    /// Whether it may be repeated.
    pub delivery: Delivery,
    /// The bytes behind the command number.
    pub data: Vec<u8, MAX_REQUEST_DATA>,
}

impl Request {
    /// The request of a typed command. [`Full`] when its data exceeds [`MAX_REQUEST_DATA`] bytes.
    pub fn of<C: Command>(command: &C) -> Result<Self, Full> {
        let mut buffer = [0; MAX_REQUEST_DATA];
        let mut out = Writer::new(&mut buffer);
        command.emit(&mut out)?;
        let data = Vec::from_slice(out.written()).map_err(|_| Full)?;
        Ok(Self {
            net_fn: C::NET_FN,
            lun: 0,
            code: C::CODE,
            privilege: C::PRIVILEGE,
            delivery: C::DELIVERY,
            data,
        })
    }
}
