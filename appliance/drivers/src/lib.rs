//! Devices that several boards have, behind registers in memory.
#![no_std]

pub mod register;
pub mod virtio;
