//! The loop around the core's client.

use std::io;

use komainu_core::power::RunId;
use komainu_core::rng::{Chance, Seed};
use komainu_core::time::Instant;
use komainu_core::types::UpsFailure;
use komainu_core::ups::{Action, Client, MAX_SEND, OrderId};
use tokio::sync::mpsc;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::Nut;
use super::connection::{Broken, Connection, Event};
use crate::clock;
use crate::ups::reader::{Command, Told};

/// A client with its connection.
struct Carrier<'a> {
    nut: &'a Nut,
    told: &'a mpsc::Sender<Told>,
    client: Box<Client>,
    connection: Connection,
    /// What is still to be sent; a password may be among it.
    outgoing: Zeroizing<Vec<u8>>,
    /// What was in the way last.
    detail: Option<String>,
}

/// Nobody listens any more.
struct Unheard;

impl Nut {
    /// Reads and orders until nobody listens any more.
    pub(in crate::ups) async fn run(
        &self,
        commands: &mut mpsc::Receiver<Command>,
        told: &mpsc::Sender<Told>,
    ) {
        // The setup was tried when it was made.
        let (Ok(config), Ok(seed)) = (self.config(), seed()) else { return };
        let client = Box::new(Client::new(config, &seed, clock::now()));
        let mut carrier = Carrier {
            nut: self,
            told,
            client,
            connection: Connection::None,
            outgoing: Zeroizing::new(Vec::with_capacity(2 * MAX_SEND)),
            detail: None,
        };
        let mut incoming = Connection::room();
        let mut out = Zeroizing::new([0; MAX_SEND]);
        while carrier.act(&mut out).await.is_ok() {
            let now = clock::now();
            let due = carrier.client.deadline();
            let event = tokio::select! {
                command = commands.recv() => {
                    let Some(command) = command else { return };
                    carrier.obey(command);
                    continue;
                }
                () = wait(now, due) => continue,
                event = carrier.connection.event(&carrier.outgoing, &mut incoming) => event,
            };
            if carrier.take(event, &*incoming).await.is_err() {
                return;
            }
        }
    }
}

fn seed() -> io::Result<Seed> {
    let mut bytes = Zeroizing::new([0; 32]);
    clock::generator()?.fill(bytes.as_mut());
    Ok(Seed::new(*bytes))
}

/// Until that moment; for ever without one.
async fn wait(now: Instant, due: Option<Instant>) {
    match due {
        Some(due) => sleep(due.since(now)).await,
        None => std::future::pending().await,
    }
}

impl Carrier<'_> {
    /// Does what the client wants now.
    async fn act(&mut self, out: &mut [u8; MAX_SEND]) -> Result<(), Unheard> {
        let patience = self.nut.setup.patience.duration();
        while let Some(action) = self.client.poll(clock::now(), out) {
            match action {
                Action::Connect => {
                    let host = self.nut.setup.host.clone();
                    self.outgoing.clear();
                    self.connection = Connection::open(host, self.nut.setup.port, patience);
                }
                Action::Secure => match &self.nut.tls {
                    Some(tls) => self.connection.secure(tls, patience),
                    None => self.client.closed(clock::now(), UpsFailure::NotTrusted),
                },
                Action::Send { len } => self.outgoing.extend(out.iter().take(len)),
                Action::Close => self.connection = Connection::None,
                Action::Reading { ups, asked, reading } => {
                    if reading.is_ok() {
                        self.detail = None;
                    }
                    self.tell(Told::Reading { ups, asked, reading }).await?;
                }
                Action::Ordered { id, answer } => {
                    self.tell(Told::Ordered { run: RunId(id.0), answer }).await?;
                }
                Action::Account { accepted } => {
                    if let Some((ups, _)) = self.nut.setup.upses.first() {
                        self.tell(Told::Account { ups: *ups, accepted }).await?;
                    }
                }
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Read(_) => self.client.read_now(clock::now()),
            Command::Order { run, ups, order } => self.client.order(OrderId(run.0), ups, order),
        }
    }

    async fn take(&mut self, event: Event, incoming: &[u8]) -> Result<(), Unheard> {
        let now = clock::now();
        match event {
            Event::Connected => self.client.connected(now),
            Event::Secured => self.client.secured(now),
            Event::Read(len) => {
                self.client.handle(now, incoming.get(..len).unwrap_or_default());
            }
            Event::Written(len) => {
                self.outgoing.drain(..len);
            }
            Event::Broken(Broken { why, text }) => {
                self.client.closed(now, why);
                self.explain(text).await?;
            }
        }
        Ok(())
    }

    /// Tells what is in the way, once.
    async fn explain(&mut self, text: String) -> Result<(), Unheard> {
        if self.detail.as_ref() == Some(&text) {
            return Ok(());
        }
        self.detail = Some(text.clone());
        match self.nut.setup.upses.first() {
            Some((ups, _)) => self.tell(Told::Detail { ups: *ups, text }).await,
            None => Ok(()),
        }
    }

    async fn tell(&mut self, told: Told) -> Result<(), Unheard> {
        self.told.send(told).await.map_err(|_| Unheard)
    }
}
