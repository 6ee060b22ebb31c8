//! UPSes behind a NUT server: carries the bytes of the core's client.

mod connection;
mod run;

use komainu_core::types::UpsIndex;
use komainu_core::ups::{Account, Config, ReadFrom, Tls};

use super::setup::{Encryption, NutSetup, SetupError, ups_name};
use crate::tls::TlsClient;

/// The UPSes of a NUT server.
#[derive(Debug)]
pub struct Nut {
    setup: NutSetup,
    tls: Option<TlsClient>,
}

impl Nut {
    /// The UPSes of that setup. Nothing is sent before it runs.
    ///
    /// # Errors
    /// When names, account or certificates are of no use.
    pub fn new(setup: NutSetup) -> Result<Self, SetupError> {
        let tls = match &setup.encryption {
            Encryption::Off => None,
            Encryption::Try(trust) | Encryption::Require(trust) => {
                Some(TlsClient::new(&setup.host, trust).map_err(SetupError::Tls)?)
            }
        };
        let nut = Self { setup, tls };
        nut.config().map(|_| nut)
    }

    pub(super) fn upses(&self) -> Vec<UpsIndex> {
        self.setup.upses.iter().map(|(ups, _)| *ups).collect()
    }

    /// What the core's client is told.
    fn config(&self) -> Result<Config, SetupError> {
        let setup = &self.setup;
        let mut config = Config {
            upses: Default::default(),
            account: None,
            tls: match setup.encryption {
                Encryption::Off => Tls::Off,
                Encryption::Try(_) => Tls::Try,
                Encryption::Require(_) => Tls::Require,
            },
            poll: setup.poll,
            patience: setup.patience,
        };
        let count = SetupError::Count(setup.upses.len());
        for (ups, name) in &setup.upses {
            let from = ReadFrom { ups: *ups, name: ups_name(name)? };
            if config.upses.push(from).is_err() {
                return Err(count);
            }
        }
        if config.upses.is_empty() {
            return Err(count);
        }
        if let Some(login) = &setup.login {
            let account = Account::new(&login.user, &login.password);
            config.account = Some(account.ok_or(SetupError::Login)?);
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests;
