use super::*;

const LOOK: &str = "LIST VAR a\n";
const OL: &[(&str, &str)] = &[("ups.status", "OL")];
const OB: &[(&str, &str)] = &[("ups.status", "OB DISCHRG")];

fn failed(why: UpsFailure) -> Vec<UpsFailure> {
    vec![why]
}

/// The failures among what was done.
fn failures(done: &[Did]) -> Vec<UpsFailure> {
    let failure = |did: &Did| match did {
        Did::Other(Action::Reading { reading: Err(why), .. }) => Some(*why),
        _ => None,
    };
    done.iter().filter_map(failure).collect()
}

#[test]
fn all_upses_are_read_in_one_batch_again_and_again() {
    let mut world = World::looking(config(&[(A, "a"), (B, "b")]));
    assert_eq!(world.run(), [sent("LIST VAR a\nLIST VAR b\n")]);
    let answers = [variables("a", OL), variables("b", OB)].concat();
    let want = [world.read(A, on(Supply::Mains)), world.read(B, on(Supply::Battery))];
    assert_eq!(world.said(&answers), want);
    assert_eq!(world.pass(499), []);
    assert_eq!(world.pass(1), [sent("LIST VAR a\nLIST VAR b\n")]);
}

#[test]
fn a_reading_is_of_when_it_was_asked() {
    let mut world = World::looking(config(&[(A, "a")]));
    assert_eq!(world.run(), [sent(LOOK)]);
    let want = world.read(A, on(Supply::Mains));
    world.pass(700);
    assert_eq!(world.said(&variables("a", OL)), [want, sent(LOOK)], "the next look is overdue");
}

#[test]
fn a_look_can_be_had_at_once() {
    let mut world = World::looking(config(&[(A, "a")]));
    world.run();
    world.said(&variables("a", OL));
    world.client.read_now(world.now);
    assert_eq!(world.run(), [sent(LOOK)]);
    world.client.read_now(world.now);
    assert_eq!(world.run(), [], "one is under way");
}

#[test]
fn a_refusal_is_of_one_ups_alone() {
    let mut world = World::looking(config(&[(A, "a"), (B, "b")]));
    world.run();
    let done = world.said(&["ERR DATA-STALE\n", &variables("b", OL)].concat());
    assert_eq!(done, [world.read(A, Err(UpsFailure::Stale)), world.read(B, on(Supply::Mains))]);
    world.pass(500);
    let done = world.said("ERR UNKNOWN-UPS\nERR MOON-PHASE\n");
    let want = [Err(UpsFailure::UnknownUps), Err(UpsFailure::Garbled)];
    assert_eq!(done, [world.read(A, want[0]), world.read(B, want[1])]);
}

#[test]
fn silence_ends_the_connection_and_the_next_is_tried_with_growing_waits() {
    let mut world = World::looking(config(&[(A, "a")]));
    world.run();
    let done = world.pass(3000);
    assert_eq!(done, [world.read(A, Err(UpsFailure::Silent)), Did::Other(Action::Close)]);
    let mut waits = vec![];
    for _ in 0..8 {
        let before = world.now;
        assert_eq!(world.wait(), [Did::Other(Action::Connect)]);
        waits.push(world.now.since(before).as_millis());
        world.client.closed(world.now, UpsFailure::Silent);
        assert_eq!(failures(&world.run()), failed(UpsFailure::Silent), "each try is told");
    }
    assert!((125..=250).contains(&waits[0]), "{waits:?}");
    assert!(waits[7] >= 2000 && waits.iter().all(|wait| *wait <= 4000), "{waits:?}");
    world.wait();
    world.client.connected(world.now);
    assert_eq!(world.run(), [sent(LOOK)]);
    world.said(&variables("a", OL));
    world.client.closed(world.now, UpsFailure::Silent);
    world.run();
    let before = world.now;
    world.wait();
    assert!(world.now.since(before).as_millis() <= 250, "it was of use in between");
}

#[test]
fn what_cannot_be_understood_ends_the_connection() {
    for text in [
        "HELLO\n",
        "OK\n",
        "VAR a ups.status \"OL\"\n",
        "BEGIN LIST VAR b\n",
        "BEGIN LIST VAR a\nBEGIN LIST VAR a\n",
        "BEGIN LIST VAR a\nVAR b ups.status \"OL\"\n",
        "BEGIN LIST VAR a\nERR DATA-STALE\n",
        "\"\n",
    ] {
        let mut world = World::looking(config(&[(A, "a")]));
        world.run();
        let done = world.said(text);
        assert_eq!(failures(&done), failed(UpsFailure::Garbled), "{text}");
        assert!(done.contains(&Did::Other(Action::Close)), "{text}");
    }
    let mut world = World::looking(config(&[(A, "a")]));
    world.run();
    world.said(&variables("a", OL));
    assert_eq!(failures(&world.said("OK\n")), failed(UpsFailure::Garbled), "nobody asked");
}

