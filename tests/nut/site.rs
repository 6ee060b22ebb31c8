//! A whole site: a connector, the program as it is shipped, between a real `upsd` and a real
//! `upsmon`. Its one server has a simulated BMC.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_sim::bmc::BmcConfig;
use komainu_sim::serve::{Server, spawn};
use komainu_tests::site::komainu;
use serde_json::Value;

use crate::Case;
use crate::monitor::Monitor;
use crate::upsd::{Folder, PASSWORD, Running, Upsd, port};

pub(crate) const CASES: &[Case] = &[
    ("a connector sends upsmon down at its stage, though it was killed before", by_stage),
    ("a BMC without mains is believed while the UPS is silent, and not before", by_witness),
    ("a connector tells who is refused, and serves by TLS after a reload", by_reload),
];

/// Longer than anything takes here.
const LONG: Duration = Duration::from_secs(30);

pub(crate) struct Site {
    pub(crate) upsd: Upsd,
    pub(crate) folder: Folder,
    port: u16,
    pub(crate) bmcs: Server,
    pub(crate) connector: Option<Running>,
    /// A library that stands before those of the system.
    pub(crate) preload: Option<PathBuf>,
    more: More,
}

/// What one site has and others have not.
#[derive(Default)]
pub(crate) struct More {
    /// What the file calls the UPS; `c` unless given.
    pub(crate) called: Option<&'static str>,
    /// Lines for the UPS; `{at}` stands for the folder.
    pub(crate) ups: String,
    /// Lines at the end, for the server.
    pub(crate) server: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(Upsd::start(), More::default())
    }

    /// One whose connector may cut the output of the UPS.
    pub(crate) fn cutting() -> Self {
        let ups = "user = \"komainu\"\npassword-file = \"{at}ups\"\n".to_owned();
        Self::with(Upsd::start(), More { ups, ..More::default() })
    }

    pub(crate) fn with(upsd: Upsd, more: More) -> Self {
        let bmc = (SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), BmcConfig::default());
        let bmcs = spawn(vec![bmc], 1).expect("a BMC");
        let (folder, port) = (Folder::new(), port());
        let site = Self { upsd, folder, port, bmcs, connector: None, preload: None, more };
        let key = "07".repeat(32);
        let secrets = [
            ("password", "password"),
            ("key", &key),
            ("web", "one"),
            ("db", "two"),
            ("ups", PASSWORD),
        ];
        for (name, text) in secrets {
            let path = site.folder.write(name, &format!("{text}\n"));
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("our own file");
        }
        site.configure("");
        site
    }

    /// Writes the file, with more lines for the server.
    fn configure(&self, more: &str) {
        let (at, nut, called) =
            (self.folder.path(""), self.upsd.port, self.more.called.unwrap_or("c"));
        let (at, bmc, listen) = (at.display(), self.bmcs.addresses()[0], self.port);
        let text = format!(
            "[[connector]]\nname = \"guard\"\nlisten = [\"127.0.0.1\"]\nstate = \"{at}state\"\n\
             traps = \"127.0.0.1:{traps}\"\n\
             control = \"127.0.0.1:{control}\"\n[[ups]]\nname = \"rack-c\"\n\
             nut = \"{called}@127.0.0.1:{nut}\"\nconfirm = \"1s\"\nsettle = \"1s\"\nfloor = 5\n\
             late = \"1s\"\nunknown = \"3s\"\n{ups}\
             [[power.stage]]\nname = \"early\"\nafter = \"0s\"\n\
             [[power.stage]]\nname = \"late\"\nafter = \"8s\"\n\
             [nut-server]\nlisten = [\"127.0.0.1:{listen}\"]\n{more}\
             [[nut-server.user]]\nname = \"web\"\npassword-file = \"{at}web\"\n\
             [[nut-server.user]]\nname = \"db\"\npassword-file = \"{at}db\"\nstage = \"late\"\n\
             [[cluster]]\nnumber = {cluster}\nname = \"site\"\n[[cluster.key]]\n\
             file = \"{at}key\"\n[cluster.bmc]\nuser = \"admin\"\n\
             password-file = \"{at}password\"\n\
             [[cluster.server]]\nhost = 1\nname = \"h1\"\naddress = \"127.0.0.1:9\"\n\
             bmc.address = \"{bmc}\"\npower.stage = \"late\"\npower.ask-by = \"bmc\"\n\
             power.shutdown = \"2s\"\npower.force = \"6s\"\n\
             [[cluster.server.feed]]\nups = \"rack-c\"\n{server}",
            // Of the eight that are its own.
            control = listen ^ 1,
            traps = self.traps(),
            ups = self.more.ups.replace("{at}", &at.to_string()),
            server = self.more.server,
            cluster = listen ^ 2,
        );
        self.folder.write("komainu.toml", &text);
    }

    /// Where it receives traps.
    fn traps(&self) -> u16 {
        self.port ^ 4
    }

    pub(crate) fn komainu(&self, words: &[&str]) -> Command {
        let mut command = Command::new(komainu().expect("cargo build -p komainu"));
        command.args(words).arg("--config").arg(self.folder.path("komainu.toml")).arg("--json");
        command.stdin(Stdio::null());
        command
    }

    /// Starts the connector, and waits until it shows the UPS.
    pub(crate) fn start(&mut self) {
        self.launch();
        self.until("it shows the UPS", |site| site.status("web").starts_with("O"));
    }

    /// Starts the connector.
    pub(crate) fn launch(&mut self) {
        let log = self.folder.path("log");
        let log = File::options().create(true).append(true).open(log).expect("a log");
        let mut command = self.komainu(&["connector"]);
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        command.envs(self.preload.as_ref().map(|path| ("LD_PRELOAD", path)));
        self.connector = Some(Running::start(&mut command));
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path("log")).unwrap_or_default()
    }

    pub(crate) fn messages(&self, id: &str) -> Vec<String> {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_id = lines.filter(|line| line["id"] == id);
        of_id.map(|line| line["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// When the newest message was said, by the connector's own clock, in milliseconds.
    pub(crate) fn newest(&self) -> u64 {
        let log = self.log();
        let last =
            log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).next_back();
        last.and_then(|line| line["time_ms"].as_u64()).unwrap_or_default()
    }

    /// Has the UPS say something else, until the connector has it.
    pub(crate) fn says(&self, status: &str) {
        let first = status.split(' ').next().unwrap_or_default();
        self.until("the connector has what the UPS says", |site| {
            // Said while upsd begins to listen, it may be lost.
            site.upsd.driver.set("ups.status", status);
            let shown = self.status("db");
            shown.starts_with(first) || first == "OB" && shown.starts_with("FSD")
        });
    }

    /// What the connector's server answers to these lines.
    fn say(&self, lines: &[&str]) -> Vec<String> {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return vec![] };
        let _ = stream.set_read_timeout(Some(LONG));
        let mut answers = BufReader::new(stream.try_clone().expect("a socket")).lines();
        let answer = |line: &&str| {
            writeln!(stream, "{line}").ok()?;
            answers.next()?.ok()
        };
        lines.iter().filter_map(answer).collect()
    }

    /// What the UPS is at, for that user.
    pub(crate) fn status(&self, user: &str) -> String {
        let password = if user == "web" { "one" } else { "two" };
        let (user, password) = (format!("USERNAME {user}"), format!("PASSWORD {password}"));
        let said = self.say(&[&user, &password, "GET VAR rack-c ups.status"]);
        let status = said.last().and_then(|line| line.split('"').nth(1));
        status.unwrap_or_default().to_owned()
    }

    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < LONG, "in vain: {what}\n{}", self.log());
            sleep(Duration::from_millis(50));
        }
    }
}

