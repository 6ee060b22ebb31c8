//! The order that each verb stands for.

use super::reach::{Wanted, reach};
use super::told;
use crate::cli::{
    ClusterArgs, ConfirmArgs, MaintenanceArgs, Reach, ResetArgs, ServerArgs, ServiceArg, SwapArgs,
    Switch,
};
use crate::commands::Stop;
use crate::control::Party;
use crate::exit::Exit;
use crate::service::{
    ConnectorAnswer, ConnectorOrder, MemberAnswer, MemberOrder, OutageOrder, PowerOrder, ServerRef,
};

/// An order, in the words of whoever can carry it out.
pub(super) struct Asked<'a> {
    reach: &'a Reach,
    whom: String,
    confirm: Option<String>,
    of: Of,
}

enum Of {
    Connector(ConnectorOrder),
    Member(MemberOrder),
    Either(ConnectorOrder, MemberOrder),
}

impl Asked<'_> {
    /// Gives it, waits for its end, and tells what came of it.
    pub(super) async fn give(self) -> Result<Exit, Stop> {
        let wanted = match &self.of {
            Of::Connector(_) => Wanted::Connector,
            Of::Member(_) => Wanted::Member,
            Of::Either(..) => Wanted::Either,
        };
        let reached = reach(self.reach, wanted).await?;
        let (whom, json, confirm) = (self.whom, self.reach.json, self.confirm);
        match (self.of, reached.about.service) {
            (Of::Connector(order), _) | (Of::Either(order, _), Party::Connector) => {
                let answer: ConnectorAnswer = reached.client.order(order, confirm).await?;
                told::tell(&answer, &whom, json)
            }
            (Of::Member(order), _) | (Of::Either(_, order), Party::Member) => {
                let answer: MemberAnswer = reached.client.order(order, confirm).await?;
                told::tell(&answer, &whom, json)
            }
        }
    }
}

fn server<'a>(args: &'a ServerArgs, order: impl FnOnce(ServerRef) -> ConnectorOrder) -> Asked<'a> {
    let at = ServerRef { cluster: args.cluster, server: args.host.clone() };
    let (whom, of) = (args.host.clone(), Of::Connector(order(at)));
    Asked { reach: &args.reach, whom, confirm: None, of }
}

pub(super) fn reset(args: &ResetArgs) -> Asked<'_> {
    let method = args.method.into();
    server(&args.at, |at| ConnectorOrder::Reset { at, method })
}

pub(super) fn power_on(args: &ServerArgs) -> Asked<'_> {
    server(args, |at| ConnectorOrder::PowerOn { at })
}

pub(super) fn drill(args: &ServerArgs) -> Asked<'_> {
    server(args, |at| ConnectorOrder::Drill { at })
}

pub(super) fn accept_bmc(args: &ServerArgs) -> Asked<'_> {
    server(args, |at| ConnectorOrder::AcceptBmc { at })
}

pub(super) fn confirm_off(args: &ConfirmArgs) -> Asked<'_> {
    let ServerArgs { host, cluster, reach } = &args.at;
    let at = ServerRef { cluster: *cluster, server: host.clone() };
    let (connector, host_is_off) =
        (ConnectorOrder::ConfirmOff { at }, MemberOrder::ItIsOff { host: host.clone() });
    let confirm = Some(args.confirm.clone());
    Asked { reach, whom: host.clone(), confirm, of: Of::Either(connector, host_is_off) }
}

fn service<'a>(args: &'a ServiceArg, order: impl FnOnce(String) -> MemberOrder) -> Asked<'a> {
    let of = Of::Member(order(args.service.clone()));
    Asked { reach: &args.reach, whom: args.service.clone(), confirm: None, of }
}

pub(super) fn activate(args: &ServiceArg) -> Asked<'_> {
    service(args, |service| MemberOrder::Activate { service })
}

pub(super) fn deactivate(args: &ServiceArg) -> Asked<'_> {
    service(args, |service| MemberOrder::Deactivate { service })
}

pub(super) fn swap(args: &SwapArgs) -> Asked<'_> {
    let to = args.to.clone();
    service(&args.of, |service| MemberOrder::Swap { service, to })
}

pub(super) fn thaw(reach: &Reach) -> Asked<'_> {
    let whom = "this host".to_owned();
    Asked { reach, whom, confirm: None, of: Of::Member(MemberOrder::Thaw) }
}

pub(super) fn maintenance(args: &MaintenanceArgs) -> Asked<'_> {
    let (cluster, on) = (args.cluster, args.switch == Switch::On);
    let connector = ConnectorOrder::Maintenance { cluster, on };
    let of = match cluster {
        Some(_) => Of::Connector(connector),
        None => Of::Either(connector, MemberOrder::Maintenance { on }),
    };
    let whom = format!("maintenance {}", if on { "on" } else { "off" });
    Asked { reach: &args.reach, whom, confirm: None, of }
}

fn cluster<'a>(args: &'a ClusterArgs, whom: &str, order: ConnectorOrder) -> Asked<'a> {
    let whom = match args.cluster {
        Some(number) => format!("{whom}, cluster {number}"),
        None => whom.to_owned(),
    };
    Asked { reach: &args.reach, whom, confirm: None, of: Of::Connector(order) }
}

/// An order about power; `whom` is what it is about.
pub(super) fn power<'a>(
    reach: &'a Reach,
    whom: impl Into<String>,
    order: PowerOrder,
    confirm: Option<String>,
) -> Asked<'a> {
    let of = Of::Connector(ConnectorOrder::Power(order));
    Asked { reach, whom: whom.into(), confirm, of }
}

/// An order about outages that are known before.
pub(super) fn outage<'a>(reach: &'a Reach, whom: &str, order: OutageOrder) -> Asked<'a> {
    let of = Of::Connector(ConnectorOrder::Outage(order));
    Asked { reach, whom: whom.to_owned(), confirm: None, of }
}

pub(super) fn act(args: &ClusterArgs) -> Asked<'_> {
    cluster(args, "this connector acts", ConnectorOrder::Act { cluster: args.cluster })
}

pub(super) fn new_key(args: &ClusterArgs) -> Asked<'_> {
    cluster(args, "new key", ConnectorOrder::NewKey { cluster: args.cluster })
}
