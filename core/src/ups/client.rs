//! The conversation: connect, TLS, login, then one look after the other, and orders in between.

use core::time::Duration;

use heapless::{Deque, Vec};

use super::answers::Active;
use super::config::{Config, MAX_UPSES, Tls};
use super::order::OrderId;
use super::polling::Seen;
use crate::rng::{Chance, Drbg, Seed};
use crate::time::{Instant, earliest};
use crate::types::{UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};
use crate::wire::nut::{LineBuffer, Response};

/// Room that [`Client::poll`] wants for what it sends, in bytes.
pub const MAX_SEND: usize = 2048;
/// Most orders that wait for one another.
const MAX_ORDERS: usize = 8;
/// First wait before connecting again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The wait is doubled so often: up to 4 s.
const DOUBLED: u32 = 4;

/// What the client wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action {
    /// Connect, and say [`Client::connected`] or [`Client::closed`].
    Connect,
    /// Begin TLS on the connection, and say [`Client::secured`] or [`Client::closed`].
    Secure,
    /// Send the first so many bytes of the buffer.
    Send {
        /// So many.
        len: usize,
    },
    /// Close the connection; nothing is to be said of it.
    Close,
    /// A UPS was read, or could not be.
    Reading {
        /// Which.
        ups: UpsIndex,
        /// When it was asked.
        asked: Instant,
        /// What it says.
        reading: Result<UpsReading, UpsFailure>,
    },
    /// What came of an order.
    Ordered {
        /// Of which.
        id: OrderId,
        /// What.
        answer: UpsAnswer,
    },
    /// The server has accepted the account, or has not. It is read all the same.
    Account {
        /// Whether.
        accepted: bool,
    },
}

/// An answer that is awaited, in the order of the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    StartTls,
    User,
    Login,
    Tracking,
    /// The variables of the UPS at that place.
    Look(usize),
    Order,
}

/// How far the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// There is none; the next is tried then.
    Down { until: Instant },
    /// It is being made.
    Connecting,
    /// The server is asked for TLS.
    Asking { sent: bool },
    /// It agreed; the shell is to be told, or at it.
    Securing { told: bool },
    /// Words can be exchanged.
    Up { greeted: bool },
}

/// What a client does next, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) id: OrderId,
    pub(super) ups: usize,
    pub(super) order: UpsOrder,
}

/// A client of one NUT server.
pub struct Client {
    pub(super) config: Config,
    chance: Drbg,
    pub(super) link: Link,
    close: bool,
    tries: u32,
    lines: LineBuffer,
    pub(super) expected: Deque<Expect, 64>,
    /// Since when the first of them is awaited.
    pub(super) since: Instant,
    pub(super) upses: Vec<Seen, MAX_UPSES>,
    /// When the next look is due.
    pub(super) look: Instant,
    pub(super) account: Option<bool>,
    account_told: Option<bool>,
    pub(super) tracking: bool,
    waiting: Deque<Waiting, MAX_ORDERS>,
    pub(super) active: Option<Active>,
    answers: Deque<(OrderId, UpsAnswer), { 2 * MAX_ORDERS }>,
}

impl Client {
    /// A client that connects as soon as it is polled.
    pub fn new(config: Config, seed: &Seed, now: Instant) -> Self {
        let upses = config.upses.iter().map(|_| Seen::new(now)).collect();
        Self {
            config,
            chance: Drbg::new(seed),
            link: Link::Down { until: now },
            close: false,
            tries: 0,
            lines: LineBuffer::new(),
            expected: Deque::new(),
            since: now,
            upses,
            look: now,
            account: None,
            account_told: None,
            tracking: false,
            waiting: Deque::new(),
            active: None,
            answers: Deque::new(),
        }
    }

    /// The connection is made.
    pub fn connected(&mut self, now: Instant) {
        if self.link != Link::Connecting {
            return;
        }
        self.since = now;
        self.look = now;
        self.link = match self.config.tls {
            Tls::Off => Link::Up { greeted: false },
            Tls::Try | Tls::Require => Link::Asking { sent: false },
        };
    }

    /// TLS has begun, and the server has proved who it is.
    pub fn secured(&mut self, now: Instant) {
        if matches!(self.link, Link::Securing { .. }) {
            self.since = now;
            self.look = now;
            self.link = Link::Up { greeted: false };
        }
    }

    /// The connection was lost, or not made: `Silent` in general, `NotTrusted` when the server
    /// has not proved who it is.
    pub fn closed(&mut self, now: Instant, why: UpsFailure) {
        if !matches!(self.link, Link::Down { .. }) {
            self.drop_link(now, why);
        }
    }

