//! Three hosts, their BMCs and UPSes, and a management server.

use std::fs::{self, File};
use std::io::Write;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::libvirt::Libvirt;
use crate::settings::{self, Guests, HOSTS};
use crate::supply::Supplies;
use komainu_tests::site::fixture;
use komainu_tests::site::grounds::{Grounds, Layout};
use komainu_tests::site::lan::Lan;

/// Hosts that only `rack-b` feeds.
const FED_BY_B: [u8; 2] = [2, 3];

/// A site of its own, torn down when dropped.
pub(crate) struct Site {
    grounds: Grounds,
    pub(crate) supplies: Supplies,
    /// Whether `rack-b` gave power when it was looked at last.
    fed: bool,
    /// So many orders `rack-b` had been given by then.
    ordered: usize,
    /// Where the guests of host 3 are real ones.
    pub(crate) libvirt: Option<Libvirt>,
}

/// A line that a script wrote.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) at: f64,
    pub(crate) what: String,
}

impl Site {
    /// Everything but the hosts' power is on.
    pub(crate) fn new(guests: Guests) -> Result<Self, Failed> {
        let mut grounds = Grounds::new(&Layout {
            name: "outage",
            prefix: "kmo",
            hosts: HOSTS,
            lans: |_| [Lan::Reset0, Lan::Monitor0, Lan::Monitor1],
            management: &[Lan::Reset0, Lan::Bmc],
            member: |folder| {
                let script = fixture("outage/shutdown.sh");
                format!("--shut-down {} {} 1", script.display(), folder.display())
            },
        })?;
        settings::write(&grounds.folder, guests)?;
        let supplies = Supplies::new(&grounds.management, &grounds.folder)?;
        grounds.start_connector()?;
        let libvirt = match guests {
            Guests::Commands => None,
            Guests::Libvirt => Some(Libvirt::install(&grounds.folder, grounds.host(3))?),
        };
        Ok(Self { grounds, supplies, fed: true, ordered: 0, libvirt })
    }

    /// Powers all hosts on, and waits until all is well.
    pub(crate) fn up(&mut self) -> Result<(), Failed> {
        // Of hosts that start at the same time either may be the first to serve.
        for host in [1, 3] {
            self.host(host).power(true)?;
        }
        if let Some(libvirt) = &self.libvirt {
            libvirt.begin()?;
        }
        self.wait("h1 serves", 30, |site| site.writer().as_deref() == Some("h1"))?;
        self.host(2).power(true)?;
        if let Some(libvirt) = &self.libvirt {
            libvirt.booted()?;
        }
        self.wait("all is well", 40, Self::is_well)
    }

    /// No plan runs, every host is on and heard, and the service runs.
    pub(crate) fn is_well(&self) -> bool {
        let show = |words: &[&str]| -> Value {
            let shown = self.order(words).unwrap_or_default();
            serde_json::from_str(&shown).unwrap_or_default()
        };
        let status = show(&["show", "--json"]);
        let clusters = status["clusters"].as_array().map_or(&[][..], Vec::as_slice);
        let servers = clusters
            .iter()
            .flat_map(|cluster| cluster["servers"].as_array().map_or(&[][..], Vec::as_slice));
        let up = servers.filter(|server| {
            server["power"] == "on"
                && server["bmc"] == "answers"
                && server["host-state"] == "running"
        });
        up.count() == usize::from(HOSTS)
            && clusters.iter().all(|cluster| cluster["ready"] == true)
            && self.writer().is_some()
            && show(&["plan", "show", "--json"])["plan"].is_null()
    }

    /// What the plan is at; nothing while the connector does not answer.
    pub(crate) fn phase(&self) -> Option<String> {
        let shown = self.order(&["plan", "show", "--json"]).ok()?;
        let status: Value = serde_json::from_str(&shown).ok()?;
        status["phase"].as_str().map(str::to_owned)
    }

