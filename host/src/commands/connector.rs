//! `komainu connector`: the service on a management server.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use komainu_core::site::Site as CoreSite;
use komainu_core::types::ConnectorNumber;

use super::{Stop, notices, wrong};
use crate::cli::ConnectorArgs;
use crate::clock;
use crate::config::{self, Site};
use crate::control::{Connectors, Control, Settings as ControlSettings};
use crate::exit::Exit;
use crate::service::platform::Platform;
use crate::service::{
    Beside, ConnectorHandle, ConnectorMachine, ConnectorSettings as Settings, HostEnd, Outages,
    Start,
};
use crate::tell::NoticesSetup;
use crate::trap::{Known, Traps};

/// Stack besides the connector itself, in bytes.
const STACK: usize = 8 << 20;
/// So often does the stack have room for a connector while it is built: configuration, connector,
/// and what is moved in between.
const COPIES: usize = 8;

/// Runs the connector until it is stopped.
pub(super) fn run(args: ConnectorArgs, platform: Arc<dyn Platform>) -> Result<Exit, Stop> {
    let site = config::load_for_service(args.common.config.as_deref())?;
    let me = me(&site, &args)?;
    let clusters = site.clusters_of(me).count();
    let servers: usize = site.clusters_of(me).map(|cluster| cluster.servers.len()).sum();
    // A size with room to grow by a reload.
    match (servers, clusters, site.supplies.ups.len()) {
        (..=16, ..=8, ..=8) => run_sized::<32, 16, 16>(args, platform),
        (..=256, ..=64, ..=64) => run_sized::<512, 128, 128>(args, platform),
        _ => run_sized::<8192, 2048, 1024>(args, platform),
    }
}

fn me<'s>(site: &'s Site, args: &ConnectorArgs) -> Result<&'s config::Connector, Stop> {
    let number = args.number.map(ConnectorNumber);
    let me = site.connector(number, &config::machine_name());
    me.map_err(|error| Stop::new(Exit::Usage, error))
}

/// On a thread of its own, whose stack has room to build a connector of that size.
fn run_sized<const N: usize, const C: usize, const U: usize>(
    args: ConnectorArgs,
    platform: Arc<dyn Platform>,
) -> Result<Exit, Stop> {
    let stack = STACK + COPIES * size_of::<CoreSite<N, C, U>>();
    let thread = thread::Builder::new().name("connector".into()).stack_size(stack);
    let thread = thread.spawn(move || serve::<N, C, U>(args, platform))?;
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the connector has failed").into()))
}

fn serve<const N: usize, const C: usize, const U: usize>(
    args: ConnectorArgs,
    platform: Arc<dyn Platform>,
) -> Result<Exit, Stop> {
    let site = config::load_for_service(args.common.config.as_deref())?;
    let me = me(&site, &args)?;
    let settings =
        Settings::<N, C, U>::of(&site, me).map_err(|text| Stop::new(Exit::Usage, text))?;
    let state = args.common.state.clone().unwrap_or_else(|| me.keeping.state.clone());
    let json = args.common.json;
    let told = site.notices(me.name.as_str()).map_err(|found| wrong(&found))?;
    let (handle, requests) = ConnectorHandle::new();
    let known = Arc::new(Known::of(&site, me));
    let beside = beside(me, state.clone(), handle, &known)?;
    let outages = Outages::open(&state, clock::now())?;
    let reread = Box::new(move || again::<N, C, U>(&args, &known));
    let host_end = HostEnd::default();
    let start = Start {
        platform,
        state,
        json,
        host_end,
        notices: told,
        workloads: None,
        guests: None,
        reread,
        requests,
        beside,
    };
    let build = |seed: &_, found: &_, now| {
        ConnectorMachine::<N, C, U>::new(settings, outages, seed, found, now)
    };
    super::serve(start.run(build))?;
    Ok(Exit::Ok)
}

/// The control socket, and the receiver of traps if one is wanted.
fn beside(
    me: &config::Connector,
    state: PathBuf,
    handle: ConnectorHandle,
    known: &Arc<Known>,
) -> Result<Vec<Beside>, Stop> {
    let open = |address| Traps::open(address, handle.clone(), Arc::clone(known));
    let traps = me.traps.map(open).transpose()?;
    let (address, name) = (me.keeping.control, me.name.to_string());
    let counts = traps.as_ref().map(Traps::counts);
    let control = ControlSettings { handle, address, state, name, traps: counts };
    let mut beside: Vec<Beside> = vec![Box::pin(Control::<Connectors>::open(control)?.serve())];
    if let Some(traps) = traps {
        beside.push(Box::pin(traps.serve()));
    }
    Ok(beside)
}

fn again<const N: usize, const C: usize, const U: usize>(
    args: &ConnectorArgs,
    known: &Known,
) -> Result<(Settings<N, C, U>, NoticesSetup), String> {
    let site = config::load_for_service(args.common.config.as_deref())
        .map_err(|error| error.to_string())?;
    let me = me(&site, args).map_err(|stop| stop.text)?;
    let settings = Settings::of(&site, me)?;
    let notices = notices(&site, me.name.as_str())?;
    known.renew(&site, me);
    Ok((settings, notices))
}
