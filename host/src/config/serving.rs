//! From the checked file to the NUT server of ours, with the secrets fetched from where they are.

use std::time::Duration;

use komainu_core::power::Timing;
use komainu_core::types::UpsIndex;

use super::finding::Finding;
use super::site::{Connector, NutServer, ServingTls, Site, Ups};
use crate::credentials::What;
use crate::ups::setup::{ServerEncryption, ServerIdentity, ServerSetup, ServerUser, ShownUps};

/// The NUT server of ours, and when who goes down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Serving {
    /// The server; `None` = there is none.
    pub(crate) setup: Option<ServerSetup>,
    /// Its users.
    pub(crate) users: Vec<Going>,
    /// For each UPS: on battery for so long is an outage.
    pub(crate) confirm: Vec<Duration>,
}

/// When the machines of a user go down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Going {
    /// The user.
    pub(crate) user: String,
    /// The place of the stage.
    pub(crate) stage: u8,
    /// With less runtime left, in any case.
    pub(crate) needs: Duration,
}

impl Site {
    /// The NUT server of that connector: none, unless it carries plans out. Fails with every
    /// secret that is not to be had.
    pub(crate) fn serving(&self, me: &Connector) -> Result<Serving, Vec<Finding>> {
        let Some(said) = &self.supplies.nut_server else { return Ok(Serving::default()) };
        if self.power_connector() != Some(me.number) {
            return Ok(Serving::default());
        }
        let timing = &self.supplies.timing;
        let users = said.users.iter().map(|user| Going {
            user: user.name.clone(),
            stage: user.stage,
            needs: with_margin(user.stop.duration(), timing),
        });
        let users = users.collect();
        let ups = &self.supplies.ups;
        let confirm = ups.iter().map(|ups| ups.config.confirm.duration()).collect();
        Ok(Serving { setup: Some(setup(said, ups)?), users, confirm })
    }
}

fn with_margin(time: Duration, timing: &Timing) -> Duration {
    time + time * u32::from(timing.margin) / 100 + timing.reserve.duration()
}

fn setup(said: &NutServer, upses: &[Ups]) -> Result<ServerSetup, Vec<Finding>> {
    let (mut users, mut wrong) = (Vec::new(), Vec::new());
    for user in &said.users {
        match user.password.source.read(What::Password) {
            Ok(password) => users.push(ServerUser { name: user.name.clone(), password }),
            Err(error) => wrong.push(user.password.wrong(&error)),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let shown = (0..).map(UpsIndex).zip(upses).map(|(ups, one)| {
        let name = one.name.to_string();
        ShownUps { ups, description: name.clone(), name }
    });
    let identity = said.identity.clone();
    let identity = identity.map(|(certificate, key)| ServerIdentity { certificate, key });
    Ok(ServerSetup {
        listen: said.listen.clone(),
        upses: shown.collect(),
        users,
        anonymous: said.anonymous,
        encryption: match (said.tls, identity) {
            (ServingTls::Off, _) | (_, None) => ServerEncryption::Off,
            (ServingTls::Offer, Some(identity)) => ServerEncryption::Offer(identity),
            (ServingTls::Require, Some(identity)) => ServerEncryption::Require(identity),
        },
        clients: usize::from(said.clients),
    })
}
