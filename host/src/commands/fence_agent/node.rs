//! The agent on a node of the cluster: it asks over the reset path, with the cluster's key.

use komainu_core::types::{PowerState, ResetMethod, ResetState, SystemReport};

use super::{Code, done};
use crate::cli::{AgentAction, FenceAgentArgs};
use crate::commands::Stop;
use crate::config::{self, Cluster, Server, Site};
use crate::exit::Exit;
use crate::requester::{RequestError, Requester};

/// What the configuration says of this machine, if it is a node and no control socket is named.
pub(super) fn site(args: &FenceAgentArgs) -> Result<Option<Site>, Stop> {
    if args.ip.is_some() || args.ipport.is_some() || args.token_file.is_some() {
        return Ok(None);
    }
    let site = config::load(args.config.as_deref())?;
    let is_node = me(&site, args).is_ok();
    Ok(is_node.then_some(site))
}

fn me<'s>(
    site: &'s Site,
    args: &FenceAgentArgs,
) -> Result<(&'s Cluster, &'s Server), impl std::fmt::Display> {
    site.member(args.host.as_deref(), args.cluster, &config::machine_name())
}

/// Acts.
pub(super) fn act(site: &Site, args: &FenceAgentArgs, action: AgentAction) -> Result<Code, Stop> {
    let (cluster, me) = me(site, args).map_err(|error| Stop::new(Exit::Usage, error))?;
    let asker = || Requester::new(cluster, me);
    match action {
        AgentAction::Metadata => done(&super::metadata::xml()),
        AgentAction::ValidateAll => {
            let named = args.plug.is_some() || args.nodename.is_some();
            named.then(|| target(cluster, args)).transpose()?;
            asker()?;
            Ok(Code::Done)
        }
        AgentAction::Monitor => asker()?.systems().map(|_| Code::Done).map_err(Stop::from),
        AgentAction::List => list(cluster, &asker()?.systems()?, |_| String::new()),
        AgentAction::ListStatus => {
            list(cluster, &asker()?.systems()?, |system| format!(",{}", word(system.power)))
        }
        AgentAction::Status => {
            let result = asker()?.ask(target(cluster, args)?, ResetMethod::LookOnly)?;
            match result.state {
                ResetState::Fenced => done("Status: OFF\n").map(|_| Code::Off),
                _ => done("Status: ON\n"),
            }
        }
        AgentAction::On => {
            let text = "nobody is switched on over the reset path\n  Do it on the management \
                        server, or have servers switched off and on ('reboot').";
            Err(Stop::new(Exit::OrderRefused, text))
        }
        AgentAction::Off => fence(asker()?, cluster, args, ResetMethod::Off),
        AgentAction::Reboot => fence(asker()?, cluster, args, ResetMethod::OffThenOn),
    }
}

fn fence(
    mut asker: Requester<'_>,
    cluster: &Cluster,
    args: &FenceAgentArgs,
    method: ResetMethod,
) -> Result<Code, Stop> {
    let target = target(cluster, args)?;
    if let Some(delay) = args.delay {
        std::thread::sleep(delay);
    }
    let result = asker.ask(target, method)?;
    if result.state != ResetState::Fenced {
        return Err(RequestError::Refused(result.cause).into());
    }
    if args.verbose {
        eprintln!("{} is off; token {}", target.name, result.token);
    }
    Ok(Code::Done)
}

/// The server that is meant.
fn target<'c>(cluster: &'c Cluster, args: &FenceAgentArgs) -> Result<&'c Server, Stop> {
    let named = super::server(args)?.server;
    let mut servers = cluster.servers.iter();
    servers.find(|one| one.name.as_str() == named || one.host.to_string() == named).ok_or_else(
        || {
            let text = format!("cluster {} has no server {named:?}", cluster.name);
            Stop::new(Exit::NoSuch, text)
        },
    )
}

fn list(
    cluster: &Cluster,
    systems: &[SystemReport],
    more: impl Fn(&SystemReport) -> String,
) -> Result<Code, Stop> {
    let line = |system: &SystemReport| {
        let server = cluster.servers.iter().find(|server| server.host == system.host)?;
        Some(format!("{},{}{}\n", server.name, cluster.name, more(system)))
    };
    done(&systems.iter().filter_map(line).collect::<String>())
}

const fn word(power: PowerState) -> &'static str {
    match power {
        PowerState::On => "on",
        PowerState::Off => "off",
        PowerState::Unknown => "unknown",
    }
}

impl From<RequestError> for Stop {
    fn from(error: RequestError) -> Self {
        let exit = match &error {
            RequestError::Key(_) => Exit::Credentials,
            RequestError::NoAddress => Exit::Usage,
            RequestError::PortTaken(_) | RequestError::Local(_) => Exit::Local,
            RequestError::Silent | RequestError::NobodyActs => Exit::NoService,
            RequestError::Held | RequestError::Refused(_) => Exit::OrderRefused,
            RequestError::Failed(_) | RequestError::Slow => Exit::OrderFailed,
        };
        Self::new(exit, error)
    }
}
