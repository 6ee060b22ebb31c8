//! UPSes of an appliance, and the NUT servers that speak for them.

use core::net::SocketAddrV4;

use super::Fault;
use super::fields::{Fields, Put};
use crate::power::{Cut, UpsConfig};
use crate::time::Millis;
use crate::types::SystemName;
use crate::ups::{self, Account, ReadFrom, Tls};
use crate::wire::nut::UpsName;
use crate::wire::{Full, Writer};

/// A NUT server. An appliance speaks to it in the clear: it has no room for TLS.
#[derive(Clone, Copy)]
pub struct NutServer<'b> {
    /// Where it is.
    pub address: SocketAddrV4,
    /// User and password of who may give orders there.
    pub login: Option<(&'b str, &'b [u8])>,
    /// From one look at its UPSes to the next.
    pub poll: Millis,
}

impl core::fmt::Debug for NutServer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let user = self.login.map(|(user, _)| user);
        f.debug_struct("NutServer").field("address", &self.address).field("user", &user).finish()
    }
}

impl<'b> NutServer<'b> {
    pub(super) fn parse(fields: &mut Fields<'b>) -> Result<Self, Fault> {
        let address = fields.address("NUT server")?;
        let login = fields.maybe("user", |fields| {
            let (user, password) = (fields.text("user")?, fields.counted("password")?);
            fields.valid("user", Account::new(user, password).map(|_| (user, password)))
        })?;
        let poll = fields.millis("poll")?;
        Ok(Self { address, login, poll })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.address(self.address)?;
        out.flag(self.login.is_some())?;
        if let Some((user, password)) = self.login {
            out.counted(user.as_bytes())?;
            out.counted(password)?;
        }
        out.millis(self.poll)
    }

    /// What its client is told.
    pub(super) fn config(&self, upses: impl Iterator<Item = ReadFrom>) -> ups::Config {
        ups::Config {
            // There is room: a client reads more than an appliance has.
            upses: upses.collect(),
            account: self.login.and_then(|(user, password)| Account::new(user, password)),
            tls: Tls::Off,
            poll: self.poll,
            patience: ups::Config::PATIENCE,
        }
    }
}

/// A UPS of an appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ups {
    /// What it is called here.
    pub name: SystemName,
    /// The place of the NUT server that speaks for it.
    pub nut: u8,
    /// What it is called there.
    pub there: UpsName,
    /// What the power machine is told of it.
    pub config: UpsConfig,
}

impl Ups {
    pub(super) fn parse(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        let name = fields.name("name")?;
        let nut = fields.u8("NUT server")?;
        let there = fields.text("name there")?;
        let there = fields.valid("name there", UpsName::new(there).ok())?;
        Ok(Self { name, nut, there, config: parse_config(fields)? })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.counted(self.name.as_str().as_bytes())?;
        out.u8(self.nut)?;
        out.counted(self.there.as_str().as_bytes())?;
        emit_config(&self.config, out)
    }
}

fn parse_config(fields: &mut Fields<'_>) -> Result<UpsConfig, Fault> {
    let config = UpsConfig {
        confirm: fields.millis("confirm")?,
        settle: fields.millis("settle")?,
        low_grace: fields.millis("low-grace")?,
        late: fields.millis("late")?,
        unknown: fields.millis("unknown")?,
        test_limit: fields.millis("test-limit")?,
        assumed: fields.millis("assumed")?,
        floor: fields.maybe("floor", |fields| fields.u8("floor"))?,
        cut: parse_cut(fields)?,
    };
    fields.valid("floor", config.floor.is_none_or(|floor| floor <= 100).then_some(config))
}

fn parse_cut(fields: &mut Fields<'_>) -> Result<Cut, Fault> {
    match fields.u8("cut")? {
        0 => Ok(Cut::Never),
        1 => Ok(Cut::Delayed { most: fields.millis("longest delay")? }),
        2 => Ok(Cut::Final { most: fields.millis("longest delay")? }),
        _ => Err(fields.wrong("cut")),
    }
}

fn emit_config(config: &UpsConfig, out: &mut Writer<'_>) -> Result<(), Full> {
    let UpsConfig { confirm, settle, low_grace, late, unknown, test_limit, .. } = *config;
    for time in [confirm, settle, low_grace, late, unknown, test_limit, config.assumed] {
        out.millis(time)?;
    }
    out.flag(config.floor.is_some())?;
    if let Some(floor) = config.floor {
        out.u8(floor)?;
    }
    match config.cut {
        Cut::Never => out.u8(0),
        Cut::Delayed { most } => {
            out.u8(1)?;
            out.millis(most)
        }
        Cut::Final { most } => {
            out.u8(2)?;
            out.millis(most)
        }
    }
}