    /// Does something with the guests of host 3, inside of it.
    pub(crate) fn guest(&self, verb: &str, guest: &str) -> Result<String, Failed> {
        let script = fixture("outage/guest.sh").display().to_string();
        let mut command = self.host(3).inside(&script)?;
        command.arg(&self.folder).args([verb, guest]).env("HOST", "h3");
        let output = command.env("RUN", self.folder.join("h3/run")).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// From now on scripts and the start of members take their time, or do not.
    pub(crate) fn take_time(&self, slow: bool) -> Result<(), Failed> {
        let path = self.folder.join("slow");
        if slow {
            fs::write(path, "")?
        } else {
            fs::remove_file(path)?
        }
        Ok(())
    }

    /// That host does not shut down when it is asked to.
    pub(crate) fn deaf(&self, host: &str) -> Result<(), Failed> {
        Ok(fs::write(self.folder.join(format!("{host}.deaf")), "")?)
    }

    /// The host that wrote to the disk within the last half second.
    pub(crate) fn writer(&self) -> Option<String> {
        let text = fs::read_to_string(self.folder.join("disk")).ok()?;
        let (at, host) = text.lines().last()?.split_once(' ')?;
        let age = now() - at.parse::<f64>().ok()?;
        (age < 0.5).then(|| host.to_owned())
    }

    /// What the scripts wrote down.
    pub(crate) fn events(&self) -> Vec<Event> {
        let text = fs::read_to_string(self.folder.join("events")).unwrap_or_default();
        let line = |line: &str| {
            let (at, what) = line.split_once(' ')?;
            Some(Event { at: at.parse().ok()?, what: what.to_owned() })
        };
        text.lines().filter_map(line).collect()
    }

    /// When that was written down for the n-th time, from 0.
    pub(crate) fn when(&self, what: &str, nth: usize) -> Option<f64> {
        self.events().into_iter().filter(|event| event.what == what).nth(nth).map(|event| event.at)
    }

    /// Waits for something, while the outputs feed or do not feed what hangs on them.
    pub(crate) fn wait(
        &mut self,
        what: &str,
        seconds: u64,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), Failed> {
        let limit = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < limit {
            self.look()?;
            if done(self) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        Err(format!("not within {seconds} s: {what}").into())
    }

    /// Writes down what is to be seen from outside.
    fn look(&mut self) -> Result<(), Failed> {
        let (gives, orders) = self.supplies.look();
        for order in orders.iter().skip(self.ordered) {
            self.note(&format!("rack-b ordered {order}"))?;
        }
        self.ordered = orders.len();
        if gives == self.fed { Ok(()) } else { self.feed(gives) }
    }

    /// Hosts and BMCs without a feed have no power.
    fn feed(&mut self, gives: bool) -> Result<(), Failed> {
        self.fed = gives;
        self.note(if gives { "rack-b on" } else { "rack-b off" })?;
        for number in FED_BY_B {
            if gives {
                self.revive_bmc(number)?;
                continue;
            }
            self.silence_bmc(number);
            let host = self.host(number);
            if host.has_power() {
                let name = host.name();
                host.power(false)?;
                self.note(&format!("{name} crashed"))?;
            }
        }
        Ok(())
    }

    fn note(&self, what: &str) -> Result<(), Failed> {
        note(&self.folder, now(), what)
    }

    /// All logs, for the story of a failure.
    pub(crate) fn story(&self) -> String {
        let events = fs::read_to_string(self.folder.join("events")).unwrap_or_default();
        format!("{}--- events\n{events}", self.grounds.story())
    }
}

/// Writes down for a site what was seen at that moment.
pub(crate) fn note(site: &Path, at: f64, what: &str) -> Result<(), Failed> {
    let mut file = File::options().create(true).append(true).open(site.join("events"))?;
    Ok(file.write_all(format!("{at} {what}\n").as_bytes())?)
}

/// Seconds of UNIX time.
pub(crate) fn now() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
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
