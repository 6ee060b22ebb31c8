//! Directive and Report: the connector has a host do something, and learns how far it is.

use nom::number::complete::{be_u16, be_u32, be_u64};

use super::fields::{coded, emit_name, group_name};
use crate::types::{Directed, Directive, DirectiveId, Progress, ReportCause, ReportState};
use crate::wire::{Full, Malformed, Step, Writer, whole};

pub(super) fn parse(body: &[u8]) -> Result<Directive, Malformed> {
    whole(step(body))
}

fn step(input: &[u8]) -> Step<'_, Directive> {
    let (input, id) = be_u64(input)?;
    let (input, action) = coded(input, Directed::of)?;
    let (input, deadline) = be_u32(input)?;
    let (input, group) = group_name(input)?;
    Ok((input, Directive { id: DirectiveId(id), action, deadline, group }))
}

pub(super) fn emit(directive: &Directive, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u64_be(directive.id.0)?;
    out.u8(directive.action.code())?;
    out.u32_be(directive.deadline)?;
    emit_name(directive.group.as_str(), out)
}

pub(super) fn parse_report(body: &[u8]) -> Result<Progress, Malformed> {
    whole(report_step(body))
}

fn report_step(input: &[u8]) -> Step<'_, Progress> {
    let (input, id) = be_u64(input)?;
    let (input, state) = coded(input, ReportState::of)?;
    let (input, done) = be_u16(input)?;
    let (input, of) = be_u16(input)?;
    let (input, cause) = coded(input, ReportCause::of)?;
    Ok((input, Progress { id: DirectiveId(id), state, done, of, cause }))
}

pub(super) fn emit_report(report: &Progress, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u64_be(report.id.0)?;
    out.u8(report.state.code())?;
    out.u16_be(report.done)?;
    out.u16_be(report.of)?;
    out.u8(report.cause.code())
}
