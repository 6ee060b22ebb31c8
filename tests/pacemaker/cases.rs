//! What Pacemaker does with the agent, and what comes of it.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_tests::site::host::Host;
use komainu_tests::site::lan::Lan;
use libtest_mimic::{Failed, Trial};

use crate::cluster::Cluster;
use crate::settings::Agent;

/// Longer than a fencing with every patience in it.
const FENCED: Duration = Duration::from_secs(90);
/// In which nothing may happen.
const QUIET: Duration = Duration::from_secs(15);
/// What fence-agents holds the metadata of its agents against.
const SCHEMA: &str = "/usr/share/cluster/relaxng/metadata.rng";

type Story = fn(&mut Cluster) -> Result<(), Failed>;

const STORIES: &[(&str, Agent, Story)] = &[
    ("pacemaker takes the agent for one of its own", Agent::Komainu, known),
    ("a crashed node is fenced and its resource moves", Agent::Komainu, crashed),
    ("a node that hangs is fenced and its resource moves", Agent::Komainu, hung),
    ("of two nodes that shoot at each other exactly one is fenced", Agent::Komainu, parted),
    ("maintenance holds fencings back, and its end lets them go", Agent::Komainu, held),
    ("beside it fence_ipmilan fences a crashed node", Agent::Ipmilan, crashed),
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, agent, story): &(&'static str, Agent, Story)| {
        let (agent, story) = (*agent, *story);
        Trial::test(*name, move || told(agent, story))
    };
    STORIES.iter().map(trial).collect()
}

fn told(agent: Agent, story: Story) -> Result<(), Failed> {
    let mut cluster = Cluster::new(agent)?;
    story(&mut cluster).map_err(|failure| {
        let message = failure.message().unwrap_or_default();
        format!("{message}\n{}", cluster.story()).into()
    })
}

fn known(cluster: &mut Cluster) -> Result<(), Failed> {
    let metadata = cluster.on(1, "stonith_admin", &["-M", "-a", "fence_komainu"])?;
    expect(metadata.contains("name=\"fence_komainu\""), "Pacemaker reads the metadata")?;
    fits_schema(&cluster.on(1, "fence_komainu", &["-o", "metadata"])?)?;
    let devices = cluster.on(2, "stonith_admin", &["--list-registered"])?;
    expect(devices.contains("fence-h1"), "the device is registered")?;
    let targets = cluster.on(1, "stonith_admin", &["--list-targets", "fence-h2"])?;
    expect(targets.contains("h2"), "the device has its target")?;
    cluster.on(1, "stonith_admin", &["--query", "fence-h2", "-t", "30"])?;
    let status = asked(cluster, &["-o", "status", "-n", "h2"])?;
    expect(status.contains("ON"), "the status is read")?;
    let listed = asked(cluster, &["-o", "list"])?;
    expect(listed == "h1,site\nh2,site\n", "both nodes are listed")?;
    expect(cluster.node(2).orders("power 0") == 0, "nobody was shot")?;
    cluster.on(1, "stonith_admin", &["--reboot", "h2", "-t", "60"])?;
    expect(cluster.node(2).orders("power 0") == 1, "h2 was switched off once")?;
    let history = cluster.on(1, "stonith_admin", &["--history", "h2", "--verbose"])?;
    expect(history.contains("reboot"), "the history has it")?;
    cluster.wait_until(1, "h2 is back", |shown| shown.contains("Online: [ h1 h2 ]"))
}

/// Asks the agent itself, on `h1`.
fn asked(cluster: &Cluster, words: &[&str]) -> Result<String, Failed> {
    cluster.on(1, "fence_komainu", &[words, &["--config", &cluster.config()]].concat())
}

fn fits_schema(metadata: &str) -> Result<(), Failed> {
    if !std::path::Path::new(SCHEMA).exists() {
        println!("{SCHEMA} is not installed: the metadata was held against Pacemaker alone");
        return Ok(());
    }
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--relaxng", SCHEMA, "-"]).stdin(Stdio::piped());
    let mut lint = command.stderr(Stdio::piped()).spawn()?;
    if let Some(mut input) = lint.stdin.take() {
        std::io::Write::write_all(&mut input, metadata.as_bytes())?;
    }
    let output = lint.wait_with_output()?;
    expect(output.status.success(), &String::from_utf8_lossy(&output.stderr))
}

fn crashed(cluster: &mut Cluster) -> Result<(), Failed> {
    moved(cluster, Host::crash)?;
    cluster.wait_until(2, "h1 is back", |shown| shown.contains("Online: [ h1 h2 ]"))
}

fn hung(cluster: &mut Cluster) -> Result<(), Failed> {
    moved(cluster, Host::hang)
}

/// `h1` is lost: it is fenced, once, and the job moves.
fn moved(cluster: &Cluster, lose: fn(&Host) -> Result<(), Failed>) -> Result<(), Failed> {
    let (log, lost) = (cluster.log(2), Instant::now());
    lose(cluster.node(1))?;
    let asked = log.wait_for(&["pacemaker-controld", "encing", "node h1"], FENCED)?;
    let fenced = log.wait_for(&["pacemaker-fenced", "targeting h1", ": OK"], FENCED)?;
    cluster.wait_until(2, "the job runs on h2", |shown| {
        shown.lines().any(|line| line.contains("job") && line.contains("Started h2"))
    })?;
    println!(
        "lost to fenced {:?}; of it {:?} from Pacemaker's order on; {:?} until the job is shown",
        fenced - lost,
        fenced - asked,
        lost.elapsed()
    );
    expect(cluster.node(1).orders("power 0") == 1, "h1 was switched off once")?;
    expect(cluster.node(2).orders("power 0") == 0, "h2 was not shot")
}

fn parted(cluster: &mut Cluster) -> Result<(), Failed> {
    cluster.lans.cut(1, Lan::Monitor0)?;
    let begin = Instant::now();
    let shot = || [1, 2].map(|node| cluster.node(node).orders("power 0"));
    while shot() == [0, 0] {
        expect(begin.elapsed() < FENCED, "somebody is shot")?;
        sleep(Duration::from_millis(50));
    }
    sleep(QUIET);
    let shot = shot();
    println!("shot: {shot:?}");
    expect(shot == [1, 0] || shot == [0, 1], "one of them is shot, once")
}

fn held(cluster: &mut Cluster) -> Result<(), Failed> {
    cluster.order(&["maintenance", "on"])?;
    cluster.node(1).crash()?;
    sleep(QUIET);
    expect(cluster.node(1).orders("power 0") == 0, "h1 is left alone")?;
    cluster.order(&["maintenance", "off"])?;
    cluster.wait_until(2, "the job runs on h2", |shown| {
        shown.lines().any(|line| line.contains("job") && line.contains("Started h2"))
    })?;
    expect(cluster.node(1).orders("power 0") == 1, "h1 was switched off once")
}

fn expect(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("expected: {what}").into()) }
}
