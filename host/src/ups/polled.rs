//! What speaks for one UPS and is asked again and again.

use std::time::Duration;

use komainu_core::types::{UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};
use tokio::sync::mpsc;
use tokio::time::{Instant as Alarm, sleep_until};

use super::apcupsd::Apcupsd;
use super::reader::{Command, Told};
use super::snmp::Snmp;
use crate::clock;

/// A UPS that is asked in turns.
#[derive(Debug)]
pub struct Polled {
    /// Which it is here.
    pub ups: UpsIndex,
    /// From one turn to the next.
    pub every: Duration,
    /// Who is asked.
    pub card: Card,
}

/// Who is asked.
#[derive(Debug)]
pub enum Card {
    /// A network card.
    Snmp(Box<Snmp>),
    /// An apcupsd.
    Apcupsd(Apcupsd),
    /// Whatever a test wants it to say, to an order and otherwise.
    #[cfg(test)]
    Pretended(fn(Option<UpsOrder>) -> Result<UpsReading, UpsFailure>),
    /// One that never comes back.
    #[cfg(test)]
    Stuck,
}

impl Card {
    async fn read(&self) -> Result<UpsReading, UpsFailure> {
        match self {
            Self::Snmp(snmp) => snmp.read().await,
            Self::Apcupsd(apcupsd) => apcupsd.read().await,
            #[cfg(test)]
            Self::Pretended(say) => say(None),
            #[cfg(test)]
            Self::Stuck => std::future::pending().await,
        }
    }

    async fn order(&self, order: UpsOrder) -> UpsAnswer {
        match self {
            Self::Snmp(snmp) => snmp.order(order).await,
            Self::Apcupsd(apcupsd) => apcupsd.order(order),
            #[cfg(test)]
            Self::Pretended(say) => {
                say(Some(order)).map_or_else(UpsAnswer::Failed, |_| UpsAnswer::Accepted)
            }
            #[cfg(test)]
            Self::Stuck => std::future::pending().await,
        }
    }
}

impl Polled {
    /// Asks until nobody listens any more.
    pub(super) async fn run(
        &self,
        commands: &mut mpsc::Receiver<Command>,
        told: &mpsc::Sender<Told>,
    ) {
        loop {
            let turn = Alarm::now() + self.every;
            let asked = clock::now();
            let reading = self.card.read().await;
            if told.send(Told::Reading { ups: self.ups, asked, reading }).await.is_err() {
                return;
            }
            tokio::select! {
                () = sleep_until(turn) => {}
                command = commands.recv() => match command {
                    None => return,
                    Some(Command::Read(_)) => {}
                    // What it has changed shows in the reading that follows at once.
                    Some(Command::Order { run, order, .. }) => {
                        let answer = self.card.order(order).await;
                        if told.send(Told::Ordered { run, answer }).await.is_err() {
                            return;
                        }
                    }
                },
            }
        }
    }
}
