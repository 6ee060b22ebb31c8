//! A reader under test, with everything that it tells.

use std::time::{Duration, Instant};

use komainu_core::power::RunId;
use komainu_core::types::{Supply, UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};
use komainu_host::ups::nut::Nut;
use komainu_host::ups::setup::{NutLogin, NutSetup};
use komainu_host::ups::{Command, Reader, Source, Told};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(crate) const A: UpsIndex = UpsIndex(10);
pub(crate) const B: UpsIndex = UpsIndex(11);
pub(crate) const C: UpsIndex = UpsIndex(12);

/// Longest time that anything may take.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Watch {
    runtime: Runtime,
    reader: Reader,
    findings: mpsc::Receiver<Told>,
}

/// The UPSes of a server on this machine.
pub(crate) fn setup(port: u16, upses: &[(UpsIndex, &str)]) -> NutSetup {
    let upses = upses.iter().map(|(ups, name)| (*ups, (*name).to_owned())).collect();
    NutSetup { port, ..NutSetup::new("127.0.0.1", upses) }
}

pub(crate) fn login(user: &str, password: &str) -> Option<NutLogin> {
    let password = password.as_bytes().to_vec().into();
    Some(NutLogin { user: user.to_owned(), password })
}

impl Watch {
    pub(crate) fn start(setup: NutSetup) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (told, findings) = mpsc::channel(64);
        let source = Source::Nut(Nut::new(setup).expect("it could work"));
        let reader = runtime.block_on(async { Reader::start(source, told) });
        Self { runtime, reader, findings }
    }

    /// The next thing that is told and wanted.
    pub(crate) fn find<T>(&mut self, what: &str, mut wanted: impl FnMut(&Told) -> Option<T>) -> T {
        let begun = Instant::now();
        let mut passed = vec![];
        while let Some(left) = LIMIT.checked_sub(begun.elapsed()) {
            let next = async { timeout(left, self.findings.recv()).await };
            let Ok(Some(told)) = self.runtime.block_on(next) else { break };
            if let Some(found) = wanted(&told) {
                return found;
            }
            if passed.last() != Some(&told) {
                passed.push(told);
            }
        }
        let last: Vec<_> = passed.iter().rev().take(5).collect();
        panic!("not told: {what}; the last were {last:#?}");
    }

    /// The next reading of that UPS that is wanted.
    pub(crate) fn reading(
        &mut self,
        of: UpsIndex,
        what: &str,
        wanted: impl Fn(&UpsReading) -> bool,
    ) -> UpsReading {
        self.find(what, |told| match told {
            Told::Reading { ups, reading: Ok(reading), .. } if *ups == of && wanted(reading) => {
                Some(*reading)
            }
            _ => None,
        })
    }

    pub(crate) fn supply(&mut self, of: UpsIndex, supply: Supply) -> UpsReading {
        self.reading(of, &format!("{supply:?}"), |reading| reading.supply == supply)
    }

    pub(crate) fn failure(&mut self, of: UpsIndex, want: UpsFailure) {
        self.find(&format!("{want:?}"), |told| match told {
            Told::Reading { ups, reading: Err(why), .. } if *ups == of && *why == want => Some(()),
            _ => None,
        });
    }

    pub(crate) fn detail(&mut self) -> String {
        self.find("what is in the way", |told| match told {
            Told::Detail { text, .. } => Some(text.clone()),
            _ => None,
        })
    }

    pub(crate) fn account(&mut self) -> bool {
        self.find("whether the account is good", |told| match told {
            Told::Account { accepted, .. } => Some(*accepted),
            _ => None,
        })
    }

    /// Gives an order, and waits for what comes of it.
    pub(crate) fn order(&mut self, ups: UpsIndex, order: UpsOrder) -> UpsAnswer {
        let run = RunId(77);
        self.reader.command(Command::Order { run, ups, order }).expect("room");
        self.find("what came of the order", |told| match told {
            Told::Ordered { run: of, answer } if *of == run => Some(*answer),
            _ => None,
        })
    }
}
