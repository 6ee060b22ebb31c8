//! The little of SNMP that traps need, in the Basic Encoding Rules with definite lengths: the
//! Trap-PDU of version 1 (RFC 1157, section 4.1.6), the name that a trap or inform of version 2c
//! goes by (RFC 3416, sections 4.2.6 and 4.2.7), and that a message is of version 3 (RFC 3412).

use std::net::Ipv4Addr;

use nom::branch::alt;
use nom::bytes::complete::take;
use nom::combinator::{all_consuming, map_opt, rest, verify};
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
const INFORM: u8 = 0xa6;
const TRAP_2: u8 = 0xa7;
/// The versions, as they are sent.
const VERSION_1: u32 = 0;
const VERSION_2C: u32 = 1;
const VERSION_3: u32 = 3;
/// 1.3.6.1.6.3.1.1.4.1.0, whose value is the name of a trap of version 2c.
const TRAP_NAME: [u8; 10] = [0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0];

/// What a datagram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// A trap of version 1.
    V1(Trap<'a>),
    /// A trap or an inform of version 2c: its name, as bytes of BER.
    V2(&'a [u8]),
    /// A message of version 3, which stays closed.
    V3,
}

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

/// Reads a datagram; `None` when it is none of these.
pub(super) fn heard(datagram: &[u8]) -> Option<Heard<'_>> {
    all_consuming(message).parse(datagram).ok().map(|(_, heard)| heard)
}

fn message(bytes: &[u8]) -> IResult<&[u8], Heard<'_>> {
    let (rest, inside) = element(SEQUENCE).parse(bytes)?;
    let (inside, version) = integer(inside)?;
    let heard = match version {
        VERSION_1 => all_consuming(trap_1).parse(inside)?.1,
        VERSION_2C => all_consuming(trap_2).parse(inside)?.1,
        VERSION_3 => all_consuming(closed).parse(inside)?.1,
        _ => return Err(wrong(inside)),
    };
    Ok((rest, heard))
}

fn trap_1(bytes: &[u8]) -> IResult<&[u8], Heard<'_>> {
    let (rest, _) = element(OCTET_STRING).parse(bytes)?;
    let (rest, inside) = element(TRAP).parse(rest)?;
    let (_, trap) = all_consuming(pdu).parse(inside)?;
    Ok((rest, Heard::V1(trap)))
}

fn trap_2(bytes: &[u8]) -> IResult<&[u8], Heard<'_>> {
    let (rest, _) = element(OCTET_STRING).parse(bytes)?;
    let (rest, inside) = alt((element(TRAP_2), element(INFORM))).parse(rest)?;
    let (_, name) = all_consuming(pdu_2).parse(inside)?;
    Ok((rest, Heard::V2(name)))
}

/// The header, the parameters of the security model, and the rest.
fn closed(bytes: &[u8]) -> IResult<&[u8], Heard<'_>> {
    let parts = (element(SEQUENCE), element(OCTET_STRING), rest);
    parts.map(|_| Heard::V3).parse(bytes)
}

/// The name is the second variable, after the time.
fn pdu_2(bytes: &[u8]) -> IResult<&[u8], &[u8]> {
    let number = || element(INTEGER);
    let (rest, _) = (number(), number(), number()).parse(bytes)?;
    let (rest, variables) = element(SEQUENCE).parse(rest)?;
    let (variables, _) = element(SEQUENCE).parse(variables)?;
    let (_, second) = element(SEQUENCE).parse(variables)?;
    let is_name = verify(element(OBJECT), |name: &[u8]| name == TRAP_NAME);
    let (_, (_, name)) = all_consuming((is_name, element(OBJECT))).parse(second)?;
    Ok((rest, name))
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
        _ => Err(wrong(bytes)),
    }
}

fn wrong(bytes: &[u8]) -> nom::Err<Error<'_>> {
    nom::Err::Error(nom::error::make_error(bytes, nom::error::ErrorKind::Verify))
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
