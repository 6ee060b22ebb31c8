//! `komainu show --appliance`: asks an appliance over the network.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use komainu_core::block::Addressing;
use komainu_core::inquiry::{Asker, Item, MAX_INQUIRY, PORT, Progress};
use komainu_core::limits::STATUS_KEY_LEN;
use komainu_core::rng::Seed;
use komainu_core::secret::Secret;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::show;
use super::table::{Table, age};
use super::told::word;
use crate::cli::{Place, ShowArgs};
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::config::{self, Appliance, Connector, Site};
use crate::credentials::{self, What};
use crate::exit::Exit;
use crate::service::{ApplianceNames, AppliancePower, ApplianceStatus};

/// How long an answer is waited for, and how often a question is sent.
const PATIENCE: Duration = Duration::from_millis(500);
const TRIES: usize = 6;
/// More items than any appliance has.
const MOST: usize = 256;

/// Shows the appliance there.
pub(super) async fn run(args: &ShowArgs, at: Place) -> Result<Exit, Stop> {
    let site = config::load(args.reach.config.as_deref());
    let known = site.as_ref().ok().and_then(|site| named(site, at.ip));
    let of_file = known.map(|(_, appliance)| appliance);
    let key = match (&args.key_file, of_file) {
        (Some(path), _) => of_path(path)?,
        (None, Some(appliance)) => of_appliance(appliance)?,
        (None, None) => return Err(site.err().map_or_else(nobody, Stop::from)),
    };
    let port = at.port.or(of_file.map(|appliance| appliance.status_port)).unwrap_or(PORT);
    let names = match (&site, known) {
        (Ok(site), Some((me, _))) => names(site, me),
        _ => ApplianceNames::default(),
    };
    let items = ask(SocketAddr::new(at.ip, port), &key).await?;
    let status = ApplianceStatus::of(items, &names)
        .ok_or_else(|| Stop::new(Exit::Malformed, "the appliance does not say what it is"))?;
    let text = if args.reach.json { line(&status) } else { shown(&status) };
    print(text.as_bytes())
}

/// The appliance with that address; or the only one, where it asks for its address.
fn named(site: &Site, ip: IpAddr) -> Option<(&Connector, &Appliance)> {
    let is_there = |appliance: &Appliance| match appliance.network.addressing {
        Addressing::Static { address, .. } => IpAddr::V4(address) == ip,
        Addressing::Dhcp => false,
    };
    let mut all = site.appliances();
    let there = site.appliances().find(|(_, appliance)| is_there(appliance));
    let only = all.next().filter(|_| all.next().is_none());
    there.or(only)
}

fn of_path(path: &Path) -> Result<Secret<STATUS_KEY_LEN>, Stop> {
    let bytes = credentials::line_of(What::StatusKey, path);
    let key = bytes.and_then(|bytes| credentials::status_key(&bytes));
    key.map_err(|error| Stop::new(error.exit(), error.to_string()))
}

fn of_appliance(appliance: &Appliance) -> Result<Secret<STATUS_KEY_LEN>, Stop> {
    let Some(secret) = &appliance.status_key else {
        let text = "nobody may ask this appliance\n  Add 'status-key-file' to its \
                    [connector.appliance], and give it the new block.";
        return Err(Stop::new(Exit::Credentials, text));
    };
    let bytes = secret.source.read(What::StatusKey);
    let key = bytes.and_then(|bytes| credentials::status_key(&bytes));
    key.map_err(|error| Stop::new(error.exit(), error.to_string()))
}

fn nobody() -> Stop {
    let text = "the configuration knows no appliance with that address\n  Name the file with its \
                status key by --key-file.";
    Stop::new(Exit::Credentials, text)
}

