//! What cannot be right is told, by its message, and does no harm.

use std::fs;

use crate::Case;
use crate::site::{More, Site};
use crate::tls::stranger;
use crate::upsd::Upsd;

pub(crate) const CASES: &[Case] = &[
    ("a wrong password is told, and stops no plan", password),
    ("a server with another certificate is told, and nothing it says counts", certificate),
    ("a UPS that its server does not know is told", unknown),
    ("feeds that read off while their server reads on are told, and stop nothing", contradiction),
    ("a plan that does not fit its battery is told in peace, and when it fits", too_long),
    ("a file whose stages change places in the middle of a plan waits for its end", places),
    ("guests that need one another in a circle are refused with the circle", circle),
];

fn stops(site: &Site) -> bool {
    !site.bmcs.chassis_log(0).is_empty()
}

fn password() {
    let mut site = Site::cutting();
    fs::write(site.folder.path("ups"), "guess\n").expect("our own file");
    site.start();
    site.until("it is told", |site| !site.messages("KMN482-E").is_empty());
    site.says("OB DISCHRG");
    site.until("the plan goes its way", stops);
    assert_eq!(site.upsd.driver.ordered(), [""; 0]);
    fs::write(site.folder.path("ups"), crate::upsd::PASSWORD).expect("our own file");
    let done = site.komainu(&["reload"]).output().expect("komainu");
    assert!(done.status.success(), "{done:?}");
    site.until("the right one is accepted", |site| !site.messages("KMN483-I").is_empty());
}

fn certificate() {
    let (upsd, other) = stranger();
    let signer = other.signer();
    let ups = format!("tls = \"require\"\nca-file = \"{}\"\n", signer.display());
    let mut site = Site::with(upsd, More { ups, ..More::default() });
    site.launch();
    unread(&site, "certificate");
    site.upsd.driver.set("ups.status", "OB DISCHRG");
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(!stops(&site) && site.messages("KMN463-W").is_empty(), "{}", site.log());
}

fn unknown() {
    let more = More { called: Some("nosuch"), ..More::default() };
    let mut site = Site::with(Upsd::start(), more);
    site.launch();
    unread(&site, "not known there");
    assert!(!stops(&site), "{}", site.log());
}

/// The UPS cannot be read, and it is told why.
fn unread(site: &Site, why: &str) {
    site.until("it is told", |site| !site.messages("KMN455-E").is_empty());
    let told = |site: &Site| {
        let all = site.messages("KMN455-E").into_iter().chain(site.messages("KMN484-I"));
        all.into_iter().any(|text| text.contains(why))
    };
    site.until("and why", told);
}

fn contradiction() {
    let mut site = Site::new();
    site.start();
    site.upsd.driver.set("ups.status", "OL OFF");
    site.until("it is told", |site| !site.messages("KMN460-E").is_empty());
    assert!(site.messages("KMN460-E")[0].contains("h1"), "{}", site.log());
    assert!(!stops(&site) && site.messages("KMN463-W").is_empty(), "{}", site.log());
}

fn too_long() {
    let mut site = Site::new();
    site.upsd.driver.set("battery.runtime", "20");
    site.start();
    site.until("it is told", |site| !site.messages("KMN461-W").is_empty());
    assert!(!stops(&site) && site.messages("KMN463-W").is_empty(), "{}", site.log());
    site.upsd.driver.set("battery.runtime", "1800");
    site.until("it fits", |site| !site.messages("KMN462-I").is_empty());
}

fn circle() {
    let guest = |name: &str, after: &str| {
        format!("[[cluster.server.guest]]\nname = \"{name}\"\nafter = [\"{after}\"]\n")
    };
    let server = guest("web", "db") + &guest("db", "disk") + &guest("disk", "web");
    let site = Site::with(Upsd::start(), More { server, ..More::default() });
    let done = site.komainu(&["config", "check"]).output().expect("komainu");
    assert!(!done.status.success(), "{done:?}");
    let said = [done.stdout, done.stderr].concat();
    let told = String::from_utf8_lossy(&said);
    assert!(told.contains("web after db after disk after web"), "{told}");
    assert!(told.contains("cluster.server.guest"), "{told}");
}

/// What a plan knows of stages and UPSes it knows by their places.
fn places() {
    let mut site = Site::new();
    site.start();
    site.says("OB DISCHRG");
    site.until("a plan begins", |site| !site.messages("KMN463-W").is_empty());
    let path = site.folder.path("komainu.toml");
    let before = fs::read_to_string(&path).expect("our own file");
    let after = before
        .replace("\"early\"\nafter = \"0s\"", "\"\"")
        .replace("\"late\"\nafter = \"8s\"", "\"early\"\nafter = \"0s\"")
        .replace("\"\"", "\"late\"\nafter = \"8s\"");
    assert_ne!(before, after);
    fs::write(&path, after).expect("our own file");
    let reload = |site: &Site| site.komainu(&["reload"]).output().expect("komainu");
    let refused = reload(&site);
    assert!(!refused.status.success(), "{refused:?}");
    let told = site.messages("KMN205-E");
    assert!(told.len() == 1 && told[0].contains("keeps its place"), "{told:?}");
    site.until("the plan goes its way", stops);
    site.says("OL");
    site.until("it is over", |site| !site.messages("KMN479-I").is_empty());
    let taken = reload(&site);
    assert!(taken.status.success(), "{taken:?}\n{}", site.log());
}