fn by_stage() {
    let mut site = Site::new();
    site.start();
    assert_eq!((site.status("web").as_str(), site.status("db").as_str()), ("OL", "OL"));
    let monitor = Monitor::start("rack-c", site.port, "db", "two", "");
    let attached = |site: &Site| {
        let said = ["USERNAME web", "PASSWORD one", "GET NUMLOGINS rack-c"];
        site.say(&said).last().is_some_and(|line| line == "NUMLOGINS rack-c 1")
    };
    site.until("upsmon logs in", attached);
    site.says("OB DISCHRG");
    site.until("the early ones are told", |site| site.status("web") == "FSD OB LB");
    assert_eq!(site.status("db"), "OB DISCHRG", "it is not their turn");
    site.connector = None;
    site.start();
    assert_eq!(site.messages("KMN493-W"), Vec::<String>::new(), "nobody was told yet");
    assert!(!monitor.goes_down(Duration::from_millis(1)), "{}", monitor.log());
    // After a restart the stage is waited for anew.
    assert!(monitor.goes_down(LONG), "{}\n{}", monitor.log(), site.log());
    let told = site.messages("KMN493-W");
    assert!(told.len() == 1 && told[0].contains("upsmon db at 127.0.0.1"), "{told:?}");
    let stops = |site: &Site| !site.bmcs.chassis_log(0).is_empty();
    site.until("the server of that stage stops, too", stops);
    site.says("OL");
    site.until("the order ends with its outage", |site| site.status("db") == "OL");
}

