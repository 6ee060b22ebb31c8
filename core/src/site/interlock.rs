//! How what one machine wants becomes what the other does.

use crate::connector;
use crate::connector::interlock::{Reported, Step};
use crate::power::{self, End, Switch};
use crate::time::Instant;
use crate::types::{Directed, DirectiveId, ServerIndex};

use super::directing::Direction;
use super::{Action, Input, Known, Site, lines};

impl<const N: usize, const C: usize, const U: usize> Site<N, C, U> {
    pub(super) fn take(&mut self, now: Instant, input: Input<'_>) {
        let of_connector = match input {
            Input::ResetPath { cluster, from, datagram } => {
                connector::Input::ResetPath { cluster, from, datagram }
            }
            Input::Bmc { from, datagram } => connector::Input::Bmc { from, datagram },
            Input::Hint { server, source } => connector::Input::Hint { server, source },
            Input::Order { ticket, order } => connector::Input::Order { ticket, order },
            Input::Persisted(generation) => return self.persisted(now, generation),
            Input::Reading { ups, asked, reading } => {
                if let Some(line) = self.lines.get_mut(ups.at()) {
                    line.read(now, asked, reading);
                }
                let reading = reading.map(|reading| self.without_cuts(now, ups, reading));
                return self.tell_power(now, power::Input::Reading { ups, asked, reading });
            }
            Input::HintUps(ups) => return self.tell_power(now, power::Input::Hint(ups)),
            Input::Witness { server, lost } => {
                return self.tell_power(now, power::Input::Witness { server, lost });
            }
            Input::Ordered { run, .. } if self.outlet_ordered(now, run) => return,
            Input::Ordered { run, answer } => {
                return self.tell_power(now, power::Input::Ordered { run, answer });
            }
            Input::Ran { run, end } => {
                return self.tell_power(now, power::Input::Ran { run, end });
            }
            Input::OrderPlan { ticket, order } => {
                return self.tell_power(now, power::Input::Order { ticket, order });
            }
        };
        if let Some(reported) = self.connector.hear(now, of_connector) {
            self.reported(now, reported);
        }
    }

    fn tell_power(&mut self, now: Instant, input: power::Input) {
        #[cfg(test)]
        {
            if self.told.is_full() {
                self.told.remove(0);
            }
            let _ = self.told.push(input);
        }
        self.power.handle(now, input);
        self.power_stirred = true;
    }

    fn persisted(&mut self, now: Instant, generation: u64) {
        let both = self.writes.persisted(generation);
        if let Some(generation) = both.connector {
            self.connector.handle(now, connector::Input::Persisted(generation));
        }
        if let Some(generation) = both.power {
            self.tell_power(now, power::Input::Persisted(generation));
        }
    }

    fn reported(&mut self, now: Instant, reported: Reported) {
        let Reported { server, epoch, progress } = reported;
        let direction = self.directions.get_mut(server.at()).and_then(Option::as_mut);
        let about = direction.and_then(|direction| {
            let about = direction.reported(now, (server, epoch), &progress)?;
            Some((about, direction.due()))
        });
        match about {
            Some((about, due)) => {
                let ended = progress.state.is_final();
                self.due.set(server.0, (!ended).then_some(due));
                self.tell_power(now, about);
            }
            None => self.connector.drop_report(server),
        }
    }

    /// The next thing to do. The plan comes first: what it holds is held before anything else
    /// happens.
    pub(super) fn next(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        loop {
            if let Some(generation) = self.writes.next() {
                return Some(Action::Persist { generation });
            }
            if let Some(action) = self.next_of_power(now) {
                match self.carry_out(now, action) {
                    Some(action) => return Some(action),
                    None => continue,
                }
            }
            match self.connector.step(now, out) {
                Some(Step::Do(action)) => match self.action_of(action) {
                    Some(action) => return Some(action),
                    None => continue,
                },
                Some(Step::Stirred(server)) => self.stirred(now, server),
                Some(Step::Switched { server, end }) => {
                    self.tell_power(now, power::Input::Switched { server, end });
                }
                None => {
                    let next = self.next_outlet(now);
                    if let Some(action) = next.or_else(|| self.next_directive(now, out))? {
                        return Some(action);
                    }
                }
            }
        }
    }

    fn next_of_power(&mut self, now: Instant) -> Option<power::Action> {
        let due = self.power.deadline().is_some_and(|due| due <= now);
        if !self.power_stirred && !due {
            return None;
        }
        let known = Known { connector: &self.connector, now };
        let action = self.power.poll(now, &known);
        self.power_stirred = action.is_some();
        if action.is_none() && !core::mem::replace(&mut self.set_out, true) {
            self.connector.held_all(now);
        }
        action
    }

    /// Whether anything hangs on a UPS.
    fn has_plan(&self) -> bool {
        !self.power.config().servers().is_empty()
    }

