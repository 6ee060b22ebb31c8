//! UPSes: who speaks for them, and how they are read and ordered.

pub mod apcupsd;
pub mod snmp;
