//! What becomes of fencings and looks (section 3.4).

use super::host::{Host, OFF_READ, Phase, bit};
use super::moment::Moment;
use super::results::State;
use super::{Acting, Asker, HostIndex, View};
use crate::time::{Instant, Millis};
use crate::types::{Cause, ChassisAction, Event, PowerState, ResetMethod, Source, Token};

/// For how long a host must have been silent before the operator may say that it is off.
const SILENT: Millis = Millis::from_secs(30);

/// A reading of a server's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was read. Silence, an error or another BMC's word is [`PowerState::Unknown`].
    pub power: PowerState,
    /// When it was asked for.
    pub asked: Instant,
    /// Between two readings of off that prove it. The default of a plan is 100 ms.
    pub gap: Millis,
    /// What made somebody read it.
    pub source: Source,
}

/// Whether a power command may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Permit {
    /// It may.
    Granted,
    /// Not before the record is durable, or, after a restart, before somebody asks for it anew; to
    /// be asked again then.
    Waiting,
    /// An earlier run of the connector may have sent it, and it is never repeated.
    Spent,
    /// There is no fencing that needs it, it is held, or this connector no longer acts.
    Denied,
    /// The fencing is over before anything of it has left in this run.
    LetBe(LetBe),
}

/// Why a host is let be that was to be fenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LetBe {
    /// It is heard again, and active by its own word (rule 5).
    Active,
    /// Nobody asks for it any more.
    Unwanted,
}

