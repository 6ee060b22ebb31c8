//! Who stands by for whom in the examples.

mod supplies;

use super::Table;
use crate::config::table::{bmc, cluster, connector, fence, server, service};

/// Who stands by for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topology {
    /// One active server, one standby.
    OneToOne,
    /// Two active servers, each the other's standby.
    Mutual,
    /// Several active servers with one standby.
    ManyToOne,
    /// One active server with several standbys.
    OneToMany,
    /// Two servers and a host of guests, on two UPSes.
    Power,
}

/// A service of an example: name, hosts, number.
type Work = (u16, &'static str, &'static [&'static str]);

impl Topology {
    /// All of them.
    pub(crate) const ALL: &'static [Self] =
        &[Self::OneToOne, Self::Mutual, Self::ManyToOne, Self::OneToMany, Self::Power];

    /// Its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OneToOne => "1:1",
            Self::Mutual => "mutual",
            Self::ManyToOne => "n:1",
            Self::OneToMany => "1:n",
            Self::Power => "power",
        }
    }

    /// The file in `docs/examples/`.
    #[cfg(all(test, unix))]
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::OneToOne => "1-1.toml",
            Self::Mutual => "mutual.toml",
            Self::ManyToOne => "n-1.toml",
            Self::OneToMany => "1-n.toml",
            Self::Power => "power.toml",
        }
    }

    /// What it is.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::OneToOne => "Komainu, 1:1: alpha works, beta stands by.",
            Self::Mutual => "Komainu, mutual: alpha and beta work, each stands by for the other.",
            Self::ManyToOne => "Komainu, n:1: alpha and beta work, gamma stands by for both.",
            Self::OneToMany => {
                "Komainu, 1:n: alpha works, beta stands by, and gamma for the case that beta \
                 fails too."
            }
            Self::Power => {
                "Komainu, power: alpha works, beta stands by, gamma runs guests; two UPSes feed \
                 them and the connector, which stops and starts all of them in order."
            }
        }
    }

    const fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::OneToOne | Self::Mutual => &["alpha", "beta"],
            Self::ManyToOne | Self::OneToMany | Self::Power => &["alpha", "beta", "gamma"],
        }
    }

    const fn services(self) -> &'static [Work] {
        match self {
            Self::OneToOne | Self::Power => &[(1, "web", &["alpha", "beta"])],
            Self::Mutual => &[(1, "web", &["alpha", "beta"]), (2, "mail", &["beta", "alpha"])],
            Self::ManyToOne => &[(1, "web", &["alpha", "gamma"]), (2, "mail", &["beta", "gamma"])],
            Self::OneToMany => &[(1, "web", &["alpha", "beta", "gamma"])],
        }
    }

    /// The tables of the file, in order.
    pub(super) fn tables(self) -> Vec<Table> {
        let mut tables = vec![
            Table::of(&connector::CONNECTOR).with(&connector::NAME, text("guard")),
            Table::of(&connector::MEMBER),
        ];
        if self == Self::Power {
            tables.extend(supplies::tables());
        }
        tables.extend([
            Table::of(&cluster::CLUSTER)
                .with(&cluster::NUMBER, "7410")
                .with(&cluster::NAME, text("shop")),
            Table::of(&cluster::KEY).with(&cluster::KEY_FILE, text("/etc/komainu/shop.key")),
            Table::of(&cluster::REACH)
                .with(&cluster::REACH_NUMBER, "0")
                .with(&cluster::REACH_ADDRESS, text("192.0.2.1")),
            Table::of(&fence::CLUSTER_FENCE),
            Table::of(&bmc::CLUSTER_BMC)
                .with(&bmc::USER, text("komainu"))
                .with(&bmc::PASSWORD_FILE, text("/etc/komainu/bmc.password")),
        ]);
        if self == Self::Power {
            tables.push(supplies::cluster());
        }
        for (host, name) in (1..).zip(self.hosts()) {
            tables.extend(server(host, name));
            if self == Self::Power {
                tables.extend(supplies::server(name));
            }
        }
        tables.extend(self.services().iter().map(|work| workload(*work)));
        tables
    }
}

fn text(value: &str) -> String {
    format!("\"{value}\"")
}

fn list(values: &[&str]) -> String {
    format!("[{}]", values.iter().map(|value| text(value)).collect::<Vec<_>>().join(", "))
}

fn server(host: u16, name: &str) -> [Table; 2] {
    let place = 10 + host;
    let paths = [format!("198.51.100.{place}"), format!("203.0.113.{place}")];
    [
        Table::of(&server::SERVER)
            .with(&server::HOST, host.to_string())
            .with(&server::NAME, text(name))
            .with(&server::ADDRESS, text(&format!("192.0.2.{place}")))
            .with(&server::PATHS, list(&[&paths[0], &paths[1]])),
        Table::of(&bmc::SERVER_BMC).with(&bmc::ADDRESS, text(&format!("192.0.2.{}", 100 + place))),
    ]
}

fn workload((number, name, hosts): Work) -> Table {
    let command = |verb: &str| list(&["/usr/bin/systemctl", verb, &format!("{name}.service")]);
    Table::of(&service::SERVICE)
        .with(&service::NUMBER, number.to_string())
        .with(&service::NAME, text(name))
        .with(&service::HOSTS, list(hosts))
        .with(&service::START, command("start"))
        .with(&service::STOP, command("stop"))
        .with(&service::CHECK, command("is-active"))
}
