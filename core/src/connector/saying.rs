//! What a connector says on the reset path, and of itself.

use core::num::NonZeroU64;

use heapless::Vec;

use crate::cluster::{self, Acting, Asker, LetBe, Path, Phase};
use crate::limits::MAX_HOSTS;
use crate::time::{Instant, earliest};
use crate::types::{Mode, NoticeId, ResetState, ServerIndex, SystemReport};
use crate::wire::reset::{Message, Notice, PathStatus, ResetResult};

use super::at::At;
use super::line::FanOut;
use super::orders::ticket_of;
use super::parts::Parts;
use super::server::{InVain, cut};
use super::tell::Tell;
use super::words::{Action, Answer, ClusterIndex};

impl Parts<'_> {
    /// Whether this start is durable, so that it may be spoken of.
    pub(super) fn speaks(&self) -> bool {
        self.journal.is_stored(self.shared.epoch_mark)
    }

    /// The next thing to do for a cluster: notices, answers, what is to be told of it.
    pub(super) fn poll_cluster(
        &mut self,
        now: Instant,
        cluster: ClusterIndex,
        out: &mut [u8],
    ) -> Option<Action> {
        loop {
            let action = self.fan_out(now, cluster, out);
            if action.is_some() {
                return action;
            }
            if let Some(answer) = self.view(cluster)?.next_answer(now) {
                let action = self.answer(now, cluster, &answer, out);
                if action.is_some() {
                    return action;
                }
                continue;
            }
            let speaks = self.speaks();
            let mut view = self.view(cluster)?;
            let Some(notice) = view.next_notice(now) else { break };
            // A connector that does not act keeps what it sees to itself.
            let fan_out = (speaks && view.acts()).then_some(FanOut { notice, next: 0 });
            self.clusters.get_mut(cluster.at())?.line.fan_out = fan_out;
        }
        self.tell_cluster(now, cluster).map(Action::Tell)
    }

    pub(super) fn cluster_deadline(&mut self, cluster: ClusterIndex) -> Option<Instant> {
        let notice = self.view(cluster)?.notice_deadline();
        earliest(notice, self.clusters.get(cluster.at())?.line.discards_deadline())
    }

    fn tell_cluster(&mut self, now: Instant, cluster: ClusterIndex) -> Option<Tell> {
        self.name_key(cluster);
        let slot = self.clusters.get_mut(cluster.at())?;
        let mode = match (slot.cluster.acting().acts(self.journal), slot.cluster.in_maintenance()) {
            (false, _) => Mode::Standby,
            (true, true) => Mode::Maintenance,
            (true, false) => Mode::Normal,
        };
        let term = slot.cluster.acting().term();
        let line = &mut slot.line;
        line.tell_mode(mode, term).or_else(|| line.tell_key()).or_else(|| line.tell_discards(now))
    }

    /// Names the newer key, once every host has shown that it accepts it.
    fn name_key(&mut self, cluster: ClusterIndex) {
        let Some(slot) = self.clusters.get_mut(cluster.at()) else { return };
        let Some(hosts) = self.hosts.get(slot.line.range()) else { return };
        let keys = &mut slot.line.keys;
        let acts = slot.cluster.acting().acts(self.journal);
        let next = keys
            .successor([])
            .filter(|next| acts && hosts.iter().all(|host| host.keys().contains(&next.get())));
        if next.is_some_and(|next| keys.send_with(next)) {
            self.journal.change();
        }
    }

    /// The next copy of the notice that is being sent.
    fn fan_out(&mut self, now: Instant, cluster: ClusterIndex, out: &mut [u8]) -> Option<Action> {
        let unix_ms = self.shared.unix_ms(now);
        let line = &mut self.clusters.get_mut(cluster.at())?.line;
        while let Some(FanOut { notice, next }) = line.fan_out.take() {
            let host = notice.host.map(|of| usize::from(line.first) + usize::from(of.0));
            let notice_now = Notice {
                id: NoticeId(NonZeroU64::MIN.saturating_add(u64::from(notice.number))),
                event: notice.event,
                source: notice.source,
                host: host.and_then(|at| self.hosts.get(at)).map(cluster::Host::address),
                unix_ms,
                token: notice.token,
            };
            if next < line.count {
                line.fan_out = Some(FanOut { notice, next: next + 1 });
            }
            let Some(to) = next.checked_sub(1) else {
                let sealed = line.to_many.seal_notice(&line.identity, &line.keys, notice_now, out);
                match sealed {
                    Ok(len) => return Some(Action::Broadcast { cluster, len }),
                    Err(_) => continue,
                }
            };
            let server = self.servers.get_mut(usize::from(line.first) + usize::from(to))?;
            let Some(to) = server.member else { continue };
            let message = Message::Notice(notice_now);
            let sealed = server.dialogue.seal(&line.identity, &line.keys, now, &message, out);
            if let Ok(len) = sealed {
                return Some(Action::ResetPath { cluster, to: to.into(), len });
            }
        }
        None
    }

    /// Tells whoever asked for a reset how far it is.
    fn answer(
        &mut self,
        now: Instant,
        cluster: ClusterIndex,
        answer: &cluster::Answer,
        out: &mut [u8],
    ) -> Option<Action> {
        let line = &self.clusters.get(cluster.at())?.line;
        let place = |of: cluster::HostIndex| usize::from(line.first) + usize::from(of.0);
        let target = answer.target.map(place);
        match answer.to {
            Asker::Operator => {
                let server = self.servers.get(target?)?;
                let result = match answer.state {
                    ResetState::Accepted | ResetState::Working => return None,
                    ResetState::Fenced => Answer::Fenced { token: answer.token, how: server.how },
                    ResetState::Refused => Answer::Refused(answer.cause),
                    ResetState::Failed => {
                        Answer::Failed { cause: answer.cause, outcome: server.work.outcome() }
                    }
                };
                Some(Action::Answer { ticket: ticket_of(answer.id), answer: result })
            }
            Asker::Host(of) => {
                let (to, index) = (place(of), line.first.saturating_add(u16::from(of.0)));
                let server = self.servers.get_mut(to)?;
                let refusal = (cut(answer.id), answer.cause);
                let before = (server.told_id, server.told.refused);
                if answer.state == ResetState::Refused && before != refusal {
                    (server.told_id, server.told.refused) = refusal;
                    server.told.tell_refused = true;
                    self.wake(now, index);
                }
                self.say_result(now, cluster, to, answer, out)
            }
        }
    }

    fn say_result(
        &mut self,
        now: Instant,
        cluster: ClusterIndex,
        server: usize,
        answer: &cluster::Answer,
        out: &mut [u8],
    ) -> Option<Action> {
        let line = &mut self.clusters.get_mut(cluster.at())?.line;
        let stranger = line.take_stranger(server as u16);
        let server = self.servers.get_mut(server)?;
        let to = stranger.or(server.member)?;
        let elapsed = answer.elapsed.duration().as_millis();
        let message = Message::ResetResult(ResetResult {
            id: answer.id,
            state: answer.state,
            cause: answer.cause,
            power: answer.power,
            elapsed_ms: u32::try_from(elapsed).unwrap_or(u32::MAX),
            token: answer.token,
        });
        let len = server.dialogue.seal(&line.identity, &line.keys, now, &message, out).ok()?;
        Some(Action::ResetPath { cluster, to: to.into(), len })
    }

    /// What is to be said of a server: to its member, then for the log.
    pub(super) fn say(&mut self, now: Instant, index: u16, out: &mut [u8]) -> Option<Action> {
        let status = self.say_status(now, index, out);
        status.or_else(|| self.at(now, index)?.tell().map(Action::Tell))
    }

    /// Answers a PathCheck.
    fn say_status(&mut self, now: Instant, index: u16, out: &mut [u8]) -> Option<Action> {
        let server = self.servers.get_mut(usize::from(index))?;
        if !core::mem::take(&mut server.owes_status) {
            return None;
        }
        let (cluster, member) = (server.cluster, server.member);
        let mut at = self.at(now, index)?;
        let stranger = at.line.take_stranger(index);
        let to = stranger.or(member)?;
        let of = at.of;
        let mode = at.view().mode(of);
        let slot = self.clusters.get(cluster.at())?;
        let mut systems = Vec::new();
        if stranger.is_none() {
            self.systems(&slot.line, &mut systems);
        }
        let message = Message::PathStatus(PathStatus {
            term: slot.cluster.acting().term(),
            mode,
            digest: slot.line.digest,
            key: slot.line.keys.sends_with(),
            name: self.shared.name.clone(),
            systems,
        });
        let dialogue = &mut self.servers.get_mut(usize::from(index))?.dialogue;
        let line = &slot.line;
        let len = dialogue.seal(&line.identity, &line.keys, now, &message, out).ok()?;
        Some(Action::ResetPath { cluster, to: to.into(), len })
    }

    fn systems(&self, line: &super::line::Line, systems: &mut Vec<SystemReport, MAX_HOSTS>) {
        let hosts = self.hosts.get(line.range()).unwrap_or_default();
        let servers = self.servers.get(line.range()).unwrap_or_default();
        for (host, server) in hosts.iter().zip(servers) {
            // There is room for every host of a cluster.
            let _ = systems.push(SystemReport {
                host: host.address(),
                power: host.power(),
                bmc: server.bmc.state(),
                fence: host.fence_state(),
            });
        }
    }
}

