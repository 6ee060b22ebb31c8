//! Requests to an agent, and what becomes of them.

use std::collections::HashSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_snmp::transport::UdpHandle;
use async_snmp::v3::ReportStatus;
use async_snmp::{
    Auth, AuthProtocol, Client, Error, ErrorStatus, Oid, PrivProtocol, Retry, UsmConfig, Value,
    VarBind, Version,
};
use komainu_core::types::UpsFailure;
use tokio::sync::OnceCell;

use super::setup::{Access, Digest, Privacy, Setup, SetupError};
use super::values::Values;

/// How often a request is sent again when no answer comes.
const RETRIES: u32 = 1;
/// Objects in one request, so that a reading is one picture.
const MOST: usize = 40;

/// A way to an agent.
pub(super) struct Link {
    address: SocketAddr,
    timeout: Duration,
    reading: Way,
    ordering: Option<Way>,
    clear: bool,
    /// Objects that an agent of version 1 does not have: it refuses a whole request for one.
    absent: Mutex<HashSet<Oid>>,
}

/// The same, with one access.
struct Way {
    auth: Auth,
    client: OnceCell<Client<UdpHandle>>,
}

impl Link {
    pub(super) fn new(setup: Setup) -> Result<Self, SetupError> {
        let clear = setup.ordering.as_ref().unwrap_or(&setup.reading).in_the_clear();
        Ok(Self {
            address: setup.address,
            timeout: setup.timeout,
            reading: Way::new(&setup.reading)?,
            ordering: setup.ordering.as_ref().map(Way::new).transpose()?,
            clear,
            absent: Mutex::default(),
        })
    }

    pub(super) const fn orders_in_the_clear(&self) -> bool {
        self.clear
    }

    /// What an agent of version 1 has not may be there the next time.
    pub(super) fn forget(&self) {
        self.absent().clear();
    }

    /// The values of those objects, as far as the agent has them.
    pub(super) async fn get(&self, objects: &[&[u32]]) -> Result<Values, UpsFailure> {
        let client = self.client(&self.reading).await?;
        let mut asked: Vec<Oid> = objects.iter().map(|one| Oid::from_slice(one)).collect();
        asked.retain(|one| !self.absent().contains(one));
        let mut values = Values::default();
        // An agent of version 1 names one object that it has not, and answers nothing.
        while !asked.is_empty() {
            match client.get_many(&asked).await {
                Ok(answer) => {
                    values.extend(answer.varbinds);
                    break;
                }
                Err(error) => {
                    let at = missing(&error, asked.len()).ok_or_else(|| failure(&error))?;
                    let object = asked.remove(at);
                    self.absent().insert(object);
                }
            }
        }
        Ok(values)
    }

    /// The values of a column, from its first row on, so many at most.
    pub(super) async fn column(&self, column: &[u32], most: u32) -> Result<Vec<Value>, UpsFailure> {
        let client = self.client(&self.reading).await?;
        let column = Oid::from_slice(column);
        let rows = if client.version() == Version::V1 {
            one_by_one(client, &column, most).await?
        } else {
            let asked = std::slice::from_ref(&column);
            client.get_bulk(asked, 0, most).await.map_err(|error| failure(&error))?
        };
        let inside = |row: &VarBind| row.oid.starts_with(&column);
        Ok(rows.into_iter().take_while(inside).map(|row| row.value).collect())
    }

    /// Sets them all, or none.
    ///
    /// # Errors
    /// `Silent` when nobody knows whether they are set.
    pub(super) async fn set(&self, objects: &[(&[u32], Value)]) -> Result<(), UpsFailure> {
        let client = self.client(self.ordering.as_ref().unwrap_or(&self.reading)).await?;
        let set: Vec<_> =
            objects.iter().map(|(name, value)| (Oid::from_slice(name), value.clone())).collect();
        client.set_many(&set).await.map(drop).map_err(|error| refusal(&error))
    }

