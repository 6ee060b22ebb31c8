//! A server goes down: asked, then forced, then read.

use core::time::Duration;

use crate::time::Millis;
use crate::types::Directed;

use super::{first_means, seconds};
use crate::power::chain::{Ask, At, Means};
use crate::power::parts::{Parts, Turn};
use crate::power::tell::{Means as Tried, Tell};
use crate::power::view::Aim;
use crate::power::words::{Action, Job, RunEnd, Switch};

/// Before a BMC is ordered again that has not obeyed.
const AGAIN: Duration = Duration::from_secs(2);
/// Before a server is asked again by its BMC to shut down, or one that reads on is ordered off.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// Before a BMC that says nothing is ordered again to switch off what it could not.
const FORCE_AGAIN: Duration = Duration::from_secs(30);

impl Parts<'_> {
    pub(super) fn turn_shutting_down(&mut self, at: usize, means: Means) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (chain, config) = (*planned.chain, planned.config);
        let server = config.server;
        if !self.shared.is_stored(chain.mark) {
            return Turn::Still;
        }
        let aim = self.view().aim(planned);
        let first = matches!(chain.ask, Ask::Due(_)) && self.shared.laws.read_before_ordering();
        if aim == Aim::Down && self.view().is_to_be_told(planned, means) {
            return self.rejoin(at);
        }
        if aim != Aim::Down && first {
            // What was ordered before a restart, or in vain, is not ordered again: it would hit
            // one that has just come back.
            return self.turn_not_asked(at, aim, config.shutdown);
        }
        if self.is_late(at, config.shutdown) {
            return self.moved(at, chain.at);
        }
        if self.view().due(chain.since + config.shutdown) {
            return self.turn_not_obeyed(at, means);
        }
        match (means, chain.ask) {
            (_, Ask::Due(from)) if !self.view().due(from) => Turn::Still,
            (Means::Member, Ask::Due(_)) => match self.view().member(planned) {
                Some(member) => {
                    let limit = seconds(self.view().shutdown_limit(planned));
                    self.direct(at, Some(member), Directed::ShutDown, limit, None)
                }
                None if self.view().may_speak(planned) => Turn::Still,
                None => self.ask_by_bmc(at),
            },
            (Means::Command, Ask::Due(_)) => {
                let limit = config.shutdown;
                let (run, turn) = self.run(Job::ShutDown(server), limit);
                let now = self.now;
                if let Some(chain) = self.chains.get_mut(at) {
                    chain.sent(now, None, Some(run));
                }
                turn
            }
            (Means::Bmc, Ask::Due(_)) => self.switch(at, Switch::Soft),
            (_, Ask::Sent { .. } | Ask::Done { .. }) => Turn::Still,
            (Means::Bmc, Ask::Failed { why, at: when }) => {
                let again = Ask::Due(when + ASK_AGAIN);
                self.tell_tried(at, again, Tried::Switch(Switch::Soft, why))
            }
            (Means::Member, Ask::Failed { .. }) => {
                let _ = self.ask_by_bmc(at);
                let what = Tried::Directive(Directed::ShutDown);
                Turn::Act(Action::Tell(Tell::Slow { server, what }))
            }
            (Means::Command, Ask::Failed { .. }) => {
                let _ = self.ask_by_bmc(at);
                let what = Tried::Job(Job::ShutDown(server), RunEnd::Failed);
                Turn::Act(Action::Tell(Tell::Slow { server, what }))
            }
        }
    }

    /// The mains are back before it was asked, by this start of the machine.
    fn turn_not_asked(&mut self, at: usize, aim: Aim, limit: Millis) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let chain = *planned.chain;
        let another = self.view().member(planned).is_some_and(|epoch| chain.member != Some(epoch));
        let over = self.view().due(chain.since + limit);
        match aim {
            Aim::Up if another => {
                self.fell(at);
                self.moved(at, At::Booting)
            }
            Aim::Up if over => self.moved(at, At::Booting),
            Aim::Up | Aim::Stay | Aim::Down => Turn::Still,
        }
    }

    /// The limit began with the first means.
    pub(super) fn ask_by_bmc(&mut self, at: usize) -> Turn {
        let now = self.now;
        if let Some(chain) = self.chains.get_mut(at) {
            chain.at = At::ShuttingDown(Means::Bmc);
            chain.ask = Ask::Due(now);
        }
        Turn::Moved
    }

    /// A server that was asked to shut down still reads on, or nothing, at the limit.
    pub(super) fn turn_not_obeyed(&mut self, at: usize, means: Means) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let view = self.view();
        let heard = view.facts(planned).heard;
        let runs = heard.is_some_and(|(heard, _)| heard > planned.chain.since)
            && view.member(planned).is_some();
        if runs && view.aim(planned) == Aim::Up {
            // The order never arrived, and nothing is gained by it any more.
            return self.moved(at, At::ServicesBack);
        }
        if view.aim(planned) == Aim::Down && view.came_back(planned) {
            return self.rejoin(at);
        }
        let server = planned.config.server;
        let what = match means {
            Means::Member => Tried::Directive(Directed::ShutDown),
            Means::Command => Tried::Job(Job::ShutDown(server), RunEnd::TimedOut),
            Means::Bmc => Tried::Switch(Switch::Soft, None),
        };
        self.go(at, At::Forcing);
        Turn::Act(Action::Tell(Tell::Slow { server, what }))
    }

    pub(super) fn turn_forcing(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (chain, config) = (*planned.chain, planned.config);
        if !self.shared.is_stored(chain.mark) {
            return Turn::Still;
        }
        let aim = self.view().aim(planned);
        let before = chain.since <= self.shared.started && matches!(chain.ask, Ask::Due(_));
        if aim != Aim::Down && before && self.shared.laws.restart_shoots_nobody() {
            // It was to be forced off before a restart, and may have come back since.
            return self.turn_not_asked(at, aim, config.force);
        }
        if self.view().has_not_heard(planned) {
            return self.rejoin(at);
        }
        if before && self.view().may_speak(planned) {
            // It may have started anew since, which its member tells in a moment.
            return Turn::Still;
        }
        let server = config.server;
        if self.view().due(chain.since + config.force) {
            self.fell(at);
            self.go(at, At::NotProved);
            let told = match self.chains.get_mut(at) {
                Some(chain) => core::mem::replace(&mut chain.told, true),
                None => true,
            };
            let tell = Action::Tell(Tell::NotProvedOff(server));
            return if told { Turn::Moved } else { Turn::Act(tell) };
        }
        match chain.ask {
            Ask::Due(from) if self.view().due(from) => self.switch(at, Switch::Off),
            Ask::Due(_) | Ask::Sent { .. } | Ask::Done { .. } => Turn::Still,
            Ask::Failed { why, at: when } => {
                self.tell_tried(at, Ask::Due(when + AGAIN), Tried::Switch(Switch::Off, why))
            }
        }
    }

    /// Tells the first failure of a step, and has it tried again.
    pub(in crate::power) fn tell_tried(&mut self, at: usize, again: Ask, what: Tried) -> Turn {
        let (Some(config), Some(chain)) = (self.site.servers.get(at), self.chains.get_mut(at))
        else {
            return Turn::Still;
        };
        chain.ask = again;
        match chain.tries {
            0 | 1 => Turn::Act(Action::Tell(Tell::Slow { server: config.server, what })),
            _ => Turn::Moved,
        }
    }

    /// It is off, or was forced off in vain.
    pub(super) fn turn_stopped(&mut self, at: usize, step: At, aim: Aim) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let chain = *planned.chain;
        let reads_on = self.view().reads_on(planned, chain.since);
        let speaks = self.view().speaks(planned, chain.since);
        let wants = chain.was_on || !self.shared.laws.off_stays_off();
        // While the operator answers for the battery nothing is over.
        let short = self.view().outlook(planned).endangered();
        match (aim, step) {
            (Aim::Up, _) if short => Turn::Still,
            (Aim::Up, _) if !wants => self.moved(at, At::Leaving),
            (Aim::Up, _) => self.moved(at, At::Waiting),
            (Aim::Down, At::Off) if (reads_on || speaks) && !chain.was_on => {
                self.runs_after_all(at)
            }
            (Aim::Down, At::Off) if speaks => {
                let first = first_means(planned.config);
                self.moved(at, At::ShuttingDown(first))
            }
            (Aim::Down, At::Off) if reads_on => self.moved(at, At::ShuttingDown(Means::Bmc)),
            (Aim::Down, At::NotProved) if self.view().has_not_heard(planned) => self.rejoin(at),
            (Aim::Down, At::NotProved) if self.is_to_be_forced_again(at, reads_on) => {
                self.switch(at, Switch::Off)
            }
            (Aim::Down | Aim::Stay, _) => Turn::Still,
        }
    }

    /// It was off when the plan came to it, or its reading was old: it goes the way of all others.
    fn runs_after_all(&mut self, at: usize) -> Turn {
        self.change_plan(|plan| plan.concerned = plan.concerned.saturating_add(1));
        if let Some(chain) = self.chains.get_mut(at) {
            chain.was_on = true;
        }
        self.moved(at, At::Up)
    }

    /// One that was forced off in vain is ordered off again at a slow pace. It stays not proved
    /// off all the while, so that no order to cut is placed for its output.
    fn is_to_be_forced_again(&self, at: usize, reads_on: bool) -> bool {
        let Some(planned) = self.view().planned(at) else { return false };
        let chain = planned.chain;
        let last = match chain.ask {
            Ask::Sent { at, .. } => at,
            Ask::Due(_) | Ask::Done { .. } | Ask::Failed { .. } => chain.since,
        };
        let slow = planned.config.force.duration().max(FORCE_AGAIN);
        self.view().due(last + if reads_on { ASK_AGAIN } else { slow })
    }
}
