//! A session and a simulated BMC, with everything between them in the hands of the input.
//!
//! The keys are real ones and known to both sides, so that the input reaches the states behind a
//! login by letting datagrams pass, and need not guess a code.

use std::collections::{BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use komainu_core::counters::Counters;
use komainu_core::limits::MAX_DATAGRAM;
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::{Key, KeyId, KeyRing};
use komainu_core::session::{
    Context, Effect, Heard, Profile, Session, Standing, Suites, UserName, Version, Workaround,
};
use komainu_core::time::Instant;
use komainu_core::types::ChassisAction;
use komainu_core::wire::command::chassis::{ChassisControl, GetChassisStatus};
use komainu_core::wire::command::device::{GetDeviceId, Guid};
use komainu_core::wire::command::{Delivery, Privilege, Request};
use komainu_sim::bmc::{AuthTypes, Bmc, BmcConfig, CATALOGUE, Origin, Quirks, Versions};

use crate::tape::Tape;

const CONSOLE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 50_000);

/// Suites that nobody can forge; 1.5 is the last choice.
const SUITES: [u8; 4] = [17, 3, 8, 12];
/// Most effects of one drain.
const MOST_EFFECTS: usize = 16;
/// Most rounds in which datagrams pass before the input has its say again.
const ROUNDS: usize = 12;
/// More steps than a session that is closed takes to become cold.
const STEPS_TO_COLD: usize = 1000;
/// Datagrams that are kept to be repeated.
const KEPT: usize = 8;

/// Whose datagrams are forged, changed and repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those to the console.
    Console,
    /// Those to the BMC.
    Bmc,
}

/// Datagrams on their way to one side.
#[derive(Default)]
struct Way {
    under_way: VecDeque<Vec<u8>>,
    kept: VecDeque<Vec<u8>>,
}

impl Way {
    fn send(&mut self, datagram: &[u8]) {
        self.under_way.push_back(datagram.to_vec());
        self.kept.push_back(datagram.to_vec());
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }
}

/// The two, and what is known of them.
pub struct Duel {
    side: Side,
    session: Session,
    bmc: Bmc,
    now: Duration,
    chance: Drbg,
    keys: [Key; 1],
    counters: Counters,
    to_console: Way,
    to_bmc: Way,
    /// A request is in flight.
    asked: bool,
    /// Power commands that were handed in.
    power_commands: usize,
}

impl Duel {
    /// Does what `bytes` say, and holds both sides to their laws.
    pub fn run(bytes: &[u8], side: Side) {
        let mut tape = Tape::new(bytes);
        let mut duel = Self::new(&mut tape, side);
        while !tape.is_over() {
            duel.turn(&mut tape);
            duel.hold_laws();
        }
        duel.end();
    }

    fn new(tape: &mut Tape<'_>, side: Side) -> Self {
        let choice = usize::from(tape.byte());
        let profile = profile(choice, tape);
        let config = config(tape);
        Self {
            side,
            session: Session::new(profile),
            bmc: Bmc::new(config, 1),
            now: Duration::ZERO,
            chance: Drbg::new(&Seed::new([7; 32])),
            keys: [Key::new(b"password").expect("the password is short")],
            counters: Counters::default(),
            to_console: Way::default(),
            to_bmc: Way::default(),
            asked: false,
            power_commands: 0,
        }
    }

    fn turn(&mut self, tape: &mut Tape<'_>) {
        let code = tape.byte();
        let operand = code >> 3;
        match code & 7 {
            0 => self.flow(),
            1 => self.submit(operand),
            2 => self.wait(operand),
            3 => {
                self.pass(operand & 1 != 0);
            }
            4 => self.change(operand, tape),
            5 => self.forge(tape.piece()),
            6 => self.repeat(operand),
            _ => self.meddle(operand),
        }
        self.settle();
    }

    /// Lets everything pass both ways.
    fn flow(&mut self) {
        for _ in 0..ROUNDS {
            self.settle();
            if !self.pass(false) && !self.pass(true) {
                break;
            }
        }
    }

    fn submit(&mut self, which: u8) {
        let (request, acts) = request(which);
        let budget = Duration::from_secs(1 + u64::from(which >> 2) * 2);
        let taken = self.session.submit(instant(self.now), request, budget).is_ok();
        assert_eq!(taken, !self.asked, "busy while a request is in flight, and only then");
        self.asked = true;
        self.power_commands += usize::from(taken && acts);
    }

