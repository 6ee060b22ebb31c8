use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use super::*;
use crate::service::handle::Handle;
use crate::service::hands::Tools;
use crate::service::history::History;
use crate::service::hostdown::HostEnd;
use crate::service::log::Log;
use crate::service::net::{Line, Listener};
use crate::service::platform::Platform;
use crate::service::platform::double::Double;
use crate::service::runner::{End, Run, Runner, Verb, Whereabouts, Workload};
use crate::service::store::Store;

/// What happened to the machine, in order.
type Diary = Arc<Mutex<Vec<String>>>;

/// Sends every datagram back, answers orders once a record is durable, runs what it is sent.
struct Echo {
    listeners: [Listener; 1],
    diary: Diary,
    wants: VecDeque<Effect<String>>,
    letter: Vec<u8>,
    waiting: Option<u64>,
    rings_at: Option<Instant>,
    /// It takes its time to stop.
    lingers: bool,
    stopped: bool,
}

impl Echo {
    fn note(&self, what: impl Into<String>) {
        self.diary.lock().expect("whole").push(what.into());
    }
}

impl Machine for Echo {
    type Order = String;
    type Answer = String;
    type Status = usize;
    type Settings = SocketAddr;

    const THOROUGH: bool = true;

    fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    fn datagram(&mut self, now: Instant, line: Line, from: SocketAddr, bytes: &mut [u8]) {
        match &*bytes {
            b"run" => self.wants.push_back(Effect::Run(Run {
                id: 1,
                service: 7,
                verb: Verb::Start,
                limit: Duration::from_secs(20),
            })),
            b"down" => self.wants.push_back(Effect::HostDown { why: "told to".into() }),
            b"linger" => self.lingers = true,
            b"end" => self.stopped = true,
            b"later" => self.rings_at = Some(now + Duration::from_millis(5)),
            _ => {
                self.letter = bytes.to_vec();
                let len = bytes.len();
                self.wants.push_back(Effect::Send { line, to: from, len });
            }
        }
    }

    fn order(&mut self, _: Instant, ticket: u64, order: &String) -> Option<String> {
        if order == "nonsense" {
            return Some("no such order".into());
        }
        self.waiting = Some(ticket);
        self.wants.push_back(Effect::Persist { generation: ticket });
        None
    }

    fn hint(&mut self, _: Instant, _: &Hint) -> Option<String> {
        None
    }

    fn persisted(&mut self, _: Instant, generation: u64) {
        self.note(format!("persisted {generation}"));
        if let Some(ticket) = self.waiting.take() {
            self.wants.push_back(Effect::Answer { ticket, answer: "durable".into() });
        }
    }

    fn finished(&mut self, _: Instant, run: Run, end: End) {
        self.note(format!("run {} ended: {end:?}", run.id));
    }

    fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Effect<String>> {
        if self.rings_at.is_some_and(|at| at <= now) {
            self.rings_at = None;
            self.note("rung");
        }
        out[..self.letter.len()].copy_from_slice(&self.letter);
        self.wants.pop_front()
    }

    fn deadline(&self) -> Option<Instant> {
        self.rings_at
    }

    fn record(&self) -> Vec<u8> {
        b"the record".to_vec()
    }

    fn status(&self, _: Instant, around: &Around<'_>) -> usize {
        around.interfaces.len()
    }

    fn reload(&mut self, _: Instant, local: SocketAddr) -> Result<(), String> {
        self.listeners[0].local = local;
        Ok(())
    }

    fn stop(&mut self, _: Instant) {
        self.note("stops");
        self.stopped = !self.lingers;
    }

    fn is_stopped(&self) -> bool {
        self.stopped
    }

    fn stop_limit(&self) -> Duration {
        Duration::from_secs(20)
    }
}

/// A service with a machine of that kind, and what its surroundings see of it.
struct Scene {
    folder: tempfile::TempDir,
    platform: Arc<Double>,
    diary: Diary,
    local: SocketAddr,
}

type EchoHandle = Handle<String, String, usize>;

