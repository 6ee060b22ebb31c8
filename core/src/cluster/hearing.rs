//! What hosts say, and what their silence means.

use super::host::{PATH_LOST_AFTER, Path, Phase};
use super::moment::Moment;
use super::tokens::term_of;
use super::{Acting, Host, HostIndex, View, notices};
use crate::time::{Instant, Millis, earliest};
use crate::types::{Epoch, HostState, PowerState, ServiceReport, ServiceState, Term, Token};

/// For how long a valid echo makes a host a survivor (rule 6).
const SURVIVES: Millis = Millis::from_secs(10);

/// What a host says in a PathCheck.
#[derive(Clone, Copy, Debug)]
pub struct PathReport<'a> {
    /// How far it is.
    pub state: HostState,
    /// The digest of its configuration.
    pub digest: u32,
    /// The numbers of the keys that it accepts; 0 = none.
    pub keys: [u8; 2],
    /// The highest term that it has seen.
    pub term: Term,
    /// The highest token that it has seen.
    pub token: Token,
    /// Its services.
    pub services: &'a [ServiceReport],
    /// Its operator wants the path watched afresh.
    pub resume: bool,
}

impl View<'_> {
    /// A datagram of a host came whose echo is valid: of a nonce that was `made` then. To be told
    /// of each such datagram, before what is in it.
    pub fn heard(&mut self, now: Instant, of: HostIndex, made: Instant, epoch: Epoch) {
        let Some(host) = self.host_mut(of) else { return };
        host.heard = Moment::at(now);
        if host.echoed.get().is_none_or(|newest| newest < made) {
            host.echoed = Moment::at(made);
        }
        if host.epoch != epoch {
            // A new start has said nothing yet.
            (host.epoch, host.state, host.active) = (epoch, None, false);
            host.services.clear();
        }
        host.path = Path::Alive;
        self.see_again(of);
    }

    /// A PathCheck with a valid echo.
    pub fn path_check(&mut self, now: Instant, of: HostIndex, report: &PathReport<'_>) {
        self.met(report.term.max(term_of(report.token)));
        self.cluster.tokens.met(report.token, self.cluster.acting.term(), self.journal);
        let Some(host) = self.host_mut(of) else { return };
        host.state = Some(report.state);
        host.digest = Some(report.digest);
        host.keys = report.keys;
        host.active = report.services.iter().any(|one| one.state == ServiceState::Active);
        host.services.clear();
        for service in report.services {
            if host.services.push(*service).is_err() {
                break;
            }
        }
        self.find_tokens(now);
        if report.resume {
            self.resume(now);
        }
    }

    /// A datagram with a valid echo shows this term. A connector of a lower one no longer acts.
    pub fn met(&mut self, term: Term) {
        self.cluster.acting.met(term, self.journal);
    }

    /// Watches all paths afresh: none counts as lost before it was heard again.
    pub fn resume(&mut self, now: Instant) {
        for host in self.hosts.iter_mut() {
            host.path = match host.path {
                Path::Alive if host.heard_within(now, PATH_LOST_AFTER) => Path::Alive,
                Path::Alive | Path::Lost | Path::Unknown => Path::Unknown,
            };
        }
    }

    /// Lets time pass for a host. To be called at its [`View::deadline`].
    pub fn tick(&mut self, now: Instant, of: HostIndex) {
        let Some(host) = self.host_mut(of) else { return };
        if host.path == Path::Alive && !host.heard_within(now, PATH_LOST_AFTER) {
            host.path = Path::Lost;
        }
    }

    /// When something about a host changes by time alone, or a notice about it is due.
    pub fn deadline(&self, of: HostIndex) -> Option<Instant> {
        let host = self.host(of)?;
        let alive = host.heard.get().filter(|_| host.path == Path::Alive);
        // Still alive at the very moment, lost the next.
        let lost =
            alive.map(|heard| heard + PATH_LOST_AFTER + core::time::Duration::from_micros(1));
        earliest(lost, notices::deadline(host.power_notice, host.fence_notice))
    }

    /// How many hosts are left when `target` is fenced for `requester` (rule 6).
    pub fn survivors(
        &self,
        now: Instant,
        target: HostIndex,
        requester: Option<HostIndex>,
    ) -> usize {
        let hosts = self.hosts.iter().zip((0..).map(HostIndex));
        hosts
            .filter(|(host, index)| {
                let lives = host.heard_within(now, SURVIVES) && !host.is_barred();
                *index != target && (lives || requester == Some(*index))
            })
            .count()
    }

    /// Whether every host is heard, runs, has the configuration of this `digest` and is not
    /// being fenced, and this connector acts outside maintenance.
    pub fn is_ready(&self, digest: u32) -> bool {
        let runs = self.hosts.iter().all(|host| {
            let heard = host.path == Path::Alive && host.state == Some(HostState::Running);
            heard && host.digest == Some(digest) && !host.is_barred()
        });
        runs && self.acts() && !self.cluster.maintenance
    }

    /// Whether every host has shown that it accepts the key of that number.
    pub fn all_accept(&self, key: u8) -> bool {
        key != 0 && self.hosts.iter().all(|host| host.keys.contains(&key))
    }

    /// Ends what a fencing holds against its target, once the host echoes a nonce that was made
    /// after it, and the BMC session with its commands is over.
    pub(super) fn see_again(&mut self, of: HostIndex) {
        let Some(host) = self.hosts.get_mut(usize::from(of.0)) else { return };
        let fencing = &mut host.fencing;
        let ended = match fencing.phase {
            Phase::OffConfirmed | Phase::Fenced | Phase::Failed => {
                !fencing.session || !self.cluster.laws.session_ends_first()
            }
            Phase::Free | Phase::Fencing | Phase::PowerOnDue => false,
        };
        let any = !self.cluster.laws.seen_again_by_new_nonce();
        let after = match (host.echoed.get(), fencing.ended.get()) {
            (Some(echoed), Some(ended)) => echoed > ended || any,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if ended && after {
            fencing.phase = Phase::Free;
            fencing.switched_on = Moment::NONE;
            self.journal.change();
        }
    }

    /// After the loss of the record, every host that is on must have reported: in a PathCheck,
    /// which alone shows the highest token that it knows.
    pub(super) fn find_tokens(&mut self, now: Instant) {
        let told = |host: &Host| host.state.is_some() || host.power == PowerState::Off;
        if self.cluster.tokens.is_lost() && self.hosts.iter().all(told) {
            self.vouch_for_tokens(now);
        }
    }
}
