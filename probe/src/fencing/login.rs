//! A recorded login of IPMI 2.0 with suite 3, walked through again with the numbers of the
//! record.

use core::mem::MaybeUninit;
use core::time::Duration;

use komainu_core::counters::Counters;
use komainu_core::rng::Chance;
use komainu_core::secret::{KeyId, KeyRing};
use komainu_core::session::{
    Context, Effect, Profile, Standing, Suites, UserName, Version, Workaround,
};
use komainu_core::time::Instant;
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::Request;
use komainu_core::wire::command::device::GetDeviceId;

use crate::guard::{Desk, Site};

/// What the console sent, and what the BMC answered.
static LOGIN: [(&[u8], &[u8]); 4] = include!(concat!(env!("OUT_DIR"), "/login.rs"));

/// Where a message of RMCP+ outside a session has its tag: behind RMCP and session header.
const TAG_AT: usize = 16;
/// Behind the tag and three bytes: the console's session id in Open Session Request.
const CONSOLE_AT: usize = TAG_AT + 4;
/// Behind the BMC's session id: the console's random number in RAKP 1.
const RANDOM_AT: usize = TAG_AT + 8;

/// The numbers that the console of the record drew, then zeros.
struct Played {
    at: usize,
}

impl Played {
    /// One byte of what a session draws: tag, session id, random number, message number.
    fn byte(at: usize) -> Option<u8> {
        let (open, _) = LOGIN.first()?;
        let (rakp1, _) = LOGIN.get(1)?;
        match at {
            1..5 => open.get(CONSOLE_AT + at - 1).copied(),
            5..21 => rakp1.get(RANDOM_AT + at - 5).copied(),
            _ => None,
        }
    }
}

impl Chance for Played {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = Self::byte(self.at).unwrap_or(0);
            self.at += 1;
        }
    }
}

/// Walks through the record with the session of a site; fails where the machine says anything else
/// than the console did, or does not take the BMC's next answer.
pub(crate) fn walk(
    place: &mut MaybeUninit<Site>,
    keys: KeyRing<'_>,
    desk: &mut Desk<'_>,
) -> Result<(), &'static str> {
    let now = Instant::from_micros(0);
    let session = &mut Site::place(place, profile()?, now).session;
    let mut request = Request::of(&GetDeviceId).map_err(|_| "the request")?;
    request.privilege = Privilege::Administrator;
    session.submit(now, request, Duration::from_secs(5)).map_err(|_| "the session is busy")?;
    let mut counters = Counters::default();
    let mut chance = Played { at: 0 };
    let mut cx = Context { now, chance: &mut chance, keys, counters: &mut counters };
    for (sent, answer) in LOGIN {
        let Some(Effect::Transmit(len)) = session.poll(&mut cx, desk.out) else {
            return Err("the login stops");
        };
        let ours = desk.out.get(..len).ok_or("the length")?;
        let inside = session.snapshot().standing == Standing::Warm;
        if !inside && !is_same(ours, sent) {
            return Err("the login differs from the record");
        }
        let inbox = desk.inbox.get_mut(..answer.len()).ok_or("the inbox")?;
        inbox.copy_from_slice(answer);
        if let (false, Some(to), Some(from)) = (inside, inbox.get_mut(TAG_AT), ours.get(TAG_AT)) {
            *to = *from;
        }
        session.handle(&mut cx, inbox);
    }
    // The privilege is raised and the request is next: the BMC's sealed answer was believed.
    match session.poll(&mut cx, desk.out) {
        Some(Effect::Transmit(_)) if counters.total() == 0 => Ok(()),
        _ => Err("an answer of the record was not believed"),
    }
}

fn profile() -> Result<Profile, &'static str> {
    let user = UserName::new("admin").map_err(|_| "the user's name")?;
    let mut profile = Profile::new(user, Some(KeyId(0)));
    profile.version = Version::V20;
    profile.suites = Suites::new(&[3]).ok_or("the suite")?;
    profile.privilege = Privilege::Administrator;
    // The console of the record asks for the highest privilege there is.
    profile.workarounds = profile.workarounds.with(Workaround::OpenHighest);
    Ok(profile)
}

/// Whether two messages are the same but for their tags, which each console counts its own way.
fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    let others = |(at, _): &(usize, &u8)| *at != TAG_AT;
    let ours = ours.iter().enumerate().filter(others);
    ours.eq(theirs.iter().enumerate().filter(others))
}
