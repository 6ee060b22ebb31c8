//! `komainu config inspect`: what a configuration block holds, but for its secrets.

use std::fmt::Write;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use komainu_core::block::{Addressing, Block};
use komainu_core::limits::MAX_BLOCK;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{line, print};
use crate::commands::Stop;
use crate::exit::Exit;

/// What a block holds.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Held {
    connector: String,
    number: u8,
    address: String,
    gateway: Option<String>,
    status_port: Option<u16>,
    clusters: Vec<Cluster>,
    servers: Vec<Server>,
    nut: Vec<Nut>,
    ups: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Cluster {
    name: String,
    number: u16,
    port: u16,
    keys: Vec<u8>,
    digest: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Server {
    name: String,
    host: u16,
    bmc: String,
    user: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Nut {
    address: String,
    ups: Vec<String>,
    orders: bool,
}

/// Shows the block.
pub(super) fn run(path: &Path, json: bool) -> Result<Exit, Stop> {
    let unreadable = |error| Stop::new(Exit::Local, format!("{}: {error}", path.display()));
    let bytes = read(path).map_err(unreadable)?;
    let block = Block::open(&bytes)
        .map_err(|fault| Stop::new(Exit::Usage, format!("{}: {fault}", path.display())))?;
    let held = Held::of(&block);
    let text = if json { line(&held) } else { held.text() };
    print(text.as_bytes())
}

fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BLOCK));
    // What follows a block is nothing of it.
    let most = MAX_BLOCK as u64;
    match path.as_os_str() == "-" {
        true => io::stdin().lock().take(most).read_to_end(&mut bytes)?,
        false => fs::File::open(path)?.take(most).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

impl Held {
    fn of(block: &Block<'_>) -> Self {
        let (address, gateway) = match block.network().addressing {
            Addressing::Dhcp => ("dhcp".to_owned(), None),
            Addressing::Static { address, prefix, gateway } => {
                (format!("{address}/{prefix}"), gateway.map(|ip| ip.to_string()))
            }
        };
        let identity = block.identity();
        let clusters = block.clusters().map(|cluster| Cluster {
            name: cluster.name.to_string(),
            number: cluster.config.number,
            port: cluster.port,
            keys: cluster
                .config
                .keys
                .accepted()
                .into_iter()
                .flatten()
                .map(|key| key.get())
                .collect(),
            digest: cluster.config.digest.to_string(),
        });
        let servers = block.servers().map(|server| Server {
            name: server.name.to_string(),
            host: server.host.get(),
            bmc: server.bmc.to_string(),
            user: String::from_utf8_lossy(server.profile.user.as_bytes()).into_owned(),
        });
        let nut = block.nut_servers().map(|(address, config)| Nut {
            address: address.to_string(),
            ups: config.upses.iter().map(|ups| ups.name.to_string()).collect(),
            orders: config.account.is_some(),
        });
        Self {
            connector: identity.as_ref().map_or(String::new(), |own| own.name.to_string()),
            number: identity.map_or(0, |own| own.number.0),
            address,
            gateway,
            status_port: block.status().map(|status| status.port),
            clusters: clusters.collect(),
            servers: servers.collect(),
            nut: nut.collect(),
            ups: block.upses().map(|ups| ups.name.to_string()).collect(),
        }
    }

    fn text(&self) -> String {
        let Self { connector, number, address, .. } = self;
        let mut text = format!("connector {connector} ({number}) at {address}");
        // Text always has room.
        let out = &mut text;
        if let Some(gateway) = &self.gateway {
            let _ = write!(out, ", gateway {gateway}");
        }
        let _ = match self.status_port {
            Some(port) => writeln!(out, ", asked on port {port}"),
            None => writeln!(out, ", nobody may ask"),
        };
        for Cluster { name, number, port, keys, digest } in &self.clusters {
            let _ = writeln!(
                out,
                "cluster {name} ({number}) on port {port}, keys {keys:?}, configuration {digest}"
            );
        }
        for Server { name, host, bmc, user } in &self.servers {
            let _ = writeln!(out, "server {name} ({host}), BMC {bmc} as {user:?}");
        }
        for Nut { address, ups, orders } in &self.nut {
            let orders = if *orders { "reads and orders" } else { "reads" };
            let _ = writeln!(out, "NUT server {address}: {orders} {}", ups.join(", "));
        }
        text
    }
}