    async fn client<'a>(&self, way: &'a Way) -> Result<&'a Client<UdpHandle>, UpsFailure> {
        let connect = || async {
            let retry = Retry::fixed(RETRIES, Duration::ZERO).unwrap_or_else(|_| Retry::none());
            let client = Client::builder(self.address, way.auth.clone())
                .request_timeout(self.timeout)
                .retry(retry)
                .max_oids_per_request(MOST)
                .strict_source(true);
            client.connect().await.map_err(|error| failure(&error))
        };
        way.client.get_or_try_init(connect).await
    }

    fn absent(&self) -> std::sync::MutexGuard<'_, HashSet<Oid>> {
        self.absent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Way {
    fn new(access: &Access) -> Result<Self, SetupError> {
        let auth = match access {
            Access::V1 { community } => Auth::v1(community.as_bytes()),
            Access::V2c { community } => Auth::v2c(community.as_bytes()),
            Access::V3 { user, digest, password, privacy } => {
                let (user, digest) = (UsmConfig::new(user.clone()), protocol(*digest));
                let user = match privacy {
                    Some((privacy, secret)) => {
                        user.auth_priv(digest, &**password, cipher(*privacy), &**secret)
                    }
                    None => user.auth(digest, &**password),
                };
                Auth::from(user.map_err(|_| SetupError::ShortPassword)?)
            }
        };
        Ok(Self { auth, client: OnceCell::new() })
    }
}

/// The place of the object that an agent of version 1 has not.
fn missing(error: &Error, asked: usize) -> Option<usize> {
    match error.exchange_source() {
        Error::Snmp { status: ErrorStatus::NoSuchName, index, .. } => {
            let at = usize::try_from(*index).ok()?.checked_sub(1)?;
            (at < asked).then_some(at)
        }
        _ => None,
    }
}

async fn one_by_one(
    client: &Client<UdpHandle>,
    column: &Oid,
    most: u32,
) -> Result<Vec<VarBind>, UpsFailure> {
    let mut rows: Vec<VarBind> = Vec::new();
    for _ in 0..most {
        let last = rows.last().map_or(column, |row| &row.oid);
        match client.get_next(last).await {
            Ok(answer) => match answer.varbinds.into_iter().next() {
                Some(row) if row.oid > *last && row.oid.starts_with(column) => rows.push(row),
                _ => break,
            },
            // The end of everything.
            Err(error) if missing(&error, 1).is_some() => break,
            Err(error) => return Err(failure(&error)),
        }
    }
    Ok(rows)
}

/// Why nothing can be read.
fn failure(error: &Error) -> UpsFailure {
    match error.exchange_source() {
        Error::Auth { .. } => UpsFailure::AccessDenied,
        Error::Report { status, .. } => report(status),
        Error::Snmp { status, .. } => match status {
            ErrorStatus::NoAccess | ErrorStatus::AuthorizationError => UpsFailure::AccessDenied,
            // The agent cannot get at what it speaks for.
            ErrorStatus::GenErr | ErrorStatus::ResourceUnavailable => UpsFailure::Stale,
            _ => UpsFailure::Garbled,
        },
        Error::Decode(_) | Error::MalformedResponse { .. } | Error::ResponseShape { .. } => {
            UpsFailure::Garbled
        }
        _ => UpsFailure::Silent,
    }
}

/// Why nothing can be set.
fn refusal(error: &Error) -> UpsFailure {
    match error.exchange_source() {
        Error::Snmp { status, .. } => match status {
            // To version 1 an object that one may only read is not there for setting.
            ErrorStatus::NoAccess | ErrorStatus::AuthorizationError | ErrorStatus::NoSuchName => {
                UpsFailure::AccessDenied
            }
            ErrorStatus::NoCreation | ErrorStatus::NotWritable | ErrorStatus::ReadOnly => {
                UpsFailure::Unsupported
            }
            _ => UpsFailure::Refused,
        },
        other => failure(other),
    }
}

fn report(status: &ReportStatus) -> UpsFailure {
    match status {
        ReportStatus::UnsupportedSecurityLevel { .. }
        | ReportStatus::UnknownUserName { .. }
        | ReportStatus::WrongDigest { .. }
        | ReportStatus::DecryptionError { .. } => UpsFailure::AccessDenied,
        _ => UpsFailure::NotTrusted,
    }
}

const fn protocol(digest: Digest) -> AuthProtocol {
    match digest {
        Digest::Md5 => AuthProtocol::Md5,
        Digest::Sha1 => AuthProtocol::Sha1,
        Digest::Sha256 => AuthProtocol::Sha256,
        Digest::Sha512 => AuthProtocol::Sha512,
    }
}

const fn cipher(privacy: Privacy) -> PrivProtocol {
    match privacy {
        Privacy::Des => PrivProtocol::Des,
        Privacy::Aes128 => PrivProtocol::Aes128,
        Privacy::Aes256 => PrivProtocol::Aes256Blumenthal,
        Privacy::Aes256Reeder => PrivProtocol::Aes256Reeder,
    }
}
