//! `komainu config compile`: the configuration block of an appliance.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::{line, print};
use crate::cli::ConfigCompile;
use crate::commands::Stop;
use crate::config::{self, Appliance, Connector, FileError, Site};
use crate::exit::Exit;
use crate::private;

/// What was made.
#[derive(Serialize)]
struct Made<'m> {
    connector: &'m str,
    clusters: usize,
    servers: usize,
    bytes: usize,
}

/// Makes the block.
pub(super) fn run(args: &ConfigCompile) -> Result<Exit, Stop> {
    let path = config::place(args.config.as_deref());
    let site = config::load(args.config.as_deref())?;
    let (me, appliance) = appliance(&site, args.connector)?;
    let block = site
        .block(me, appliance)
        .map_err(|findings| Stop::from(FileError::Wrong(path, findings)))?;
    replace(&args.out, &block)
        .map_err(|error| Stop::new(Exit::Local, format!("{}: {error}", args.out.display())))?;
    if site.notices.tells_anybody() {
        eprintln!("note: an appliance itself sends no mail and runs no commands; members do");
    }
    let made = Made {
        connector: me.name.as_str(),
        clusters: site.clusters_of(me).count(),
        servers: site.clusters_of(me).map(|cluster| cluster.servers.len()).sum(),
        bytes: block.len(),
    };
    let text = match args.json {
        true => line(&made),
        false => {
            let Made { connector, clusters, servers, bytes } = made;
            let out = args.out.display();
            format!(
                "{out}: {bytes} bytes for connector {connector}: {servers} servers in {clusters} \
                 clusters\n"
            )
        }
    };
    print(text.as_bytes())
}

/// The appliance that is meant.
fn appliance(site: &Site, number: Option<u8>) -> Result<(&Connector, &Appliance), Stop> {
    let usage = |text: String| Stop::new(Exit::Usage, text);
    let all: Vec<_> = site.appliances().collect();
    let named = all.iter().filter(|(me, _)| number.is_none_or(|number| me.number.0 == number));
    let named: Vec<_> = named.collect();
    match (named.as_slice(), number) {
        ([one], _) => Ok(**one),
        ([], None) => Err(usage(
            "no connector is an appliance\n  Say which is, by [connector.appliance] below it; \
             'komainu config explain connector.appliance' tells its fields."
                .to_owned(),
        )),
        ([], Some(number)) => Err(usage(format!(
            "connector {number} is no appliance\n  Add [connector.appliance] below it, or name \
             another one."
        ))),
        ([_, _, ..], _) => {
            let numbers: Vec<_> = all.iter().map(|(me, _)| me.number.0.to_string()).collect();
            let numbers = numbers.join(", ");
            Err(usage(format!(
                "there are several appliances: connectors {numbers}\n  Name one by --connector."
            )))
        }
    }
}

/// Puts the bytes there as a whole: a block that was there stays until these are durable.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut next = std::ffi::OsString::from(".");
    next.push(name);
    next.push(".new");
    let next = path.with_file_name(next);
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private::new_file(&next)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let there = written.and_then(|()| fs::rename(&next, path));
    if there.is_err() {
        // Half a block is of no use to anybody.
        let _ = fs::remove_file(&next);
    }
    there
}
