//! Serves simulated BMCs on real UDP addresses, to practise on.

mod options;
mod report;
mod secrets;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use komainu_sim::serve;

use options::{Options, Plan};
use report::Reporter;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.wants_quirk_list() {
        print!("{}", options::quirk_list());
        return ExitCode::SUCCESS;
    }
    match options.plan().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bmc-sim: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: Plan) -> Result<(), String> {
    let reporter = Arc::new(Reporter::new(plan.json));
    let observer = Arc::clone(&reporter);
    let serving = serve::Options {
        faults: plan.faults,
        observer: Some(Arc::new(move |address, report| observer.tell(address, report))),
        one_socket: plan.one_socket,
    };
    let bmcs = plan.addresses.iter().map(|address| (*address, plan.config.clone())).collect();
    let server = serve::spawn_with(bmcs, plan.seed, serving).map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "; ports below 1024 need root, try --listen 127.16.0.1:6230"
            }
            io::ErrorKind::AddrInUse => "; another program has it, try another --listen",
            _ => "",
        };
        format!("cannot serve {error}{remedy}")
    })?;
    for address in server.addresses() {
        reporter.ready(*address);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(told_to_stop()).map_err(|error| error.to_string())
}

#[cfg(unix)]
async fn told_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
