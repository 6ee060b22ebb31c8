//! Real guests of a real libvirt, driven by the core. `./test guests` starts them and sets
//! `KOMAINU_GUESTS` to where that libvirt is; without it nothing is tested.

use std::time::Instant as Clock;

use komainu_core::guests::{Event, GuestSet, Guests as Machine, Order};
use komainu_core::journal::Generations;
use komainu_core::time::Instant;

use super::*;

const DATABASE: GuestIndex = GuestIndex(0);
/// Takes 10 s to stop, and needs the database.
const SLOW: GuestIndex = GuestIndex(1);
/// Never stops by itself.
const DEAF: GuestIndex = GuestIndex(2);
/// Is off, and needs the database.
const SPARE: GuestIndex = GuestIndex(3);

struct Site {
    machine: Machine,
    generations: Generations,
    guests: Guests,
    ended: Receiver<GuestEvent>,
    runtime: tokio::runtime::Runtime,
    began: Clock,
    /// Seconds since the start, and what was done, or happened.
    works: Vec<(f32, Work)>,
    events: Vec<(f32, GuestIndex, Event)>,
}

impl Site {
    fn new(uri: &str) -> Self {
        let adapter = AdapterSetup::Libvirt { uri: uri.to_owned() };
        let mut setup = setup(adapter, &["database", "slow", "deaf", "spare"]);
        setup.ask_again = Some(Millis::from_secs(10));
        let database = setup.guests[0].name.clone();
        setup.guests[0].ready = true;
        setup.guests[1].after = vec![database.clone()];
        setup.guests[3].after = vec![database];
        setup.guests[2].stop_limit = Millis::from_secs(25);
        let (tell, ended) = channel();
        let tell = Arc::new(move |event| tell.send(event).expect("somebody waits"));
        let config = setup.config().expect("it fits");
        let mut builder = tokio::runtime::Builder::new_current_thread();
        Self {
            machine: Machine::new(config, std::iter::empty(), Instant::from_micros(0)),
            generations: Generations::default(),
            guests: Guests::new(&setup, Arc::new(Double::default()), tell),
            ended,
            runtime: builder.enable_all().build().expect("a runtime"),
            began: Clock::now(),
            works: Vec::new(),
            events: Vec::new(),
        }
    }

    fn now(&self) -> Instant {
        let since = u64::try_from(self.began.elapsed().as_micros()).expect("not that long");
        Instant::from_micros(since)
    }

    fn seconds(&self) -> f32 {
        self.began.elapsed().as_secs_f32()
    }

    fn order(&mut self, order: Order) -> GuestSet {
        self.works.clear();
        self.events.clear();
        self.began = Clock::now() - Duration::from_micros(self.now().as_micros());
        let now = self.now();
        self.machine.order(&GroupName::default(), order, now).expect("all guests")
    }

    fn turn(&mut self) {
        let now = self.now();
        let at = self.seconds();
        while let Some(action) = self.machine.poll(now, &mut self.generations) {
            if action.work != Work::List {
                self.works.push((at, action.work));
            }
            let _inside = self.runtime.enter();
            self.guests.carry_out(action);
        }
        if let Some(generation) = self.generations.write() {
            self.generations.persisted(generation);
        }
        while let Some((guest, event)) = self.machine.next_event() {
            self.events.push((at, guest, event));
        }
        self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        while let Ok(event) = self.ended.try_recv() {
            let now = self.now();
            self.machine.handle(now, event.input(), &mut self.generations);
        }
    }

    /// Until it holds; a real guest on a busy machine has three minutes.
    fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        let start = Clock::now();
        while !holds(self) {
            assert!(
                start.elapsed() < Duration::from_secs(180),
                "{:?} {:?}",
                self.works,
                self.events
            );
            self.turn();
        }
    }

    fn for_seconds(&mut self, seconds: u64) {
        let start = Clock::now();
        while start.elapsed() < Duration::from_secs(seconds) {
            self.turn();
        }
    }

    fn work(&self, work: Work) -> Option<f32> {
        self.works.iter().find(|(_, of)| *of == work).map(|(at, _)| *at)
    }

    fn event(&self, guest: GuestIndex, event: Event) -> Option<f32> {
        let found = self.events.iter().find(|(_, of, what)| (*of, *what) == (guest, event));
        found.map(|(at, ..)| *at)
    }

    fn powers(&self) -> Vec<Option<Power>> {
        self.machine.snapshot().map(|guest| guest.power).collect()
    }
}

#[test]
fn real_guests_stop_in_order_and_start_again() {
    let Some(uri) = std::env::var_os("KOMAINU_GUESTS") else {
        eprintln!("needs a libvirt with guests: ./test guests");
        return;
    };
    let mut site = Site::new(&uri.into_string().expect("an address"));
    let (on, off) = (Some(Power::On), Some(Power::Off));
    site.until(|site| site.powers() == [on, on, on, off]);

    let scope = site.order(Order::Stop { until: None });
    site.until(|site| !site.machine.stopping(scope).working);
    eprintln!("stop: {:?} {:?}", site.works, site.events);
    assert_eq!(site.powers(), [off; 4]);
    let gone = site.event(SLOW, Event::Stopped).expect("slow stops");
    let asked = site.work(Work::Stop(DATABASE)).expect("the database is asked");
    assert!(asked >= gone && asked - gone < 1.0, "asked at {asked}, when slow had gone at {gone}");
    assert!(site.work(Work::Kill(DEAF)).expect("deaf is switched off") >= 25.0);
    assert_eq!((site.work(Work::Kill(SLOW)), site.work(Work::Stop(SPARE))), (None, None));

    let scope = site.order(Order::Start);
    site.until(|site| !site.machine.starting(scope, &site.generations).working);
    eprintln!("start: {:?} {:?}", site.works, site.events);
    assert_eq!(site.powers(), [on, on, on, off], "who was off stays off");
    let ready = site.event(DATABASE, Event::Started).expect("the database is ready");
    assert!(site.work(Work::Start(SLOW)).expect("slow starts") >= ready);
    assert!(site.work(Work::Start(DEAF)).expect("deaf starts") < ready);

    // The mains are back while guests stop: slow ends and starts again, the others stay.
    site.for_seconds(30);
    site.order(Order::Stop { until: None });
    site.for_seconds(3);
    let now = site.now();
    let scope = site.machine.order(&GroupName::default(), Order::Start, now).expect("all");
    site.until(|site| !site.machine.starting(scope, &site.generations).working);
    eprintln!("turned: {:?} {:?}", site.works, site.events);
    assert_eq!(site.powers(), [on, on, on, off]);
    assert_eq!((site.work(Work::Stop(DATABASE)), site.work(Work::Kill(DEAF))), (None, None));
    assert!(site.event(DEAF, Event::Kept).is_some() && site.event(SLOW, Event::Started).is_some());
}
