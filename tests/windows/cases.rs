//! What the package does to a Windows, and what the service does on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::package::{INSTALLED, MENU, Packages, VERSIONS, windows};
use crate::settings::{self, SECRETS};
use crate::site::{Networks, Site};
use crate::snapshot::{Snapshot, listed};
use crate::wine::Wine;
use komainu_tests::site::lan::Lan;

/// The services.
const CONNECTOR: &str = "KomainuConnector";
const MEMBER: &str = "KomainuMember";
/// Where the event log knows the messages from.
const SOURCE: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\Komainu";
/// Longer than a takeover with every patience in it.
const TAKEOVER: Duration = Duration::from_secs(30);

/// One Windows for all tests.
struct Machine {
    // In this order: what is on a network goes before it.
    wine: Wine,
    networks: Networks,
    packages: Packages,
    /// As it was before any test.
    fresh: Snapshot,
}

type Story = fn(&Machine) -> Result<(), Failed>;
/// What a test does with the machine.
type Run = Box<dyn Fn(&Machine) -> Result<(), Failed> + Send>;

const STORIES: &[(&str, Story)] = &[
    ("an install puts what is listed, and an uninstall takes it all", install),
    ("an upgrade keeps settings, secrets and services, and a downgrade is refused", upgrade),
    ("a machine may have the member alone", member_alone),
    ("settings go when that is asked for", purge),
    ("the service answers the reset path, fences a BMC and stops in order", serve),
];

/// The stories with this program, and the programs of unit tests, which are run as they are.
pub(crate) fn trials(program: &Path, tests: &[PathBuf]) -> Vec<Trial> {
    let (program, machine) = (program.to_owned(), Arc::new(Mutex::new(None)));
    let on_machine = |name: &str, run: Run| {
        let (program, machine) = (program.clone(), Arc::clone(&machine));
        Trial::test(name, move || {
            let mut machine = machine.lock().unwrap_or_else(PoisonError::into_inner);
            if machine.is_none() {
                *machine = Some(Machine::new(&program)?);
            }
            machine.as_ref().map_or(Ok(()), &run)
        })
    };
    let stories = STORIES.iter().map(|(name, story)| {
        on_machine(name, Box::new(move |machine: &Machine| machine.told(*story)))
    });
    let units = tests.iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = windows(path);
        on_machine(
            &format!("unit tests of {name}"),
            Box::new(move |machine: &Machine| {
                println!("{}", machine.wine.run(&[&path])?);
                Ok(())
            }),
        )
    });
    stories.chain(units).collect()
}

impl Machine {
    fn new(program: &Path) -> Result<Self, Failed> {
        let packages = Packages::new(program)?;
        let networks = Networks::new()?;
        let wine = Wine::new(&networks.management)?;
        let fresh = Snapshot::of(&wine)?;
        Ok(Self { wine, networks, packages, fresh })
    }

    /// Runs a story; afterwards the machine is as it was, or the story has failed.
    fn told(&self, story: Story) -> Result<(), Failed> {
        let outcome = story(self);
        if outcome.is_err() {
            for package in self.packages.all() {
                let _ = self.wine.msiexec(&["/x", &package, "PURGE=1"]);
            }
            let _ = fs::remove_dir_all(self.data());
        }
        outcome
    }

    /// The folder of settings.
    fn data(&self) -> PathBuf {
        self.wine.drive().join("ProgramData/Komainu")
    }

    fn install(&self, package: &str, more: &[&str]) -> Result<(), Failed> {
        expect(self.wine.msiexec(&[&["/i", package], more].concat())?, "it is installed")
    }

    fn uninstall(&self, package: &str, more: &[&str]) -> Result<(), Failed> {
        expect(self.wine.msiexec(&[&["/x", package], more].concat())?, "it is removed")
    }

    /// Nothing has come or gone since the machine was fresh, but what is named.
    fn is_fresh_but(&self, kept: &[&str]) -> Result<(), Failed> {
        let found = Snapshot::of(&self.wine)?.since(&self.fresh);
        let kept: Vec<_> = kept.iter().map(|line| format!("+ {line}")).collect();
        expect(found == kept, &format!("left: {found:#?}, not {kept:#?}"))
    }

    /// The states of both services.
    fn services(&self) -> Result<[Option<String>; 2], Failed> {
        Ok([self.wine.service(CONNECTOR)?, self.wine.service(MEMBER)?])
    }
}

