//! One server's way down: each step ends on evidence, or at its limit.

mod shutting;

use core::time::Duration;

use crate::time::Millis;
use crate::types::{Directed, Epoch, PowerState};

use super::budget::{self, Place};
use super::chain::{Ask, At, Chain, Means};
use super::config::{AskBy, PlannedServer};
use super::parts::{Parts, Turn};
use super::tell::{Cause, Means as Tried, Tell};
use super::view::{Aim, FENCING, Planned, Tally, View};
use super::words::Action;

/// A freeze holds for so many seconds without a word of the connector, and a thaw is tried for so
/// long.
pub(super) const HOLDS: u32 = 60;
/// Two readings of off lie at least so far apart.
const CONFIRM_GAP: Duration = Duration::from_millis(100);

/// So much at most is kept for the host when what comes before it takes too long.
const LEFT_TO_HOST: Duration = Duration::from_secs(60);

impl View<'_> {
    /// Whether failover of a server is frozen and its maintenance software entered, or that is
    /// not waited for any more.
    pub(super) fn is_frozen(&self, planned: Planned<'_>) -> bool {
        let chain = planned.chain;
        if self.is_entering(planned) {
            return false;
        }
        if self.shared.laws.fencing_ends_first()
            && self.facts(planned).fencing
            && !self.due(chain.since + FENCING)
        {
            return false;
        }
        let Some(member) = self.member_at_work(planned) else { return !self.may_speak(planned) };
        let frozen = matches!(chain.ask, Ask::Done { to } if to == Some(member));
        frozen || self.due(chain.since + planned.config.freeze)
    }

    /// Whether there is no more left than the shutdown of the host itself has to have.
    fn is_pressed(&self, planned: Planned<'_>) -> bool {
        let Some(end) = self.end_of(planned) else { return false };
        let place = Place { step: budget::Step::ShutDown, since: None, member: true };
        let steps = &planned.chain.steps;
        let takes = budget::expected(planned.config, steps, Duration::ZERO, place, self.now);
        let reserve = self.site.timing.reserve.duration();
        self.due_before(end, takes.min(LEFT_TO_HOST) + reserve)
    }

    /// How long a member has to shut its host down. It waits for what it still stops for half of
    /// that, for which there may be no time.
    fn shutdown_limit(&self, planned: Planned<'_>) -> Millis {
        let whole = planned.config.shutdown;
        if self.is_pressed(planned) { whole.min(self.site.timing.reserve) } else { whole }
    }

    /// Whether a server may go on beyond being frozen: it is durable, the others are frozen, and
    /// the stages before it are down or time is up.
    fn may_stop(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let Some(plan) = self.plan() else { return false };
        if !self.shared.is_stored(plan.mark) || !self.shared.is_stored(planned.chain.mark) {
            return false;
        }
        let before = tally.unsettled.iter().take(usize::from(planned.config.stage));
        let first = before.sum::<u16>() == 0 || !self.shared.laws.stages_in_order();
        tally.freezing == 0 && (first || self.is_squeezed(planned, tally))
    }
}

