//! Sixteen servers, each with its fencing and its session, on a clock that is moved by hand.

use core::hint::black_box;
use core::mem::MaybeUninit;

use komainu_core::connector::route::{request_of, told};
use komainu_core::counters::Counters;
use komainu_core::fence::{Ask, Fence, How, Method, OrderEnd, Outcome, Plan, Told};
use komainu_core::rng::Drbg;
use komainu_core::secret::KeyRing;
use komainu_core::session::{Context, Effect, Heard, Profile, Session};
use komainu_core::time::{Instant, earliest};
use komainu_probe::bmc::Bmc;
use komainu_probe::profile::profile;

/// How many servers an appliance guards.
pub(crate) const SERVERS: usize = 16;

/// More rounds than any fencing takes here.
const ROUNDS: usize = 1000;

/// The buffers that everything shares.
pub(crate) struct Desk<'a> {
    pub(crate) out: &'a mut [u8],
    pub(crate) inbox: &'a mut [u8],
}

/// All that is kept for one server, and the BMC that stands in for its real one.
pub(crate) struct Site {
    pub(crate) session: Session,
    fence: Fence,
    ask: Option<Ask>,
    bmc: Bmc,
}

/// Fences all servers at once and checks how each of them ended.
pub(crate) fn fence_all(
    places: &mut [MaybeUninit<Site>; SERVERS],
    keys: KeyRing<'_>,
    chance: &mut Drbg,
    desk: &mut Desk<'_>,
) -> Result<(), &'static str> {
    let mut counters = Counters::default();
    let mut cx = Context { now: Instant::from_micros(0), chance, keys, counters: &mut counters };
    // The longest time is printed before anything is done, so its arithmetic belongs here too.
    black_box(Plan::default().worst_case());
    let mut sites = places.each_mut().map(|place| Site::place(place, profile(), cx.now));
    for _ in 0..ROUNDS {
        let mut next = None;
        for site in &mut sites {
            site.turn(&mut cx, desk)?;
            next = earliest(next, site.deadline());
        }
        match next {
            Some(next) if next > cx.now => cx.now = next,
            Some(_) => return Err("a deadline lies in the past"),
            None => return sites.iter_mut().try_for_each(|site| site.check()),
        }
    }
    Err("a fencing does not end")
}

impl Site {
    /// Out of line: what is moved to its place here shall not lie on the stack of the main loop.
    #[inline(never)]
    pub(crate) fn place(
        place: &mut MaybeUninit<Self>,
        profile: Profile,
        now: Instant,
    ) -> &mut Self {
        let session = Session::new(profile);
        let fence = Fence::new(Plan::default(), now);
        place.write(Self { session, fence, ask: None, bmc: Bmc::default() })
    }

    /// Gets on as far as it can without waiting.
    fn turn(&mut self, cx: &mut Context<'_>, desk: &mut Desk<'_>) -> Result<(), &'static str> {
        loop {
            let asked = self.fence.poll(cx.now);
            if let Some(ask) = asked {
                let (request, budget) = request_of(ask).map_err(|_| "a request is too long")?;
                self.session.submit(cx.now, request, budget).map_err(|_| "asked twice")?;
                self.ask = Some(ask);
            }
            if self.fence.outcome().is_some() {
                self.session.close();
            }
            match self.session.poll(cx, desk.out) {
                Some(Effect::Transmit(len)) => self.exchange(cx, desk, len),
                Some(Effect::Failed(failure)) => {
                    self.ask = None;
                    self.fence.handle(cx.now, Told::Failed(failure));
                }
                None if asked.is_none() => return Ok(()),
                None => {}
            }
        }
    }

    fn exchange(&mut self, cx: &mut Context<'_>, desk: &mut Desk<'_>, len: usize) {
        let sent = desk.out.get(..len).unwrap_or_default();
        let Some(len) = self.bmc.answer(sent, desk.inbox) else { return };
        let datagram = desk.inbox.get_mut(..len).unwrap_or_default();
        if let Some(Heard::Answer(answer)) = self.session.handle(cx, datagram)
            && let Some(ask) = self.ask.take()
        {
            self.fence.handle(cx.now, told(ask, &answer));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let fence = self.fence.deadline().filter(|_| self.ask.is_none());
        earliest(self.session.deadline(), fence)
    }

    /// Off, confirmed, and on again, in two sessions that were both closed.
    fn check(&self) -> Result<(), &'static str> {
        let how = self.fence.fenced().map(|fenced| fenced.how);
        match self.fence.outcome() {
            Some(Outcome::Fenced { power_on: Some(OrderEnd::Proved { .. }) })
                if how == Some(How::Method(Method::Off)) => {}
            _ => return Err("a server was not fenced"),
        }
        if !self.session.is_cold() || !self.bmc.was_fenced_in_two_sessions() {
            return Err("a session was left, or carried two commands");
        }
        Ok(())
    }
}
