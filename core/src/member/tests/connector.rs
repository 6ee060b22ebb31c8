//! A connector that does as it is told.

use super::std::vec::Vec;

use crate::reset_path::{ClusterKeys, Dialogue, Identity, open};
use crate::rng::{Drbg, Seed};
use crate::time::Instant;
use crate::types::{
    Cause, ConnectorNumber, Directed, Directive, DirectiveId, Epoch, Event, GroupName, KeyNumber,
    Mode, NoticeId, Party, PowerState, Progress, ResetMethod, ResetState, Source, SystemName, Term,
    Token,
};
use crate::wire::reset::{Message, Notice, PathStatus, ResetRequest, ResetResult};

use super::world::{CLUSTER, DIGEST, host, keys, name};

/// From a request's acceptance to the proof.
pub(super) const FENCING: u64 = 50_000;

/// What is done with a request against a host that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Fence,
    Refuse(Cause),
    Fail(Cause),
    Silent,
}

struct Fencing {
    target: u16,
    at: Instant,
}

pub(super) struct Scripted {
    identity: Identity,
    keys: ClusterKeys,
    dialogues: Vec<(u16, Dialogue)>,
    pub(super) policy: Policy,
    pub(super) mode: Mode,
    /// Other modes for single hosts.
    pub(super) modes: Vec<(u16, Mode)>,
    /// Hosts that are not shot.
    pub(super) spared: Vec<u16>,
    /// Results wait.
    pub(super) holds: bool,
    pub(super) term: Term,
    pub(super) up: bool,
    token: u64,
    ids: u64,
    fencing: Vec<Fencing>,
    open: Vec<(u16, ResetRequest, Option<ResetResult>)>,
    to_send: Vec<(u16, Message)>,
    pub(super) requests: Vec<(Instant, u16, ResetRequest)>,
    pub(super) reports: Vec<(u16, Progress)>,
}

