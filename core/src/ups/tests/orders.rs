use super::*;
use crate::types::{Outlet, UpsAnswer, UpsOrder};

const RUN: OrderId = OrderId(42);
const RETURN: UpsOrder =
    UpsOrder::OffUntilMains { outlet: Outlet::WHOLE, delay: Millis::from_secs(90) };

fn answered(answer: UpsAnswer) -> Did {
    Did::Other(Action::Ordered { id: RUN, answer })
}

fn failed(why: UpsFailure) -> Did {
    answered(UpsAnswer::Failed(why))
}

/// A client that has logged in, with or without numbers for orders, and has read a UPS.
fn ready(tracking: bool, more: &[(&str, &str)]) -> World {
    let mut world = World::looking(with_account(&[(A, "a")]));
    world.run();
    world.said(if tracking { "OK\nOK\nOK\nOK\n" } else { "OK\nOK\nOK\nERR INVALID-ARGUMENT\n" });
    world.said(&variables("a", &[&[("ups.status", "OB")], more].concat()));
    world
}

fn order(world: &mut World, order: UpsOrder) -> Vec<Did> {
    world.client.order(RUN, A, order);
    world.run()
}

/// The UPS's commands, as a server lists them.
fn commands(names: &[&str]) -> String {
    let lines: String = names.iter().map(|name| std::format!("CMD a {name}\n")).collect();
    std::format!("BEGIN LIST CMD a\n{lines}END LIST CMD a\n")
}

#[test]
fn a_delayed_order_is_followed_to_its_end() {
    let mut world = ready(true, &[("ups.delay.shutdown", "20")]);
    assert_eq!(order(&mut world, RETURN), [sent("LIST CMD a\n")]);
    let commands = commands(&["load.off", "shutdown.return", "shutdown.stop"]);
    assert_eq!(world.said(&commands), [sent("SET VAR a ups.delay.shutdown 90\n")]);
    assert_eq!(world.said("OK TRACKING 1-2\n"), [sent("GET TRACKING 1-2\n")]);
    assert_eq!(world.said("PENDING\n"), []);
    assert_eq!(world.pass(100), [sent("GET TRACKING 1-2\n")]);
    assert_eq!(world.said("SUCCESS\n"), [sent("INSTCMD a shutdown.return\n")]);
    assert_eq!(world.said("OK TRACKING 3-4\n"), [sent("GET TRACKING 3-4\n")]);
    let done = world.said("SUCCESS\n");
    assert_eq!(done, [answered(UpsAnswer::Accepted), sent("LIST VAR a\n")], "it is read back");
}

#[test]
fn a_delay_that_is_right_or_fixed_above_is_good() {
    let mut world = ready(false, &[("ups.delay.shutdown", "90")]);
    order(&mut world, RETURN);
    let has = commands(&["shutdown.return"]);
    assert_eq!(world.said(&has), [sent("INSTCMD a shutdown.return\n")]);
    assert_eq!(world.said("OK\n")[0], answered(UpsAnswer::Accepted));
    for (fixed, refusal, want) in [
        ("120", "READONLY", sent("INSTCMD a shutdown.return\n")),
        ("120", "ACCESS-DENIED", failed(UpsFailure::AccessDenied)),
        ("60", "READONLY", failed(UpsFailure::Unsupported)),
    ] {
        let mut world = ready(true, &[("ups.delay.shutdown", fixed)]);
        order(&mut world, RETURN);
        assert_eq!(world.said(&has), [sent("SET VAR a ups.delay.shutdown 90\n")]);
        assert_eq!(world.said(&std::format!("ERR {refusal}\n"))[0], want, "{fixed} {refusal}");
    }
}

#[test]
fn each_order_has_its_command() {
    let outlet = Outlet::new(2).expect("an outlet");
    let (whole, now, later) = (Outlet::WHOLE, Millis::new(0), Millis::new(4001));
    let off = |outlet, delay| UpsOrder::Off { outlet, delay };
    for (given, has, want) in [
        (off(whole, now), &["load.off"][..], "INSTCMD a load.off\n"),
        (off(whole, later), &["load.off.delay", "load.off"], "INSTCMD a load.off.delay 5\n"),
        (
            off(whole, later),
            &["load.off.delay", "shutdown.stayoff"],
            "SET VAR a ups.delay.shutdown 5\n",
        ),
        (off(outlet, now), &["load.off", "outlet.2.load.off"], "INSTCMD a outlet.2.load.off\n"),
        (
            UpsOrder::OffUntilMains { outlet, delay: later },
            &["outlet.2.shutdown.return"],
            "SET VAR a outlet.2.delay.shutdown 5\n",
        ),
        (UpsOrder::On { outlet: whole }, &["load.on"], "INSTCMD a load.on\n"),
        (UpsOrder::On { outlet }, &["outlet.2.load.on"], "INSTCMD a outlet.2.load.on\n"),
        (UpsOrder::Cancel { outlet: whole }, &["shutdown.stop"], "INSTCMD a shutdown.stop\n"),
        (
            UpsOrder::Test,
            &["test.battery.start", "test.battery.start.quick"],
            "INSTCMD a test.battery.start.quick\n",
        ),
        (UpsOrder::Test, &["test.battery.start"], "INSTCMD a test.battery.start\n"),
        (UpsOrder::StopTest, &["test.battery.stop"], "INSTCMD a test.battery.stop\n"),
    ] {
        let mut world = ready(false, &[]);
        order(&mut world, given);
        assert_eq!(world.said(&commands(has)), [sent(want)], "{given:?}");
        let mut world = ready(false, &[]);
        order(&mut world, given);
        let done = world.said(&commands(&["beeper.mute", "load.of", "outlet.1.load.off"]));
        assert_eq!(done[0], failed(UpsFailure::Unsupported), "{given:?}");
    }
}

