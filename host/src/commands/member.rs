//! `komainu member`: the service on a managed server.

use std::sync::Arc;

use super::{Stop, notices, wrong};
use crate::cli::MemberArgs;
use crate::config::{self, Cluster, Server, Site};
use crate::control::{Control, Members, Settings as ControlSettings};
use crate::exit::Exit;
use crate::service::platform::Platform;
use crate::service::{
    Beside, HostEnd, MemberHandle, MemberMachine, MemberSettings as Settings, Start,
};
use crate::tell::NoticesSetup;

/// Runs the member until it is stopped.
pub(super) fn run(args: MemberArgs, platform: Arc<dyn Platform>) -> Result<Exit, Stop> {
    let site = config::load_for_service(args.common.config.as_deref())?;
    let (cluster, me) = me(&site, &args)?;
    let settings = Settings::of(&site, cluster, me).map_err(|text| Stop::new(Exit::Usage, text))?;
    let state = args.common.state.clone().unwrap_or_else(|| site.member.state.clone());
    let json = args.common.json;
    let told = site.notices(me.name.as_str()).map_err(|found| wrong(&found))?;
    let host_end = HostEnd { at_once: args.host_down.clone(), in_order: args.shut_down.clone() };
    let workloads = Some((settings.workloads(), settings.whereabouts()));
    let guests = settings.guests();
    let reread = Box::new(move || again(&args));
    let (handle, requests) = MemberHandle::new();
    let (address, name) = (site.member.control, me.name.to_string());
    let control = ControlSettings { handle, address, state: state.clone(), name, traps: None };
    let beside: Vec<Beside> = vec![Box::pin(Control::<Members>::open(control)?.serve())];
    let start = Start {
        platform,
        state,
        json,
        host_end,
        notices: told,
        workloads,
        guests,
        reread,
        requests,
        beside,
    };
    let build = |seed: &_, found: &_, now| MemberMachine::new(settings, seed, found, now);
    super::serve(start.run(build))?;
    Ok(Exit::Ok)
}

fn me<'s>(site: &'s Site, args: &MemberArgs) -> Result<(&'s Cluster, &'s Server), Stop> {
    let me = site.member(args.host.as_deref(), args.cluster, &config::machine_name());
    me.map_err(|error| Stop::new(Exit::Usage, error))
}

fn again(args: &MemberArgs) -> Result<(Settings, NoticesSetup), String> {
    let site = config::load_for_service(args.common.config.as_deref())
        .map_err(|error| error.to_string())?;
    let (cluster, me) = me(&site, args).map_err(|stop| stop.text)?;
    Ok((Settings::of(&site, cluster, me)?, notices(&site, me.name.as_str())?))
}
