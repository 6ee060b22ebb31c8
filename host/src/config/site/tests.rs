use super::*;
use crate::config::secret::Source;

/// A cluster of two that is as it should be.
const GOOD: &str = r#"
[[connector]]
name = "guard"

[[cluster]]
number = 7410
name = "shop"

[[cluster.key]]
file = "shop.key"

[[cluster.connector]]
number = 0
address = "192.0.2.1"

[cluster.bmc]
user = "komainu"
password-file = "bmc.password"
suites = [3]

[[cluster.server]]
host = 2
name = "beta"
paths = ["198.51.100.2", "203.0.113.2:9000"]
[cluster.server.bmc]
address = "192.0.2.102"

[[cluster.server]]
host = 1
name = "alpha"
address = "192.0.2.11"
paths = ["198.51.100.1", "203.0.113.1"]
[cluster.server.bmc]
address = "192.0.2.101:6230"
password-env = "ALPHA"
[cluster.server.fence]
methods = ["off"]
off = "30s"

[[cluster.service]]
number = 2
name = "web"
hosts = ["alpha", "beta"]
parents = ["data"]
start = ["/usr/bin/systemctl", "start", "web"]
stop = ["/usr/bin/systemctl", "stop", "web"]

[[cluster.service]]
number = 1
name = "data"
hosts = ["alpha", "beta"]
start = ["/usr/bin/systemctl", "start", "data"]
stop = ["/usr/bin/systemctl", "stop", "data"]
check = ["/usr/bin/systemctl", "is-active", "data"]
"#;

fn site(text: &str) -> Site {
    let read = Site::parse(text, Path::new("/etc/komainu"));
    read.site.unwrap_or_else(|| panic!("{:#?}", read.findings))
}

/// What is found when a line of the good file is replaced.
fn wrong(line: &str, by: &str) -> Vec<String> {
    assert!(GOOD.contains(line), "{line}");
    let read = Site::parse(&GOOD.replacen(line, by, 1), Path::new("/"));
    assert!(read.site.is_none(), "{by}");
    read.findings.iter().map(Finding::to_string).collect()
}

#[test]
fn a_whole_file_is_read() {
    let site = site(GOOD);
    let cluster = &site.clusters[0];
    assert_eq!((cluster.number, cluster.port), (7410, 7410));
    assert_eq!(cluster.timers.heartbeat, Millis::new(1250));
    let names: Vec<_> = cluster.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["alpha", "beta"]);
    let [alpha, beta] = &cluster.servers[..] else { panic!("two") };
    assert_eq!(alpha.address, Some("192.0.2.11:7410".parse().expect("an address")));
    assert_eq!(beta.paths[0].to_string(), "198.51.100.2:7411");
    assert_eq!(beta.paths[1].to_string(), "203.0.113.2:9000");
    assert_eq!(alpha.bmc.address.to_string(), "192.0.2.101:6230");
    assert_eq!(beta.bmc.address.port(), 623);
    assert_eq!(alpha.bmc.suites, [3]);
    assert_eq!(alpha.bmc.password.source, Source::Environment("ALPHA".to_owned()));
    assert_eq!(beta.bmc.password.source, Source::File("/etc/komainu/bmc.password".into()));
    assert_eq!(alpha.plan.budgets.off, Millis::from_secs(30));
    assert_eq!(beta.plan, Plan::default());
    assert_eq!(cluster.rules, Rules::default());
    let worst = beta.plan.worst_case().silent.max(alpha.plan.worst_case().silent);
    assert_eq!(
        cluster.timers.request_budget.duration(),
        worst + std::time::Duration::from_secs(10)
    );
    assert_eq!(cluster.services[1].parents, [ServiceNumber(1)]);
    let ordered: Vec<_> = cluster.services_of(alpha).iter().map(|s| s.number.0).collect();
    assert_eq!(ordered, [1, 2]);
    assert_eq!(cluster.connectors[&ConnectorNumber(0)].map(|at| at.port()), Some(7410));
}