fn free_port() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    socket.local_addr().expect("an address")
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let platform = Arc::new(Double { boot: "boot".into(), ..Double::default() });
        Self { folder, platform, diary: Diary::default(), local: free_port() }
    }

    /// Runs `story` beside the service, then stops that.
    fn run<F: Future<Output = ()>>(
        &self,
        mut reread: impl FnMut() -> Result<SocketAddr, String> + 'static,
        story: impl FnOnce(EchoHandle) -> F,
    ) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime").block_on(async {
            let (tell, events) = mpsc::unbounded_channel();
            let (handle, requests) = EchoHandle::new();
            let stop = tell.clone();
            let hands = Hands::new(self.tools(&tell));
            let echo = Echo {
                listeners: [Listener { line: Line::ResetPath(0), local: self.local }],
                diary: Arc::clone(&self.diary),
                wants: VecDeque::new(),
                letter: Vec::new(),
                waiting: None,
                rings_at: None,
                lingers: false,
                stopped: false,
            };
            let reread = move || Ok((reread()?, NoticesSetup::default()));
            let driver = Driver::new(echo, hands, requests, events, Box::new(reread));
            let service = driver.expect("a driver").run();
            let story = async {
                story(handle).await;
                stop.send(Event::Signal(Signal::Stop)).expect("it listens");
            };
            let both = async { tokio::join!(service, story) };
            let (ended, ()) =
                tokio::time::timeout(Duration::from_secs(60), both).await.expect("it ends");
            ended.expect("no failure");
        });
    }

    fn tools(&self, tell: &mpsc::UnboundedSender<Event>) -> Tools {
        let folder = self.folder.path();
        let stored = tell.clone();
        let store = Store::open(folder, move |one| drop(stored.send(Event::Stored(one))));
        let ended = tell.clone();
        let script = ["/bin/sh", "-c", "exit 3"].map(str::to_owned).to_vec();
        let workload =
            Workload { name: "web".into(), start: script.clone(), stop: script, check: None };
        let platform: Arc<dyn Platform> = Arc::clone(&self.platform) as _;
        let runner = Runner::new(
            [(7, workload)].into(),
            Whereabouts::default(),
            folder,
            Arc::clone(&platform),
            move |one| drop(ended.send(Event::Ended(one))),
        );
        Tools {
            store: store.expect("a store").0,
            log: Log::open(false, None),
            history: History::open(folder, |text| panic!("{text}")).expect("a history"),
            runner: Some(runner.expect("a runner")),
            guests: None,
            host_end: HostEnd::default(),
            platform,
            thorough: true,
            power: (folder.to_owned(), Arc::new(|_| ())),
            teller: Default::default(),
            complain: Arc::new(|_| {}),
        }
    }

    fn diary(&self) -> Vec<String> {
        self.diary.lock().expect("whole").clone()
    }
}

fn no_reload() -> Result<SocketAddr, String> {
    Err("there is nothing to read".into())
}

async fn asked(socket: &tokio::net::UdpSocket, to: SocketAddr, what: &[u8]) -> Vec<u8> {
    socket.send_to(what, to).await.expect("sent");
    let mut bytes = [0; 64];
    let (len, from) = socket.recv_from(&mut bytes).await.expect("an answer");
    assert_eq!(from, to);
    bytes[..len].to_vec()
}

async fn client() -> tokio::net::UdpSocket {
    tokio::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a socket")
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn datagrams_are_answered_and_the_service_manager_is_kept_posted() {
    let scene = Scene::new();
    scene.run(no_reload, |_| async {
        assert_eq!(asked(&client().await, scene.local, b"hello").await, b"hello");
        until(|| scene.platform.phases.lock().expect("whole").contains(&Phase::Alive)).await;
    });
    let phases = scene.platform.phases.lock().expect("whole").clone();
    assert_eq!((phases.first(), phases.last()), (Some(&Phase::Ready), Some(&Phase::Stopping)));
    assert_eq!(scene.diary(), ["stops"]);
}

#[test]
fn an_order_is_answered_when_its_record_is_durable() {
    let scene = Scene::new();
    scene.run(no_reload, |handle| async move {
        assert_eq!(handle.order("nonsense".into()).await.as_deref(), Ok("no such order"));
        assert_eq!(handle.order("something".into()).await.as_deref(), Ok("durable"));
        assert_eq!(handle.status().await, Ok(0));
    });
    assert_eq!(scene.diary(), ["persisted 2", "stops"]);
    let (_store, found) = Store::open(scene.folder.path(), |_| ()).expect("a store");
    assert_eq!(found.record.as_deref(), Some(&b"the record"[..]));
    let history = crate::service::history::latest(scene.folder.path(), 9).expect("a history");
    let ids: Vec<_> = history.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["KMN216-I", "KMN217-I", "KMN216-I", "KMN217-I"]);
}