impl At<'_> {
    /// The next change that is to be told.
    pub(super) fn tell(&mut self) -> Option<Tell> {
        let (server, cluster) = (self.index, self.line.index);
        let host = self.hosts.get(usize::from(self.of.0))?;
        let from = host.address();
        let about = self.server.about;
        if let (Some(reason), Some(target)) = (self.server.asked.take(), about) {
            return Some(Tell::Asked { cluster, from, target, reason });
        }
        if core::mem::take(&mut self.server.told.tell_refused) {
            let cause = self.server.told.refused;
            return Some(Tell::Refused { cluster, from, target: about, cause });
        }
        self.tell_fencing(server).or_else(|| self.tell_state(server))
    }

    fn tell_fencing(&mut self, server: ServerIndex) -> Option<Tell> {
        let host = self.hosts.get(usize::from(self.of.0))?;
        let stage = self.server.work.stage();
        let told = &mut self.server.told;
        let before = core::mem::replace(&mut told.stage, stage);
        if let Some(stage) = stage.filter(|_| stage != before) {
            return Some(Tell::Fencing { server, stage });
        }
        let token = host.token();
        if core::mem::replace(&mut told.token, token) < token {
            return Some(Tell::Fenced { server, token, how: self.server.how });
        }
        let phase = host.phase();
        let before = core::mem::replace(&mut told.phase, phase);
        let failed = phase == Phase::Failed && before != phase;
        failed.then_some(match self.server.in_vain {
            InVain::Failed(cause) => Tell::FenceFailed { server, cause },
            InVain::Active => Tell::LetBe { server, why: LetBe::Active },
            InVain::Unwanted => Tell::LetBe { server, why: LetBe::Unwanted },
        })
    }

    fn tell_state(&mut self, server: ServerIndex) -> Option<Tell> {
        let host = self.hosts.get(usize::from(self.of.0))?;
        let source = self.server.source;
        let told = &mut self.server.told;
        let power = host.power();
        if core::mem::replace(&mut told.power, power) != power {
            return Some(Tell::Power { server, power, source });
        }
        if host.in_plan() {
            // That its member and its BMC fall silent is the plan's doing.
            return None;
        }
        let bmc = self.server.bmc.state();
        if core::mem::replace(&mut told.bmc, bmc) != bmc {
            return Some(Tell::Bmc { server, bmc });
        }
        let path = host.path();
        match (core::mem::replace(&mut told.path, path), path) {
            (Path::Alive, Path::Lost) => return Some(Tell::PathLost { server }),
            (Path::Unknown | Path::Lost, Path::Alive) => return Some(Tell::PathBack { server }),
            _ => {}
        }
        if core::mem::take(&mut told.went_back) {
            return Some(Tell::WentBack { server });
        }
        let differs = host.digest().is_some_and(|digest| digest != self.line.digest.0);
        let before = core::mem::replace(&mut told.differs, differs);
        (differs && !before).then_some(Tell::DigestDiffers { server })
    }
}
