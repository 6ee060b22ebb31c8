//! `fence_komainu`: a fence agent by the FenceAgentAPI of ClusterLabs, for Pacemaker and others.
//!
//! It asks the connector, so that a cluster of other make gets the connector's warm sessions,
//! confirmed results and maintenance.

mod metadata;
mod node;
mod options;

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use super::manual::print;
use super::operator::{Reached, Told, Wanted, reach, word};
use super::{Stop, runtime};
use crate::cli::{AgentAction, FenceAgentArgs, Reach};
use crate::control::Outcome as _;
use crate::exit::Exit;
use crate::service::{
    ConnectorAnswer, ConnectorOrder, ConnectorStatus, Method, Power, ServerRef, ServerStatus,
};

/// Longest options on standard input, in bytes.
const MAX_INPUT: u64 = 64 << 10;
/// Where a connector is reached unless something else is said.
const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7420);

/// How an agent ends. The numbers are those of the agents that come with Pacemaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Code {
    /// Done; for `status`: on.
    Done = 0,
    /// Failed; for `status`: unknown. Wrong options too: 2 would read as off.
    Failed = 1,
    /// For `status` alone: off.
    Off = 2,
    /// The token is not accepted.
    Denied = 3,
    /// The connector does not answer.
    Lost = 4,
}

impl From<Exit> for Code {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Ok => Self::Done,
            Exit::NotAllowed | Exit::Credentials => Self::Denied,
            Exit::NoService => Self::Lost,
            _ => Self::Failed,
        }
    }
}

/// Runs the agent with the options of the command line; without any with those on standard input.
pub(crate) fn run(args: FenceAgentArgs) -> ExitCode {
    let ended = given(args).and_then(|args| act(&args));
    let code = ended.unwrap_or_else(|Stop { exit, text }| {
        eprintln!("{} {text}", exit.id());
        exit.into()
    });
    ExitCode::from(code as u8)
}

fn given(args: FenceAgentArgs) -> Result<FenceAgentArgs, Stop> {
    if args != FenceAgentArgs::default() {
        return Ok(args);
    }
    let mut text = String::new();
    io::stdin().lock().take(MAX_INPUT).read_to_string(&mut text)?;
    let read = options::read(&text).map_err(|text| Stop::new(Exit::Usage, text))?;
    for unknown in &read.unknown {
        eprintln!("the option {unknown:?} is unknown to this agent, and is left out");
    }
    Ok(read.args)
}

fn act(args: &FenceAgentArgs) -> Result<Code, Stop> {
    let action = args.action.unwrap_or(AgentAction::Reboot);
    // What the agent tells of itself needs no configuration.
    let site = if action == AgentAction::Metadata { None } else { node::site(args)? };
    if let Some(site) = site {
        return node::act(&site, args, action);
    }
    let run = runtime()?;
    match action {
        AgentAction::Metadata => done(&metadata::xml()),
        AgentAction::ValidateAll => run.block_on(reached(args)).map(|_| Code::Done),
        AgentAction::Monitor => run.block_on(monitor(args)),
        AgentAction::List => run.block_on(list(args, |_| String::new())),
        AgentAction::ListStatus => {
            run.block_on(list(args, |server| format!(",{}", word(&server.power))))
        }
        AgentAction::Status => run.block_on(status(args)),
        AgentAction::On => run.block_on(order(args, |at| ConnectorOrder::PowerOn { at })),
        AgentAction::Off => run.block_on(reset(args, Method::Off)),
        AgentAction::Reboot => run.block_on(reset(args, Method::OffThenOn)),
    }
}

fn done(text: &str) -> Result<Code, Stop> {
    print(text.as_bytes()).map(Code::from)
}

