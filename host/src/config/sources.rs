//! From the checked file to who reads and orders the UPSes, with the secrets fetched from where
//! they are.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::types::{Outlet, UpsIndex};
use zeroize::Zeroizing;

use super::finding::{Finding, Severity};
use super::secret::Secret;
use super::site::{
    Connector, Mib, Nut, Privacy, Site, Snmp, SnmpAccess, SnmpAuth, Speaker, Tls, Ups,
};
use crate::credentials::What;
use crate::exit::Exit;
use crate::ups::setup::{Encryption, NutLogin, NutSetup};
use crate::ups::{Card, Polled, Source, apcupsd, nut, snmp};

/// How long an apcupsd has for a whole answer.
const APCUPSD_LIMIT: Duration = Duration::from_secs(2);
/// Most UPSes that are read over one connection to a NUT server.
const PER_SERVER: usize = 16;

/// A NUT server, and as whom it is spoken to.
type Conversation<'s> = (SocketAddr, Option<&'s str>);

impl Site {
    /// Who reads and orders the UPSes of that connector: nobody, unless it carries plans out.
    /// Fails with every secret that is not to be had, and all that is of no use.
    pub(crate) fn ups_sources(&self, me: &Connector) -> Result<Vec<Source>, Vec<Finding>> {
        if self.power_connector() != Some(me.number) {
            return Ok(Vec::new());
        }
        let mut sources = Vec::new();
        let mut found = Vec::new();
        let mut servers: BTreeMap<Conversation<'_>, Vec<(UpsIndex, &Ups, &Nut)>> = BTreeMap::new();
        for (at, ups) in (0..).map(UpsIndex).zip(&self.supplies.ups) {
            let read = match &ups.speaker {
                Speaker::Nut(nut) => {
                    let user = nut.login.as_ref().map(|(user, _)| user.as_str());
                    servers.entry((nut.place.at, user)).or_default().push((at, ups, nut));
                    continue;
                }
                Speaker::Snmp(card) => self.card(at, ups, card),
                Speaker::Apcupsd(address) => {
                    let apcupsd = apcupsd::Apcupsd::new(*address, APCUPSD_LIMIT);
                    Ok(polled(at, ups, Card::Apcupsd(apcupsd)))
                }
            };
            match read {
                Ok(source) => sources.push(source),
                Err(finding) => found.push(finding),
            }
        }
        for upses in servers.values().flat_map(|upses| upses.chunks(PER_SERVER)) {
            match server(upses) {
                Ok(source) => sources.push(source),
                Err(finding) => found.push(finding),
            }
        }
        if found.is_empty() { Ok(sources) } else { Err(found) }
    }

    fn card(&self, at: UpsIndex, ups: &Ups, card: &Snmp) -> Result<Source, Finding> {
        let setup = snmp::Setup {
            address: card.at,
            reading: access(&card.access)?,
            ordering: None,
            mib: match card.mib {
                Mib::Auto => None,
                Mib::Rfc1628 => Some(snmp::Mib::Rfc1628),
                Mib::PowerNet => Some(snmp::Mib::PowerNet),
            },
            groups: self.groups(at),
            timeout: snmp::TIMEOUT,
        };
        let card = snmp::Snmp::new(setup).map_err(|error| unfit(ups, error))?;
        Ok(polled(at, ups, Card::Snmp(Box::new(card))))
    }

    /// The highest outlet group of that UPS that anything hangs on.
    fn groups(&self, ups: UpsIndex) -> u8 {
        let servers = self.clusters.iter().flat_map(|cluster| &cluster.servers);
        let feeds = servers.flat_map(|server| &server.power.feeds).chain(&self.supplies.own.feeds);
        let groups = feeds.filter(|feed| feed.ups == ups).map(|feed| feed.outlet);
        groups.map(Outlet::number).max().unwrap_or_default()
    }
}

fn polled(ups: UpsIndex, said: &Ups, card: Card) -> Source {
    Source::Polled(Polled { ups, every: said.poll.duration(), card })
}

/// UPSes of one NUT server and one user; each connection speaks for as many as it can.
fn server(upses: &[(UpsIndex, &Ups, &Nut)]) -> Result<Source, Finding> {
    let Some((_, first, nut)) = upses.first() else { unreachable!("a group has a first one") };
    let names = upses.iter().map(|(at, _, nut)| (*at, nut.place.ups.clone())).collect();
    let mut setup = NutSetup::new(nut.place.at.ip().to_string(), names);
    setup.port = nut.place.at.port();
    setup.poll = upses.iter().map(|(_, ups, _)| ups.poll).min().unwrap_or(first.poll);
    if let Some((user, secret)) = &nut.login {
        let password = secret.source.read(What::Password).map_err(|error| secret.wrong(&error))?;
        setup.login = Some(NutLogin { user: user.clone(), password });
    }
    setup.encryption = match (nut.tls, &nut.trust) {
        (Tls::Off, _) | (_, None) => Encryption::Off,
        (Tls::Try, Some(trust)) => Encryption::Try(trust.clone()),
        (Tls::Require, Some(trust)) => Encryption::Require(trust.clone()),
    };
    nut::Nut::new(setup).map(Source::Nut).map_err(|error| unfit(first, error))
}

fn access(said: &SnmpAccess) -> Result<snmp::Access, Finding> {
    match said {
        SnmpAccess::Community { first, community } => {
            let community = text(community, What::Community)?;
            Ok(match first {
                true => snmp::Access::V1 { community },
                false => snmp::Access::V2c { community },
            })
        }
        SnmpAccess::User { name, auth, password, privacy, privacy_password } => {
            let encrypts = text(privacy_password.as_ref().unwrap_or(password), What::Password)?;
            let privacy = match privacy {
                Privacy::None => None,
                Privacy::Aes128 => Some(snmp::Privacy::Aes128),
                Privacy::Aes256 => Some(snmp::Privacy::Aes256),
                Privacy::Aes256Reeder => Some(snmp::Privacy::Aes256Reeder),
                Privacy::Des => Some(snmp::Privacy::Des),
            };
            Ok(snmp::Access::V3 {
                user: name.clone(),
                digest: match auth {
                    SnmpAuth::Md5 => snmp::Digest::Md5,
                    SnmpAuth::Sha1 => snmp::Digest::Sha1,
                    SnmpAuth::Sha256 => snmp::Digest::Sha256,
                    SnmpAuth::Sha512 => snmp::Digest::Sha512,
                },
                password: text(password, What::Password)?,
                privacy: privacy.map(|privacy| (privacy, encrypts)),
            })
        }
    }
}

/// A secret as text; one that is none cannot be typed into a card either.
fn text(secret: &Secret, what: What) -> Result<Zeroizing<String>, Finding> {
    let bytes = secret.source.read(what).map_err(|error| secret.wrong(&error))?;
    let text = std::str::from_utf8(&bytes).map(str::to_owned).map(Zeroizing::new);
    text.map_err(|_| {
        secret.about(Severity::Error(Exit::Credentials), format!("the {what} is no text"))
    })
}

fn unfit(ups: &Ups, error: impl ToString) -> Finding {
    Finding {
        severity: Severity::Error(Exit::Usage),
        place: ups.marks.at(),
        field: ups.marks.section().to_owned(),
        text: error.to_string(),
        remedy: String::new(),
    }
}
