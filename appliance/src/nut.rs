//! A NUT server and the connection to it, in the clear.

use core::net::SocketAddrV4;

use heapless::Vec;
use komainu_core::limits::APPLIANCE_UPSES;
use komainu_core::power::RunId;
use komainu_core::rng::Seed;
use komainu_core::site::Input;
use komainu_core::time::{Instant, Millis, earliest};
use komainu_core::types::{UpsFailure, UpsIndex, UpsOrder};
use komainu_core::ups::{Action, Client, Config, MAX_SEND, OrderId};

use crate::hardware::Nic;
use crate::lan::Lan;

/// How far the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    None,
    Opening {
        until: Instant,
    },
    Open,
    /// What was sent is confirmed by then, or nobody is there.
    Sending {
        until: Instant,
    },
}

/// A NUT server that is read.
pub struct Reader {
    client: Client,
    address: SocketAddrV4,
    /// The number of its connection.
    number: usize,
    upses: Vec<UpsIndex, APPLIANCE_UPSES>,
    patience: Millis,
    link: Link,
    /// What the server said of the account, until that is asked for.
    account: Option<bool>,
}

impl Reader {
    /// Reads what the server there speaks for, over the connection of that number.
    pub fn new(
        address: SocketAddrV4,
        config: Config,
        number: usize,
        seed: &Seed,
        now: Instant,
    ) -> Self {
        let upses = config.upses.iter().map(|from| from.ups).take(APPLIANCE_UPSES).collect();
        let patience = config.patience;
        let client = Client::new(config, seed, now);
        Self { client, address, number, upses, patience, link: Link::None, account: None }
    }

    /// Whether it reads that UPS.
    pub fn reads(&self, ups: UpsIndex) -> bool {
        self.upses.contains(&ups)
    }

    /// Whether the server has accepted the account; told once.
    pub fn account(&mut self) -> Option<bool> {
        self.account.take()
    }

    /// Reads now, and not only when it is time.
    pub fn read_now(&mut self, now: Instant) {
        self.client.read_now(now);
    }

    /// Gives an order.
    pub fn order(&mut self, run: RunId, ups: UpsIndex, order: UpsOrder) {
        self.client.order(OrderId(run.0), ups, order);
    }

    /// Carries what came and what goes; what it has to tell the site is told to `tell`.
    pub fn turn<N: Nic>(
        &mut self,
        now: Instant,
        lan: &mut Lan<N>,
        out: &mut [u8; MAX_SEND],
        mut tell: impl FnMut(Input<'_>),
    ) {
        self.carry(now, lan);
        // What was sent is waited for, so that there is room for the next.
        while !matches!(self.link, Link::Sending { .. }) {
            let Some(action) = self.client.poll(now, out) else { return };
            match action {
                Action::Connect => self.connect(now, lan),
                // The configuration never asks for it.
                Action::Secure => self.client.closed(now, UpsFailure::NotTrusted),
                Action::Send { len } => {
                    let bytes = out.get(..len).unwrap_or_default();
                    let sent = lan.stream(self.number).map(|socket| socket.send_slice(bytes));
                    self.link = Link::Sending { until: now + self.patience };
                    if sent != Some(Ok(len)) {
                        self.lose(now, lan);
                    }
                }
                Action::Close => self.hang_up(lan),
                Action::Reading { ups, asked, reading } => {
                    tell(Input::Reading { ups, asked, reading });
                }
                Action::Ordered { id, answer } => {
                    tell(Input::Ordered { run: RunId(id.0), answer });
                }
                Action::Account { accepted } => {
                    self.account = Some(accepted);
                }
            }
        }
    }

    /// When to come back if nothing comes.
    pub fn deadline(&self) -> Option<Instant> {
        match self.link {
            Link::Opening { until } => earliest(self.client.deadline(), Some(until)),
            // It is not asked before.
            Link::Sending { until } => Some(until),
            Link::None | Link::Open => self.client.deadline(),
        }
    }

    fn carry<N: Nic>(&mut self, now: Instant, lan: &mut Lan<N>) {
        let Some(socket) = lan.stream(self.number) else { return };
        match self.link {
            Link::None => {}
            Link::Opening { .. } if socket.may_send() => {
                self.link = Link::Open;
                self.client.connected(now);
            }
            Link::Opening { until } if !socket.is_active() || until <= now => self.lose(now, lan),
            Link::Opening { .. } => {}
            Link::Open | Link::Sending { .. } => {
                while socket.can_recv() {
                    let client = &mut self.client;
                    // It can be received from.
                    let _ = socket.recv(|bytes| {
                        client.handle(now, bytes);
                        (bytes.len(), ())
                    });
                }
                let confirmed = socket.send_queue() == 0;
                match self.link {
                    _ if !socket.may_recv() => self.lose(now, lan),
                    Link::Sending { .. } if confirmed => self.link = Link::Open,
                    Link::Sending { until } if until <= now => self.lose(now, lan),
                    _ => {}
                }
            }
        }
    }

    fn connect<N: Nic>(&mut self, now: Instant, lan: &mut Lan<N>) {
        if lan.connect(self.number, self.address) {
            self.link = Link::Opening { until: now + self.patience };
        } else {
            self.client.closed(now, UpsFailure::Silent);
        }
    }

    fn lose<N: Nic>(&mut self, now: Instant, lan: &mut Lan<N>) {
        self.hang_up(lan);
        self.client.closed(now, UpsFailure::Silent);
    }

    fn hang_up<N: Nic>(&mut self, lan: &mut Lan<N>) {
        self.link = Link::None;
        if let Some(socket) = lan.stream(self.number) {
            socket.abort();
        }
    }
}

#[cfg(test)]
mod tests;
