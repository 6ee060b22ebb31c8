//! Row 14: clear text, default names, certificates that nobody checks. The rule is in what the file
//! may say, so the stories are told to the program as it is shipped.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use komainu_tests::site::komainu;
use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;

/// What is said of whoever speaks for the UPS, or of our own server.
struct Story {
    name: &'static str,
    /// What the file says.
    said: &'static str,
    /// What is found then: a part of the text and of the remedy; nothing, if the file is good.
    found: Option<&'static str>,
    /// What the file says without the rule, which has to be told as a warning or an error.
    without: (&'static str, &'static str),
}

const STORIES: &[Story] = &[
    Story {
        name: "a NUT server elsewhere is spoken to in TLS alone",
        said: "nut = \"rack@192.0.2.5\"\nuser = \"komainu\"\npassword-file = \"secret\"\n",
        found: Some("nothing says whose word for the NUT server is trusted"),
        without: (
            "nut = \"rack@192.0.2.5\"\nuser = \"komainu\"\npassword-file = \"secret\"\n\
             tls = \"off\"\n",
            "KMN165-W",
        ),
    },
    Story {
        name: "a certificate of a NUT server is checked",
        said: "nut = \"rack@192.0.2.5\"\nca-file = \"nut.pem\"\n",
        found: None,
        without: ("nut = \"rack@192.0.2.5\"\ntls = \"try\"\nca-file = \"nut.pem\"\n", "KMN165-W"),
    },
    Story {
        name: "a card is spoken to in SNMP 3, with a user of its own",
        said: "snmp = \"192.0.2.6\"\n",
        found: Some("SNMP 3 needs a user and a password"),
        without: (
            "snmp = \"192.0.2.6\"\nversion = \"2c\"\ncommunity-file = \"secret\"\n",
            "KMN165-W",
        ),
    },
    Story {
        name: "no community is taken for granted",
        said: "snmp = \"192.0.2.6\"\nversion = \"2c\"\n",
        found: Some("SNMP 1 and 2c have a community"),
        without: ("snmp = \"192.0.2.6\"\nversion = \"2c\"\ncommunity = \"public\"\n", "KMN102-E"),
    },
    Story {
        name: "who is sent down by our server is not told so in the clear",
        said: "nut = \"rack@127.0.0.1\"\n[nut-server]\nlisten = [\"192.0.2.2\"]\n\
               [[nut-server.user]]\nname = \"web\"\npassword-file = \"secret\"\n",
        found: Some("nothing proves to clients who it is"),
        without: (
            "nut = \"rack@127.0.0.1\"\n[nut-server]\nlisten = [\"192.0.2.2\"]\ntls = \"off\"\n\
             [[nut-server.user]]\nname = \"web\"\npassword-file = \"secret\"\n",
            "KMN165-W",
        ),
    },
    Story {
        name: "nobody reads from our server without a name",
        said: "nut = \"rack@127.0.0.1\"\n[nut-server]\nlisten = [\"127.0.0.1\"]\n",
        found: Some("nobody may log in"),
        without: (
            "nut = \"rack@127.0.0.1\"\n[nut-server]\nlisten = [\"192.0.2.2\"]\ntls = \"off\"\n\
             anonymous = true\n",
            "KMN165-W",
        ),
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |story: &'static Story| {
        let name = format!("14: {}", story.name);
        if komainu().is_none() {
            let why = "needs the program: cargo build -p komainu";
            return Trial::ignorable_test(name, move || Ok(Completion::ignored_with(why)));
        }
        Trial::test(name, move || story.told())
    };
    STORIES.iter().map(trial).collect()
}

impl Story {
    fn told(&self) -> Result<(), Failed> {
        let found = check(self.said)?;
        let errors = || found.iter().filter(|one| one["severity"] == "error");
        match self.found {
            None if errors().next().is_none() => {}
            Some(text) if errors().any(|one| one["text"].as_str().unwrap_or("").contains(text)) => {
            }
            _ => return Err(format!("with the rule: {found:#?}").into()),
        }
        let (said, id) = self.without;
        let found = check(said)?;
        let told = found.iter().any(|one| one["id"] == id);
        if told { Ok(()) } else { Err(format!("not told without the rule: {found:#?}").into()) }
    }
}

/// Everything that 'config check' finds in a site with one UPS of which that is said.
fn check(said: &str) -> Result<Vec<Value>, Failed> {
    static FILES: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);
    let number = FILES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = format!("komainu-complaints-{}-{number}.toml", std::process::id());
    let path: PathBuf = std::env::temp_dir().join(path);
    let text = format!(
        "[[connector]]\nname = \"guard\"\n[[cluster]]\nnumber = 7410\nname = \"site\"\n\
         [[cluster.key]]\nfile = \"key\"\n[[cluster.server]]\nhost = 1\nname = \"h1\"\n\
         bmc.address = \"192.0.2.101\"\nbmc.user = \"admin\"\nbmc.password-file = \"secret\"\n\
         [[cluster.server.feed]]\nups = \"rack\"\n[[ups]]\nname = \"rack\"\n{said}"
    );
    fs::write(&path, text)?;
    let program = komainu().ok_or("komainu is not built")?;
    let mut command = Command::new(program);
    let output = command.args(["config", "check", "--json", "--config"]).arg(&path).output();
    let _ = fs::remove_file(&path);
    let output = output?;
    let lines = [output.stdout, output.stderr].concat();
    let lines = String::from_utf8_lossy(&lines).into_owned();
    let found = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(found.filter(|line| line["severity"].is_string()).collect())
}
