//! Up to three hosts, their BMCs, and a management server with two reset LANs.

use std::ops::{Deref, DerefMut};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::settings::{Service, Settings, is_ready};
use komainu_tests::site::disk::Disk;
use komainu_tests::site::grounds::{Grounds, Layout};
use komainu_tests::site::lan::Lan;

/// How long anything of the set-up may take.
const SET_UP: Duration = Duration::from_secs(60);

/// A site of its own, torn down when dropped.
pub(crate) struct Site {
    grounds: Grounds,
    /// One for each service.
    pub(crate) disks: Vec<Disk>,
    settings: Settings,
}

impl Site {
    /// Everything but the hosts' power is on.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Failed> {
        let mut grounds = Grounds::new(&Layout {
            name: "failover",
            prefix: "kmn",
            hosts: settings.hosts,
            lans: |host| [Settings::reset_lan(host), Lan::Monitor0, Lan::Monitor1],
            management: &[Lan::Reset0, Lan::Reset1, Lan::Bmc],
            member: |_| String::new(),
        })?;
        settings.write(&grounds.folder)?;
        let disk = |service: &Service| Disk { path: grounds.folder.join(service.name) };
        let disks = settings.services.iter().map(disk).collect();
        grounds.start_connector()?;
        Ok(Self { grounds, disks, settings: *settings })
    }

    /// Powers all hosts on, and waits until every service is where it belongs.
    pub(crate) fn up(&self) -> Result<(), Failed> {
        // Of hosts that start at the same time either may be the first to serve.
        self.host(1).power(true)?;
        for disk in &self.disks {
            disk.wait_for("h1", SET_UP)?;
        }
        for host in self.hosts.iter().skip(1) {
            host.power(true)?;
        }
        self.settle()?;
        for (service, disk) in self.settings.services.iter().zip(&self.disks) {
            let first = service.hosts[0];
            if first != 1 {
                self.wait("a swap is taken", SET_UP, |site| {
                    site.host_order(1, &["swap", service.name]).is_ok()
                })?;
                disk.wait_for(&format!("h{first}"), SET_UP)?;
            }
        }
        self.settle()
    }

    /// Waits until every host that stands by says so.
    pub(crate) fn settle(&self) -> Result<(), Failed> {
        self.wait("all is ready", SET_UP, |site| {
            let shown = site.order(&["show", "--json"]).unwrap_or_default();
            is_ready(&shown, site.hosts.len())
        })
    }

    /// Waits until something is so.
    pub(crate) fn wait(
        &self,
        what: &str,
        limit: Duration,
        is_so: impl Fn(&Self) -> bool,
    ) -> Result<(), Failed> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if is_so(self) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        let shown = self.order(&["show"]).unwrap_or_default();
        Err(format!("not within {limit:?}: {what}\n{shown}").into())
    }

    /// Waits until that host hears the other one, and then until the connector has heard that one
    /// say that it serves.
    pub(crate) fn wait_until_heard(&self, by: u8, host: u8, limit: Duration) -> Result<(), Failed> {
        let (of, index) = (u64::from(host), usize::from(host) - 1);
        self.wait("a host hears the other", limit, |site| {
            let shown = site.shown(site.host_order(by, &["show", "--json"]));
            let peers = shown["peers"].as_array().map_or(&[][..], Vec::as_slice);
            peers.iter().any(|peer| peer["host"] == of && peer["view"] == "alive")
        })?;
        let begin = Instant::now();
        self.wait("the connector hears it", limit, |site| {
            let shown = site.shown(site.order(&["show", "--json"]));
            let server = &shown["clusters"][0]["servers"][index];
            let since = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
            let heard = server["heard-ms"].as_u64().is_some_and(|age| age < since);
            heard && server["services"][0]["state"] == "active"
        })
    }

    fn shown(&self, answer: Result<String, Failed>) -> Value {
        serde_json::from_str(&answer.unwrap_or_default()).unwrap_or_default()
    }

    /// The disk of the first service.
    pub(crate) fn disk(&self) -> &Disk {
        &self.disks[0]
    }
}

impl Deref for Site {
    type Target = Grounds;

    fn deref(&self) -> &Grounds {
        &self.grounds
    }
}

impl DerefMut for Site {
    fn deref_mut(&mut self) -> &mut Grounds {
        &mut self.grounds
    }
}
