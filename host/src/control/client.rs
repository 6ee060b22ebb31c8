//! The asking side, for the commands of operators.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::api::{About, Done, HintBody, Ordered};
use super::failure::{Failure, Fault};
use super::token::Token;
use crate::credentials::CredentialError;
use crate::exit::Exit;
use crate::service::Entry;
use crate::trap::Told;

/// Longest time for what is answered at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer, in bytes: the status of some thousands of servers.
const MAX_ANSWER: usize = 64 << 20;

/// Somebody who may ask a service.
pub(crate) struct Client {
    address: SocketAddr,
    token: Token,
    token_file: PathBuf,
}

impl Client {
    /// Asks at that address, with the token of that file.
    pub(crate) fn new(address: SocketAddr, token_file: &Path) -> Result<Self, ClientError> {
        let token = Token::read(token_file).map_err(ClientError::Token)?;
        Ok(Self { address, token, token_file: token_file.to_owned() })
    }

    /// Who answers there.
    pub(crate) async fn about(&self) -> Result<About, ClientError> {
        self.soon(self.ask(Method::GET, "/v1", None::<&()>)).await
    }

    /// How the service is.
    pub(crate) async fn status<S: DeserializeOwned>(&self) -> Result<S, ClientError> {
        self.soon(self.ask(Method::GET, "/v1/status", None::<&()>)).await
    }

    /// What came of traps; `None` where the service receives none.
    pub(crate) async fn traps(&self) -> Result<Option<Told>, ClientError> {
        self.soon(self.ask(Method::GET, "/v1/traps", None::<&()>)).await
    }

    /// Gives an order, and waits until it is carried out. `confirm` is who it is about once more,
    /// for the orders that want it.
    pub(crate) async fn order<O, A>(
        &self,
        order: O,
        confirm: Option<String>,
    ) -> Result<A, ClientError>
    where
        O: Serialize,
        A: DeserializeOwned,
    {
        self.ask(Method::POST, "/v1/orders", Some(&Ordered { order, confirm })).await
    }

    /// Has a server's power read.
    pub(crate) async fn hint(&self, hint: &HintBody) -> Result<(), ClientError> {
        let asked = self.soon(self.ask::<Done>(Method::POST, "/v1/hints", Some(hint)));
        asked.await.map(|_| ())
    }

    /// The latest entries of the history, oldest first.
    pub(crate) async fn history(&self, most: usize) -> Result<Vec<Entry>, ClientError> {
        let path = format!("/v1/history?most={most}");
        self.soon(self.ask(Method::GET, &path, None::<&()>)).await
    }

    /// Has the configuration read again.
    pub(crate) async fn reload(&self) -> Result<(), ClientError> {
        let asked = self.soon(self.ask::<Done>(Method::POST, "/v1/reload", None::<&()>));
        asked.await.map(|_| ())
    }

    async fn soon<T>(
        &self,
        asked: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        timeout(PATIENCE, asked).await.unwrap_or(Err(ClientError::Slow(self.address)))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let broken =
            |error: &dyn fmt::Display| ClientError::Broken(self.address, error.to_string());
        let body = match body {
            Some(body) => serde_json::to_vec(body).map_err(|error| broken(&error))?,
            None => Vec::new(),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, self.token.header())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| broken(&error))?;
        let connected = timeout(PATIENCE, TcpStream::connect(self.address)).await;
        let stream = connected
            .map_err(|_| ClientError::Slow(self.address))?
            .map_err(|error| ClientError::Unreachable(self.address, error.to_string()))?;
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| broken(&error))?;
        // It ends with the request.
        tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        self.understood(&body.map_err(|error| broken(&error))?.to_bytes())
    }

    fn understood<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, ClientError> {
        let broken = |error: serde_json::Error| {
            ClientError::Broken(self.address, format!("its answer makes no sense: {error}"))
        };
        let value: Value = serde_json::from_slice(body).map_err(broken)?;
        match value.get("error") {
            None => serde_json::from_value(value).map_err(broken),
            Some(_) => {
                let Failure { error } = serde_json::from_value(value).map_err(broken)?;
                Err(ClientError::Fault(Box::new(error), self.token_file.clone()))
            }
        }
    }
}

/// Why there is no answer of the service.
#[derive(Debug)]
pub(crate) enum ClientError {
    /// The token cannot be read.
    Token(CredentialError),
    /// Nobody listens there.
    Unreachable(SocketAddr, String),
    /// Somebody listens, but does not answer in time.
    Slow(SocketAddr),
    /// Somebody answers who is no service of ours, or the connection broke.
    Broken(SocketAddr, String),
    /// The service says what is wrong; with the file that the token came from.
    Fault(Box<Fault>, PathBuf),
}

impl ClientError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Token(error) => error.exit(),
            Self::Unreachable(..) | Self::Slow(_) | Self::Broken(..) => Exit::NoService,
            Self::Fault(fault, _) => fault.exit(),
        }
    }

    /// What helps.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Token(_) => "Run this as the user that the service runs as, or as root; or name \
                               the file with --token-file."
                .to_owned(),
            Self::Unreachable(..) | Self::Slow(_) | Self::Broken(..) => {
                "Does the service run? 'systemctl status komainu-connector komainu-member' tells. \
                 Else name the address with --control."
                    .to_owned()
            }
            Self::Fault(fault, file) if fault.exit() == Exit::NotAllowed => format!(
                "{} belongs to another service, or to an earlier start of this one; name the right \
                 file with --token-file.",
                file.display()
            ),
            Self::Fault(fault, _) => sentence(&fault.remedy),
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Unreachable(address, error) => {
                write!(f, "nobody answers at the control address {address}: {error}")
            }
            Self::Slow(address) => {
                write!(f, "the service at the control address {address} does not answer in time")
            }
            Self::Broken(address, error) => {
                write!(
                    f,
                    "the control address {address} does not answer as a service does: {error}"
                )
            }
            Self::Fault(fault, _) => f.write_str(&fault.text),
        }
    }
}

impl std::error::Error for ClientError {}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str() + "."
}
