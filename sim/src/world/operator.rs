//! Operators: what they order, and what they may know.

use std::collections::BTreeMap;

use komainu_core::connector::{Answer, ClusterIndex, Order as OfConnector, ServerIndex};
use komainu_core::member::Order as OfMember;
use komainu_core::types::ResetMethod;

use super::{ConnectorOrder, Given, MemberOrder, World, build, tell};

/// What operators have on their minds.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    tickets: u64,
    /// Maintenance that was ordered, until it is answered.
    maintenance: BTreeMap<u64, bool>,
    /// By service: it was stopped or moved by hand.
    pub(super) by_hand: Vec<bool>,
}

impl Operator {
    pub(super) fn new(services: usize) -> Self {
        Self { tickets: 0, maintenance: BTreeMap::new(), by_hand: vec![false; services] }
    }

    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }
}

const CLUSTER: ClusterIndex = ClusterIndex(0);

impl World {
    /// An operator orders something of a member.
    pub(super) fn order_member(&mut self, host: usize, order: MemberOrder) {
        let order = match order {
            MemberOrder::Activate(service) => {
                OfMember::Activate { service: build::service_number(service) }
            }
            MemberOrder::Deactivate(service) => {
                // What needs it stops with it.
                self.operator.by_hand.fill(true);
                OfMember::Deactivate { service: build::service_number(service) }
            }
            MemberOrder::Swap(service) => {
                OfMember::Swap { service: build::service_number(service), to: None }
            }
            // Operators look before they say that a host is off.
            MemberOrder::ItIsOff(other) if self.servers[other].on => return,
            MemberOrder::ItIsOff(other) => OfMember::ItIsOff { host: build::host_address(other) },
            MemberOrder::Thaw => OfMember::Thaw,
            MemberOrder::Maintenance(on) => {
                // Nobody takes over from a host in maintenance by itself.
                for (service, plan) in self.scenario.services.iter().enumerate() {
                    self.operator.by_hand[service] |= on && plan.hosts.contains(&host);
                }
                OfMember::Maintenance(on)
            }
        };
        let ticket = self.operator.ticket();
        tell!(self, "order {ticket} to host {}: {order:?}", host + 1);
        self.trace.number(ticket);
        self.give_member(host, Given::Order { ticket, order });
    }

    /// An operator orders something of a connector.
    pub(super) fn order_connector(&mut self, at: usize, order: ConnectorOrder) {
        let index = |host: usize| ServerIndex(host as u16);
        let ticket = self.operator.ticket();
        let order = match order {
            ConnectorOrder::Reset(host) => {
                self.checks.fencings.ordered(self.now, host);
                OfConnector::Reset { server: index(host), method: ResetMethod::AsConfigured }
            }
            ConnectorOrder::Look(host) => {
                OfConnector::Reset { server: index(host), method: ResetMethod::LookOnly }
            }
            ConnectorOrder::PowerOn(host) => OfConnector::PowerOn { server: index(host) },
            ConnectorOrder::Drill(host) => OfConnector::Drill { server: index(host) },
            ConnectorOrder::ConfirmOff(host) if self.servers[host].on => return,
            ConnectorOrder::ConfirmOff(host) => OfConnector::ConfirmOff { server: index(host) },
            ConnectorOrder::Maintenance(on) => {
                if !on {
                    self.checks.fencings.maintenance(self.now, false);
                }
                self.operator.maintenance.insert(ticket, on);
                OfConnector::Maintenance { cluster: CLUSTER, on }
            }
            ConnectorOrder::Act => {
                self.checks.fencings.two_act();
                OfConnector::Act { cluster: CLUSTER }
            }
            ConnectorOrder::Resume => OfConnector::Resume { cluster: CLUSTER },
        };
        tell!(self, "order {ticket} to connector {at}: {order:?}");
        self.trace.number(ticket);
        self.give_connector(at, Given::Order { ticket, order });
    }

    /// A connector has answered an order.
    pub(super) fn order_answered(&mut self, ticket: u64, answer: Answer) {
        self.trace.number(ticket);
        let Some(on) = self.operator.maintenance.remove(&ticket) else { return };
        // With two connectors the other one may act, and knows nothing of it.
        if answer == Answer::Done && self.managers.len() == 1 {
            self.checks.fencings.maintenance(self.now, on);
        }
    }
}