    pub(super) fn planned(&self, server: ServerIndex) -> Option<&power::PlannedServer> {
        self.power.config().servers().iter().find(|planned| planned.server == server)
    }

    fn stirred(&mut self, now: Instant, server: ServerIndex) {
        self.follow_outlets(now, server);
        if self.has_plan() {
            let feeds = self.planned(server).map(|planned| &planned.feeds[..]);
            let dark = lines::all_off(&self.lines, feeds.unwrap_or_default(), now);
            self.connector.set_dark(server, dark);
            self.tell_power(now, power::Input::Stirred(server));
        }
    }

    fn action_of(&mut self, action: connector::Action) -> Option<Action> {
        Some(match action {
            connector::Action::ResetPath { cluster, to, len } => {
                Action::ResetPath { cluster, to, len }
            }
            connector::Action::Broadcast { cluster, len } => Action::Broadcast { cluster, len },
            connector::Action::Bmc { to, len } => Action::Bmc { to, len },
            connector::Action::Persist { generation } => {
                self.writes.want_connector(generation);
                return None;
            }
            connector::Action::Answer { ticket, answer } => Action::Answer { ticket, answer },
            connector::Action::Tell(tell) => Action::Tell(tell),
        })
    }

    /// Has done what the plan wants, or says what is to be done for it.
    pub(super) fn carry_out(&mut self, now: Instant, action: power::Action) -> Option<Action> {
        match action {
            power::Action::Persist { generation } => self.writes.want_power(generation),
            power::Action::Read(ups) => return Some(Action::ReadUps(ups)),
            power::Action::Order { run, ups, order } => {
                return Some(Action::OrderUps { run, ups, order });
            }
            power::Action::Hold { server, held } => {
                self.connector.hold(now, server, held);
                if !held {
                    self.forget_stopping(server);
                }
            }
            power::Action::Direct { server, action, seconds, group } => {
                self.direct(now, server, (action, seconds, group));
            }
            power::Action::Switch { server, switch } => self.switch(now, server, switch),
            power::Action::Run { run, job, limit } => {
                return Some(Action::Run { run, job, limit });
            }
            power::Action::ProvedByFeed { server, asked } => {
                self.connector.proved_by_feed(now, server, asked);
            }
            power::Action::Answer { ticket, answer } => {
                return Some(Action::AnswerPlan { ticket, answer });
            }
            power::Action::Tell(tell) => {
                if let power::Tell::Ended { end, .. } = tell {
                    self.connector.plan_ended(now, end == End::Cancelled);
                }
                return Some(Action::TellPower(tell));
            }
        }
        None
    }

    fn switch(&mut self, now: Instant, server: ServerIndex, switch: Switch) {
        if switch != Switch::Soft {
            self.forget_stopping(server);
        }
        if let Err(failure) = self.connector.switch(now, server, switch) {
            self.tell_power(now, power::Input::Switched { server, end: Err(failure) });
        }
    }

    fn direct(&mut self, now: Instant, server: ServerIndex, what: (Directed, u32, Option<u8>)) {
        let epoch = self.epoch_of(now, server);
        let Some(slot) = self.directions.get_mut(server.at()) else { return };
        self.last_directive = self.last_directive.saturating_add(1);
        *slot = Some(Direction::new(now, DirectiveId(self.last_directive), what, epoch));
        self.due.set(server.0, Some(now));
    }

    fn epoch_of(&self, now: Instant, server: ServerIndex) -> Option<crate::types::Epoch> {
        self.connector.facts(now, server)?.heard.map(|(_, epoch)| epoch)
    }

    /// Nobody wants what a member was directed to stop.
    pub(super) fn forget_stopping(&mut self, server: ServerIndex) {
        let direction = self.directions.get(server.at()).and_then(Option::as_ref);
        if direction.is_some_and(Direction::stops) {
            self.forget(server);
        }
    }

    /// Sends the next directive that is due. `None` when none is; `Some(None)` when there was
    /// nothing to send of one.
    fn next_directive(&mut self, now: Instant, out: &mut [u8]) -> Option<Option<Action>> {
        let (_, at) = self.due.first().filter(|(due, _)| *due <= now)?;
        let server = ServerIndex(at);
        let epoch = self.epoch_of(now, server);
        let planned = self.power.config().servers();
        let planned = planned.iter().find(|planned| planned.server == server);
        let direction = self.directions.get_mut(server.at()).and_then(Option::as_mut);
        let Some(direction) = direction.filter(|direction| !direction.is_over(now, epoch)) else {
            self.due.set(at, None);
            return Some(None);
        };
        let directive = direction.send(now, planned);
        self.due.set(at, Some(direction.due()));
        let sent = directive
            .and_then(|directive| self.connector.direct(now, server, directive, out))
            .and_then(|action| self.action_of(action));
        Some(sent)
    }
}