#[test]
fn an_endless_list_ends() {
    let mut world = World::looking(config(&[(A, "a")]));
    world.run();
    let mut done = world.said("BEGIN LIST VAR a\n");
    for _ in 0..2001 {
        done.extend(world.said("VAR a x \"y\"\n"));
    }
    assert_eq!(failures(&done), failed(UpsFailure::Garbled));
}

#[test]
fn values_that_are_no_words_hide_nothing() {
    let mut world = World::looking(config(&[(A, "a")]));
    world.run();
    let long = "x".repeat(5000);
    let text = [
        "BEGIN LIST VAR a\nVAR a ups.mfr \"un\"closed\nVAR a ups.serial \"\\\n",
        "VAR a ups.model \"",
        &long,
        "\"\nVAR a ups.status \"OB\"\nEND LIST VAR a\n",
    ];
    assert_eq!(world.said(&text.concat()), [world.read(A, on(Supply::Battery))]);
}

#[test]
fn the_account_is_proved_at_the_start() {
    let mut world = World::looking(with_account(&[(A, "a"), (B, "b")]));
    let greeting = "USERNAME komainu\nPASSWORD \"open sesame\"\nLOGIN a\nSET TRACKING ON\n";
    assert_eq!(world.run(), [sent(&[greeting, "LIST VAR a\nLIST VAR b\n"].concat())]);
    let accepted = |accepted| Did::Other(Action::Account { accepted });
    assert_eq!(world.said("OK\nOK\nOK\nOK\n"), [accepted(true)]);
    assert_eq!(world.said(&variables("a", OL)), [world.read(A, on(Supply::Mains))]);
    // Another connection, and another password at the server.
    world.client.closed(world.now, UpsFailure::Silent);
    world.run();
    world.wait();
    world.client.connected(world.now);
    world.run();
    assert_eq!(world.said("OK\nOK\nERR ACCESS-DENIED\nOK\n"), [accepted(false)]);
    let done = world.said(&variables("a", OB));
    assert_eq!(done, [world.read(A, on(Supply::Battery))], "it is read all the same");
}

#[test]
fn tls_is_begun_before_anything_is_said() {
    for tls in [Tls::Try, Tls::Require] {
        let mut world = World::looking(Config { tls, ..with_account(&[(A, "a")]) });
        assert_eq!(world.run(), [sent("STARTTLS\n")]);
        assert_eq!(world.said("OK STARTTLS\n"), [Did::Other(Action::Secure)]);
        assert_eq!(world.run(), []);
        world.client.secured(world.now);
        let done = world.run();
        assert!(
            matches!(&done[..], [Did::Sent(text)] if text.starts_with("USERNAME ")),
            "{done:?}"
        );
    }
}

#[test]
fn a_server_without_tls_is_spoken_to_only_where_that_is_allowed() {
    for refusal in ["FEATURE-NOT-CONFIGURED", "FEATURE-NOT-SUPPORTED", "UNKNOWN-COMMAND"] {
        let refusal = std::format!("ERR {refusal}\n");
        let mut world = World::looking(Config { tls: Tls::Try, ..config(&[(A, "a")]) });
        world.run();
        assert_eq!(world.said(&refusal), [sent(LOOK)]);
        let mut world = World::looking(Config { tls: Tls::Require, ..config(&[(A, "a")]) });
        world.run();
        let done = world.said(&refusal);
        assert_eq!(done, [world.read(A, Err(UpsFailure::NotTrusted)), Did::Other(Action::Close)]);
    }
}

#[test]
fn words_in_the_clear_behind_the_start_of_tls_are_an_attack() {
    let mut world = World::looking(Config { tls: Tls::Require, ..config(&[(A, "a")]) });
    world.run();
    let done = world.said("OK STARTTLS\nOK\n");
    assert_eq!(failures(&done), failed(UpsFailure::NotTrusted));
}

#[test]
fn the_end_of_a_countdown_is_seen() {
    let mut world = World::looking(config(&[(A, "a")]));
    let mut left = vec![];
    for timer in ["0", "60", "2", "0", "0", "-1", "0", "0", "0"] {
        world.run();
        let status = variables("a", &[("ups.status", "OB"), ("ups.timer.shutdown", timer)]);
        let done = world.said(&status);
        let Did::Other(Action::Reading { reading: Ok(reading), .. }) = &done[0] else {
            unreachable!("{done:?}")
        };
        left.push(reading.off_in.map(|left| left.duration().as_secs()));
        world.pass(1000);
    }
    let zero = Some(0);
    assert_eq!(left, [None, Some(60), Some(2), zero, zero, None, zero, zero, None]);
}
