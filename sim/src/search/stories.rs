//! The small worlds that are searched.

use std::time::Duration;

use super::Story;
use crate::net::Faults;
use crate::world::{
    Disturbance, Entry, MONITORING, MemberOrder, Node, Scenario, Spans, Topology, Twist,
};

/// When everything runs, and the story begins.
const BEGINS: Duration = Duration::from_secs(20);
/// Every datagram takes that long.
const WAY: Duration = Duration::from_micros(200);

const ALL: [Twist; 5] = [Twist::Lost, Twist::Late, Twist::Again, Twist::Dies, Twist::Hangs];

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A calm world without chance, in which nobody has to wait for long.
fn calm(topology: Topology) -> Scenario {
    // With this seed the first host is up first, and serves.
    let mut scenario = Scenario::quiet(2, topology);
    scenario.paths = 1;
    scenario.faults = vec![
        Faults { delay_min: WAY, delay_max: WAY, ..Faults::default() };
        MONITORING + scenario.paths
    ];
    let first = scenario.services[0].hosts.len();
    scenario.services.truncate(if topology == Topology::Mutual { 2 } else { 1 });
    scenario.hosts = scenario.hosts.max(first);
    for service in &mut scenario.services {
        service.group = None;
        service.parents.clear();
        service.check_every = None;
    }
    scenario.broadcast = false;
    scenario.all_methods = false;
    scenario.one_stays_off = false;
    scenario.spans = Spans {
        patrol: ms(1000),
        heartbeat: ms(250),
        step: ms(200),
        start_wait: ms(3000),
        poll: ms(1000),
        boot_grace: ms(8000),
        boot: ms(2000),
        off_delay: ms(0),
        command_limit: ms(5000),
        fence_isolated: false,
    };
    scenario.heals_at = BEGINS + Duration::from_secs(15);
    scenario
}

fn story(
    name: &'static str,
    topology: Topology,
    lasts: Duration,
    script: Vec<(Duration, Disturbance)>,
) -> Story {
    let mut scenario = calm(topology);
    let entry = |(after, what): (Duration, Disturbance)| Entry { at: BEGINS + after, what };
    scenario.script = script.into_iter().map(entry).collect();
    let allowed = ALL.to_vec();
    Story { name, scenario, window: BEGINS..BEGINS + lasts, twists: 1, allowed }
}

/// Every host loses sight of every other, and finds it again.
fn blindness(hosts: usize) -> Vec<(Duration, Disturbance)> {
    let mut script = Vec::new();
    for (at, open) in [(ms(0), false), (ms(9000), true)] {
        for from in 0..hosts {
            for to in (0..hosts).filter(|to| *to != from) {
                let (from, to) = (Node::Host(from), Node::Host(to));
                script.push((at, Disturbance::Way { lan: MONITORING, from, to, open }));
            }
        }
    }
    script
}

/// The stories, each in a world of two or three hosts.
#[must_use]
pub fn stories() -> Vec<Story> {
    let off = |back| Disturbance::PowerLoss { host: 0, back };
    let crash = Disturbance::Crash { host: 0, back: ms(4000) };
    let swap = || Disturbance::OfMember(0, MemberOrder::Swap(0));
    let dies = Disturbance::Kill { node: Node::Host(0), fuse: 0, back: ms(300) };
    let judge =
        |after| (after, Disturbance::Kill { node: Node::Connector(0), fuse: 0, back: ms(500) });
    let (two, three) = (Topology::OneToOne, Topology::OneToN);
    let mut duel = story("two hosts shoot at each other", Topology::Mutual, ms(4000), blindness(2));
    let swap_second = Disturbance::OfMember(0, MemberOrder::Swap(1));
    duel.scenario.script.insert(0, Entry { at: BEGINS / 2, what: swap_second });
    let mut brawl = story("three hosts shoot at one another", three, ms(4000), blindness(3));
    for story in [&mut duel, &mut brawl] {
        story.scenario.spans.fence_isolated = true;
    }
    vec![
        story("two hosts, the active one loses power", two, ms(4000), vec![(ms(0), off(None))]),
        story("two hosts, the active one crashes", two, ms(5000), vec![(ms(0), crash.clone())]),
        duel,
        story("two hosts, a planned swap", two, ms(2000), vec![(ms(0), swap())]),
        story("two hosts, the active member restarts", two, ms(3000), vec![(ms(0), dies)]),
        story(
            "two hosts, the connector restarts in a reset",
            two,
            ms(4000),
            vec![(ms(0), crash.clone()), judge(ms(1030))],
        ),
        story(
            "two hosts, the connector dies with a fencing, and somebody switches on",
            two,
            ms(2500),
            vec![
                (ms(0), Disturbance::Disk { node: Node::Connector(0), sync: ms(300) }),
                (ms(0), Disturbance::Crash { host: 0, back: ms(20_000) }),
                (ms(2000), off(Some(ms(1)))),
            ],
        ),
        story("three hosts, the active one crashes", three, ms(4000), vec![(ms(0), crash)]),
        brawl,
        story("three hosts, a planned swap", three, ms(2000), vec![(ms(0), swap())]),
        story(
            "three hosts, the active one loses power",
            three,
            ms(4000),
            vec![(ms(0), off(Some(ms(3000))))],
        ),
    ]
}
