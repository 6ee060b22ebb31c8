use super::*;

const ALPHA: &str = "b2159965-aa5a-44a7-b234-dcb31427faa4";
const BETA: &str = "d4d82e6a-451e-42af-8639-c5155c583af3";

#[test]
fn lists_are_read_as_virsh_prints_them() {
    // Printed by virsh 9.0.0, for libvirt's test driver.
    let printed =
        format!("{ALPHA} alpha one\n{BETA} 7\n\n----\n{ALPHA}\n\n----\n{BETA}\n\n----\n{BETA}\n\n");
    let found = parse(&printed).expect("lists");
    let alpha = Found { name: "alpha one".into(), id: ALPHA.into(), on: true, auto: Some(false) };
    let beta = Found { name: "7".into(), id: BETA.into(), on: false, auto: Some(true) };
    assert_eq!(found, [alpha, beta]);
    assert_eq!(parse("\n----\n\n----\n\n----\n\n"), Some(Vec::new()));
}

#[test]
fn a_guest_may_have_the_mark_in_its_name() {
    let printed = format!("{ALPHA} web----old\n\n----\n{ALPHA}\n\n----\n\n----\n\n");
    let found = parse(&printed).expect("lists");
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["web----old"]);
}

#[test]
fn lists_that_do_not_fit_are_none() {
    for printed in [
        String::new(),
        format!("{ALPHA} alpha\n----\n{ALPHA}\n----\n"),
        // It was started between two of the lists, or a list is missing.
        format!("{ALPHA} alpha\n----\n\n----\n\n----\n"),
        format!("{ALPHA} alpha\n----\n{ALPHA}\n----\n{ALPHA}\n----\n"),
        format!("{ALPHA}\n----\n{ALPHA}\n----\n\n----\n"),
        format!("{ALPHA} alpha\n----\n{ALPHA}\n----\n\n----\n\n----\n"),
        "alpha\n----\n\n----\n\n----\n".to_owned(),
        format!("\u{e4}{ALPHA}\n----\n\n----\n\n----\n"),
    ] {
        assert_eq!(parse(&printed), None, "{printed}");
    }
}

#[tokio::test]
async fn lists_between_which_a_guest_has_come_or_gone_are_asked_for_again() {
    let between = format!("{ALPHA} alpha\n----\n\n----\n\n----\n");
    let whole = format!("{ALPHA} alpha\n----\n{ALPHA}\n----\n\n----\n");
    for (misfits, found) in [(0, true), (2, true), (3, false)] {
        let asked = std::cell::Cell::new(0);
        let ask = || {
            asked.set(asked.get() + 1);
            let printed = if asked.get() > misfits { &whole } else { &between };
            std::future::ready(Ok(printed.clone()))
        };
        assert_eq!(first_that_fits(ask).await.is_ok(), found, "after {misfits} that do not fit");
    }
    let silent = || std::future::ready(Err(Failure::TimedOut));
    assert_eq!(first_that_fits(silent).await, Err(Failure::TimedOut));
}
