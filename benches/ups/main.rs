//! Says what a UPS of a NUT server lives on, whenever that changes: the moment in seconds of UNIX
//! time, and the word. Arguments: the server's port, and the UPS's name.

use std::time::SystemTime;

use komainu_core::types::UpsIndex;
use komainu_host::ups::nut::Nut;
use komainu_host::ups::setup::NutSetup;
use komainu_host::ups::{Reader, Source, Told};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let [port, name] = words.as_slice() else { panic!("usage: ups-watch PORT NAME") };
    let port = port.parse().expect("a port");
    let upses = vec![(UpsIndex(0), name.clone())];
    let setup = NutSetup { port, ..NutSetup::new("127.0.0.1", upses) };
    let source = Source::Nut(Nut::new(setup).expect("a name of a UPS"));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (told, mut findings) = mpsc::channel(64);
        let _reader = Reader::start(source, told);
        let mut last = None;
        while let Some(told) = findings.recv().await {
            let Told::Reading { reading, .. } = told else { continue };
            let supply = reading.map(|reading| reading.supply);
            if last != Some(supply) {
                last = Some(supply);
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                println!("{:.4} {supply:?}", now.expect("a clock that is set").as_secs_f64());
            }
        }
    });
}