    /// Moves the clock: to what the session waits for, or by up to a minute.
    fn wait(&mut self, how: u8) {
        let due = self.session.deadline().map(|due| Duration::from_micros(due.as_micros()));
        self.now = match (how, due) {
            (0, Some(due)) => due.min(self.now + Duration::from_secs(100)),
            _ => self.now + Duration::from_millis(u64::from(how).pow(3) * 2),
        };
    }

    /// Lets the next datagram of one way arrive; whether there was one.
    fn pass(&mut self, to_console: bool) -> bool {
        let way = if to_console { &mut self.to_console } else { &mut self.to_bmc };
        let Some(datagram) = way.under_way.pop_front() else { return false };
        if to_console {
            self.hear(datagram)
        } else {
            self.answer(&datagram)
        }
        true
    }

    /// The way that belongs to the input.
    fn way(&mut self) -> &mut Way {
        match self.side {
            Side::Console => &mut self.to_console,
            Side::Bmc => &mut self.to_bmc,
        }
    }

    /// Changes the next datagram of the way, cuts it, or drops it.
    fn change(&mut self, how: u8, tape: &mut Tape<'_>) {
        let (at, mask) = (usize::from(tape.byte()), tape.byte());
        let Some(datagram) = self.way().under_way.front_mut() else { return };
        match how {
            0 => {
                self.way().under_way.pop_front();
            }
            1 => datagram.truncate(at),
            _ => {
                if let Some(byte) = datagram.get_mut(at) {
                    *byte ^= mask;
                }
            }
        }
    }

    fn forge(&mut self, datagram: &[u8]) {
        match self.side {
            Side::Console => self.hear(datagram.to_vec()),
            Side::Bmc => self.answer(datagram),
        }
    }

    /// One of the last datagrams of the way arrives once more.
    fn repeat(&mut self, which: u8) {
        let kept = self.way().kept.get(usize::from(which)).cloned();
        if let Some(datagram) = kept {
            self.way().under_way.push_front(datagram);
        }
    }

    fn meddle(&mut self, how: u8) {
        match how & 7 {
            0 => self.close(),
            1 => self.bmc.restart(),
            2 => self.bmc.set_mute(true),
            3 => self.bmc.set_mute(false),
            4 => self.bmc.set_power(self.now, true),
            5 => self.bmc.set_power(self.now, false),
            6 => self.to_bmc.under_way.clear(),
            _ => self.to_console.under_way.clear(),
        }
    }

    fn close(&mut self) {
        self.session.close();
        self.asked = false;
    }

    fn hear(&mut self, mut datagram: Vec<u8>) {
        let now = instant(self.now);
        let keys = KeyRing::new(&self.keys);
        let (chance, counters) = (&mut self.chance, &mut self.counters);
        let mut context = Context { now, chance, keys, counters };
        match self.session.handle(&mut context, &mut datagram) {
            Some(Heard::Answer(_)) => {
                assert!(self.asked, "an answer to nothing");
                self.asked = false;
            }
            Some(Heard::Reading(_)) | None => {}
        }
    }

    fn answer(&mut self, datagram: &[u8]) {
        let way = &mut self.to_console;
        self.bmc.handle(self.now, CONSOLE, datagram, &mut |_, bytes| way.send(bytes));
    }

    /// Polls both sides until they have nothing more to do.
    fn settle(&mut self) {
        let way = &mut self.to_console;
        self.bmc.poll(self.now, &mut |_, bytes| way.send(bytes));
        let due = self.bmc.deadline();
        assert!(due.is_none_or(|due| due > self.now), "the BMC is due at {due:?}");
        for _ in 0..MOST_EFFECTS {
            if !self.poll() {
                assert!(!self.poll(), "nothing to do, and then something, at one moment");
                let due = self.session.deadline();
                assert!(due.is_none_or(|due| due > instant(self.now)), "due at {due:?}");
                return;
            }
        }
        panic!("a drain of the session does not end");
    }

    /// One poll of the session; whether it had something to do.
    fn poll(&mut self) -> bool {
        let mut out = [0; MAX_DATAGRAM];
        let now = instant(self.now);
        let keys = KeyRing::new(&self.keys);
        let (chance, counters) = (&mut self.chance, &mut self.counters);
        let mut context = Context { now, chance, keys, counters };
        match self.session.poll(&mut context, &mut out) {
            Some(Effect::Transmit(len)) => self.to_bmc.send(&out[..len]),
            Some(Effect::Failed(_)) => {
                assert!(self.asked, "a failure of nothing");
                self.asked = false;
            }
            None => return false,
        }
        true
    }

