//! The power plan of an appliance.

use heapless::Vec;

use super::Fault;
use super::fields::{Fields, Put};
use crate::limits::{MAX_FEEDS, MAX_GROUPS};
use crate::power::{AskBy, Feed, Own, PlannedServer, Stage, StartBy, Timing};
use crate::types::{GroupName, Outlet, ServerIndex, UpsIndex};
use crate::wire::{Full, Writer};

pub(super) fn parse_timing(fields: &mut Fields<'_>) -> Result<Timing, Fault> {
    Ok(Timing {
        margin: fields.u8("margin")?,
        reserve: fields.millis("reserve")?,
        stagger: fields.millis("stagger")?,
    })
}

pub(super) fn emit_timing(timing: &Timing, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u8(timing.margin)?;
    out.millis(timing.reserve)?;
    out.millis(timing.stagger)
}

pub(super) fn parse_stage(fields: &mut Fields<'_>) -> Result<Stage, Fault> {
    Ok(Stage {
        after: fields.maybe("after", |fields| fields.millis("after"))?,
        below: fields.maybe("below", |fields| fields.millis("below"))?,
    })
}

pub(super) fn emit_stage(stage: &Stage, out: &mut Writer<'_>) -> Result<(), Full> {
    for time in [stage.after, stage.below] {
        out.flag(time.is_some())?;
        time.map_or(Ok(()), |time| out.millis(time))?;
    }
    Ok(())
}

pub(super) fn parse_planned(fields: &mut Fields<'_>) -> Result<PlannedServer, Fault> {
    Ok(PlannedServer {
        server: ServerIndex(fields.u16("server")?),
        feeds: parse_feeds(fields)?,
        needed: fields.u8("needed")?,
        stage: fields.u8("stage")?,
        ask_by: match fields.flag("ask-by")? {
            false => AskBy::Member,
            true => AskBy::Bmc,
        },
        start_by: match fields.u8("start-by")? {
            0 => StartBy::Bmc,
            1 => StartBy::Mains,
            2 => StartBy::Hand,
            _ => return Err(fields.wrong("start-by")),
        },
        groups: parse_groups(fields)?,
        // An appliance runs no programs, so it puts nothing into maintenance.
        adapters: 0,
        freeze: fields.millis("freeze")?,
        guests: fields.millis("guests")?,
        services: fields.millis("services")?,
        shutdown: fields.millis("shutdown")?,
        force: fields.millis("force")?,
        boot: fields.millis("boot")?,
        start_wait: fields.millis("start-wait")?,
    })
}

/// Writes a server of the plan. [`Full`] also when it takes a command to have it shut down, which
/// no appliance runs.
pub(super) fn emit_planned(server: &PlannedServer, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u16_be(server.server.0)?;
    emit_feeds(&server.feeds, out)?;
    out.u8(server.needed)?;
    out.u8(server.stage)?;
    match server.ask_by {
        AskBy::Member => out.flag(false)?,
        AskBy::Bmc => out.flag(true)?,
        AskBy::Command => return Err(Full),
    }
    out.u8(match server.start_by {
        StartBy::Bmc => 0,
        StartBy::Mains => 1,
        StartBy::Hand => 2,
    })?;
    out.u8(server.groups.len() as u8)?;
    for group in &server.groups {
        out.counted(group.as_str().as_bytes())?;
    }
    let PlannedServer { freeze, guests, services, shutdown, force, boot, start_wait, .. } = server;
    for time in [freeze, guests, services, shutdown, force, boot, start_wait] {
        out.millis(*time)?;
    }
    Ok(())
}

pub(super) fn parse_own(fields: &mut Fields<'_>) -> Result<Own, Fault> {
    Ok(Own {
        feeds: parse_feeds(fields)?,
        stop: fields.maybe("stop", |fields| fields.millis("stop"))?,
        server: fields.maybe("server", |fields| fields.u16("server").map(ServerIndex))?,
    })
}

pub(super) fn emit_own(own: &Own, out: &mut Writer<'_>) -> Result<(), Full> {
    emit_feeds(&own.feeds, out)?;
    out.flag(own.stop.is_some())?;
    own.stop.map_or(Ok(()), |stop| out.millis(stop))?;
    out.flag(own.server.is_some())?;
    own.server.map_or(Ok(()), |server| out.u16_be(server.0))
}

fn parse_feeds(fields: &mut Fields<'_>) -> Result<Vec<Feed, MAX_FEEDS>, Fault> {
    let mut feeds = Vec::new();
    for _ in 0..fields.u8("feeds")? {
        let ups = UpsIndex(fields.u16("feed's UPS")?);
        let outlet = fields.u8("feed's outlet")?;
        let outlet = fields.valid("feed's outlet", Outlet::new(outlet))?;
        let alone = fields.flag("alone")?;
        let pushed = feeds.push(Feed { ups, outlet, alone });
        fields.valid("feeds", pushed.ok())?;
    }
    Ok(feeds)
}

fn emit_feeds(feeds: &[Feed], out: &mut Writer<'_>) -> Result<(), Full> {
    out.u8(feeds.len() as u8)?;
    for feed in feeds {
        out.u16_be(feed.ups.0)?;
        out.u8(feed.outlet.number())?;
        out.flag(feed.alone)?;
    }
    Ok(())
}

fn parse_groups(fields: &mut Fields<'_>) -> Result<Vec<GroupName, MAX_GROUPS>, Fault> {
    let mut groups = Vec::new();
    for _ in 0..fields.u8("groups")? {
        let name = fields.text("groups")?;
        let name = GroupName::new(name).ok();
        let pushed = name.and_then(|name| groups.push(name).ok());
        fields.valid("groups", pushed)?;
    }
    Ok(groups)
}