#[test]
fn every_field_is_read() {
    // A field of the table that no code asks for would be accepted and mean nothing.
    for (section, field) in table::fields() {
        let read =
            Site::parse(&format!("{GOOD}{}", only(section.path, field.name())), Path::new("/"));
        let path = section.path_of(field.name());
        let refused = read.findings.iter().any(|finding| finding.field == path);
        assert!(refused, "{path} takes anything: {:#?}", read.findings);
    }
}

/// A table of that section in which the field has a value of no use.
fn only(section: &str, field: &str) -> String {
    let wrong = format!("{field} = {{ none = 1 }}\n");
    match section {
        "connector" | "cluster" | "ups" | "calendar" | "notice" => {
            format!("[[{section}]]\n{wrong}")
        }
        "member" | "power" | "mail" | "nut-server" => format!("[{section}]\n{wrong}"),
        "cluster.bmc" | "cluster.fence" | "cluster.power" => {
            let server = "[[cluster.server]]\n[cluster.server.bmc]\n";
            format!("[[cluster]]\n[{section}]\n{wrong}{server}")
        }
        "connector.appliance" => format!("[[connector]]\n[{section}]\n{wrong}"),
        "cluster.server.feed" | "cluster.server.guest" => {
            format!("[[cluster.server]]\n[[{section}]]\n{wrong}")
        }
        below if below.starts_with("cluster.server.") => {
            format!("[[cluster.server]]\n[{below}]\n{wrong}")
        }
        below => format!("[[{below}]]\n{wrong}"),
    }
}

#[test]
fn errors_have_their_place_and_a_remedy() {
    assert_eq!(
        wrong("host = 2", "host = 0"),
        ["line 22, column 8, cluster.server.host: is not in its range\n  \
          allowed: number, 1 to 65279"]
    );
    assert_eq!(
        wrong("name = \"shop\"", "name = \"shop\"\npartol = 5\nboot_grace = 7"),
        [
            "line 8, column 1, cluster.partol: there is no such field\n  there are: number, name, \
             port, patrol, heartbeat, step, start-wait, request-budget, boot-grace, \
             min-survivors, max-resets-in-flight, on-isolation, key, connector, fence, bmc, \
             power, server, service",
            "line 9, column 1, cluster.boot_grace: there is no such field\n  did you mean \
             'boot-grace'?"
        ]
    );
    let all = wrong("number = 7410", "patrol = \"soon\"\non-isolation = 3");
    assert_eq!(all.len(), 3, "{all:#?}");
    assert!(all[0].starts_with("line 5, column 1, cluster.number: is missing"), "{all:#?}");
}

#[test]
fn syntax_is_told_with_its_place() {
    let found = wrong("host = 2", "host = = 2");
    assert!(found[0].starts_with("line 22, column "), "{found:?}");
}

#[test]
fn a_damaged_file_is_refused_or_read_but_never_a_panic() {
    let lines: Vec<_> = GOOD.lines().collect();
    for at in 0..lines.len() {
        let (before, line, after) = (&lines[..at], lines[at], &lines[at + 1..]);
        for damaged in ["", &line[..line.len() / 2], "[[cluster.server]]", "host = \"\"", "[[["] {
            let text = [before, &[damaged], after].concat().join("\n");
            let read = Site::parse(&text, Path::new("/"));
            assert_eq!(read.site.is_none(), !read.findings.is_empty(), "{text}");
        }
    }
}

#[test]
fn secrets_are_refused_and_not_shown() {
    for (line, by) in [
        ("password-file = \"bmc.password\"", "password = \"swordfish\""),
        ("file = \"shop.key\"", "key = \"swordfish\""),
        ("file = \"shop.key\"", "file = 5550123\nsecret = \"swordfish\""),
        ("user = \"komainu\"", "user = [\"swordfish\"]"),
        ("user = \"komainu\"", "user = \"swordfish"),
    ] {
        let found = wrong(line, by).join("\n");
        assert!(!found.contains("swordfish") && !found.contains("555"), "{found}");
    }
    let found = wrong("password-file = \"bmc.password\"", "password = \"x\"").join("\n");
    assert!(found.contains("does not stand in this file"), "{found}");
}

