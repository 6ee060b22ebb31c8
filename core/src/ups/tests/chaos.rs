use super::*;
use crate::types::{Outlet, UpsOrder};
use proptest::prelude::*;

/// What happens to a client.
#[derive(Clone, Debug)]
enum Event {
    Connected,
    Secured,
    Closed,
    Said(Vec<u8>),
    Passed(u32),
    Ordered(bool),
    Wanted,
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "OK\n",
        "OK STARTTLS\n",
        "OK TRACKING 1\n",
        "PENDING\n",
        "SUCCESS\n",
        "ERR DATA-STALE\n",
        "ERR ACCESS-DENIED\n",
        "ERR UNKNOWN\n",
        "BEGIN LIST VAR a\n",
        "VAR a ups.status \"OB\"\n",
        "VAR a ups.timer.shutdown 3\n",
        "END LIST VAR a\n",
        "BEGIN LIST CMD a\n",
        "CMD a shutdown.return\n",
        "CMD a test.battery.start\n",
        "END LIST CMD a\n",
        "OK\nOK\nOK\nOK\nBEGIN LIST VAR a\nVAR a ups.status OL\nEND LIST VAR a\n",
    ]);
    let noise = prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![9 => known.prop_map(|text| text.into()), 1 => noise]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Connected),
        2 => Just(Event::Secured),
        1 => Just(Event::Closed),
        20 => line().prop_map(Event::Said),
        4 => (0_u32..4000).prop_map(Event::Passed),
        2 => any::<bool>().prop_map(Event::Ordered),
        1 => Just(Event::Wanted),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// Whatever a server says, whenever: each order is answered once, and the client comes back
    /// to rest.
    #[test]
    fn every_order_is_answered_once(
        events in prop::collection::vec(event(), 0..200),
        tls in prop::sample::select(vec![Tls::Off, Tls::Try, Tls::Require]),
    ) {
        let mut world = World::new(Config { tls, ..with_account(&[(A, "a")]) });
        let (mut given, mut answered) = (0, vec![]);
        let mut done = world.run();
        for event in events {
            match event {
                Event::Connected => world.client.connected(world.now),
                Event::Secured => world.client.secured(world.now),
                Event::Closed => world.client.closed(world.now, UpsFailure::Silent),
                Event::Said(bytes) => world.client.handle(world.now, &bytes),
                Event::Passed(millis) => world.now = world.now + Millis::new(millis),
                Event::Ordered(test) => {
                    let (outlet, delay) = (Outlet::WHOLE, Millis::from_secs(60));
                    let off = UpsOrder::OffUntilMains { outlet, delay };
                    world.client.order(OrderId(given), A, if test { UpsOrder::Test } else { off });
                    given += 1;
                }
                Event::Wanted => world.client.read_now(world.now),
            }
            done.extend(world.run());
        }
        world.client.closed(world.now, UpsFailure::Silent);
        done.extend(world.run());
        for did in done {
            if let Did::Other(Action::Ordered { id, .. }) = did {
                answered.push(id.0);
            }
        }
        answered.sort_unstable();
        prop_assert_eq!(answered, (0..given).collect::<Vec<_>>());
    }
}
