//! The question before a login: what does the BMC speak? (Get Channel Authentication
//! Capabilities, section 22.13.)

use core::time::Duration;

use crate::counters::Discard;
use crate::rng::Chance;
use crate::time::{Instant, Micros};
use crate::wire::command::channel::{
    AuthenticationCapabilities, GetChannelAuthenticationCapabilities, THIS_CHANNEL,
};
use crate::wire::command::{Command, CompletionCode, Privilege, Request};
use crate::wire::{Full, ipmb, session15};

use super::channel::Means;
use super::exchange::{answer_to, emit_outside};
use super::login::{Attempt, Step, Verdict};
use super::login20::Clock;

const TIMES: u8 = 4;

/// One question and its repeats.
pub(super) struct Discovery {
    /// Asks for the data of 2.0 as well; some BMCs of 1.5 refuse that.
    extended: bool,
    sequence: u8,
    wait: Micros,
    step: Step,
    /// An answer that leaves 2.0 out, which is believed when no better one comes.
    meagre: Option<AuthenticationCapabilities>,
}

impl Discovery {
    pub(super) fn new(now: Instant, wait: Duration, chance: &mut dyn Chance) -> Self {
        let mut sequence = [0];
        chance.fill(&mut sequence);
        let [sequence] = sequence.map(|sequence| sequence & ipmb::MAX_SEQUENCE);
        let step = Step::new(now, TIMES, wait);
        Self { extended: true, sequence, wait: Micros::of(wait), step, meagre: None }
    }

    /// What the BMC said, once a doubted answer has to be believed.
    pub(super) fn believed(&self) -> Option<AuthenticationCapabilities> {
        self.meagre
    }

    fn request(&self, privilege: Privilege) -> Result<Request, Full> {
        let (channel, extended) = (THIS_CHANNEL, self.extended);
        Request::of(&GetChannelAuthenticationCapabilities { channel, extended, privilege })
    }

    /// Takes a datagram, behind its RMCP header; the BMC's word if it offers 2.0.
    pub(super) fn handle(
        &mut self,
        clock: &mut Clock<'_>,
        means: &Means<'_>,
        bytes: &[u8],
    ) -> Result<Option<AuthenticationCapabilities>, Discard> {
        let packet = session15::Packet::parse(bytes).map_err(|_| Discard::Malformed)?;
        let request = self.request(means.profile.privilege).map_err(|_| Discard::Unexpected)?;
        let (code, data) = answer_to(&request, self.sequence, packet.message, false)?;
        if !code.is_success() {
            return self.refused(clock.now, code).map(|()| None);
        }
        let answer =
            GetChannelAuthenticationCapabilities::parse(data).map_err(|_| Discard::Malformed)?;
        if answer.offers_2_0() {
            self.step.answered(clock.now, clock.way);
            return Ok(Some(answer));
        }
        self.meagre = Some(answer);
        self.step.doubt(clock.now, Verdict::Restart);
        Ok(None)
    }

    fn refused(&mut self, now: Instant, code: CompletionCode) -> Result<(), Discard> {
        if !self.extended || code.is_temporary() {
            return Err(Discard::Unexpected);
        }
        self.extended = false;
        self.sequence = self.sequence.wrapping_add(1) & ipmb::MAX_SEQUENCE;
        self.step = Step::new(now, TIMES, self.wait.duration());
        Ok(())
    }
}

impl Attempt for Discovery {
    fn step(&self) -> &Step {
        &self.step
    }

    fn step_mut(&mut self) -> &mut Step {
        &mut self.step
    }

    fn emit(&self, means: &Means<'_>, out: &mut [u8]) -> Result<usize, Full> {
        let request = self.request(means.profile.privilege)?;
        emit_outside(&request, self.sequence, out)
    }
}