#[test]
fn what_the_server_refuses_is_told() {
    for (at_command, want) in [
        ("ERR ACCESS-DENIED\n", UpsFailure::AccessDenied),
        ("ERR INSTCMD-FAILED\n", UpsFailure::Refused),
        ("ERR DATA-STALE\n", UpsFailure::Stale),
        ("ERR MOON-PHASE\n", UpsFailure::Refused),
    ] {
        let mut world = ready(true, &[]);
        order(&mut world, UpsOrder::Test);
        world.said(&commands(&["test.battery.start"]));
        assert_eq!(world.said(at_command)[0], failed(want), "{at_command}");
    }
    for (followed, want) in [
        ("ERR FAILED\n", failed(UpsFailure::Refused)),
        ("ERR INVALID-ARGUMENT\n", failed(UpsFailure::Refused)),
        ("ERR UNKNOWN\n", answered(UpsAnswer::Unknown)),
    ] {
        let mut world = ready(true, &[]);
        order(&mut world, UpsOrder::Test);
        world.said(&commands(&["test.battery.start"]));
        world.said("OK TRACKING 1\n");
        assert_eq!(world.said(followed)[0], want, "{followed}");
    }
    let mut world = ready(true, &[]);
    order(&mut world, UpsOrder::Test);
    assert_eq!(world.said("ERR UNKNOWN-UPS\n")[0], failed(UpsFailure::UnknownUps));
}

#[test]
fn an_order_that_cannot_be_given_is_answered_at_once() {
    let mut world = ready(true, &[]);
    world.client.order(RUN, B, UpsOrder::Test);
    assert_eq!(world.run(), [failed(UpsFailure::UnknownUps)]);
    let mut world = World::looking(config(&[(A, "a")]));
    world.run();
    assert_eq!(order(&mut world, UpsOrder::Test), [failed(UpsFailure::AccessDenied)]);
    let mut world = World::new(with_account(&[(A, "a")]));
    world.run();
    assert_eq!(order(&mut world, UpsOrder::Test), [failed(UpsFailure::Silent)]);
}

#[test]
fn what_was_lost_is_unknown_once_the_command_was_sent() {
    let mut world = ready(true, &[]);
    order(&mut world, UpsOrder::Test);
    world.client.closed(world.now, UpsFailure::Silent);
    assert_eq!(world.run()[0], failed(UpsFailure::Silent), "only the list was asked for");
    let mut world = ready(true, &[]);
    order(&mut world, UpsOrder::Test);
    world.said(&commands(&["test.battery.start"]));
    world.client.closed(world.now, UpsFailure::Silent);
    assert_eq!(world.run()[0], answered(UpsAnswer::Unknown));
}

#[test]
fn an_order_has_a_limit() {
    let mut world = ready(true, &[]);
    order(&mut world, UpsOrder::Test);
    world.said(&commands(&["test.battery.start"]));
    world.said("OK TRACKING 1\n");
    let begun = world.now;
    let mut done = world.said("PENDING\n");
    while !done.contains(&answered(UpsAnswer::Unknown)) {
        done = world.wait();
        for did in done.clone() {
            let Did::Sent(text) = did else { continue };
            for line in text.lines() {
                let pending = line.starts_with("GET TRACKING ");
                let reading = variables("a", &[("ups.status", "OB")]);
                done.extend(world.said(if pending { "PENDING\n" } else { &reading }));
            }
        }
    }
    assert_eq!(world.now.since(begun).as_secs(), 15);
}

#[test]
fn orders_are_given_one_after_the_other() {
    let mut world = ready(false, &[]);
    for id in 0..9 {
        world.client.order(OrderId(id), A, UpsOrder::Test);
    }
    let refused = UpsAnswer::Failed(UpsFailure::Refused);
    let first = Did::Other(Action::Ordered { id: OrderId(8), answer: refused });
    assert_eq!(world.run(), [first, sent("LIST CMD a\n")], "eight may wait");
    for id in 0..8 {
        world.said(&commands(&["test.battery.start"]));
        let done = world.said("OK\n");
        let answer = UpsAnswer::Accepted;
        assert_eq!(done[0], Did::Other(Action::Ordered { id: OrderId(id), answer }));
        world.said(&variables("a", &[("ups.status", "OB")]));
    }
}
