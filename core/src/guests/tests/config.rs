//! What fits together, and what does not.

use super::std::string::ToString;
use super::std::vec::Vec;
use super::world::{Real, World, group, guest};
use crate::guests::{Config, ConfigError, Event, GuestConfig, GuestIndex, Order, Way};
use crate::limits::MAX_GUESTS;
use crate::time::Millis;

fn refused(guests: &[GuestConfig]) -> ConfigError {
    Config::new(guests, None).expect_err("it does not fit")
}

#[test]
fn a_circle_is_refused_and_named() {
    // 0 is outside of it, though it needs one that is in it.
    let guests = [guest(0, &[1]), guest(1, &[2]), guest(2, &[3]), guest(3, &[1]), guest(4, &[])];
    let ConfigError::Circle(circle) = refused(&guests) else { panic!("no circle") };
    assert_eq!(circle.guests(), [GuestIndex(1), GuestIndex(2), GuestIndex(3)]);
    let told = ConfigError::Circle(circle).to_string();
    assert_eq!(told, "guests come after one another in a circle: 1 2 3");
    let ConfigError::Circle(circle) = refused(&[guest(0, &[0])]) else { panic!("no circle") };
    assert_eq!(circle.guests(), [GuestIndex(0)]);
}

#[test]
fn every_other_misfit_is_refused() {
    let twice = [guest(0, &[]), guest(0, &[])];
    assert_eq!(refused(&twice), ConfigError::SameId(GuestIndex(0)));
    let unknown = [guest(0, &[7])];
    assert_eq!(refused(&unknown), ConfigError::Unknown(GuestIndex(0), GuestIndex(7)));
    let zero = [GuestConfig { stop_limit: Millis::new(0), ..guest(0, &[]) }];
    assert_eq!(refused(&zero), ConfigError::Limit(GuestIndex(0)));
    let theirs = GuestConfig { way: Way::Hypervisor, ..guest(0, &[]) };
    let mixed = [theirs, guest(1, &[0])];
    assert_eq!(refused(&mixed), ConfigError::OtherWay(GuestIndex(1), GuestIndex(0)));
    let many = (0..=MAX_GUESTS).map(|at| guest(u8::try_from(at).expect("small"), &[]));
    let many: Vec<_> = many.collect();
    assert_eq!(refused(&many), ConfigError::Full);
    let never = Config::new(&[], Some(Millis::new(0))).expect_err("no time at all");
    assert_eq!(never, ConfigError::AskAgain);
}

#[test]
fn a_group_that_nobody_is_in_is_unknown() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    let now = world.now;
    let order = Order::Stop { until: None };
    assert_eq!(world.guests.order(&group("web"), order, now), None);
    let all = world.guests.order(&group(""), order, now);
    assert_eq!(all.map(|all| all.iter().count()), Some(1));
}

#[test]
fn who_starts_a_guest_is_checked() {
    let theirs = |at| GuestConfig { way: Way::Hypervisor, ..guest(at, &[]) };
    let configs =
        [guest(0, &[]), guest(1, &[]), theirs(2), theirs(3), guest(4, &[]), guest(5, &[])];
    let auto = |auto| Real { auto, ..Real::ON };
    let missing = Real { known: false, ..Real::OFF };
    let real = [
        auto(Some(true)),
        auto(Some(false)),
        auto(Some(true)),
        auto(Some(false)),
        auto(None),
        missing,
    ];
    let mut world = World::new(&configs, &real);
    let told: Vec<_> = (0..6).map(|at| world.events_of(at)).collect();
    let (both, none, gone) = (Event::BothWays, Event::NoWay, Event::Missing);
    let wanted: [&[Event]; 6] = [&[both], &[], &[], &[none], &[], &[gone]];
    assert_eq!(told, wanted);
    world.run(600_000);
    assert_eq!(world.events.len(), 3, "each is told once");
    world.real[0].auto = Some(false);
    world.run(61_000);
    world.real[0].auto = Some(true);
    world.run(61_000);
    assert_eq!(world.events_of(0), [both, both]);
}

#[test]
fn without_guests_nothing_is_ever_done() {
    let mut world = World::new(&[], &[]);
    world.stop("", None);
    world.run(600_000);
    assert_eq!((world.lists, world.guests.deadline(world.now)), (0, None));
}