#[test]
fn commands_are_run_and_their_end_is_told() {
    let scene = Scene::new();
    scene.run(no_reload, |_| async {
        let socket = client().await;
        socket.send_to(b"run", scene.local).await.expect("sent");
        until(|| !scene.diary().is_empty()).await;
    });
    assert_eq!(scene.diary(), ["run 1 ended: Failed", "stops"]);
}

#[test]
fn a_deadline_wakes_it() {
    let scene = Scene::new();
    scene.run(no_reload, |_| async {
        client().await.send_to(b"later", scene.local).await.expect("sent");
        until(|| !scene.diary().is_empty()).await;
    });
    assert_eq!(scene.diary(), ["rung", "stops"]);
}

#[test]
fn the_host_is_ended_when_the_machine_wants_that() {
    let scene = Scene::new();
    scene.run(no_reload, |_| async {
        client().await.send_to(b"down", scene.local).await.expect("sent");
        until(|| scene.platform.cut.load(Ordering::SeqCst) > 0).await;
    });
    assert_eq!(scene.platform.cut.load(Ordering::SeqCst), 1);
    assert_eq!(scene.platform.shut.load(Ordering::SeqCst), 0);
}

#[test]
fn a_reload_moves_the_sockets_and_a_wrong_one_changes_nothing() {
    let (scene, next) = (Scene::new(), free_port());
    let mut reads = VecDeque::from([Err("line 3".to_owned()), Ok(next)]);
    let reread = move || reads.pop_front().expect("two reloads");
    scene.run(reread, |handle| async move {
        let socket = client().await;
        assert_eq!(handle.reload().await, Ok(Err("line 3".into())));
        assert_eq!(asked(&socket, scene.local, b"before").await, b"before");
        assert_eq!(handle.reload().await, Ok(Ok(())));
        assert_eq!(asked(&socket, next, b"after").await, b"after");
    });
}

#[test]
fn a_service_that_is_ending_does_not_become_ready_again() {
    let scene = Scene::new();
    let (platform, local) = (Arc::clone(&scene.platform), scene.local);
    scene.run(
        move || Ok(local),
        |handle| async move {
            client().await.send_to(b"linger", local).await.expect("sent");
            tokio::spawn(async move {
                let told = |phase| platform.phases.lock().expect("whole").contains(&phase);
                until(|| told(Phase::Stopping)).await;
                assert_eq!(handle.reload().await, Ok(Err("the service is ending".into())));
                client().await.send_to(b"end", local).await.expect("sent");
            });
        },
    );
    let phases = scene.platform.phases.lock().expect("whole").clone();
    let ready = phases.iter().filter(|phase| **phase == Phase::Ready).count();
    assert_eq!(ready, 1, "{phases:?}");
}

#[test]
fn a_flood_does_not_keep_orders_waiting() {
    let scene = Scene::new();
    let local = scene.local;
    let ends = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let told = Arc::clone(&ends);
    let flood = std::thread::spawn(move || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        while !told.load(Ordering::Relaxed) {
            // What the kernel has no room for is lost, as in any flood.
            let _ = socket.send_to(b"flood", local);
        }
    });
    scene.run(no_reload, |handle| async move {
        for _ in 0..20 {
            assert_eq!(handle.order("something".into()).await.as_deref(), Ok("durable"));
        }
    });
    ends.store(true, Ordering::Relaxed);
    flood.join().expect("the flood ends");
}
