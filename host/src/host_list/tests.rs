use proptest::prelude::*;

use super::*;

fn names(list: &str) -> Vec<String> {
    let targets = parse(list).unwrap_or_else(|error| panic!("{error}"));
    targets.into_iter().map(|target| target.name.into_string()).collect()
}

fn address(list: &str) -> String {
    match parse(list).expect("a good list")[0].place {
        Place::Address(address) => address.to_string(),
        Place::Name { len, port } => format!("name of {len} bytes, port {port}"),
    }
}

fn error(list: &str) -> (usize, Problem) {
    let error = parse(list).expect_err(list);
    (error.at, error.problem)
}

#[test]
fn ranges_keep_their_zeros() {
    assert_eq!(names("node[08-11,70]"), ["node08", "node09", "node10", "node11", "node70"]);
    assert_eq!(names("n[9-11]"), ["n9", "n10", "n11"]);
    assert_eq!(names("n[099-100].bmc"), ["n099.bmc", "n100.bmc"]);
}

#[test]
fn several_ranges_run_like_an_odometer() {
    assert_eq!(names("r[1-2]n[1-2]:62[30-31]").len(), 8);
    assert_eq!(names("r[1-2]n[1-2]"), ["r1n1", "r1n2", "r2n1", "r2n2"]);
}

#[test]
fn commas_separate_hosts_and_duplicates_count_once() {
    assert_eq!(names("a,b[1,2],a"), ["a", "b1", "b2"]);
}

#[test]
fn addresses_and_ports() {
    assert_eq!(address("10.0.0.5"), "10.0.0.5:623");
    assert_eq!(address("10.0.0.5:6230"), "10.0.0.5:6230");
    assert_eq!(address("10.0.0.[7-9]:6230"), "10.0.0.7:6230");
    assert_eq!(address("[2001:db8::1]"), "[2001:db8::1]:623");
    assert_eq!(address("[2001:db8::1]:6230"), "[2001:db8::1]:6230");
    assert_eq!(address("2001:db8::1"), "[2001:db8::1]:623");
    assert_eq!(address("[::1]:[6230-6231]"), "[::1]:6230");
    assert_eq!(address("bmc.example:6230"), "name of 11 bytes, port 6230");
}

#[test]
fn errors_have_a_place() {
    assert_eq!(error(""), (0, Problem::Empty));
    assert_eq!(error("a,,b"), (2, Problem::Empty));
    assert_eq!(error("a,node[1-4"), (6, Problem::Bracket));
    assert_eq!(error("node1-4]"), (7, Problem::Bracket));
    assert_eq!(error("node[1-4,7-3]"), (9, Problem::Backwards));
    assert_eq!(error("node[a-c]"), (5, Problem::Range));
    assert_eq!(error("node[1-]"), (5, Problem::Range));
    assert_eq!(error("node[0000000001]"), (5, Problem::Range));
    assert_eq!(error("x,n[1-70000]"), (2, Problem::TooMany));
    assert_eq!(error("n[1-60000],m[1-60000]"), (11, Problem::TooMany));
    assert_eq!(error("n[0-999999999]m[0-999999999]k[0-999999999]"), (0, Problem::TooMany));
    assert_eq!(error("a b"), (0, Problem::Character));
    assert_eq!(error("a,é"), (2, Problem::Character));
    assert_eq!(error("host:0"), (0, Problem::Port));
    assert_eq!(error("host:+1"), (0, Problem::Port));
    assert_eq!(error("[12::g]"), (0, Problem::Address));
    assert_eq!(error(&"x".repeat(254)), (0, Problem::Long));
}

#[test]
fn an_error_points_at_its_character() {
    let text = parse("node[01-64],rack[9-3]").expect_err("backwards").to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[1], "  node[01-64],rack[9-3]");
    assert_eq!(lines[2].find('^'), lines[1].find("9-3"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(list in "[a-c0-9\\[\\],:.\\-é ]{0,40}") {
        if let Err(error) = parse(&list) {
            prop_assert!(error.at <= list.chars().count());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn what_was_expanded_parses_to_itself(list in "[a-c]{1,3}\\[[0-9]{1,2}\\](:[1-9][0-9]{0,3})?") {
        for target in parse(&list).expect("a good list") {
            prop_assert_eq!(parse(&target.name).expect("a host"), vec![target]);
        }
    }
}