fn names(site: &Site, me: &Connector) -> ApplianceNames {
    let clusters = site.clusters_of(me);
    let clusters = clusters.map(|one| (one.number, one.name.to_string(), one.port));
    let ups = site.supplies.ups.iter().map(|ups| ups.name.to_string());
    ApplianceNames { clusters: clusters.collect(), ups: ups.collect() }
}

async fn ask(at: SocketAddr, key: &Secret<STATUS_KEY_LEN>) -> Result<Vec<Item>, Stop> {
    let local = |error: std::io::Error| Stop::new(Exit::Local, format!("{at}: {error}"));
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| Stop::new(Exit::Local, error.to_string()))?;
    let mut asker = Asker::new(key, &Seed::new(seed));
    let own: SocketAddr = match at {
        SocketAddr::V4(_) => ([0; 4], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(own).await.map_err(local)?;
    socket.connect(at).await.map_err(local)?;
    let mut items = Vec::new();
    while items.len() < MOST {
        match turn(&socket, &mut asker, &mut items).await {
            Some(Progress::All) => return Ok(items),
            Some(Progress::More | Progress::Stray) => {}
            None => {
                let text = format!(
                    "{at} does not answer\n  Is it there, is the port right, and has it this \
                     status key? It answers nobody without it."
                );
                return Err(Stop::new(Exit::Silent, text));
            }
        }
    }
    Ok(items)
}

/// One question, sent until it is answered.
async fn turn(socket: &UdpSocket, asker: &mut Asker, items: &mut Vec<Item>) -> Option<Progress> {
    let mut question = [0; MAX_INQUIRY];
    asker.question(&mut question).ok()?;
    for _ in 0..TRIES {
        // One that is not sent is sent again, as one that is lost.
        let _ = socket.send(&question).await;
        let heard = timeout(PATIENCE, hear(socket, asker, items)).await;
        if let Ok(progress) = heard {
            return Some(progress);
        }
    }
    None
}

async fn hear(socket: &UdpSocket, asker: &mut Asker, items: &mut Vec<Item>) -> Progress {
    let mut answer = [0; MAX_INQUIRY];
    loop {
        match socket.recv(&mut answer).await {
            Ok(len) => match asker.handle(&answer[..len], |item| items.push(item)) {
                Progress::Stray => {}
                progress => return progress,
            },
            // Nobody listens there yet: the wait is for the time to be up.
            Err(_) => tokio::time::sleep(PATIENCE / 5).await,
        }
    }
}

fn shown(status: &ApplianceStatus) -> String {
    let text = show::connector(&status.connector);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let power = status.supplies.as_ref().map(power).unwrap_or_default();
    format!("appliance: {first}, release {}\n{rest}{power}", status.release)
}

fn power(power: &AppliancePower) -> String {
    let phase = word(&power.phase);
    let plan = power.plan.as_ref();
    let plan =
        plan.map(|plan| format!(", plan {} since {}", plan.outage, age(Some(plan.since_ms))));
    let mut upses = Table::new(["UPS", "STATE", "READ", "CHARGE", "RUNTIME", "LOAD"]);
    for ups in &power.ups {
        let percent =
            |value: Option<u8>| value.map_or("-".to_owned(), |value| format!("{value} %"));
        upses.row([
            ups.name.clone(),
            word(&ups.state),
            age(ups.age_ms),
            percent(ups.charge),
            ups.runtime_ms.map_or("-".to_owned(), |ms| age(Some(ms))),
            percent(ups.load),
        ]);
    }
    let mut servers = Table::new(["SERVER", "STEP", "SINCE", "POWER", "HELD"]);
    for server in &power.servers {
        let held = if server.held { "yes" } else { "-" };
        servers.row([
            server.name.clone(),
            word(&server.step),
            age(Some(server.since_ms)),
            word(&server.power),
            held.to_owned(),
        ]);
    }
    let plan = plan.unwrap_or_default();
    format!("\npower: {phase}{plan}\n{}\n{}", upses.lines(), servers.lines())
}

#[cfg(test)]
mod tests;
