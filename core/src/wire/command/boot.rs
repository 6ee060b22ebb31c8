//! Boot options: Set System Boot Options (IPMI 2.0, section 28.12) and Get System Boot Options
//! (28.13), with the parameters that choosing the next boot device needs (table 28-14).
//!
//! To choose one: [`SetInProgress::InProgress`] (a BMC may not have it), [`BootInfoAcknowledge`]
//! for the BIOS, [`BootFlags`], [`SetInProgress::Complete`]. The flags of a single boot expire
//! after 60 seconds without a chassis control, unless [`BootFlagClearing`] says otherwise.

use core::marker::PhantomData;

use nom::number::complete::u8;

use super::boot_flags::BootFlags;
use super::code::{bit, bits};
use super::parameter::{Parameter, SetInProgress};
use super::{Command, NetFn, Privilege};
use crate::wire::{Full, Malformed, Writer, array, value};

/// A parameter of the boot options.
pub trait BootOption: Parameter {}

impl BootOption for SetInProgress {}
impl BootOption for BootFlagClearing {}
impl BootOption for BootInfoAcknowledge {}
impl BootOption for BootFlags {}

/// Set System Boot Options: writes one parameter and marks it valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetSystemBootOption<P>(pub P);

impl<P: BootOption> Command for SetSystemBootOption<P> {
    const NET_FN: NetFn = NetFn::CHASSIS;
    const CODE: u8 = 0x08;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = ();

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(P::SELECTOR & 0x7f)?;
        self.0.emit(out)
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

/// Get System Boot Options: reads one parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GetSystemBootOption<P>(PhantomData<P>);

impl<P: BootOption> GetSystemBootOption<P> {
    /// Reads the parameter `P`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P: BootOption> Command for GetSystemBootOption<P> {
    const NET_FN: NetFn = NetFn::CHASSIS;
    const CODE: u8 = 0x09;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = BootOptionReading<P>;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        // None of these parameters has sets or blocks.
        out.bytes(&[P::SELECTOR & 0x7f, 0x00, 0x00])
    }

    fn parse(data: &[u8]) -> Result<BootOptionReading<P>, Malformed> {
        let [version, selector, data @ ..] = data else { return Err(Malformed) };
        if selector & 0x7f != P::SELECTOR {
            return Err(Malformed);
        }
        let value = P::parse(data)?;
        Ok(BootOptionReading { version: version & 0x0f, invalid: bit(*selector, 7), value })
    }
}

/// The answer to [`GetSystemBootOption`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootOptionReading<P> {
    /// Version of the parameters, 1 as a rule.
    pub version: u8,
    /// The parameter is marked invalid or locked.
    pub invalid: bool,
    /// The parameter.
    pub value: P,
}

impl<P: BootOption> BootOptionReading<P> {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.version & 0x0f)?;
        out.u8(u8::from(self.invalid) << 7 | P::SELECTOR & 0x7f)?;
        self.value.emit(out)
    }
}

/// Parameter 3: which events leave the boot flags valid; without, each of them clears them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BootFlagClearing {
    /// Power-up by the power button or a wake-up.
    pub keep_on_power_button: bool,
    /// Reset by the reset button or a soft reset.
    pub keep_on_reset_button: bool,
    /// Reset or power cycle by the watchdog.
    pub keep_on_watchdog: bool,
    /// 60 seconds without a chassis control.
    pub keep_on_timeout: bool,
    /// Reset or power cycle by platform event filtering.
    pub keep_on_pef: bool,
}

impl Parameter for BootFlagClearing {
    const SELECTOR: u8 = 3;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(bits(&[
            self.keep_on_power_button,
            self.keep_on_reset_button,
            self.keep_on_watchdog,
            self.keep_on_timeout,
            self.keep_on_pef,
        ]))
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let keep = value(u8(data))?;
        Ok(Self {
            keep_on_power_button: bit(keep, 0),
            keep_on_reset_button: bit(keep, 1),
            keep_on_watchdog: bit(keep, 2),
            keep_on_timeout: bit(keep, 3),
            keep_on_pef: bit(keep, 4),
        })
    }
}

/// Parameter 4: who still has to take notice of the boot flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BootInfoAcknowledge {
    /// The parties whose bit is written; reads as none.
    pub written: BootParties,
    /// The parties that have not dealt with the boot flags yet.
    pub pending: BootParties,
}

impl BootInfoAcknowledge {
    /// Tells the BIOS, and nobody else, that there are new boot flags.
    pub const BIOS_PENDING: Self = Self { written: BootParties::BIOS, pending: BootParties::BIOS };
}

impl Parameter for BootInfoAcknowledge {
    const SELECTOR: u8 = 4;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[self.written.byte(), self.pending.byte()])
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let [written, pending] = value(array(data))?;
        let [written, pending] = [written, pending].map(BootParties::from_byte);
        Ok(Self { written, pending })
    }
}

/// The parties that read boot flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BootParties {
    /// BIOS or POST.
    pub bios: bool,
    /// Loader of the operating system.
    pub os_loader: bool,
    /// Service partition.
    pub service_partition: bool,
    /// System management software.
    pub sms: bool,
    /// The manufacturer's.
    pub oem: bool,
}

impl BootParties {
    /// Only BIOS or POST.
    pub const BIOS: Self = Self::from_byte(0x01);

    const fn from_byte(byte: u8) -> Self {
        Self {
            bios: bit(byte, 0),
            os_loader: bit(byte, 1),
            service_partition: bit(byte, 2),
            sms: bit(byte, 3),
            oem: bit(byte, 4),
        }
    }

    fn byte(self) -> u8 {
        bits(&[self.bios, self.os_loader, self.service_partition, self.sms, self.oem])
    }
}
