//! What happens to the machine. It is only noted here; what follows from it is for the next poll.

use crate::types::{Directed, Epoch, ReportState, ServerIndex};

use super::chain::{Ask, At, Chain};
use super::parts::Parts;
use super::shared::Going;
use super::words::{Input, RunEnd, RunId, SwitchFailure};

impl Parts<'_> {
    /// Takes in what happened.
    pub(super) fn handle(&mut self, input: Input) {
        let now = self.now;
        self.shared.stirred = true;
        match input {
            Input::Reading { ups, asked, reading } => {
                let config = self.site.ups.get(ups.at());
                if let (Some(line), Some(config)) = (self.lines.get_mut(ups.at()), config) {
                    line.hear(config, asked, now, reading);
                }
            }
            Input::Hint(ups) => self.hint(ups),
            Input::Witness { server, lost } => {
                if let Some(chain) = self.chain_of(server) {
                    chain.witness = lost.then(|| chain.witness.unwrap_or(now));
                }
            }
            Input::Ordered { run, answer } => self.hear_ordered(run, answer),
            Input::Ran { run, end } => self.hear_ran(run, end),
            Input::Reported { server, epoch, action, state, .. } => {
                if let Some(chain) = self.chain_of(server) {
                    hear_report(chain, epoch, action, state, now);
                }
            }
            Input::Switched { server, end } => {
                if let Some(chain) = self.chain_of(server) {
                    hear_switched(chain, end, now);
                }
            }
            Input::Stirred(_) => {}
            Input::Order { ticket, order } => self.hear_order(ticket, order),
            Input::Persisted(generation) => self.shared.journal.persisted(generation),
        }
    }

    fn chain_of(&mut self, server: ServerIndex) -> Option<&mut Chain> {
        let at = self.site.servers.iter().position(|config| config.server == server)?;
        self.chains.get_mut(at)
    }

    fn hear_ran(&mut self, run: RunId, end: RunEnd) {
        let now = self.now;
        if let Going::Sent { run: sent, at } = self.shared.own
            && sent == run
        {
            self.shared.own = match end {
                RunEnd::Done | RunEnd::Already => Going::Goes(at),
                RunEnd::Failed | RunEnd::TimedOut => Going::Failed(now),
            };
            return;
        }
        let journal = &mut self.shared.journal;
        if let Some(software) = self.software.iter_mut().find(|one| one.run() == Some(run)) {
            software.ran(end, now, || journal.change());
            return;
        }
        let waits = |chain: &&mut Chain| match chain.ask {
            Ask::Sent { run: sent, .. } => sent == Some(run),
            Ask::Due(_) | Ask::Done { .. } | Ask::Failed { .. } => false,
        };
        if let Some(chain) = self.chains.iter_mut().find(waits) {
            chain.ask = match end {
                RunEnd::Done | RunEnd::Already => Ask::Done { to: None },
                RunEnd::Failed | RunEnd::TimedOut => Ask::Failed { why: None, at: now },
            };
        }
    }
}

/// A member has told how far it is with what it was directed.
fn hear_report(
    chain: &mut Chain,
    epoch: Epoch,
    action: Directed,
    state: ReportState,
    now: crate::time::Instant,
) {
    let Ask::Sent { to, .. } = chain.ask else { return };
    if to != Some(epoch) || directed(chain.at) != Some(action) {
        return;
    }
    chain.ask = match state {
        ReportState::Accepted | ReportState::Working => return,
        ReportState::Done => Ask::Done { to },
        ReportState::Failed => Ask::Failed { why: None, at: now },
    };
}

/// What its member is directed at a step.
const fn directed(at: At) -> Option<Directed> {
    match at {
        At::Freezing => Some(Directed::Freeze),
        At::Guests(_) => Some(Directed::StopGuests),
        At::Services => Some(Directed::StopServices),
        At::ShuttingDown(_) => Some(Directed::ShutDown),
        At::ServicesBack | At::Late(None) => Some(Directed::StartServices),
        At::GuestsBack(_) | At::Late(Some(_)) => Some(Directed::StartGuests),
        At::Free | At::Up | At::Forcing | At::Off | At::NotProved | At::Last => None,
        At::Waiting | At::Starting | At::Booting | At::Leaving | At::Dropped => None,
    }
}

/// A BMC has done what it was ordered, or has not.
fn hear_switched(chain: &mut Chain, end: Result<(), SwitchFailure>, now: crate::time::Instant) {
    let Ask::Sent { to: None, run: None, .. } = chain.ask else { return };
    let by_bmc = matches!(chain.at, At::ShuttingDown(_) | At::Forcing | At::Starting | At::Dropped);
    if by_bmc {
        chain.ask = match end {
            Ok(()) => Ask::Done { to: None },
            Err(why) => Ask::Failed { why: Some(why), at: now },
        };
    }
}