#[test]
fn what_is_there_twice_is_found() {
    for (line, by, part) in [
        ("host = 2", "host = 1", "cluster.server.host: 1 is taken in line 22"),
        ("name = \"beta\"", "name = \"alpha\"", "cluster.server.name: alpha is taken"),
        ("\"192.0.2.102\"", "\"192.0.2.101:6230\"", "cluster.server.bmc.address: 192.0.2.101:6230"),
        ("\"198.51.100.2\"", "\"198.51.100.1\"", "cluster.server.paths: 198.51.100.1:7411"),
        ("number = 2", "number = 1", "cluster.service.number: 1 is taken"),
        ("\"alpha\", \"beta\"", "\"beta\", \"beta\"", "entry 2 stands there twice"),
        ("number = 0\naddress", "number = 1\naddress", "there is no such connector"),
    ] {
        let found = wrong(line, by).join("\n");
        assert!(found.contains(part), "{found}");
    }
}

#[test]
fn what_does_not_go_together_is_found() {
    for (line, by, part) in [
        ("name = \"shop\"", "name = \"shop\"\nheartbeat = 2", "more than a quarter"),
        ("name = \"shop\"", "name = \"shop\"\nmin-survivors = 2", "every reset would be refused"),
        ("number = 7410", "number = 65532", "leaves no ports"),
        ("paths = [\"198.51.100.2\", \"203.0.113.2:9000\"]", "", "no monitoring path"),
        ("\"203.0.113.1\"", "\"192.0.2.11\"", "has the address of the reset path"),
        ("parents = [\"data\"]", "parents = [\"web\"]", "waits for this service itself"),
        ("parents = [\"data\"]", "parents = [\"wed\"]", "has no service \"wed\""),
        ("\"alpha\", \"beta\"", "\"alpha\", \"gamma\"", "has no server \"gamma\""),
        ("file = \"shop.key\"", "", "nothing says where the secret is"),
        ("file = \"shop.key\"", "file = \"a\"\nenv = \"B\"", "keep one"),
        ("[[cluster.key]]\nfile", "[[cluster.keys]]\nfile", "has one key, or two"),
        (
            "name = \"guard\"",
            "name = \"guard\"\ncontrol = \"192.0.2.1:7420\"",
            "this machine alone",
        ),
        ("[[connector]]\nname = \"guard\"", "", "there is no [[connector]]"),
        ("address = \"192.0.2.102\"", "address = \"beta-bmc\"", "no host name"),
        ("[\"/usr/bin/systemctl\", \"start\", \"web\"]", "[\"start\"]", "the full path"),
    ] {
        let found = wrong(line, by).join("\n");
        assert!(found.contains(part), "{by}: {found}");
    }
    let group = GOOD.replacen("number = 2", "number = 2\ngroup = 1", 1);
    let group = group.replacen("number = 1\n", "number = 1\ngroup = 1\n", 1);
    let group = group.replacen("[\"alpha\", \"beta\"]", "[\"beta\", \"alpha\"]", 1);
    let found = Site::parse(&group, Path::new("/")).findings;
    assert!(found.iter().any(|finding| finding.text.contains("same group")), "{found:#?}");
}

