use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

fn text(line: &str) -> String {
    parse(line).expect_err(line).to_string()
}

#[test]
fn the_definitions_are_sound() {
    definitions().debug_assert();
}

#[test]
fn options_stand_before_and_behind_the_verb() {
    for line in [
        "komainu bmc -u admin --json node[1-2] power status",
        "komainu bmc node[1-2] power status --json -u admin",
        "komainu bmc node[1-2] -u admin power --json status",
    ] {
        let Command::Bmc(args) = parse(line).expect(line).command else { panic!("{line}") };
        assert_eq!((args.connect.user.as_deref(), args.output.json), (Some("admin"), true));
        assert_eq!(args.hosts, "node[1-2]");
    }
}

#[test]
fn secrets_are_refused_and_not_repeated() {
    for option in ["-p", "-P", "--password", "-k", "-y", "--kg"] {
        for line in [
            format!("komainu bmc node power status {option} swordfish"),
            format!("komainu bmc {option} swordfish node power status"),
            format!("komainu fence node {option} swordfish"),
        ] {
            let text = text(&line);
            assert!(text.contains("is not taken from the command line"), "{line}: {text}");
            assert!(!text.contains("swordfish"), "{line}: {text}");
        }
    }
    assert!(text("komainu bmc node power status -pswordfish").contains("--password-file"));
    assert!(!text("komainu bmc node power status --password=swordfish").contains("swordfish"));
    assert!(text("komainu bmc node power status -p").contains("--password-file"));
}

#[test]
fn suites_are_a_list() {
    let line = "komainu bmc n --suite 3,17 info";
    let Command::Bmc(args) = parse(line).expect(line).command else { panic!("{line}") };
    assert_eq!(args.connect.suite, [3, 17]);
    assert!(text("komainu bmc n --suite 4 info").contains("suites are 0, 1, 2"));
}

#[test]
fn workarounds_are_listed_without_a_host() {
    let error = parse("komainu bmc --workaround list").expect_err("a list");
    assert_eq!(error.exit_code(), 0);
    assert!(error.to_string().contains("unchecked-sums"));
    assert!(text("komainu bmc n ping --workaround nonsense").contains("--workaround list"));
}

#[test]
fn raw_takes_bytes() {
    let line = "komainu bmc n raw 0x06 1 0xff 16";
    let Command::Bmc(args) = parse(line).expect(line).command else { panic!("{line}") };
    let BmcVerb::Raw(raw) = args.verb else { panic!("{line}") };
    assert_eq!((raw.net_fn.request(), raw.command, raw.data), (6, 1, vec![255, 16]));
}

#[test]
fn the_help_teaches() {
    let help = text("komainu bmc --help");
    for word in ["Examples:", "Exit codes:", "KOMAINU_PASSWORD", "node[01-64]", "--suite"] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
}