async fn reached(args: &FenceAgentArgs) -> Result<Reached, Stop> {
    let control = (args.ip.is_some() || args.ipport.is_some()).then(|| {
        SocketAddr::new(args.ip.unwrap_or(USUAL.ip()), args.ipport.unwrap_or(USUAL.port()))
    });
    let (config, token_file) = (args.config.clone(), args.token_file.clone());
    reach(&Reach { config, control, token_file, json: false }, Wanted::Connector).await
}

/// The server that is meant.
fn server(args: &FenceAgentArgs) -> Result<ServerRef, Stop> {
    let named = args.plug.as_ref().or(args.nodename.as_ref());
    let server = named.ok_or_else(|| {
        Stop::new(Exit::Usage, "no server is named\n  Give 'plug' (--plug), or 'nodename'.")
    })?;
    Ok(ServerRef { cluster: args.cluster, server: server.clone() })
}

async fn monitor(args: &FenceAgentArgs) -> Result<Code, Stop> {
    let status: ConnectorStatus = reached(args).await?.client.status().await?;
    if status.speaks {
        return Ok(Code::Done);
    }
    let text = "the connector cannot write its record, so it fences nobody\n  Look after its disk.";
    Err(Stop::new(Exit::OrderRefused, text))
}

async fn list(args: &FenceAgentArgs, more: impl Fn(&ServerStatus) -> String) -> Result<Code, Stop> {
    let status: ConnectorStatus = reached(args).await?.client.status().await?;
    let wanted = |number: u16| args.cluster.is_none_or(|cluster| cluster == number);
    let clusters = status.clusters.iter().filter(|cluster| wanted(cluster.number));
    let lines = clusters.flat_map(|cluster| {
        let line = |server| format!("{},{}{}\n", server_name(server), cluster.name, more(server));
        cluster.servers.iter().map(line).collect::<Vec<_>>()
    });
    done(&lines.collect::<String>())
}

fn server_name(server: &ServerStatus) -> &str {
    &server.name
}

/// Reads the power now: what was read a while ago says nothing about now.
async fn status(args: &FenceAgentArgs) -> Result<Code, Stop> {
    let order = ConnectorOrder::Reset { at: server(args)?, method: Method::LookOnly };
    let answer: ConnectorAnswer = reached(args).await?.client.order(order, None).await?;
    match &answer {
        ConnectorAnswer::PowerIs { power: Power::On } => done("Status: ON\n"),
        ConnectorAnswer::PowerIs { power: Power::Off } | ConnectorAnswer::Fenced { .. } => {
            done("Status: OFF\n").map(|_| Code::Off)
        }
        ConnectorAnswer::PowerIs { power: Power::Unknown } => {
            Err(Stop::new(Exit::OrderFailed, "the server's power cannot be read"))
        }
        _ => told(args, &answer),
    }
}

async fn reset(args: &FenceAgentArgs, method: Method) -> Result<Code, Stop> {
    order(args, |at| ConnectorOrder::Reset { at, method }).await
}

async fn order(
    args: &FenceAgentArgs,
    order: impl FnOnce(ServerRef) -> ConnectorOrder,
) -> Result<Code, Stop> {
    let order = order(server(args)?);
    let reached = reached(args).await?;
    if let Some(delay) = args.delay {
        tokio::time::sleep(delay).await;
    }
    let answer: ConnectorAnswer = reached.client.order(order, None).await?;
    told(args, &answer)
}

fn told(args: &FenceAgentArgs, answer: &ConnectorAnswer) -> Result<Code, Stop> {
    match answer.told(&server(args)?.server) {
        Ok(text) if args.verbose => {
            eprintln!("{text}");
            Ok(Code::Done)
        }
        Ok(_) => Ok(Code::Done),
        Err(text) => Err(Stop::new(answer.exit(), text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_failure_reads_as_off() {
        for exit in Exit::ALL {
            let code = Code::from(exit);
            assert_ne!(code, Code::Off, "{exit:?}");
            assert_eq!(code == Code::Done, exit == Exit::Ok, "{exit:?}");
        }
    }
}
