//! One connection to a NUT server, from nothing to TLS.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use komainu_core::types::UpsFailure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::tls::{TlsClient, is_mistrust};

/// What is read at once, in bytes.
const ROOM: usize = 4096;

/// Why there is no connection: for the core, and for people.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) why: UpsFailure,
    pub(super) text: String,
}

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Broken>> + Send>>;

/// A connection, as far as it is.
pub(super) enum Connection {
    None,
    Opening(Pending<TcpStream>),
    Plain(TcpStream),
    Securing(Pending<Box<TlsStream<TcpStream>>>),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What has become of it.
pub(super) enum Event {
    Connected,
    Secured,
    /// So many bytes have come.
    Read(usize),
    /// So many bytes have gone.
    Written(usize),
    Broken(Broken),
}

impl Connection {
    /// Begins to connect.
    pub(super) fn open(host: String, port: u16, patience: Duration) -> Self {
        Self::Opening(Box::pin(async move {
            let connect = timeout(patience, TcpStream::connect((host.as_str(), port)));
            let stream = match connect.await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return Err(silent(format!("{host}: {error}"))),
                Err(_) => return Err(silent(format!("{host} does not answer"))),
            };
            // Without it a request would wait for the acknowledgement of the one before.
            stream.set_nodelay(true).map_err(|error| silent(format!("{host}: {error}")))?;
            Ok(stream)
        }))
    }

    /// Begins TLS, where there is a connection in the clear.
    pub(super) fn secure(&mut self, tls: &TlsClient, patience: Duration) {
        let Self::Plain(stream) = std::mem::replace(self, Self::None) else { return };
        let tls = tls.clone();
        *self = Self::Securing(Box::pin(async move {
            match timeout(patience, tls.connect(stream)).await {
                Ok(Ok(stream)) => Ok(Box::new(stream)),
                Ok(Err(error)) if is_mistrust(&error) => {
                    Err(Broken { why: UpsFailure::NotTrusted, text: format!("TLS: {error}") })
                }
                Ok(Err(error)) => Err(silent(format!("TLS: {error}"))),
                Err(_) => Err(silent("TLS: no answer".to_owned())),
            }
        }));
    }

    /// The next thing that happens to it. May be dropped and called again at any time.
    pub(super) async fn event(&mut self, outgoing: &[u8], incoming: &mut [u8; ROOM]) -> Event {
        match self {
            Self::None => std::future::pending().await,
            Self::Opening(opening) => match opening.await {
                Ok(stream) => self.becomes(Self::Plain(stream), Event::Connected),
                Err(broken) => self.becomes(Self::None, Event::Broken(broken)),
            },
            Self::Securing(securing) => match securing.await {
                Ok(stream) => self.becomes(Self::Tls(stream), Event::Secured),
                Err(broken) => self.becomes(Self::None, Event::Broken(broken)),
            },
            Self::Plain(stream) => {
                let carried = carry(stream, outgoing, incoming).await;
                self.carried(carried)
            }
            Self::Tls(stream) => {
                let carried = carry(stream.as_mut(), outgoing, incoming).await;
                self.carried(carried)
            }
        }
    }

    fn becomes(&mut self, next: Self, event: Event) -> Event {
        *self = next;
        event
    }

    fn carried(&mut self, carried: io::Result<Event>) -> Event {
        match carried {
            Ok(Event::Read(0)) => {
                let broken = silent("the server has closed the connection".to_owned());
                self.becomes(Self::None, Event::Broken(broken))
            }
            Ok(event) => event,
            Err(error) => {
                let broken = silent(format!("the connection is lost: {error}"));
                self.becomes(Self::None, Event::Broken(broken))
            }
        }
    }

    /// Room for what comes.
    pub(super) fn room() -> Box<[u8; ROOM]> {
        Box::new([0; ROOM])
    }
}

fn silent(text: String) -> Broken {
    Broken { why: UpsFailure::Silent, text }
}

/// Writes what is to go, or else reads what comes.
async fn carry<S>(stream: &mut S, outgoing: &[u8], incoming: &mut [u8]) -> io::Result<Event>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    if outgoing.is_empty() {
        return stream.read(incoming).await.map(Event::Read);
    }
    let written = stream.write(outgoing).await?;
    stream.flush().await?;
    Ok(Event::Written(written))
}