    fn hold_laws(&mut self) {
        let mut sessions = BTreeSet::new();
        for event in self.bmc.chassis_log() {
            if let Origin::Request(identity) = event.origin {
                assert!(sessions.insert(identity.session_id), "two commands in one session");
            }
        }
        let done = sessions.len();
        assert!(done <= self.power_commands, "{done} of {} commands", self.power_commands);
        assert!(self.bmc.open_sessions() <= self.bmc.config().session_slots);
        let snapshot = self.session.snapshot();
        let cold = snapshot.standing == Standing::Cold;
        assert!(cold || !self.session.is_cold());
        assert!(!self.session.is_cold() || !self.asked);
        assert!(snapshot.guid.is_none_or(|guid| guid.is_pinnable()));
    }

    /// Whatever happened, a session that is closed becomes cold, though nobody answers any more.
    fn end(mut self) {
        self.close();
        for _ in 0..STEPS_TO_COLD {
            self.settle();
            let Some(due) = self.session.deadline() else { break };
            self.now = Duration::from_micros(due.as_micros());
        }
        assert!(self.session.is_cold(), "closed, and {:?}", self.session.snapshot());
    }
}

fn instant(now: Duration) -> Instant {
    Instant::from_micros(u64::try_from(now.as_micros()).expect("virtual time is short"))
}

fn profile(choice: usize, tape: &mut Tape<'_>) -> Profile {
    let mut profile = Profile::new(UserName::new("admin").expect("it is short"), Some(KeyId(0)));
    match SUITES.get(choice & 7) {
        Some(id) => profile.suites = Suites::new(&[*id]).expect("it is spoken"),
        None => profile.version = Version::V15,
    }
    if choice & 8 != 0 && profile.version != Version::V15 {
        profile.version = Version::V20;
    }
    if choice & 16 != 0 {
        profile.privilege = Privilege::Administrator;
    }
    if choice & 32 != 0 {
        profile.keep_warm = Some(komainu_core::time::Millis::from_secs(1));
    }
    if choice & 64 != 0 {
        profile.guid = Some(Guid([9; 16]));
    }
    if choice & 128 != 0 {
        let (workaround, _) = tape.pick(&Workaround::ALL);
        profile.workarounds = profile.workarounds.with(workaround);
    }
    profile
}

/// A BMC that takes nothing but what nobody can forge, with up to two deviations.
fn config(tape: &mut Tape<'_>) -> BmcConfig {
    let default = BmcConfig::default();
    let mut config = BmcConfig {
        auth_types: AuthTypes { none: false, md2: true, md5: true, straight: false },
        guid: Some([9; 16]),
        session_slots: 2,
        versions: Versions::Both,
        ..default
    };
    let offered =
        SUITES.map(|id| komainu_sim::bmc::Suite::from_number(id).expect("it is simulated"));
    config.suites.retain(|offer| offered.contains(&offer.suite));
    for _ in 0..2 {
        let name = tape.pick(CATALOGUE).name;
        // Zero in the input is the BMC without deviations, like the quirks that need a value.
        let mut quirks = config.quirks.clone();
        let open_privilege = name == CATALOGUE[0].name;
        if !open_privilege && Quirks::switch_on(&mut quirks, name).is_ok() {
            config.quirks = quirks;
        }
    }
    config
}

/// A request, and whether it is a power command.
fn request(which: u8) -> (Request, bool) {
    let request = match which & 7 {
        0 => Request::of(&GetChassisStatus),
        1 => Request::of(&GetDeviceId),
        2 => Request::of(&ChassisControl(ChassisAction::Off)),
        3 => Request::of(&ChassisControl(ChassisAction::On)),
        4 => Request::of(&ChassisControl(ChassisAction::Cycle)),
        5 => Request::of(&ChassisControl(ChassisAction::Reset)),
        6 => Request::of(&ChassisControl(ChassisAction::DiagnosticInterrupt)),
        _ => Request::of(&ChassisControl(ChassisAction::SoftShutdown)),
    };
    let request = request.expect("it is short");
    let acts = request.delivery == Delivery::Once;
    (request, acts)
}
