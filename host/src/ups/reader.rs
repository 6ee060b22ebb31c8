//! A task per source, watched by another that starts it again when it has gone astray.

use std::sync::Arc;
use std::time::Duration;

use komainu_core::power::RunId;
use komainu_core::time::Instant;
use komainu_core::types::{UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant as Alarm, sleep, sleep_until};

use super::nut::Nut;
use super::polled::Polled;
use crate::clock;

/// Commands and findings that wait to be taken.
const ROOM: usize = 64;
/// A source that has told nothing of any UPS for so long is started again. Every source tells of
/// each failure to read within its own time limits, which are shorter.
const ASTRAY: Duration = Duration::from_secs(90);
/// Before it is started again.
const PAUSE: Duration = Duration::from_secs(1);

/// Who speaks for one or several UPSes.
#[derive(Debug)]
pub enum Source {
    /// A NUT server.
    Nut(Nut),
    /// A card or program that speaks for one UPS, and is asked again and again.
    Polled(Polled),
}

impl Source {
    /// The UPSes that it speaks for.
    pub fn upses(&self) -> Vec<UpsIndex> {
        match self {
            Self::Nut(nut) => nut.upses(),
            Self::Polled(polled) => vec![polled.ups],
        }
    }

    async fn run(&self, commands: &mut mpsc::Receiver<Command>, told: &mpsc::Sender<Told>) {
        match self {
            Self::Nut(nut) => nut.run(commands, told).await,
            Self::Polled(polled) => polled.run(commands, told).await,
        }
    }
}

/// What a source is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Read that UPS now, and not only when its turn comes.
    Read(UpsIndex),
    /// Give a UPS an order, once.
    Order {
        /// What the answer carries.
        run: RunId,
        /// Which UPS.
        ups: UpsIndex,
        /// What.
        order: UpsOrder,
    },
}

/// What readers tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A UPS was read, or could not be.
    Reading {
        /// Which.
        ups: UpsIndex,
        /// When it was asked.
        asked: Instant,
        /// What it says.
        reading: Result<UpsReading, UpsFailure>,
    },
    /// What came of [`Command::Order`]; told exactly once for each.
    Ordered {
        /// Of which.
        run: RunId,
        /// What.
        answer: UpsAnswer,
    },
    /// The account for orders at the server of that UPS is accepted, or is not. It is read all
    /// the same. Told when it changes.
    Account {
        /// One of the UPSes there.
        ups: UpsIndex,
        /// Whether.
        accepted: bool,
    },
    /// What exactly is in the way of reading that UPS, for the log. Told when it changes.
    Detail {
        /// One of the UPSes there.
        ups: UpsIndex,
        /// What.
        text: String,
    },
    /// The reader of that UPS has ended or told nothing any more, and was started again.
    Restarted {
        /// One of its UPSes.
        ups: UpsIndex,
    },
}

/// A running reader. When it is dropped it ends, and tells of each order that is still open.
#[derive(Debug)]
pub struct Reader {
    commands: mpsc::Sender<Command>,
}

impl Reader {
    /// Starts reading. Called inside a runtime.
    pub fn start(source: Source, told: mpsc::Sender<Told>) -> Self {
        let (commands, taken) = mpsc::channel(ROOM);
        let watch = Watch { source: Arc::new(source), told, open: Vec::new() };
        tokio::spawn(watch.run(taken));
        Self { commands }
    }

    /// Has it do that, soon.
    ///
    /// # Errors
    /// When it has too much to do already. Then an order has not been given, and nothing will be
    /// told of it.
    pub fn command(&self, command: Command) -> Result<(), UpsFailure> {
        self.commands.try_send(command).map_err(|_| UpsFailure::Refused)
    }
}

/// Stands between a source and everybody else.
struct Watch {
    source: Arc<Source>,
    told: mpsc::Sender<Told>,
    /// Orders that are not answered.
    open: Vec<RunId>,
}

impl Watch {
    async fn run(mut self, mut taken: mpsc::Receiver<Command>) {
        let Some(&first) = self.source.upses().first() else { return };
        loop {
            let goes_on = self.one_life(&mut taken).await;
            for run in std::mem::take(&mut self.open) {
                self.tell(Told::Ordered { run, answer: UpsAnswer::Unknown }).await;
            }
            if !goes_on {
                return;
            }
            for ups in self.source.upses() {
                let (asked, reading) = (clock::now(), Err(UpsFailure::Silent));
                self.tell(Told::Reading { ups, asked, reading }).await;
            }
            self.tell(Told::Restarted { ups: first }).await;
            sleep(PAUSE).await;
        }
    }