impl Scripted {
    pub(super) fn new(hosts: u16, now: Instant) -> Self {
        let _ = now;
        Self {
            identity: identity(1),
            keys: keys(),
            dialogues: dialogues(hosts),
            policy: Policy::Fence,
            mode: Mode::Normal,
            modes: Vec::new(),
            spared: Vec::new(),
            holds: false,
            term: Term(1),
            up: true,
            token: 0,
            ids: 0,
            fencing: Vec::new(),
            open: Vec::new(),
            to_send: Vec::new(),
            requests: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// Its process starts anew: it knows of no request, and counts from the beginning.
    pub(super) fn restart(&mut self) {
        let hosts = u16::try_from(self.dialogues.len()).expect("few");
        self.identity = identity(self.identity.epoch().0 + 1);
        self.dialogues = dialogues(hosts);
        self.ids = 0;
        self.fencing.clear();
        self.open.clear();
        self.to_send.clear();
    }

    pub(super) fn hear(&mut self, now: Instant, from: u16, bytes: &[u8]) {
        if !self.up {
            return;
        }
        let Ok(frame) = open(&self.identity, &self.keys, bytes) else { return };
        let (_, dialogue) = self.dialogues.iter_mut().find(|d| d.0 == from).expect("known");
        let Ok(fresh) = dialogue.accept(&self.identity, now, &frame.header) else { return };
        match frame.message().expect("well formed") {
            Message::PathCheck(_) => {
                let status = self.status(from);
                self.to_send.push((from, status));
            }
            Message::ResetRequest(request) if fresh.check(frame.header.kind).is_ok() => {
                self.requests.push((now, from, request.clone()));
                self.asked(now, from, request);
            }
            Message::Report(progress) if fresh.check(frame.header.kind).is_ok() => {
                self.reports.push((from, progress));
            }
            _ => {}
        }
    }

    fn status(&self, to: u16) -> Message {
        let own = self.modes.iter().find(|(host, _)| *host == to);
        Message::PathStatus(PathStatus {
            term: self.term,
            mode: own.map_or(self.mode, |(_, mode)| *mode),
            digest: DIGEST,
            key: KeyNumber::new(1).expect("a number"),
            name: SystemName::new("connector").expect("a name"),
            systems: heapless::Vec::new(),
        })
    }

    fn asked(&mut self, now: Instant, from: u16, request: ResetRequest) {
        let known = self.open.iter().any(|(f, r, _)| *f == from && r.id == request.id);
        if !known {
            self.open.push((from, request.clone(), None));
        }
        let target = (1..=9).find(|n| name(*n) == request.target).expect("a host");
        let shoots = request.method != ResetMethod::LookOnly && request.target_epoch.is_some();
        let running = self.fencing.iter().any(|f| f.target == target);
        let spared = self.spared.contains(&target);
        if shoots && !known && !running && !spared && self.policy == Policy::Fence {
            let at = Instant::from_micros(now.as_micros() + FENCING);
            self.fencing.push(Fencing { target, at });
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let holds = |message: &Message| self.holds && matches!(message, Message::ResetResult(_));
        let due = self.to_send.iter().any(|(_, message)| !holds(message));
        let soon = due.then_some(Instant::from_micros(0));
        soon.into_iter().chain(self.fencing.iter().map(|f| f.at)).min()
    }

    /// Whose power goes now.
    pub(super) fn killed(&mut self, now: Instant) -> Vec<u16> {
        let due = |f: &Fencing| f.at <= now;
        let killed = self.fencing.iter().filter(|f| due(f)).map(|f| f.target).collect();
        self.fencing.retain(|f| !due(f));
        killed
    }

    /// What it sends now; `dead` are the hosts without power.
    pub(super) fn poll(&mut self, now: Instant, dead: &[u16]) -> Vec<(u16, Vec<u8>)> {
        self.answer(dead);
        let mut sent = Vec::new();
        let holds = |message: &Message| self.holds && matches!(message, Message::ResetResult(_));
        let (later, due) = core::mem::take(&mut self.to_send)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, message)| holds(message));
        self.to_send = later;
        for (to, message) in due {
            let (_, dialogue) = self.dialogues.iter_mut().find(|d| d.0 == to).expect("known");
            let mut out = [0; 1024];
            let len = dialogue.seal(&self.identity, &self.keys, now, &message, &mut out);
            sent.push((to, out.get(..len.expect("room")).expect("written").to_vec()));
        }
        sent
    }

    fn answer(&mut self, dead: &[u16]) {
        let mut answers = Vec::new();
        for (from, request, held) in &mut self.open {
            let target = (1..=9).find(|n| name(*n) == request.target).expect("a host");
            let looks = request.method == ResetMethod::LookOnly || request.target_epoch.is_none();
            let (state, cause) = if dead.contains(&target) {
                (ResetState::Fenced, Cause::None)
            } else {
                match self.policy {
                    _ if looks => (ResetState::Refused, Cause::TargetOn),
                    Policy::Fence if self.spared.contains(&target) => {
                        (ResetState::Refused, Cause::TooFewLeft)
                    }
                    Policy::Fence => (ResetState::Working, Cause::None),
                    Policy::Refuse(cause) => (ResetState::Refused, cause),
                    Policy::Fail(cause) => (ResetState::Failed, cause),
                    Policy::Silent => continue,
                }
            };
            if held.is_none_or(|held| held.state != state) {
                self.token += u64::from(state == ResetState::Fenced);
                let token = if state == ResetState::Fenced { Token(self.token) } else { Token(0) };
                let power = PowerState::Unknown;
                let result =
                    ResetResult { id: request.id, state, cause, power, elapsed_ms: 0, token };
                *held = Some(result);
                answers.push((*from, Message::ResetResult(result)));
            }
        }
        self.to_send.extend(answers);
    }

    pub(super) fn notice(&mut self, to: u16, event: Event, about: u16) {
        self.ids += 1;
        let notice = Notice {
            id: NoticeId(self.ids.try_into().expect("not zero")),
            event,
            source: Source::Poll,
            host: Some(host(about)),
            unix_ms: 0,
            token: Token(0),
        };
        self.to_send.push((to, Message::Notice(notice)));
    }

    pub(super) fn direct(&mut self, to: u16, action: Directed, deadline: u32) -> DirectiveId {
        self.direct_group(to, action, deadline, "")
    }

    pub(super) fn again(&mut self, to: u16, id: DirectiveId, action: Directed, deadline: u32) {
        let group = GroupName::default();
        self.to_send.push((to, Message::Directive(Directive { id, action, deadline, group })));
    }

    pub(super) fn direct_group(
        &mut self,
        to: u16,
        action: Directed,
        deadline: u32,
        group: &str,
    ) -> DirectiveId {
        self.ids += 1;
        let id = DirectiveId(self.ids);
        let group = GroupName::new(group).expect("a name");
        self.to_send.push((to, Message::Directive(Directive { id, action, deadline, group })));
        id
    }
}

fn identity(epoch: u64) -> Identity {
    let seed = Seed::new([u8::try_from(epoch & 0xFF).expect("small"); 32]);
    let party = Party::Connector(ConnectorNumber(0));
    let patrol = core::time::Duration::from_secs(5);
    Identity::new(party, CLUSTER, Epoch(epoch), patrol, &mut Drbg::new(&seed))
}

fn dialogues(hosts: u16) -> Vec<(u16, Dialogue)> {
    (1..=hosts).map(|number| (number, Dialogue::new(Party::Host(host(number)), 0))).collect()
}
