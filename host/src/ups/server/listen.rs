//! Takes connections, as many as are allowed.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use super::board::Board;
use super::client;
use super::session::Session;
use super::shared::{Attached, Counts, Shared};
use crate::ups::setup::{ServerSetup, SetupError};

/// One address may have this part of all connections, and at least so many: a machine has one for
/// each UPS that it watches.
const PART: usize = 4;
const LEAST: usize = 8;
/// After a connection could not be taken, because this machine has too many open.
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no server.
#[derive(Debug)]
pub enum ServerError {
    /// What it is set up with is of no use.
    Setup(SetupError),
    /// An address is not to be had.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => write!(f, "{error}"),
            Self::Listen(address, error) => {
                write!(f, "the NUT server's address {address}: {error}")
            }
        }
    }
}

impl std::error::Error for ServerError {}

/// A running NUT server. It ends, with all its conversations, when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    tasks: Vec<AbortHandle>,
}

impl Server {
    /// Starts serving what stands on the board; nobody hears anything of a UPS before there is
    /// one. Called inside a runtime.
    ///
    /// # Errors
    /// When the setup is of no use, or an address is not to be had.
    pub async fn start(
        setup: &ServerSetup,
        board: watch::Receiver<Option<Board>>,
    ) -> Result<Self, ServerError> {
        let shared = Arc::new(Shared::new(setup, board).map_err(ServerError::Setup)?);
        let mut server = Self { shared, addresses: Vec::new(), tasks: Vec::new() };
        let numbers = Arc::new(AtomicU64::new(0));
        for address in &setup.listen {
            let listener = TcpListener::bind(address).await;
            let listener = listener.map_err(|error| ServerError::Listen(*address, error))?;
            server.addresses.push(listener.local_addr().unwrap_or(*address));
            let door = Door {
                shared: Arc::clone(&server.shared),
                numbers: Arc::clone(&numbers),
                clients: JoinSet::new(),
                from: HashMap::new(),
            };
            server.tasks.push(tokio::spawn(door.serve(listener)).abort_handle());
        }
        Ok(server)
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Who is logged in. One that is not has logged out, or was lost: it may still be running.
    pub fn attached(&self) -> Vec<Attached> {
        self.shared.attached()
    }

    /// Those of them who are told to go down.
    pub fn going(&self) -> Vec<Attached> {
        let mut attached = self.shared.attached();
        let board = self.shared.board.borrow();
        attached.retain(|client| {
            board.as_ref().is_some_and(|board| board.goes(client.ups, Some(&client.user)))
        });
        attached
    }

    /// What has gone wrong with clients so far.
    pub fn counts(&self) -> Counts {
        self.shared.counters.now()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// One address, with who came in by it.
struct Door {
    shared: Arc<Shared>,
    numbers: Arc<AtomicU64>,
    clients: JoinSet<IpAddr>,
    from: HashMap<IpAddr, usize>,
}

impl Door {
    async fn serve(mut self, listener: TcpListener) {
        loop {
            tokio::select! {
                taken = listener.accept() => match taken {
                    Ok((stream, from)) => self.let_in(stream, from.ip()),
                    // The client has gone again, or there are no sockets left for the moment.
                    Err(_) => sleep(PAUSE).await,
                },
                Some(left) = self.clients.join_next() => self.let_out(left.ok()),
            }
        }
    }

    fn let_in(&mut self, stream: TcpStream, from: IpAddr) {
        let most = (self.shared.clients / PART).max(LEAST);
        let here = self.from.get(&from).copied().unwrap_or_default();
        if self.clients.len() >= self.shared.clients || here >= most {
            let counters = &self.shared.counters;
            counters.refuse(&counters.turned_away, from);
            return;
        }
        self.from.insert(from, here + 1);
        // Answers are short, and wanted at once.
        let _ = stream.set_nodelay(true);
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let session = Session::new(Arc::clone(&self.shared), number, from);
        self.clients.spawn(async move {
            client::serve(stream, session).await;
            from
        });
    }

    /// Without an address the task had a mistake, and its place is not given back.
    fn let_out(&mut self, from: Option<IpAddr>) {
        let Some(from) = from else { return };
        if let Some(here) = self.from.get_mut(&from) {
            *here -= 1;
            if *here == 0 {
                self.from.remove(&from);
            }
        }
    }
}
