//! From a request to its answer: who may do what, and what does it.

use std::net::SocketAddr;
use std::time::Duration;

use super::call::{Call, Entry, Outcome, Refusal, RequestIdentity};
use super::config::Privilege;
use super::counters::Discard;
use super::packet::{self, COMPLETION_AT, Request};
use super::{Bmc, Sent, app, chassis, lan, pef, sdr, sel};

impl Bmc {
    /// Answers a command that needs no session; others are refused.
    pub(super) fn execute_sessionless(
        &mut self,
        now: Duration,
        from: SocketAddr,
        request: &Request<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), Discard> {
        const APP: u8 = 0x06;
        const GET_CHANNEL_CIPHER_SUITES: u8 = 0x54;
        answer.clear();
        if request.command == GET_CHANNEL_CIPHER_SUITES && self.config.quirks.cipher_suites_silent {
            return Err(Discard::Quirk);
        }
        request.begin_answer(0, answer);
        let identity = RequestIdentity { from, session_id: 0, sequence: 0, rq_seq: request.rq_seq };
        let call = Call { now, request: *request, identity };
        let handler = Some(request.net_fn)
            .filter(|net_fn| *net_fn == APP)
            .and_then(|_| app::sessionless(request.command));
        let outcome = match handler {
            Some(handler) => handler(self, &call, answer),
            None => Err(Refusal::InsufficientPrivilege),
        };
        self.end(outcome, answer);
        Ok(())
    }

    /// Carries out a command of a session and writes its answer.
    pub(super) fn execute(
        &mut self,
        call: &Call<'_>,
        privilege: Privilege,
        answer: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        const CHASSIS_CONTROL: (u8, u8) = (0x00, 0x02);
        const CLOSE_SESSION: (u8, u8) = (0x06, 0x3c);
        answer.clear();
        call.request.begin_answer(0, answer);
        let outcome = self.dispatch(call, privilege, answer);
        self.end(outcome, answer);
        let command = (call.request.net_fn, call.request.command);
        let quirks = &self.config.quirks;
        if (command == CLOSE_SESSION && quirks.close_silent)
            || (command == CHASSIS_CONTROL && outcome.is_ok() && quirks.power_unanswered)
        {
            return Err(Discard::Quirk);
        }
        Ok(Sent::InSession)
    }

    pub(super) fn dispatch(
        &mut self,
        call: &Call<'_>,
        privilege: Privilege,
        answer: &mut Vec<u8>,
    ) -> Outcome {
        let request = &call.request;
        let (needed, handler) =
            entry(request.net_fn, request.command).ok_or(Refusal::InvalidCommand)?;
        if request.responder_lun != 0 {
            return Err(Refusal::InvalidForLun);
        }
        if privilege < needed {
            return Err(Refusal::InsufficientPrivilege);
        }
        if self.busy_left > 0 {
            self.busy_left -= 1;
            return Err(Refusal::NodeBusy);
        }
        handler(self, call, answer)
    }

    /// Ends an answer: a refusal replaces its data.
    pub(super) fn end(&self, outcome: Outcome, answer: &mut Vec<u8>) {
        if let Err(refusal) = outcome {
            answer.truncate(COMPLETION_AT + 1);
            answer[COMPLETION_AT] = refusal.code();
        }
        packet::end_answer(answer);
        if self.config.quirks.bad_checksums
            && let Some(check) = answer.last_mut()
        {
            *check = !*check;
        }
    }
}

/// The command's handler and privilege (appendix G).
pub(super) fn entry(net_fn: u8, command: u8) -> Entry {
    match net_fn {
        0x00 => chassis::entry(command),
        0x04 => pef::entry(command),
        0x06 => app::entry(command),
        0x0a => sel::entry(command).or_else(|| sdr::entry(command)),
        0x0c => lan::entry(command),
        _ => None,
    }
}