fn install(machine: &Machine) -> Result<(), Failed> {
    machine.install(&machine.packages.older(), &[])?;
    let drive = machine.wine.drive();
    let mut found = listed(&drive, "Program Files/Komainu")?;
    found.extend(listed(&drive, "ProgramData/Komainu")?);
    expect(found == INSTALLED, &format!("files: {found:#?}"))?;
    let since = Snapshot::of(&machine.wine)?.since(&machine.fresh);
    let menu = since.iter().filter_map(|line| Some(line.split_once("/Programs/")?.1));
    expect(menu.eq(MENU.iter().copied()), &format!("start menu: {since:#?}"))?;
    expect(since.iter().all(|line| line.starts_with('+')), &format!("gone: {since:#?}"))?;
    let path = since.iter().any(|line| line.ends_with(r"C:\Program Files\Komainu\bin\"));
    expect(path, &format!("search path: {since:#?}"))?;
    // Without settings nothing is started, and no member is there unless it is asked for.
    expect(machine.services()? == [Some("STOPPED".into()), None], "services")?;
    expect(machine.wine.has_key(SOURCE)?, "the event source")?;
    let told = machine.wine.komainu(&["--version"])?;
    expect(told.starts_with("komainu "), &told)?;
    let alert = r"C:\Program Files\Komainu\cmd\PowerOffAlertTransfer.exe";
    let refused = machine.wine.output(&[alert])?;
    expect(!refused.status.success(), "the alert command wants four arguments")?;
    let example = fs::read_to_string(machine.data().join("komainu.example.toml"))?;
    expect(example.contains("[[cluster]]"), "the example")?;
    machine.uninstall(&machine.packages.older(), &[])?;
    expect(machine.services()? == [None, None], "no service is left")?;
    expect(!machine.wine.has_key(SOURCE)?, "no event source is left")?;
    machine.is_fresh_but(&[])
}

fn upgrade(machine: &Machine) -> Result<(), Failed> {
    let (older, newer) = (machine.packages.older(), machine.packages.newer());
    machine.install(&older, &["ADDLOCAL=ALL"])?;
    let line = r#""C:\Program Files\Komainu\bin\komainu.exe" service run"#;
    let bare = machine.wine.command_line(MEMBER)?;
    expect(bare == format!("{line} member --"), &bare)?;
    // One that is there keeps its arguments. Not so through an upgrade of wine's, which does not
    // tell the version before that it is one.
    machine.wine.komainu(&["service", "install", "member", "--", "--host", "h 1"])?;
    machine.wine.komainu(&["service", "install", "member"])?;
    let chosen = machine.wine.command_line(MEMBER)?;
    expect(chosen == format!("{line} member -- --host \"h 1\""), &chosen)?;
    // Nothing in it is for this machine, so what starts ends again; that fails no upgrade.
    let settings = ["komainu.toml", "site.key"];
    for name in settings {
        fs::write(machine.data().join(name), "# kept\n")?;
    }
    machine.install(&newer, &[])?;
    let kept = |name: &&str| fs::read(machine.data().join(name)).is_ok_and(|is| is == b"# kept\n");
    expect(settings.iter().all(kept), "settings after the upgrade")?;
    let is_there = |states: [Option<String>; 2]| states.iter().all(Option::is_some);
    expect(is_there(machine.services()?), "both services after the upgrade")?;
    let other = machine.wine.command_line(CONNECTOR)?;
    expect(other == format!("{line} connector --"), &other)?;
    expect(version(machine)? == VERSIONS[1], "the newer version")?;
    let before = Snapshot::of(&machine.wine)?;
    expect(!machine.wine.msiexec(&["/i", &older])?, "a downgrade is refused")?;
    let changed = Snapshot::of(&machine.wine)?.since(&before);
    expect(changed.is_empty(), &format!("the downgrade has changed {changed:#?}"))?;
    machine.uninstall(&newer, &[])?;
    expect(settings.iter().all(kept), "settings after the uninstall")?;
    machine.is_fresh_but(&[
        "ProgramData/Komainu/",
        "ProgramData/Komainu/komainu.toml",
        "ProgramData/Komainu/site.key",
    ])?;
    Ok(fs::remove_dir_all(machine.data())?)
}

fn member_alone(machine: &Machine) -> Result<(), Failed> {
    machine.install(&machine.packages.older(), &["ADDLOCAL=Program,Member"])?;
    expect(machine.services()? == [None, Some("STOPPED".into())], "the member alone")?;
    machine.install(&machine.packages.newer(), &[])?;
    expect(machine.services()? == [None, Some("STOPPED".into())], "after an upgrade as well")?;
    // What an upgrade is not asked for any more goes.
    machine.install(&machine.packages.newest(), &["ADDLOCAL=Program,Connector"])?;
    expect(machine.services()? == [Some("STOPPED".into()), None], "the connector instead")?;
    machine.uninstall(&machine.packages.newest(), &[])?;
    machine.is_fresh_but(&[])
}

fn purge(machine: &Machine) -> Result<(), Failed> {
    machine.install(&machine.packages.older(), &[])?;
    fs::write(machine.data().join("komainu.toml"), "# gone\n")?;
    machine.uninstall(&machine.packages.older(), &["PURGE=1"])?;
    machine.is_fresh_but(&[])
}

/// The version in the list of programs.
fn version(machine: &Machine) -> Result<String, Failed> {
    let key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall";
    let listed = machine.wine.run(&["reg", "query", key, "/s", "/f", "DisplayVersion", "/v"]);
    let text = match listed {
        Ok(text) => text,
        Err(_) => machine.wine.run(&["reg", "query", key, "/s"])?,
    };
    let mut ours = text.split("HKEY_").filter(|entry| entry.contains("Komainu"));
    let entry = ours.next().ok_or("Komainu is not in the list of programs")?;
    let line = entry.lines().find(|line| line.contains("DisplayVersion"));
    let version = line.and_then(|line| line.split_whitespace().last());
    Ok(version.ok_or("there is no version")?.to_owned())
}

fn serve(machine: &Machine) -> Result<(), Failed> {
    machine.install(&machine.packages.older(), &[])?;
    let site = Site::new(&machine.networks)?;
    let outcome = served(machine, &site);
    // Each a command that prints what it knows, whatever state it is in.
    outcome.map_err(|failure| {
        let message = failure.message().unwrap_or_default().to_owned();
        let shown = machine.wine.komainu(&["show"]);
        let history = fs::read_to_string(machine.data().join("data/connector/history.jsonl"));
        format!("{message}\n{shown:?}\n{history:?}\n{}", site.story()).into()
    })
}

fn served(machine: &Machine, site: &Site) -> Result<(), Failed> {
    settings::write(&machine.data(), site.folder())?;
    // Wine tells services that the settings of all users are somewhere else; Windows does not.
    let named = ["--config", r"C:\ProgramData\Komainu\komainu.toml"];
    let again = ["service", "install", "connector", "--"];
    machine.wine.komainu(&[&again[..], &named].concat())?;
    machine.wine.komainu(&["service", "start", "connector"])?;
    expect(machine.wine.service(CONNECTOR)?.as_deref() == Some("RUNNING"), "it runs")?;
    for host in &site.hosts {
        host.power(true)?;
    }
    site.disk.wait_for("h1", TAKEOVER)?;
    wait(TAKEOVER, "both members heard on the reset path", || Ok(is_ready(&status(machine)?)))?;

    // A hardware manager calls; the power is read, and nothing follows from that.
    let alert = r"C:\Program Files\Komainu\cmd\PowerOffAlertTransfer.exe";
    let bmc = Lan::Bmc.address(1).to_string();
    machine.wine.run(&[alert, &bmc, "20261122", "093000", "0xFE91"])?;
    expect(machine.wine.komainu(&["history"])?.contains("KMN219-I"), "the alert is told")?;

    site.hosts[0].crash()?;
    site.disk.wait_for("h2", TAKEOVER)?;
    println!("taken over after {:?} without service", site.disk.gap_after("h1"));
    expect(site.hosts[0].orders("power 0") == 1, "one order to switch off")?;
    site.hosts[0].wait_for_power(true)?;
    wait(TAKEOVER, "the fenced host back", || Ok(is_ready(&status(machine)?)))?;
    expect(site.disk.check()? > 0, "two never served at once")?;

    let begun = Instant::now();
    machine.wine.komainu(&["service", "stop", "connector"])?;
    expect(begun.elapsed() < Duration::from_secs(15), "it stops in time")?;
    let history = machine.wine.komainu(&["history"]);
    expect(history.is_err(), "nobody answers any more")?;
    // Records and secrets outlive the package.
    machine.uninstall(&machine.packages.older(), &[])?;
    for name in SECRETS {
        expect(machine.data().join(name).exists(), name)?;
    }
    fs::remove_dir_all(machine.data())?;
    machine.is_fresh_but(&[])
}

fn status(machine: &Machine) -> Result<Value, Failed> {
    Ok(serde_json::from_str(&machine.wine.komainu(&["show", "--json"])?)?)
}

/// Whether both members were heard, both BMCs answer, and the cluster is ready.
fn is_ready(status: &Value) -> bool {
    let cluster = &status["clusters"][0];
    let servers = cluster["servers"].as_array().map_or(&[][..], Vec::as_slice);
    cluster["ready"] == true
        && servers.len() == usize::from(settings::HOSTS)
        && servers.iter().all(|server| {
            server["power"] == "on" && server["bmc"] == "answers" && server["member"].is_string()
        })
}

fn wait(
    limit: Duration,
    what: &str,
    is_so: impl Fn() -> Result<bool, Failed>,
) -> Result<(), Failed> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if is_so()? {
            return Ok(());
        }
        sleep(Duration::from_millis(200));
    }
    Err(format!("not within {limit:?}: {what}").into())
}

fn expect(is_so: bool, what: &str) -> Result<(), Failed> {
    if is_so { Ok(()) } else { Err(what.into()) }
}