impl View<'_> {
    /// Begins a fencing; durable before anything of it leaves.
    pub(super) fn begin(&mut self, now: Instant, of: HostIndex, method: ResetMethod) {
        self.cluster.tokens.reserve(self.cluster.acting.term(), self.journal);
        let mark = self.journal.change();
        let Some(host) = self.host_mut(of) else { return };
        let fencing = &mut host.fencing;
        fencing.phase = Phase::Fencing;
        fencing.method = method;
        // Written with the rest, so that the first command waits for one write only.
        fencing.sent = first_command(method).map_or(0, bit);
        fencing.earlier = 0;
        fencing.mark = mark;
        fencing.commanded = Moment::NONE;
        fencing.resumed = false;
        fencing.token = Token::default();
        fencing.switched_on = Moment::NONE;
        fencing.by_operator = false;
        self.notify_fencing(now, of, Event::ResetStarted);
    }

    /// Asks whether a command of the host's fencing may leave now, and notes that it does.
    pub fn permit(&mut self, now: Instant, of: HostIndex, action: ChassisAction) -> Permit {
        let held = self.power_on_is_held(of);
        let acts = self.acts();
        let Some(Host { fencing, .. }) = self.host(of) else { return Permit::Denied };
        let wanted = match (fencing.phase, action) {
            (Phase::Fencing, ChassisAction::Off | ChassisAction::Cycle | ChassisAction::Reset) => {
                !fencing.only_looks()
            }
            (Phase::PowerOnDue, ChassisAction::On) => !held,
            _ => false,
        };
        if !wanted || !acts {
            return Permit::Denied;
        }
        let repeated =
            fencing.earlier & bit(action) != 0 && self.cluster.laws.nothing_is_repeated();
        if action != ChassisAction::Off && repeated {
            return Permit::Spent;
        }
        if let Err(otherwise) = self.judge_anew(now, of) {
            return otherwise;
        }
        let Some(Host { fencing, .. }) = self.hosts.get_mut(usize::from(of.0)) else {
            return Permit::Denied;
        };
        // *Fenced* waits for no power-on.
        let waits = action == ChassisAction::On && !self.journal.is_stored(fencing.mark);
        if !waits && fencing.sent & bit(action) == 0 {
            fencing.sent |= bit(action);
            fencing.mark = self.journal.change();
        }
        let durable = self.journal.is_stored(fencing.mark);
        if !durable && self.cluster.laws.durable_before_command() {
            return Permit::Waiting;
        }
        fencing.session = true;
        if action == ChassisAction::On {
            fencing.switched_on = Moment::at(now);
        } else {
            (fencing.commanded, fencing.resumed) = (Moment::at(now), false);
            self.settle(now, of, |held| {
                // Only what is read after the command proves what it has done.
                if let State::Open { look: None, off_at } = &mut held.state {
                    (held.acted, held.proved, *off_at) = (true, false, Moment::NONE);
                }
                None
            });
        }
        Permit::Granted
    }

    /// Whether commands wait for the disk: they always do.
    pub const fn commands_wait(&self) -> bool {
        self.cluster.laws.durable_before_command()
    }

    pub(super) fn has_commanded(&self, of: HostIndex) -> bool {
        self.host(of).is_some_and(|host| host.fencing.commanded != Moment::NONE)
    }

    /// The server's power was read, for whatever reason. Two readings of off that were asked for
    /// after a question, the gap apart and with nothing else between, settle it: a look at once, a
    /// fencing when it is confirmed, a failure belatedly.
    pub fn reading(&mut self, now: Instant, of: HostIndex, reading: Reading) {
        let reading = self.taken(reading);
        self.note_power(now, of, reading);
        self.note_off(of, reading);
        let Some(host) = self.host(of).filter(|host| host.wanted) else {
            return self.find_tokens(now);
        };
        let laws = self.cluster.laws;
        let (phase, commanded) = (host.phase(), host.fencing.commanded.get());
        let follows = commanded <= Some(reading.asked) || !laws.readings_follow_command();
        self.settle(now, of, |held| {
            let waits = !is_due(held.state, phase);
            let counts = reading.asked >= held.arrived && follows;
            let (State::Open { off_at, .. } | State::Failed { off_at, .. }) = &mut held.state
            else {
                return None;
            };
            match (reading.power, off_at.get()) {
                (PowerState::Off, None) if counts => {
                    *off_at = Moment::at(now);
                    held.proved |= !laws.off_is_read_twice();
                }
                (PowerState::Off, Some(first)) if reading.asked >= first + reading.gap => {
                    held.proved = true;
                }
                (PowerState::Off, _) => {}
                (PowerState::On | PowerState::Unknown, _) => {
                    *off_at = Moment::NONE;
                    // What was off before the fencing was confirmed, and is no longer, proves
                    // nothing of what the fencing does.
                    held.proved &= !waits;
                }
            }
            match held.state {
                State::Open { look: Some(cause), .. }
                    if reading.power == PowerState::On && counts && !held.proved =>
                {
                    Some(State::Refused(cause))
                }
                _ => None,
            }
        });
        self.grant(now, of);
        self.find_tokens(now);
    }

    /// What a reading is taken for: never for more than it says.
    fn taken(&self, reading: Reading) -> Reading {
        match reading.power {
            PowerState::Unknown if !self.cluster.laws.silence_is_not_off() => {
                Reading { power: PowerState::Off, ..reading }
            }
            _ => reading,
        }
    }

    /// Has the first reading of off in a fencing written down beside the pause before the second,
    /// so that *fenced* need not wait for the disk.
    fn note_off(&mut self, of: HostIndex, reading: Reading) {
        let Some(host) = self.hosts.get_mut(usize::from(of.0)) else { return };
        let fencing = &mut host.fencing;
        let off = reading.power == PowerState::Off && fencing.phase == Phase::Fencing;
        let counts = off && fencing.commanded.get() <= Some(reading.asked);
        if counts && fencing.sent & OFF_READ == 0 {
            fencing.sent |= OFF_READ;
            fencing.mark = self.journal.change();
        }
    }

    fn note_power(&mut self, now: Instant, of: HostIndex, reading: Reading) {
        let laws = self.cluster.laws;
        let Some(host) = self.host_mut(of) else { return };
        (host.power, host.power_asked) = (reading.power, Moment::at(reading.asked));
        if reading.power == PowerState::Unknown {
            return;
        }
        let before = core::mem::replace(&mut host.known, reading.power);
        // The end of a fencing, or of a plan's stage, is told by those.
        let planned = host.in_plan && laws.planned_off_is_expected();
        let expected = planned || matches!(host.fencing.phase, Phase::Fencing);
        match (before, reading.power) {
            (PowerState::On, PowerState::Off) if !expected => {
                self.notify_power(now, of, Event::PowerOff, reading.source);
            }
            (PowerState::Off, PowerState::On) => {
                let source = if host.in_plan { Source::Plan } else { reading.source };
                self.notify_power(now, of, Event::PowerOn, source);
            }
            _ => {}
        }
    }

    /// The fencing has confirmed off. `power_on`: the server is to be switched on again, which
    /// waits for the end of a plan or maintenance.
    ///
    /// Questions that arrived too late for the readings turn into looks.
    pub fn confirmed(&mut self, now: Instant, of: HostIndex, power_on: bool) {
        let next = match (power_on, self.power_on_is_held(of)) {
            (true, true) => Phase::OffConfirmed,
            (true, false) => Phase::PowerOnDue,
            (false, _) => Phase::Fenced,
        };
        if !self.advance(now, of, Phase::Fencing, next) {
            return;
        }
        let late = if power_on { Cause::TargetStarting } else { Cause::TargetOn };
        self.settle(now, of, |held| {
            if let State::Open { look: look @ None, .. } = &mut held.state
                && !held.proved
            {
                // One for which a command left is held, so its refusal must not be a passing one.
                *look = Some(if held.acted { Cause::TargetOn } else { late });
            }
            None
        });
        let token = self.next_token();
        self.award(now, of, token);
    }

    /// The fencing has ended without proof of off.
    pub fn failed(&mut self, now: Instant, of: HostIndex, cause: Cause) {
        if !self.advance(now, of, Phase::Fencing, Phase::Failed) {
            return;
        }
        self.settle(now, of, |held| match held.state {
            State::Open { look: None, .. } => {
                held.proved = false;
                Some(State::Failed { cause, off_at: Moment::NONE })
            }
            _ => None,
        });
        self.notify_fencing(now, of, Event::ResetFailed);
    }

    /// A look has ended without a reading, for that cause. What rules 5 to 7 hold back stays
    /// refused for theirs.
    pub fn look_failed(&mut self, now: Instant, of: HostIndex, cause: Cause) {
        self.settle(now, of, |held| match held.state {
            State::Open { look: Some(Cause::TargetOn), off_at } => {
                Some(State::Failed { cause, off_at })
            }
            State::Open { look: Some(otherwise), .. } => Some(State::Refused(otherwise)),
            _ => None,
        });
    }

    /// The power-on has ended, in whatever way.
    pub fn power_on_ended(&mut self, now: Instant, of: HostIndex) {
        self.advance(now, of, Phase::PowerOnDue, Phase::Fenced);
    }

    /// Takes a fencing from one phase to the next; `false` when it is in another.
    fn advance(&mut self, now: Instant, of: HostIndex, from: Phase, to: Phase) -> bool {
        let host = self.hosts.get_mut(usize::from(of.0));
        let Some(host) = host.filter(|host| host.fencing.phase == from) else { return false };
        host.fencing.phase = to;
        host.fencing.ended = Moment::at(now);
        let mark = self.journal.change();
        if host.fencing.sent & OFF_READ == 0 || to == Phase::Failed {
            host.fencing.mark = mark;
        }
        true
    }

    /// The operator has a host switched on. After a fencing it is left time to start, as if that
    /// had been part of it.
    pub fn switched_on(&mut self, now: Instant, of: HostIndex) {
        let mark = self.journal.change();
        if let Some(host) = self.host_mut(of).filter(|host| host.is_barred()) {
            let fencing = &mut host.fencing;
            fencing.switched_on = Moment::at(now);
            (fencing.sent, fencing.mark) = (fencing.sent | bit(ChassisAction::On), mark);
        }
    }

    /// No BMC session is open any more that carried commands of the host's fencing.
    pub fn session_ended(&mut self, of: HostIndex) {
        if let Some(host) = self.host_mut(of) {
            host.fencing.session = false;
            self.see_again(of);
        }
    }

    /// The operator says that a server is off, after its power was read again. Refused while that
    /// reads on, or the host was heard in the last 30 s.
    pub fn confirm_off(&mut self, now: Instant, of: HostIndex) -> Result<Token, Cause> {
        let host = self.host(of).ok_or(Cause::UnknownSystem)?;
        if host.power == PowerState::On {
            return Err(Cause::TargetOn);
        }
        if host.heard_within(now, SILENT) {
            return Err(Cause::TargetActive);
        }
        if !self.acts() {
            return Err(Cause::NotActing);
        }
        let token = self.next_token().ok_or(Cause::Internal)?;
        self.mark_off(now, of, token, true);
        self.settle(now, of, |_| Some(State::Fenced { token, cause: Cause::Operator }));
        Ok(token)
    }

    fn next_token(&mut self) -> Option<Token> {
        self.cluster.tokens.next(self.cluster.acting.term(), self.journal)
    }

    /// Grants what waited for a token.
    pub(super) fn grant_all(&mut self, now: Instant) {
        for at in (0..).map(HostIndex).take(self.hosts.len()) {
            if self.host(at).is_some_and(|host| host.wanted) {
                self.grant(now, at);
            }
        }
    }

    pub(super) fn grant(&mut self, now: Instant, of: HostIndex) {
        let Some(phase) = self.host(of).map(Host::phase) else { return };
        let ready = self.slots.iter().filter_map(|slot| slot.0.as_ref()).any(|held| {
            held.target == of && held.is_unsettled() && held.proved && is_due(held.state, phase)
        });
        if !ready || !self.acts() {
            return;
        }
        if self.is_found_off(of) {
            // What nobody has begun need not be: whoever still waits is served by a look.
            self.confirmed(now, of, false);
        } else {
            let token = self.next_token();
            self.award(now, of, token);
        }
    }

    /// Whether a fencing of which no command has left finds the server off.
    fn is_found_off(&self, of: HostIndex) -> bool {
        self.host(of).is_some_and(|host| {
            let fencing = &host.fencing;
            let untouched = fencing.phase == Phase::Fencing && fencing.commanded == Moment::NONE;
            untouched && host.power == PowerState::Off
        })
    }

    /// Answers *fenced* to all that have proof. Without a token only the operator is told.
    fn award(&mut self, now: Instant, of: HostIndex, token: Option<Token>) {
        let Some(phase) = self.host(of).map(Host::phase) else { return };
        self.settle(now, of, |held| {
            let due = held.proved && is_due(held.state, phase);
            let token = match held.asker {
                Asker::Host(_) => token,
                Asker::Operator => Some(token.unwrap_or_default()),
            };
            let cause = Cause::None;
            token.filter(|_| due).map(|token| State::Fenced { token, cause })
        });
        if let Some(token) = token {
            self.mark_off(now, of, token, false);
        }
    }

    /// Notes proof of off: a host is barred from then on until it is seen again, so that none of
    /// its earlier requests is carried out against the one that takes over.
    fn mark_off(&mut self, now: Instant, of: HostIndex, token: Token, by_operator: bool) {
        let mark = self.journal.change();
        let Some(host) = self.host_mut(of) else { return };
        let fencing = &mut host.fencing;
        fencing.token = token;
        fencing.by_operator = by_operator;
        match fencing.phase {
            Phase::Fencing if !by_operator => {}
            Phase::PowerOnDue | Phase::OffConfirmed => {}
            Phase::Free | Phase::Fencing | Phase::Fenced | Phase::Failed => {
                if fencing.phase == Phase::Fencing {
                    fencing.mark = mark;
                }
                fencing.phase = Phase::Fenced;
                fencing.switched_on = Moment::NONE;
            }
        }
        fencing.ended = Moment::at(now);
        self.notify_fencing(now, of, Event::Fenced);
    }
}

/// Whether proof settles it now: what waits for a fencing waits until that is confirmed.
fn is_due(state: State, phase: Phase) -> bool {
    !matches!(state, State::Open { look: None, .. }) || phase != Phase::Fencing
}

const fn first_command(method: ResetMethod) -> Option<ChassisAction> {
    match method {
        ResetMethod::AsConfigured | ResetMethod::Off | ResetMethod::OffThenOn => {
            Some(ChassisAction::Off)
        }
        ResetMethod::HardReset => Some(ChassisAction::Reset),
        ResetMethod::PowerCycle => Some(ChassisAction::Cycle),
        ResetMethod::LookOnly => None,
    }
}
