//! `komainu connector`: the service on a management server.

use std::io;
use std::sync::Arc;
use std::thread;

use komainu_core::connector::Connector;
use komainu_core::types::ConnectorNumber;

use super::{Stop, runtime};
use crate::cli::ConnectorArgs;
use crate::config::{self, Site};
use crate::control::{Connectors, Control, Settings as ControlSettings};
use crate::exit::Exit;
use crate::service::platform::Platform;
use crate::service::{
    ConnectorHandle, ConnectorMachine, ConnectorSettings as Settings, HostEnd, Start,
};

/// Stack besides the connector itself, in bytes.
const STACK: usize = 8 << 20;
/// So often does the stack have room for a connector while it is built: configuration, connector,
/// and what is moved in between.
const COPIES: usize = 8;

/// Runs the connector until it is stopped.
pub(super) fn run(args: ConnectorArgs, platform: Arc<dyn Platform>) -> Result<Exit, Stop> {
    let site = config::load(args.common.config.as_deref())?;
    let me = me(&site, &args)?;
    let clusters = site.clusters_of(me).count();
    let servers: usize = site.clusters_of(me).map(|cluster| cluster.servers.len()).sum();
    // A size with room to grow by a reload.
    match (servers, clusters) {
        (..=16, ..=8) => run_sized::<32, 16>(args, platform),
        (..=256, ..=64) => run_sized::<512, 128>(args, platform),
        _ => run_sized::<8192, 2048>(args, platform),
    }
}

fn me<'s>(site: &'s Site, args: &ConnectorArgs) -> Result<&'s config::Connector, Stop> {
    let number = args.number.map(ConnectorNumber);
    let me = site.connector(number, &config::machine_name());
    me.map_err(|error| Stop::new(Exit::Usage, error))
}

/// On a thread of its own, whose stack has room to build a connector of that size.
fn run_sized<const N: usize, const C: usize>(
    args: ConnectorArgs,
    platform: Arc<dyn Platform>,
) -> Result<Exit, Stop> {
    let stack = STACK + COPIES * size_of::<Connector<N, C>>();
    let thread = thread::Builder::new().name("connector".into()).stack_size(stack);
    let thread = thread.spawn(move || serve::<N, C>(args, platform))?;
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the connector has failed").into()))
}

fn serve<const N: usize, const C: usize>(
    args: ConnectorArgs,
    platform: Arc<dyn Platform>,
) -> Result<Exit, Stop> {
    let site = config::load(args.common.config.as_deref())?;
    let me = me(&site, &args)?;
    let settings = Settings::<N, C>::of(&site, me).map_err(|text| Stop::new(Exit::Usage, text))?;
    let state = args.common.state.clone().unwrap_or_else(|| me.keeping.state.clone());
    let json = args.common.json;
    let reread = Box::new(move || again::<N, C>(&args));
    let (handle, requests) = ConnectorHandle::new();
    let (address, name) = (me.keeping.control, me.name.to_string());
    let control = ControlSettings { handle, address, state: state.clone(), name };
    let control = Control::<Connectors>::open(control)?;
    let host_end = HostEnd::default();
    let start = Start {
        platform,
        state,
        json,
        host_end,
        workloads: None,
        reread,
        requests,
        beside: vec![Box::pin(control.serve())],
    };
    let build = |seed: &_, record: Option<&[u8]>, now| {
        ConnectorMachine::<N, C>::new(settings, seed, record, now)
    };
    runtime()?.block_on(start.run(build))?;
    Ok(Exit::Ok)
}

fn again<const N: usize, const C: usize>(args: &ConnectorArgs) -> Result<Settings<N, C>, String> {
    let site = config::load(args.common.config.as_deref()).map_err(|error| error.to_string())?;
    let me = me(&site, args).map_err(|stop| stop.text)?;
    Settings::of(&site, me)
}