/// A Platform Event Trap of the server's BMC: an input of its supplies has lost the mains.
const WITHOUT_MAINS: &str = "306c02010004067075626c6963a45f06092b06010401986f010140047f000001020106\
    0203086f03430305e808303f303d060a2b06010401986f010101042f00112233445566778899aabbccddeeff000136\
    577e60ffff20200420011300000000000000000019000000770001c1";

fn by_witness() {
    let mut site = Site::new();
    site.start();
    let digits: Vec<u8> = WITHOUT_MAINS.bytes().filter(u8::is_ascii_hexdigit).collect();
    let text = |pair: &[u8]| String::from_utf8_lossy(pair).into_owned();
    let trap: Vec<u8> =
        digits.chunks(2).filter_map(|two| u8::from_str_radix(&text(two), 16).ok()).collect();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let send = |site: &Site| socket.send_to(&trap, ("127.0.0.1", site.traps())).expect("sent");
    send(&site);
    site.until("it has come", |site| !site.messages("KMN220-I").is_empty());
    sleep(Duration::from_secs(3));
    let began = |site: &Site| !site.messages("KMN463-W").is_empty();
    assert!(!began(&site), "the UPS knows better");
    site.upsd.kill();
    site.until("a plan begins", began);
    site.until("clients are told, too", |site| site.status("web") == "FSD OB LB");
}

fn by_reload() {
    let mut site = Site::new();
    site.start();
    let said = site.say(&["USERNAME db", "PASSWORD one", "LOGIN rack-c"]);
    assert_eq!(said, ["OK", "OK", "ERR ACCESS-DENIED"]);
    site.until("who is refused is told", |site| !site.messages("KMN492-W").is_empty());
    let text = site.messages("KMN492-W").remove(0);
    assert!(text.contains("1 with a wrong user or password, last 127.0.0.1"), "{text}");
    let reload = |site: &Site| {
        let done = site.komainu(&["reload"]).output().expect("komainu");
        assert!(done.status.success(), "{done:?}");
    };
    // What has not changed goes on: a client stays logged in.
    let mut kept = TcpStream::connect(("127.0.0.1", site.port)).expect("a connection");
    writeln!(kept, "USERNAME web\nPASSWORD one\nLOGIN rack-c").expect("room");
    let mut answers =
        BufReader::new(kept.try_clone().expect("a socket")).lines().map_while(Result::ok);
    assert_eq!(answers.by_ref().take(3).collect::<Vec<_>>(), ["OK", "OK", "OK"]);
    reload(&site);
    writeln!(kept, "GET VAR rack-c ups.status").expect("room");
    assert_eq!(answers.next().as_deref(), Some("VAR rack-c ups.status \"OL\""));
    // What has changed begins anew.
    let identity = crate::tls::Identity::new();
    let server = identity.server();
    site.configure(&format!(
        "tls = \"require\"\ncertificate-file = \"{}\"\nkey-file = \"{}\"\n\
         [[notice]]\ncommand = [\"/usr/bin/tee\", \"-a\", \"{}\"]\nleast = \"information\"\n",
        server.certificate.display(),
        server.key.display(),
        site.folder.path("told").display()
    ));
    reload(&site);
    site.until("it serves anew", |site| site.messages("KMN490-I").len() == 2);
    assert_eq!(answers.next(), None, "the conversation in the clear has ended");
    let told = |site: &Site| fs::read_to_string(site.folder.path("told")).unwrap_or_default();
    site.until("who is new in the file is told", |site| told(site).contains("KMN490-I"));
    let said = site.say(&["USERNAME web", "GET VAR rack-c ups.status"]);
    assert_eq!(said, ["ERR ACCESS-DENIED"; 2]);
    let more = format!("CERTPATH {}\nCERTVERIFY 1\nFORCESSL 1", identity.nss_store().display());
    let monitor = Monitor::start("rack-c", site.port, "web", "one", &more);
    site.upsd.driver.set("ups.status", "OB DISCHRG");
    assert!(monitor.goes_down(LONG), "{}\n{}", monitor.log(), site.log());
}
