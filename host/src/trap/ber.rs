//! The little of SNMP that a trap of a BMC needs: the Trap-PDU of version 1 (RFC 1157, section
//! 4.1.6), in the Basic Encoding Rules with definite lengths.

use std::net::Ipv4Addr;

use nom::bytes::complete::take;
use nom::combinator::{all_consuming, map_opt, verify};
use nom::multi::length_data;
use nom::number::complete::be_u8;
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// Tags of BER and of SNMP.
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const IP_ADDRESS: u8 = 0x40;
const TIME_TICKS: u8 = 0x43;
const TRAP: u8 = 0xa4;
/// Version 1, as it is sent.
const VERSION_1: u32 = 0;

/// A trap of version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trap<'a> {
    /// What kind of object sends it, as bytes of BER.
    pub(super) enterprise: &'a [u8],
    /// The address that the sender gives of itself.
    pub(super) agent: Ipv4Addr,
    /// The generic kind: 6 = the specific one says it.
    pub(super) generic: u32,
    /// The specific kind.
    pub(super) specific: u32,
    /// The object and the value of the first variable, where that is an octet string.
    pub(super) first: Option<(&'a [u8], &'a [u8])>,
}

/// Reads a datagram; `None` when it is no trap of version 1.
pub(super) fn trap(datagram: &[u8]) -> Option<Trap<'_>> {
    all_consuming(message).parse(datagram).ok().map(|(_, trap)| trap)
}

fn message(bytes: &[u8]) -> IResult<&[u8], Trap<'_>> {
    let (rest, inside) = element(SEQUENCE).parse(bytes)?;
    let version = map_opt(integer, |version| (version == VERSION_1).then_some(()));
    let (inside, _) = (version, element(OCTET_STRING)).parse(inside)?;
    let (_, inside) = all_consuming(element(TRAP)).parse(inside)?;
    let (_, trap) = all_consuming(pdu).parse(inside)?;
    Ok((rest, trap))
}

fn pdu(bytes: &[u8]) -> IResult<&[u8], Trap<'_>> {
    let (rest, enterprise) = element(OBJECT).parse(bytes)?;
    let (rest, agent) = map_opt(element(IP_ADDRESS), address).parse(rest)?;
    let (rest, (generic, specific)) = (integer, integer).parse(rest)?;
    let (rest, _) = element(TIME_TICKS).parse(rest)?;
    let (rest, variables) = element(SEQUENCE).parse(rest)?;
    let first = first(variables).ok().map(|(_, first)| first);
    Ok((rest, Trap { enterprise, agent, generic, specific, first }))
}

fn first(variables: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    let (rest, inside) = element(SEQUENCE).parse(variables)?;
    let (_, first) = all_consuming((element(OBJECT), element(OCTET_STRING))).parse(inside)?;
    Ok((rest, first))
}

fn address(bytes: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from)
}

/// The content of an element with that tag.
fn element<'a>(kind: u8) -> impl Parser<&'a [u8], Output = &'a [u8], Error = Error<'a>> {
    preceded(verify(be_u8, move |tag| *tag == kind), length_data(length))
}

/// A length in its short form, or in one or two bytes: a datagram has no more.
fn length(bytes: &[u8]) -> IResult<&[u8], usize> {
    let (rest, first) = be_u8(bytes)?;
    match first {
        0..=0x7f => Ok((rest, usize::from(first))),
        0x81 | 0x82 => number(rest, first & 0x7f).map(|(rest, len)| (rest, len as usize)),
        _ => {
            Err(nom::Err::Error(nom::error::make_error(bytes, nom::error::ErrorKind::LengthValue)))
        }
    }
}

/// A number that is not negative and fits into 32 bits.
fn integer(bytes: &[u8]) -> IResult<&[u8], u32> {
    let value = |bytes: &[u8]| match bytes {
        [0x80..=0xff, ..] | [] => None,
        // A zero in front keeps a number with its highest bit set from being negative.
        [0, four @ ..] if four.len() == 4 => Some(folded(four)),
        [_, ..] if bytes.len() <= 4 => Some(folded(bytes)),
        _ => None,
    };
    map_opt(element(INTEGER), value).parse(bytes)
}

fn number(bytes: &[u8], len: u8) -> IResult<&[u8], u32> {
    take(len).map(folded).parse(bytes)
}

fn folded(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

type Error<'a> = nom::error::Error<&'a [u8]>;