    /// Takes what came from the server.
    pub fn handle(&mut self, now: Instant, mut bytes: &[u8]) {
        // Lent out, so that a line can be heard while the buffer holds it.
        let mut lines = core::mem::take(&mut self.lines);
        while let Some(line) = lines.next(&mut bytes) {
            match line.map(Response::parse) {
                Ok(Ok(response)) => self.hear(now, response),
                // What a UPS says of itself may be anything; elsewhere the thread is lost.
                Ok(Err(_)) | Err(_) if self.in_list() => {}
                Ok(Err(_)) | Err(_) => self.give_up(now, UpsFailure::Garbled),
            }
            match self.link {
                Link::Asking { .. } | Link::Up { .. } => {}
                // What was sent behind the last line in the clear is nobody's.
                Link::Securing { .. } if !bytes.is_empty() => {
                    self.give_up(now, UpsFailure::NotTrusted);
                    return;
                }
                Link::Down { .. } | Link::Connecting | Link::Securing { .. } => return,
            }
        }
        self.lines = lines;
    }

    /// Reads all UPSes at once, and not only when the next look is due.
    pub fn read_now(&mut self, now: Instant) {
        self.look = self.look.min(now);
    }

    /// Gives a UPS an order, once. [`Action::Ordered`] tells what came of it.
    pub fn order(&mut self, id: OrderId, ups: UpsIndex, order: UpsOrder) {
        let place = self.config.upses.iter().position(|from| from.ups == ups);
        let refused = match place {
            None => UpsFailure::UnknownUps,
            Some(_) if self.config.account.is_none() => UpsFailure::AccessDenied,
            Some(_) if !matches!(self.link, Link::Up { .. }) => UpsFailure::Silent,
            Some(ups) => match self.waiting.push_back(Waiting { id, ups, order }) {
                Ok(()) => return,
                Err(_) => UpsFailure::Refused,
            },
        };
        self.answer(id, UpsAnswer::Failed(refused));
    }

    /// What to do next; call until it is `None`. What is to be sent is at the front of `out`.
    pub fn poll(&mut self, now: Instant, out: &mut [u8; MAX_SEND]) -> Option<Action> {
        self.check_time(now);
        if let Some((id, answer)) = self.answers.pop_front() {
            return Some(Action::Ordered { id, answer });
        }
        if let Some(told) = self.next_reading() {
            return Some(told);
        }
        if self.account != self.account_told
            && let Some(accepted) = self.account
        {
            self.account_told = self.account;
            return Some(Action::Account { accepted });
        }
        if core::mem::take(&mut self.close) {
            return Some(Action::Close);
        }
        match &mut self.link {
            Link::Down { until } if *until <= now => {
                self.link = Link::Connecting;
                Some(Action::Connect)
            }
            Link::Securing { told } if !*told => {
                *told = true;
                Some(Action::Secure)
            }
            Link::Asking { .. } | Link::Up { .. } => {
                let len = self.write(now, out);
                (len > 0).then_some(Action::Send { len })
            }
            Link::Down { .. } | Link::Connecting | Link::Securing { .. } => None,
        }
    }

    /// When to poll again if nothing arrives.
    pub fn deadline(&self) -> Option<Instant> {
        match self.link {
            Link::Down { until } => Some(until),
            Link::Connecting | Link::Securing { .. } => None,
            Link::Asking { .. } => self.late(),
            Link::Up { .. } => {
                let look = (!self.is_looking()).then_some(self.look);
                let order = self.active.as_ref().map(Active::deadline);
                earliest(earliest(self.late(), look), order)
            }
        }
    }

    /// When the answer that is awaited is late.
    fn late(&self) -> Option<Instant> {
        (!self.expected.is_empty()).then(|| self.since + self.config.patience)
    }

    /// Takes the next order that waits.
    pub(super) fn next_order(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    pub(super) fn answer(&mut self, id: OrderId, answer: UpsAnswer) {
        // There is room for those that wait and for as many that are refused at once; who has
        // given more before taking an answer has lost count of them.
        let _ = self.answers.push_back((id, answer));
    }

    fn check_time(&mut self, now: Instant) {
        if self.late().is_some_and(|late| late <= now) {
            self.give_up(now, UpsFailure::Silent);
        }
        self.check_order(now);
    }

    /// Ends the connection, for that reason.
    pub(super) fn give_up(&mut self, now: Instant, why: UpsFailure) {
        self.close = true;
        self.drop_link(now, why);
    }

    fn drop_link(&mut self, now: Instant, why: UpsFailure) {
        self.link = Link::Down { until: now + self.pause() };
        self.expected.clear();
        self.lines.clear();
        self.tracking = false;
        self.lose_sight(now, why);
        self.lose_orders(why);
    }

    fn lose_orders(&mut self, why: UpsFailure) {
        if let Some(active) = self.active.take() {
            self.answer(active.id(), active.lost(why));
        }
        while let Some(waiting) = self.waiting.pop_front() {
            self.answer(waiting.id, UpsAnswer::Failed(why));
        }
    }

    /// Between half of the wait and all of it, so that clients of a server that was away do not
    /// all come at once.
    fn pause(&mut self) -> Duration {
        let pause = FIRST_PAUSE * (1 << self.tries.min(DOUBLED));
        self.tries = self.tries.saturating_add(1);
        let mut draw = [0];
        self.chance.fill(&mut draw);
        let [draw] = draw;
        pause / 2 + pause / 2 * u32::from(draw) / 255
    }

    /// The server is of use: the next loss of it is the first again.
    pub(super) fn settled(&mut self) {
        self.tries = 0;
    }
}
