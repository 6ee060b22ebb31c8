//! What a connector and a member have in common for the loop that drives them.

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::guests;
use komainu_core::time::Instant;
use serde::Serialize;

use super::message::Message;
use super::net::{Line, Listener};
use super::orders::Hint;
use super::platform::Interface;
use super::power::{Equipment, PowerEffect, PowerEvent};
use super::runner::{End, Run};
use crate::guests::GuestEvent;

/// A machine of the core with its names: what it wants is in the words of the shell.
pub(crate) trait Machine {
    /// What an operator may order.
    type Order: Serialize;
    /// What comes of an order.
    type Answer: Serialize;
    /// How it is at a moment.
    type Status;
    /// What it is told once, and again at each reload.
    type Settings;

    /// Ask the kernel for every datagram before anything is done; for few sockets only.
    const THOROUGH: bool;

    /// Where it listens.
    fn listeners(&self) -> &[Listener];

    /// A datagram came.
    fn datagram(&mut self, now: Instant, line: Line, from: SocketAddr, bytes: &mut [u8]);

    /// An operator's order. Answers at once what names something that does not exist.
    fn order(&mut self, now: Instant, ticket: u64, order: &Self::Order) -> Option<Self::Answer>;

    /// A hint about a server's power or a UPS; its name, if it is known.
    fn hint(&mut self, now: Instant, hint: &Hint) -> Option<String>;

    /// Everything up to this generation of the record is durable.
    fn persisted(&mut self, now: Instant, generation: u64);

    /// A run has ended.
    fn finished(&mut self, now: Instant, run: Run, end: End);

    /// The next thing to do, its bytes in `out`; until there is none.
    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Effect<Self::Answer>>;

    /// When to poll again if nothing happens.
    fn deadline(&self) -> Option<Instant>;

    /// The record as it shall be stored.
    fn record(&self) -> Vec<u8>;

    /// How it is.
    fn status(&self, now: Instant, around: &Around<'_>) -> Self::Status;

    /// Takes other settings over; what cannot be changed while it runs is told.
    fn reload(&mut self, now: Instant, settings: Self::Settings) -> Result<(), String>;

    /// Begins to end in good order.
    fn stop(&mut self, now: Instant);

    /// Whether it has ended.
    fn is_stopped(&self) -> bool;

    /// How long ending in good order may take.
    fn stop_limit(&self) -> Duration;

    /// Something that was to be done about guests has ended, which is for members alone.
    fn guests(&mut self, _: Instant, _: GuestEvent) {}

    /// Something happened to power, which is for connectors alone.
    fn power(&mut self, _: Instant, _: PowerEvent) {}

    /// What its plans need on this machine: once after it has begun, and after each reload.
    fn equipment(&mut self) -> Option<Equipment> {
        None
    }
}

/// What the loop knows that belongs into a status.
pub(crate) struct Around<'a> {
    /// How long the service has run.
    pub(crate) up: Duration,
    /// The interfaces.
    pub(crate) interfaces: &'a [Interface],
}

/// What a machine wants done.
#[derive(Debug)]
pub(crate) enum Effect<A> {
    /// Send the first `len` bytes.
    Send {
        /// Through which socket.
        line: Line,
        /// Where to.
        to: SocketAddr,
        /// How many bytes.
        len: usize,
    },
    /// Send the first `len` bytes to everybody.
    Broadcast {
        /// Through which sockets.
        line: Line,
        /// How many bytes.
        len: usize,
    },
    /// Store the record.
    Persist {
        /// Which one it is.
        generation: u64,
    },
    /// An order has its answer.
    Answer {
        /// Which order.
        ticket: u64,
        /// What came of it.
        answer: A,
    },
    /// Run a command.
    Run(Run),
    /// End this host at once.
    HostDown {
        /// Why.
        why: String,
    },
    /// Shut this host down in good order.
    ShutDown,
    /// Something is to be done about the guests of this host.
    Guests(guests::Action),
    /// Something that a plan wants.
    Power(PowerEffect),
    /// Say something.
    Tell(Message),
}
