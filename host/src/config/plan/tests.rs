mod shapes;

use super::*;
use crate::config::example::{Topology, example};
use crate::config::finding::Misfit;
use crate::config::fit::misfits;
use std::path::Path;

/// Files for each of the ways in which controllers, servers and UPSes are put together.
const SHAPES: [(&str, &str); 5] = [
    ("single", include_str!("../../../../docs/examples/single.toml")),
    ("multi", include_str!("../../../../docs/examples/multi.toml")),
    ("linked-wsfc", include_str!("../../../../docs/examples/linked-wsfc.toml")),
    ("controller-in-cluster", include_str!("../../../../docs/examples/controller-in-cluster.toml")),
    ("suite", include_str!("../../../../docs/examples/suite.toml")),
];

fn shape(name: &str) -> &'static str {
    SHAPES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text).expect("a shape")
}

fn site(text: &str) -> Site {
    let read = Site::parse(text, Path::new("/etc/komainu"));
    read.site.unwrap_or_else(|| panic!("{:#?}", read.findings))
}

/// What is wrong once a line of the shape is replaced.
fn wrong(name: &str, line: &str, by: &str) -> String {
    let text = shape(name);
    assert!(text.contains(line), "{line}");
    let read = Site::parse(&text.replacen(line, by, 1), Path::new("/"));
    assert!(read.site.is_none(), "{by}");
    read.findings.iter().map(|finding| format!("{finding}\n")).collect()
}

/// What is warned of once a line of the shape is replaced.
fn warned(name: &str, line: &str, by: &str) -> Vec<Misfit> {
    let text = shape(name);
    assert!(text.contains(line), "{line}");
    let found = misfits(&site(&text.replacen(line, by, 1)));
    let misfit = |finding: Finding| match finding.severity {
        Severity::Warning(misfit) => misfit,
        Severity::Error(_) => panic!("{finding}"),
    };
    found.into_iter().map(misfit).collect()
}

#[test]
fn every_shape_is_right_and_makes_a_plan() {
    for (name, text) in SHAPES {
        let site = site(text);
        assert_eq!(misfits(&site), [], "{name}");
        let me = &site.connectors[0];
        site.power_config::<32, 16>(me).unwrap_or_else(|error| panic!("{name}: {error}"));
        let figures = PlanFigures::of(&site, me).expect("a plan");
        assert!(figures.runtime >= Some(figures.needed), "{name}: {figures:?}");
        let planned: usize = figures.stages.iter().map(|stage| stage.servers.len()).sum();
        assert_eq!(planned, site.planned(me).count(), "{name}");
    }
}

#[test]
fn the_plan_of_the_example_follows_from_its_limits() {
    let site = site(&example(Topology::Power));
    let figures = PlanFigures::of(&site, &site.connectors[0]).expect("a plan");
    let seconds = |time: Duration| time.as_secs();
    let stages: Vec<_> =
        figures.stages.iter().map(|stage| (stage.name, stage.servers.len())).collect();
    assert_eq!(stages, [("guests", 1), ("cluster", 2)]);
    // Freeze, services, shutdown, force; gamma has a group of guests on top of that.
    let own = 10 + 120 + 300 + 30;
    assert_eq!(seconds(figures.stages[0].stop), own + 180);
    assert_eq!(seconds(figures.stages[1].stop), own);
    let stop = 60 + own + 180 + own + 120;
    assert_eq!(seconds(figures.stop), stop);
    assert_eq!(figures.needed, Duration::from_secs(stop) * 125 / 100 + Duration::from_secs(30));
}

