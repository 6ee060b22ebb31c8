//! The listening side: who may connect, for how long, and how many at once.

use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::api::{About, Confirm, Party};
use super::outcome::Outcome;
use super::routes::{self, Shared};
use super::token::Token;
use crate::private;
use crate::service::{
    ConnectorAnswer, ConnectorOrder, ConnectorStatus, Handle, MemberAnswer, MemberOrder,
    MemberStatus,
};
use crate::trap::Counts;

/// Most connections at once; more wait.
const CONNECTIONS: usize = 64;
/// Longest time until the head of a request is there.
const HEAD: Duration = Duration::from_secs(5);
/// Until it is tried again, when no connection can be taken on.
const PAUSE: Duration = Duration::from_millis(100);

/// What is served: the orders, answers and status of a kind of service.
pub(crate) trait Served: Send + Sync + 'static {
    /// What may be ordered.
    type Order: DeserializeOwned + Confirm + Send + 'static;
    /// What comes of it.
    type Answer: Serialize + Outcome + Send + 'static;
    /// How it is.
    type Status: Serialize + Send + 'static;
    /// What it is called.
    const PARTY: Party;
}

/// Connectors.
pub(crate) struct Connectors;

impl Served for Connectors {
    type Order = ConnectorOrder;
    type Answer = ConnectorAnswer;
    type Status = ConnectorStatus;
    const PARTY: Party = Party::Connector;
}

/// Members.
pub(crate) struct Members;

impl Served for Members {
    type Order = MemberOrder;
    type Answer = MemberAnswer;
    type Status = MemberStatus;
    const PARTY: Party = Party::Member;
}

/// A handle of such a service.
pub(super) type HandleOf<P> =
    Handle<<P as Served>::Order, <P as Served>::Answer, <P as Served>::Status>;

/// What a control socket is opened with.
pub(crate) struct Settings<P: Served> {
    /// The service that is asked.
    pub(crate) handle: HandleOf<P>,
    /// Where; of this machine alone.
    pub(crate) address: SocketAddr,
    /// The service's folder: the token is written there, the history is read there.
    pub(crate) state: PathBuf,
    /// The service's name.
    pub(crate) name: String,
    /// What its receiver of traps counts; `None` where it has none.
    pub(crate) traps: Option<Arc<Counts>>,
}

/// A control socket.
pub(crate) struct Control<P> {
    listener: std::net::TcpListener,
    router: Router,
    of: PhantomData<fn() -> P>,
}

impl<P: Served> Control<P> {
    /// Listens, and writes a new token.
    ///
    /// # Errors
    /// When the address is not of this machine alone, or is in use; when the token cannot be
    /// written. The text names which.
    pub(crate) fn open(settings: Settings<P>) -> io::Result<Self> {
        let Settings { handle, address, state, name, traps } = settings;
        let named = |what: &str, error: &io::Error| {
            io::Error::new(error.kind(), format!("the control {what}: {error}"))
        };
        if !address.ip().is_loopback() {
            let text = format!("the control address {address} is not of this machine alone");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let listener = std::net::TcpListener::bind(address)
            .map_err(|error| named(&format!("address {address}"), &error))?;
        listener.set_nonblocking(true)?;
        private::make_folder(&state)?;
        // Only now: a second service that cannot listen leaves the token of the first alone.
        let token = Token::renew(&state).map_err(|error| named("token", &error))?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let about = About { service: P::PARTY, name, version };
        let shared = Shared::<P> { handle, token, history: state, about, traps };
        Ok(Self { listener, router: routes::router(Arc::new(shared)), of: PhantomData })
    }

    /// Where it listens.
    #[cfg(all(test, unix))]
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves for ever. Called inside the runtime.
    pub(crate) async fn serve(self) {
        // The runtime takes every socket that does not block, and nobody closes the semaphore.
        let Ok(listener) = TcpListener::from_std(self.listener) else { return };
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(answer(stream, self.router.clone(), place));
                }
                // Out of descriptors, or the peer has gone already.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// Answers one request.
async fn answer(stream: TcpStream, router: Router, _place: OwnedSemaphorePermit) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).keep_alive(false);
    // Who hangs up early takes nothing back.
    let _ = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).await;
}