    /// Until the source ends or goes astray. Whether another life follows.
    async fn one_life(&mut self, taken: &mut mpsc::Receiver<Command>) -> bool {
        let (commands, mut inner_commands) = mpsc::channel(ROOM);
        let (inner_told, mut findings) = mpsc::channel(ROOM);
        let source = Arc::clone(&self.source);
        let life = Life(tokio::spawn(async move {
            source.run(&mut inner_commands, &inner_told).await;
        }));
        let mut heard = Alarm::now();
        while !life.0.is_finished() {
            tokio::select! {
                finding = findings.recv() => {
                    let Some(finding) = finding else { break };
                    heard = Alarm::now();
                    if let Told::Ordered { run, .. } = finding {
                        self.open.retain(|open| *open != run);
                    }
                    if !self.tell(finding).await {
                        return false;
                    }
                }
                command = taken.recv() => {
                    let Some(command) = command else { return false };
                    self.pass_on(&commands, command).await;
                }
                () = sleep_until(heard + ASTRAY) => break,
            }
        }
        true
    }

    async fn pass_on(&mut self, commands: &mpsc::Sender<Command>, command: Command) {
        let sent = commands.try_send(command).is_ok();
        if let Command::Order { run, .. } = command {
            if sent {
                self.open.push(run);
            } else {
                let answer = UpsAnswer::Failed(UpsFailure::Refused);
                self.tell(Told::Ordered { run, answer }).await;
            }
        }
    }

    /// Whether anybody still listens.
    async fn tell(&self, told: Told) -> bool {
        self.told.send(told).await.is_ok()
    }
}

/// A task that ends with its watch.
struct Life(JoinHandle<()>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ups::polled::Card;
    use komainu_core::types::Supply;

    const UPS: UpsIndex = UpsIndex(4);

    fn reader(card: Card) -> (Reader, mpsc::Receiver<Told>) {
        let (told, findings) = mpsc::channel(8);
        let every = Duration::from_millis(100);
        (Reader::start(Source::Polled(Polled { ups: UPS, every, card }), told), findings)
    }

    fn supply(told: Option<Told>) -> Result<Supply, UpsFailure> {
        match told {
            Some(Told::Reading { ups: UPS, reading, .. }) => reading.map(|reading| reading.supply),
            other => unreachable!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_panics_is_started_again_and_its_orders_are_not_forgotten() {
        let (reader, mut findings) = reader(Card::Pretended(|order| match order {
            None => Ok(UpsReading::of(Supply::Mains)),
            Some(_) => panic!("as if it had a mistake"),
        }));
        assert_eq!(supply(findings.recv().await), Ok(Supply::Mains));
        let (run, order) = (RunId(9), UpsOrder::Test);
        reader.command(Command::Order { run, ups: UPS, order }).expect("room");
        let told = loop {
            match findings.recv().await.expect("it goes on") {
                Told::Reading { .. } => {}
                told => break told,
            }
        };
        assert_eq!(told, Told::Ordered { run, answer: UpsAnswer::Unknown });
        assert_eq!(supply(findings.recv().await), Err(UpsFailure::Silent));
        assert_eq!(findings.recv().await, Some(Told::Restarted { ups: UPS }));
        assert_eq!(supply(findings.recv().await), Ok(Supply::Mains));
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_hangs_is_started_again() {
        let (_reader, mut findings) = reader(Card::Stuck);
        assert_eq!(supply(findings.recv().await), Err(UpsFailure::Silent));
        assert_eq!(findings.recv().await, Some(Told::Restarted { ups: UPS }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_is_dropped_ends() {
        let (reader, mut findings) =
            reader(Card::Pretended(|_| Ok(UpsReading::of(Supply::Battery))));
        assert_eq!(supply(findings.recv().await), Ok(Supply::Battery));
        drop(reader);
        while findings.recv().await.is_some() {}
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_that_is_open_when_its_reader_is_dropped_is_told_of() {
        let (reader, mut findings) = reader(Card::Stuck);
        let run = RunId(9);
        reader.command(Command::Order { run, ups: UPS, order: UpsOrder::Test }).expect("room");
        drop(reader);
        let told = Told::Ordered { run, answer: UpsAnswer::Unknown };
        assert_eq!(findings.recv().await, Some(told));
        assert_eq!(findings.recv().await, None);
    }
}
