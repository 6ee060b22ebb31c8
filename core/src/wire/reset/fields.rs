//! What several bodies have in common: names, lists and numbers that must be listed.

use core::str::from_utf8;

use heapless::Vec;
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16, be_u32};

use crate::limits::MAX_SERVICES;
use crate::types::{
    Generation, GroupName, PowerState, ServiceNumber, ServiceReport, ServiceRole, ServiceState,
    SystemName,
};
use crate::wire::{Full, Malformed, Step, Writer};

/// The services of a host, as its messages list them.
pub type Services = Vec<ServiceReport, MAX_SERVICES>;

/// `value`, which the input must have named.
pub(super) fn listed<T>(input: &[u8], value: Option<T>) -> Step<'_, T> {
    value.map(|value| (input, value)).ok_or(nom::Err::Error(Malformed))
}

/// One byte that `of` gives a meaning.
pub(super) fn coded<T>(input: &[u8], of: impl FnOnce(u8) -> Option<T>) -> Step<'_, T> {
    let (input, code) = be_u8(input)?;
    listed(input, of(code))
}

fn text(input: &[u8]) -> Step<'_, &str> {
    let (input, len) = be_u8(input)?;
    let (input, bytes) = take(len)(input)?;
    listed(input, from_utf8(bytes).ok())
}

pub(super) fn system_name(input: &[u8]) -> Step<'_, SystemName> {
    let (input, name) = text(input)?;
    listed(input, SystemName::new(name).ok())
}

pub(super) fn group_name(input: &[u8]) -> Step<'_, GroupName> {
    let (input, name) = text(input)?;
    listed(input, GroupName::new(name).ok())
}

pub(super) fn emit_name(name: &str, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u8(u8::try_from(name.len()).map_err(|_| Full)?)?;
    out.bytes(name.as_bytes())
}

/// A count, then that many items, at most `N`.
pub(super) fn list<T, const N: usize>(
    input: &[u8],
    item: impl Fn(&[u8]) -> Step<'_, T>,
) -> Step<'_, Vec<T, N>> {
    let (mut input, count) = be_u8(input)?;
    let mut items = Vec::new();
    for _ in 0..count {
        let (rest, value) = item(input)?;
        items.push(value).map_err(|_| nom::Err::Error(Malformed))?;
        input = rest;
    }
    Ok((input, items))
}

pub(super) fn emit_count(count: usize, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u8(u8::try_from(count).map_err(|_| Full)?)
}

pub(super) fn services(input: &[u8]) -> Step<'_, Services> {
    list(input, service)
}

fn service(input: &[u8]) -> Step<'_, ServiceReport> {
    let (input, number) = be_u16(input)?;
    let (input, role) = coded(input, ServiceRole::of)?;
    let (input, state) = coded(input, ServiceState::of)?;
    let (input, generation) = be_u32(input)?;
    let (number, generation) = (ServiceNumber(number), Generation(generation));
    Ok((input, ServiceReport { number, role, state, generation }))
}

pub(super) fn emit_services(services: &Services, out: &mut Writer<'_>) -> Result<(), Full> {
    emit_count(services.len(), out)?;
    for service in services {
        out.u16_be(service.number.0)?;
        out.u8(service.role.code())?;
        out.u8(service.state.code())?;
        out.u32_be(service.generation.0)?;
    }
    Ok(())
}

pub(super) fn power(input: &[u8]) -> Step<'_, PowerState> {
    coded(input, |code| match code {
        0 => Some(PowerState::Unknown),
        1 => Some(PowerState::On),
        2 => Some(PowerState::Off),
        _ => None,
    })
}

pub(super) fn emit_power(power: PowerState, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u8(match power {
        PowerState::Unknown => 0,
        PowerState::On => 1,
        PowerState::Off => 2,
    })
}