#[test]
fn an_outlet_that_feeds_others_fences_nobody() {
    let ups = "[[ups]]\nname = \"rack\"\nnut = \"rack@127.0.0.1\"\n";
    let user = "user = \"k\"\npassword-file = \"nut.password\"\n";
    let feed = |outlet, alone| {
        format!("[[cluster.server.feed]]\nups = \"rack\"\noutlet = {outlet}\nalone = {alone}\n")
    };
    let methods = |feed: &str| format!("methods = [\"off\", \"outlet\"]\n{feed}");
    let found = |ups: &str, alpha: &str, beta: &str| {
        let text = GOOD.replacen("methods = [\"off\"]\noff = \"30s\"", &methods(alpha), 1);
        let text = text.replacen("[[cluster.server]]\nhost = 1", &format!("{beta}{{}}"), 1);
        let text = text.replacen("{}", "[[cluster.server]]\nhost = 1", 1);
        let findings = Site::parse(&format!("{text}{ups}"), Path::new("/")).findings;
        findings.iter().map(Finding::to_string).collect::<Vec<_>>()
    };
    let orders = format!("{ups}{user}");
    let good = found(&orders, &feed(1, true), &feed(2, true));
    assert_eq!(good, Vec::<String>::new());
    for (ups, alpha, beta, part) in [
        (&orders, "", "", "cluster.server.fence.methods: \"outlet\" switches the feeds"),
        (&orders, &*feed(1, false), "", "would cut whatever else hangs on the feed from \"rack\""),
        (&orders, &*feed(1, true), &*feed(1, false), "beta hangs on an outlet of alpha"),
        (&orders, &*feed(1, true), &*feed(0, false), "beta hangs on an outlet of alpha"),
        (&orders, &*feed(0, true), &*feed(2, false), "beta hangs on an outlet of alpha"),
        (&ups.to_owned(), &*feed(1, true), "", "nobody may order the outlets of \"rack\""),
    ] {
        let found = found(ups, alpha, beta);
        assert!(found.len() == 1 && found[0].contains(part), "{part}: {found:#?}");
    }
    let own = format!("{orders}[[power.feed]]\nups = \"rack\"\n");
    let found = found(&own, &feed(1, true), "");
    assert!(found.iter().any(|line| line.contains("the connector's own machine")), "{found:#?}");
}

#[test]
fn a_fault_in_common_is_told_once() {
    let found = wrong("suites = [3]", "suites = [4]");
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn a_machine_finds_out_who_it_is() {
    let site = site(GOOD);
    assert!(site.connector(None, "elsewhere").is_ok(), "there is only one");
    assert!(site.connector(Some(ConnectorNumber(1)), "guard").is_err());
    let (cluster, server) = site.member(None, None, "Alpha.example.net").expect("by host name");
    assert_eq!((cluster.number, server.host.get()), (7410, 1));
    assert_eq!(site.member(Some("beta"), None, "x").map(|(_, s)| s.host.get()), Ok(2));
    assert!(site.member(Some("gamma"), None, "alpha").is_err());
    assert!(site.member(Some("beta"), Some(7411), "alpha").is_err());
}

#[test]
fn the_digest_is_of_what_all_must_agree_on() {
    let digest = |line: &str, by: &str| site(&GOOD.replacen(line, by, 1)).clusters[0].digest();
    let own = digest("", "");
    for (line, by) in [
        ("name = \"guard\"", "name = \"guardian\""),
        ("file = \"shop.key\"", "env = \"KEY\""),
        ("user = \"komainu\"", "user = \"other\""),
        ("name = \"shop\"", "patrol = 5.0\nname = \"shop\" # the default, and a remark"),
        ("off = \"30s\"", "off = 30"),
    ] {
        assert_eq!(digest(line, by), own, "{by}");
    }
    for (line, by) in [
        ("name = \"shop\"", "name = \"shop\"\npatrol = 6"),
        ("off = \"30s\"", "off = 31"),
        ("\"203.0.113.1\"", "\"203.0.113.11\""),
        ("\"start\", \"web\"", "\"start\", \"wed\""),
        ("\"alpha\", \"beta\"", "\"beta\", \"alpha\""),
        ("address = \"192.0.2.1\"", "address = \"192.0.2.3\""),
    ] {
        assert_ne!(digest(line, by), own, "{by}");
    }
    assert!(site(GOOD).clusters[0].canonical.starts_with(
        "[cluster]\nnumber=7410\nname=\"shop\"\npatrol=5000\nstep=200\nstart-wait=60000\n\
         boot-grace=300000\nmin-survivors=1\nmax-resets-in-flight=2\non-isolation=\"keep\"\n\
         [cluster.connector]\nnumber=0\naddress=\"192.0.2.1\"\n[cluster.server]\nhost=1\n\
         name=\"alpha\"\naddress=\"192.0.2.11\"\npaths=[\"198.51.100.1\",\"203.0.113.1\"]\n\
         [cluster.server.fence]\nmethods=[\"off\"]\n"
    ));
}
