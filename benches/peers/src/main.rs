//! Other people's IPMI clients in Rust, under the same stopwatch as Komainu.
//!
//! `ipmi ADDRESS SESSIONS` and `ruipmi ADDRESS SUITE SESSIONS` run whole sessions one after the
//! other; `fan FILE SUITE` runs one of ruipmi's for each address in the file, side by side. A
//! session: Open Session, RAKP 1 to 4, Get Chassis Status, Close Session. One thread.

#[path = "../../src/allocations.rs"]
mod allocations;
#[path = "../../src/stopwatch.rs"]
mod stopwatch;

use std::error::Error;
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use ruipmi::{AuthAlg, CipherSuite, CryptAlg, IntegrityAlg};
use stopwatch::Stopwatch;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const USER: &str = "admin";
const PASSWORD: &str = "password";
/// ruipmi knows no other.
const PORT: u16 = 623;

type Done = Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["ipmi", address, sessions] => tell_ipmi(address, sessions),
        ["ruipmi", address, suite, sessions] => tell_ruipmi(address, suite, sessions),
        ["fan", file, suite] => tell_fan(file, suite),
        _ => Err("usage: ipmi-peers ipmi ADDRESS SESSIONS | ruipmi ADDRESS SUITE SESSIONS | \
                  fan FILE SUITE"
            .into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ipmi-peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tell_ipmi(address: &str, sessions: &str) -> Done {
    let (address, sessions) = (address.parse()?, sessions.parse()?);
    let stopwatch = Stopwatch::start();
    let failed = (0..sessions).filter(|_| complain(with_ipmi(address))).count();
    stopwatch.tell("ipmi", sessions, failed);
    Ok(())
}

fn tell_ruipmi(address: &str, suite: &str, sessions: &str) -> Done {
    let (suite, sessions) = (cipher_suite(suite)?, sessions.parse()?);
    let runtime = runtime()?;
    let stopwatch = Stopwatch::start();
    let ask = || runtime.block_on(with_ruipmi(address, suite));
    let failed = (0..sessions).filter(|_| complain(ask())).count();
    stopwatch.tell("ruipmi", sessions, failed);
    Ok(())
}

fn tell_fan(file: &str, suite: &str) -> Done {
    let text = std::fs::read_to_string(file)?;
    let addresses: Vec<String> = text.lines().map(str::to_owned).collect();
    let (suite, sessions) = (cipher_suite(suite)?, addresses.len());
    let runtime = runtime()?;
    let stopwatch = Stopwatch::start();
    let failed = runtime.block_on(async {
        let mut running = JoinSet::new();
        for address in addresses {
            running.spawn(async move { with_ruipmi(&address, suite).await });
        }
        running.join_all().await.into_iter().filter(|done| done.is_err()).count()
    });
    stopwatch.tell("ruipmi fan", sessions, failed);
    Ok(())
}

/// Whether it failed; says why.
fn complain(done: Done) -> bool {
    done.inspect_err(|error| eprintln!("ipmi-peers: {error}")).is_err()
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn cipher_suite(number: &str) -> Result<CipherSuite, String> {
    let (authentication, integrity) = match number {
        "3" => (AuthAlg::HmacSha1, IntegrityAlg::HmacSha1_96),
        "17" => (AuthAlg::HmacSha256, IntegrityAlg::HmacSha256_128),
        other => return Err(format!("suite {other} is not measured, only 3 and 17")),
    };
    Ok(CipherSuite { authentication, integrity, confidentiality: CryptAlg::AesCbc128 })
}

/// It speaks suite 3 alone.
fn with_ipmi(address: IpAddr) -> Done {
    let client = ipmi::BlockingClient::builder((address, PORT).into())
        .username(USER)
        .password(PASSWORD)
        .privilege_level(ipmi::PrivilegeLevel::Administrator)
        .timeout(Duration::from_secs(1))
        .retries(3)
        .build()?;
    client.get_chassis_status()?;
    client.close_session()?;
    Ok(())
}

async fn with_ruipmi(address: &str, suite: CipherSuite) -> Done {
    let mut client =
        ruipmi::IpmiClient::new(address, USER, PASSWORD, Some(suite), None, None).await?;
    client.connect().await?;
    client.get_chassis_status().await?;
    client.close().await?;
    Ok(())
}
