//! Why a configuration is refused.

use core::fmt;

use crate::types::{ConnectorNumber, HostAddress, ServiceNumber};

/// Why a configuration is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// More of these than a cluster may have.
    Full,
    /// `heartbeat` is zero, or more than a quarter of `patrol`.
    Heartbeat,
    /// `request_budget` is zero.
    Budget,
    /// Two connectors have that number.
    SameConnector(ConnectorNumber),
    /// Two hosts have that address.
    SameHost(HostAddress),
    /// Two hosts have that host's name.
    SameName(HostAddress),
    /// A path of that host is numbered 0 or twice.
    Path(HostAddress),
    /// That host has no monitoring path.
    NoPath(HostAddress),
    /// Two services have that number.
    SameService(ServiceNumber),
    /// The service names that host, which is not configured, or names it twice.
    ServiceHost(ServiceNumber, HostAddress),
    /// The service does not name this host.
    NotHere(ServiceNumber),
    /// A number of tries or an interval of the service's commands is zero.
    Commands(ServiceNumber),
    /// The service has a parent that was not added before it.
    Parent(ServiceNumber, ServiceNumber),
    /// The service has not the same hosts, in the same order, as the others of its group.
    Group(ServiceNumber),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("too many: split the cluster"),
            Self::Heartbeat => f.write_str("heartbeat must be from 1 ms to a quarter of patrol"),
            Self::Budget => f.write_str("request_budget must not be zero"),
            Self::SameConnector(number) => {
                write!(f, "two connectors have number {}: give each its own", number.0)
            }
            Self::SameHost(host) => write!(f, "two hosts have address {host}: give each its own"),
            Self::SameName(host) => write!(f, "host {host} has the name of another: rename it"),
            Self::Path(host) => {
                write!(f, "monitoring paths of host {host} need numbers from 1, each once")
            }
            Self::NoPath(host) => write!(f, "host {host} has no monitoring path: add one"),
            Self::SameService(number) => {
                write!(f, "two services have number {number}: give each its own")
            }
            Self::ServiceHost(number, host) => {
                write!(f, "service {number} names host {host}, which is unknown or named twice")
            }
            Self::NotHere(number) => {
                write!(f, "service {number} does not name this host: leave it out")
            }
            Self::Commands(number) => {
                write!(f, "tries and intervals of service {number} must not be zero")
            }
            Self::Parent(number, parent) => {
                write!(f, "service {number} needs its parent {parent} configured before it")
            }
            Self::Group(number) => {
                write!(f, "service {number} needs the hosts of its group, in the same order")
            }
        }
    }
}

impl core::error::Error for ConfigError {}