#[test]
fn what_does_not_go_together_is_found_with_its_place() {
    for (name, line, by, part) in [
        ("single", "nut = \"ups@127.0.0.1\"", "", "nothing says who speaks for it"),
        ("single", "nut = \"ups@127.0.0.1\"", "nut = \"ups@h\"", "no host name"),
        ("single", "user = \"komainu\"", "", "there is no user"),
        ("single", "longest-delay", "late = 60\nlongest-delay", "before it is late"),
        ("single", "own-server = \"host01\"", "own-server = \"host02\"", "no server \"host02\""),
        ("single", "ups = \"ups\"", "ups = \"usp\"", "there is no [[ups]] \"usp\""),
        ("single", "start-by = \"mains\"", "feeds-needed = 2", "needs 2 feeds, but there are 1"),
        ("single", "start-by = \"mains\"", "ask-by = \"command\"", "needs 'command'"),
        ("multi", "stage = \"first\"", "stage = \"frist\"", "there are: first, last"),
        ("multi", "user = \"komainu\"", "version = \"2c\"", "have a community"),
        ("multi", "[[power.feed]]", "[power]\nconnector = 3\n[[power.feed]]", "no such connector"),
        ("linked-wsfc", "ups = \"feed-b\"\n\n[[c", "ups = \"feed-a\"\n\n[[c", "same outlet"),
        ("linked-wsfc", "kind = \"wsfc\"", "kind = \"command\"", "needs 'enter' and 'leave'"),
        ("linked-wsfc", "maintenance = [\"wsfc\"]", "maintenance = [\"x\"]", "there are: wsfc"),
        ("linked-wsfc", "name = \"feed-b\"", "name = \"feed-a\"", "feed-a is taken"),
        ("suite", "name = \"racks\"", "name = \"blades\"", "blades is there twice"),
        ("suite", "kind = \"wsfc\"", "kind = \"wsfc\"\nlook = [\"/bin/true\"]", "by itself"),
    ] {
        let found = wrong(name, line, by);
        assert!(found.contains(part) && found.contains("line "), "{by}: {found}");
    }
}

#[test]
fn each_misfit_of_supplies_is_found_and_nothing_else() {
    for (name, line, by, misfit) in [
        ("single", "\"15m\"\nlong", "\"9m\"\nlong", Misfit::PlanTime),
        (
            "single",
            "own-server = \"host01\"\nown-stop = \"5m\"",
            "own-stop = \"1m\"",
            Misfit::Controller,
        ),
        ("single", "longest-delay = \"15m\"", "cut = \"never\"", Misfit::NeverCut),
        ("multi", "longest-delay = \"20m\"", "longest-delay = \"5m\"", Misfit::Delay),
        ("multi", "user = \"komainu\"", "poll = 3\nuser = \"komainu\"", Misfit::ReadRarely),
        (
            "multi",
            "user = \"komainu\"\npassword-file = \"/etc/komainu/snmp.password\"",
            "version = \"2c\"\ncommunity-file = \"/etc/komainu/community\"",
            Misfit::InTheClear,
        ),
        (
            "multi",
            "[[power.feed]]\nups",
            "[[ups]]\nname = \"x\"\napcupsd = \"::1\"\n[[power.feed]]\nups",
            Misfit::FeedsNothing,
        ),
        (
            "controller-in-cluster",
            "ca-file = \"/etc/komainu/nut.pem\"",
            "tls = \"off\"",
            Misfit::InTheClear,
        ),
        ("multi", "groups = [\"front\", \"back\"]", "groups = [\"back\"]", Misfit::Groups),
        ("multi", "groups = [\"front\"", "groups = [\"edge\", \"front\"", Misfit::Groups),
    ] {
        assert_eq!(warned(name, line, by), [misfit], "{by}");
    }
}

#[test]
fn a_connector_that_does_not_carry_the_plan_out_has_none() {
    let text = shape("multi").replacen(
        "[[ups]]",
        "[[connector]]\nnumber = 1\nname = \"other\"\ncontrol = \"127.0.0.1:7430\"\n[[ups]]",
        1,
    );
    let site = site(&text);
    let [me, other] = &site.connectors[..] else { panic!("two connectors") };
    assert!(PlanFigures::of(&site, me).is_some() && PlanFigures::of(&site, other).is_none());
}