impl Parts<'_> {
    /// A server on its way down, or down.
    pub(super) fn turn_down(&mut self, at: usize, tally: &Tally) -> Turn {
        self.look(at);
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (step, aim) = (planned.chain.at, self.view().aim(planned));
        if step != At::Up && !planned.chain.held && self.shared.laws.plan_holds() {
            return self.hold(at, true);
        }
        if self.is_proved_off(at) && !matches!(step, At::Up | At::Off | At::Last) {
            return self.stopped(at, step);
        }
        if step.orders() && !self.view().is_known(planned) {
            return Turn::Still;
        }
        match step {
            At::Up => self.turn_waiting(at, aim, tally),
            At::Freezing => self.turn_freezing(at, aim, tally),
            At::Guests(group) => self.turn_guests(at, group, aim),
            At::Services => self.turn_services(at, aim),
            At::ShuttingDown(means) => self.turn_shutting_down(at, means),
            At::Forcing => self.turn_forcing(at),
            At::Off | At::NotProved => self.turn_stopped(at, step, aim),
            At::Last => match aim {
                // It may have gone down, and this machine with it.
                Aim::Up => self.moved(at, At::Booting),
                Aim::Down | Aim::Stay => Turn::Still,
            },
            At::Free | At::Waiting | At::Starting | At::Booting => Turn::Still,
            At::ServicesBack | At::GuestsBack(_) | At::Leaving => Turn::Still,
            At::Dropped | At::Late(_) => Turn::Still,
        }
    }

    pub(super) fn moved(&mut self, at: usize, to: At) -> Turn {
        self.go(at, to);
        Turn::Moved
    }

    /// The mains are back for one that was not asked to go down yet. If nothing tells that it
    /// runs, it may have lost its power meanwhile: that is found out first.
    fn kept(&mut self, at: usize, to: At) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let view = self.view();
        // Its last word is older than a reading of off that counts.
        let speaks =
            view.member(planned).is_some() && !view.reads_off(planned, planned.chain.since);
        let runs = speaks || view.reads_on_lately(planned);
        let sure = runs || !planned.chain.was_on;
        self.moved(at, if sure { to } else { At::Booting })
    }

    pub(super) fn hold(&mut self, at: usize, held: bool) -> Turn {
        let (Some(config), Some(chain)) = (self.site.servers.get(at), self.chains.get_mut(at))
        else {
            return Turn::Still;
        };
        chain.held = held;
        Turn::Act(Action::Hold { server: config.server, held })
    }

    /// Takes in the newest reading of its power.
    pub(super) fn look(&mut self, at: usize) {
        let Some(planned) = self.view().planned(at) else { return };
        let facts = self.view().facts(planned);
        let Some(asked) = facts.asked else { return };
        let Some(chain) = self.chains.get_mut(at) else { return };
        let news = asked > chain.since && chain.looked.is_none_or(|looked| asked > looked);
        if !news {
            return;
        }
        match (facts.power, chain.off_read) {
            (PowerState::Off, None) => chain.off_read = Some(asked),
            (PowerState::Off, Some(first)) if asked.since(first) < CONFIRM_GAP => return,
            (PowerState::Off, Some(_)) | (PowerState::Unknown, _) => {}
            (PowerState::On, _) => chain.off_read = None,
        }
        chain.looked = Some(asked);
    }

    /// Whether it has read off twice since the step began, without an on in between.
    pub(super) fn is_proved_off(&self, at: usize) -> bool {
        let Some(chain) = self.chains.get(at) else { return false };
        if !self.shared.laws.off_needs_readings() {
            return chain.is_falling() && !matches!(chain.ask, Ask::Due(_));
        }
        let Some(first) = chain.off_read else { return false };
        chain.looked.is_some_and(|looked| looked.since(first) >= CONFIRM_GAP)
    }

    fn stopped(&mut self, at: usize, step: At) -> Turn {
        let now = self.now;
        let Some(config) = self.site.servers.get(at) else { return Turn::Still };
        if let Some(chain) = self.chains.get_mut(at) {
            let took = now.since(chain.since);
            match step {
                At::ShuttingDown(_) => chain.steps.note(budget::Step::ShutDown, took),
                At::Forcing => chain.steps.note(budget::Step::Force, took),
                _ => {}
            }
            chain.told = false;
        }
        self.fell(at);
        self.go(at, At::Off);
        Turn::Act(Action::Tell(Tell::Stopped(config.server)))
    }

    /// It is down, or cannot be kept up any more.
    pub(super) fn fell(&mut self, at: usize) {
        let Some(chain) = self.chains.get_mut(at) else { return };
        let newly = chain.was_on && !chain.fell;
        chain.fell = true;
        self.change_plan(|plan| plan.fell = plan.fell.saturating_add(u16::from(newly)));
    }

    fn turn_waiting(&mut self, at: usize, aim: Aim, tally: &Tally) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let outlook = self.view().outlook(planned);
        match aim {
            Aim::Stay => Turn::Still,
            // While the operator answers for the battery it stays in the plan, to its very end.
            Aim::Up if outlook.endangered() || outlook.dark => Turn::Still,
            // One that was given up while the mains failed again still is.
            Aim::Up if planned.chain.held => self.hold(at, false),
            Aim::Up => self.kept(at, At::Free),
            Aim::Down if self.view().begins(planned, tally) => {
                let stage = planned.config.stage;
                if let Some(tell) = self.tell_stage(stage, tally) {
                    return Turn::Act(tell);
                }
                if let Some(chain) = self.chains.get_mut(at) {
                    chain.thawed = false;
                }
                self.moved(at, At::Freezing)
            }
            Aim::Down => Turn::Still,
        }
    }

    fn turn_freezing(&mut self, at: usize, aim: Aim, tally: &Tally) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        if aim == Aim::Up {
            return self.kept(at, At::Leaving);
        }
        let member = self.view().member_at_work(planned);
        if self.is_to_be_directed(at, member) {
            return self.direct(at, member, Directed::Freeze, HOLDS, None);
        }
        let rehearsed = self.plan().is_some_and(|plan| plan.cause == Cause::Rehearsal);
        if aim == Aim::Stay || rehearsed || !self.view().is_frozen(planned) {
            return Turn::Still;
        }
        if !self.view().may_stop(planned, tally) {
            return Turn::Still;
        }
        self.note(at, budget::Step::Freeze);
        let groups = !planned_groups(self, at).is_empty();
        match groups && self.shared.laws.guests_before_host() {
            true => self.moved(at, At::Guests(0)),
            false => self.moved(at, At::Services),
        }
    }

    fn turn_guests(&mut self, at: usize, group: u8, aim: Aim) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        if aim == Aim::Up {
            return self.kept(at, At::GuestsBack(group));
        }
        if aim == Aim::Stay && matches!(planned.chain.ask, Ask::Due(_) | Ask::Done { .. }) {
            // Whether the mains are there shows in a moment: nothing is lost by waiting.
            return Turn::Still;
        }
        let limit = planned.config.guests;
        match self.turn_directed(at, Directed::StopGuests, limit, Some(group)) {
            None => return Turn::Still,
            Some(Err(turn)) => return turn,
            Some(Ok(())) => {}
        }
        self.note(at, budget::Step::Guests(group));
        let next = group.saturating_add(1);
        match usize::from(next) < planned_groups(self, at).len() {
            true => self.moved(at, At::Guests(next)),
            false => self.moved(at, At::Services),
        }
    }

    fn turn_services(&mut self, at: usize, aim: Aim) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        if aim == Aim::Up {
            return self.kept(at, At::ServicesBack);
        }
        if aim == Aim::Stay && matches!(planned.chain.ask, Ask::Due(_) | Ask::Done { .. }) {
            return Turn::Still;
        }
        let own = self.view().is_own(planned.config);
        let first = first_means(planned.config);
        let limit = planned.config.services;
        match self.turn_directed(at, Directed::StopServices, limit, None) {
            None => Turn::Still,
            Some(Err(turn)) => turn,
            Some(Ok(())) => {
                self.note(at, budget::Step::Services);
                self.moved(at, if own { At::Last } else { At::ShuttingDown(first) })
            }
        }
    }

    /// A step that is directed to the member: `None` while it goes on, `Some(Ok)` once it is
    /// over, one way or another; `Some(Err)` is to be done first.
    pub(super) fn turn_directed(
        &mut self,
        at: usize,
        action: Directed,
        limit: Millis,
        group: Option<u8>,
    ) -> Option<Result<(), Turn>> {
        let planned = self.view().planned(at)?;
        let (chain, server) = (*planned.chain, planned.config.server);
        let member = match chain.ask {
            Ask::Due(_) => self.view().member(planned),
            _ => self.view().member_at_work(planned),
        };
        if member.is_none() && self.view().may_speak(planned) {
            return None;
        }
        if matches!(chain.ask, Ask::Done { .. }) || member.is_none() {
            return Some(Ok(()));
        }
        let down = matches!(action, Directed::StopGuests | Directed::StopServices);
        let pressed = down && self.view().is_pressed(planned);
        if down && !pressed && self.is_late(at, limit) {
            return Some(Err(self.moved(at, chain.at)));
        }
        let over = pressed || self.view().due(chain.since + limit);
        if over || matches!(chain.ask, Ask::Failed { .. }) {
            // A step that has ended is told once, and then counts as done.
            if let Some(chain) = self.chains.get_mut(at) {
                chain.ask = Ask::Done { to: None };
            }
            let what = Tried::Directive(action);
            return Some(Err(Turn::Act(Action::Tell(Tell::Slow { server, what }))));
        }
        if !self.shared.is_stored(chain.mark) {
            return None;
        }
        if self.is_to_be_directed(at, member) {
            return Some(Err(self.direct(at, member, action, seconds(limit), group)));
        }
        None
    }

    /// Whether much of the time of a step has passed before it was known where it goes. Whoever is
    /// there now has its whole time for it.
    pub(super) fn is_late(&self, at: usize, limit: Millis) -> bool {
        let Some(chain) = self.chains.get(at).filter(|chain| chain.is_unasked()) else {
            return false;
        };
        let late = self.view().due(chain.since + limit.duration() / 4);
        late && self.shared.is_stored(chain.mark) && self.shared.laws.read_before_ordering()
    }

    /// Whether the member has not been directed yet, or another one has started since.
    fn is_to_be_directed(&self, at: usize, member: Option<Epoch>) -> bool {
        let Some(chain) = self.chains.get(at) else { return false };
        let directed = match chain.ask {
            Ask::Due(_) => None,
            Ask::Sent { to, .. } | Ask::Done { to } => to,
            // It is not asked again for what it could not do.
            Ask::Failed { .. } => return false,
        };
        member.is_some() && directed != member
    }

    /// Measures a step that has ended.
    fn note(&mut self, at: usize, step: budget::Step) {
        let now = self.now;
        let measured = |chain: &Chain| matches!(chain.ask, Ask::Done { to: Some(_) });
        if let Some(chain) = self.chains.get_mut(at).filter(|chain| measured(chain)) {
            let took = now.since(chain.since);
            chain.steps.note(step, took);
        }
    }
}

/// By what a server is asked first to shut down.
const fn first_means(config: &PlannedServer) -> Means {
    match config.ask_by {
        AskBy::Member => Means::Member,
        AskBy::Command => Means::Command,
        AskBy::Bmc => Means::Bmc,
    }
}

fn planned_groups<'a>(parts: &Parts<'a>, at: usize) -> &'a [crate::types::GroupName] {
    parts.site.servers.get(at).map_or(&[], |config| &config.groups)
}

/// Whole seconds, at least one.
pub(super) fn seconds(limit: Millis) -> u32 {
    let secs = limit.duration().as_secs();
    u32::try_from(secs).unwrap_or(u32::MAX).max(1)
}
