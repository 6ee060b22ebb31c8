//! Alert policies of PEF (IPMI 2.0, section 17.11, tables 17-4 and 30-6): where an alert goes.

use nom::number::complete::u8;

use super::code::{bit, coded_enum};
use super::parameter::Parameter;
use crate::wire::{Full, Malformed, Writer, array, value};

/// Parameter 8, read-only: number of entries of the alert policy table, 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertPolicyCount(pub u8);

impl Parameter for AlertPolicyCount {
    const SELECTOR: u8 = 8;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.0 & 0x7f)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(u8(data)).map(|count| Self(count & 0x7f))
    }
}

coded_enum! {
    /// When an entry's destination gets the alert, given what became of the alert before it.
    pub enum AlertRule {
        /// Always.
        Always = 0, "always";
        /// Unless the one before succeeded; then the next entry is looked at.
        UnlessDelivered = 1, "unless delivered, then next";
        /// Unless the one before succeeded; then the policy is done.
        UnlessDeliveredStop = 2, "unless delivered, then stop";
        /// Unless the one before succeeded; then the next entry of another channel is looked at.
        UnlessDeliveredNextChannel = 3, "unless delivered, then next channel";
        /// Unless the one before succeeded; then the next entry of another kind is looked at.
        UnlessDeliveredNextKind = 4, "unless delivered, then next kind";
    }
}

/// Parameter 9: an entry of the alert policy table. Entries with the same policy form a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertPolicyEntry {
    /// Number of the entry, 1 to 127.
    pub number: u8,
    /// The policy it belongs to, 1 to 15; filters name policies.
    pub policy: u8,
    /// It is in force.
    pub enabled: bool,
    /// When the destination gets the alert.
    pub rule: AlertRule,
    /// Channel of the destination, 0 to 15.
    pub channel: u8,
    /// The destination on that channel, 1 to 15.
    pub destination: u8,
    /// The alert string is looked up by filter and [`Self::string`]; otherwise by the latter only.
    pub string_by_filter: bool,
    /// Alert string, 0 to 127; 0 without one. Traps carry none.
    pub string: u8,
}

impl AlertPolicyEntry {
    /// An entry that always alerts a destination.
    pub const fn always(number: u8, policy: u8, channel: u8, destination: u8) -> Self {
        Self {
            number,
            policy,
            enabled: true,
            rule: AlertRule::Always,
            channel,
            destination,
            string_by_filter: false,
            string: 0,
        }
    }
}

impl Parameter for AlertPolicyEntry {
    const SELECTOR: u8 = 9;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.number & 0x7f)?;
        out.u8(self.policy << 4 | u8::from(self.enabled) << 3 | self.rule.code() & 0x07)?;
        out.u8(self.channel << 4 | self.destination & 0x0f)?;
        out.u8(u8::from(self.string_by_filter) << 7 | self.string & 0x7f)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let [number, rule, route, string] = value(array(data))?;
        Ok(Self {
            number: number & 0x7f,
            policy: rule >> 4,
            enabled: bit(rule, 3),
            rule: AlertRule::from_code(rule & 0x07),
            channel: route >> 4,
            destination: route & 0x0f,
            string_by_filter: bit(string, 7),
            string: string & 0x7f,
        })
    }
}
