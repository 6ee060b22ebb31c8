//! What a session remembers from one login to the next.

use core::time::Duration;

use crate::backoff::RoundTrip;
use crate::failure::Failure;
use crate::suite::Suite;
use crate::time::Instant;
use crate::wire::command::channel::AuthenticationCapabilities;
use crate::wire::command::device::Guid;
use crate::wire::command::session::AuthType;

use super::link::{Ghost, Hunt, Link};
use super::profile::{Profile, Version};

/// How a BMC is to be logged in to, once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    V15(AuthType),
    V20,
}

/// Attempts that a BMC may leave unanswered past its first answer before the login counts as
/// refused. Each message of an attempt is repeated, so loss alone does not come this far.
const SILENT_LOGINS: u8 = 4;
/// The same for 1.5, where less is repeated.
const SILENT_LOGINS_15: u8 = 4;
/// Attempts that a BMC may break off by forgetting them before the login counts as refused. Those
/// that refuse repeats do so at every loss.
const FORGOTTEN_LOGINS: u8 = 40;

/// Attempts in a row that must fail alike to be believed: a refusal can be forged.
const PROOFS: u8 = 2;
/// Meets a RAKP 3 that the network has doubled, at some BMCs. RAKP 2 has proved before that both
/// sides know the same password, so a true refusal is rare.
pub(super) const REPEAT_REFUSED: Failure = Failure::LoginRefused(0x0f);
const PROOFS_OF_REPEAT: u8 = 4;

/// Longest time for which a BMC keeps a session that it hears nothing of: 60 s and 3 s of
/// tolerance (section 6.12.15), and as long again as a datagram may be under way.
const INACTIVITY: Duration = Duration::from_secs(70);

pub(super) struct Memory {
    /// How long answers take.
    pub(super) round_trip: RoundTrip,
    /// Known once the BMC has said it, or a login has worked.
    pub(super) way: Option<Way>,
    /// Which suite of the profile to offer.
    pub(super) suite_at: u8,
    guid: Option<Guid>,
    kg_set: Option<bool>,
    ghost: Option<Ghost>,
    /// Nothing is opened before.
    pub(super) rest_until: Instant,
    /// Failed attempts in a row.
    pub(super) attempts: u8,
    silent_logins: u8,
    forgotten_logins: u8,
    /// The BMC has said something since the job was handed in.
    pub(super) heard: bool,
    /// What the last attempt failed of; believed when the next ones agree.
    pub(super) blame: Option<Failure>,
    /// So many attempts in a row failed of it.
    blamed: u8,
    /// What the job has failed of, until it is told.
    pub(super) verdict: Option<Failure>,
}

impl Memory {
    pub(super) fn new(guid: Option<Guid>) -> Self {
        Self {
            round_trip: RoundTrip::default(),
            way: None,
            suite_at: 0,
            guid: guid.filter(Guid::is_pinnable),
            kg_set: None,
            ghost: None,
            rest_until: Instant::from_micros(0),
            attempts: 0,
            silent_logins: 0,
            forgotten_logins: 0,
            heard: false,
            blame: None,
            blamed: 0,
            verdict: None,
        }
    }

    /// A new job starts with a clean slate, but keeps what was learned of the BMC.
    pub(super) fn begin_job(&mut self, now: Instant) {
        // A pause of the warm session does not hold the caller up.
        self.rest_until = now;
        self.attempts = 0;
        self.silent_logins = 0;
        self.forgotten_logins = 0;
        self.heard = false;
        self.blame = None;
        self.verdict = None;
    }

    /// A session is up.
    pub(super) fn logged_in(&mut self) {
        self.attempts = 0;
        self.silent_logins = 0;
        self.forgotten_logins = 0;
        self.blame = None;
    }

    /// An attempt ended without a session. After a few of them nothing that was learned is sure:
    /// the BMC may have been replaced.
    pub(super) fn attempt_failed(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts.is_multiple_of(3) {
            self.way = None;
        }
    }

    /// How long to wait for the first answer of a login; longer each time it was in vain.
    pub(super) fn login_wait(&self) -> Duration {
        let wait = self.round_trip.wait();
        let more = wait.saturating_mul(u32::from(self.attempts)) / 4;
        wait.saturating_add(more).min(Duration::from_secs(1))
    }

    /// An attempt failed of that; whether it is to be believed by now.
    pub(super) fn believes(&mut self, failure: Failure) -> bool {
        self.blamed = if self.blame == Some(failure) { self.blamed.saturating_add(1) } else { 1 };
        self.blame = Some(failure);
        self.blamed >= if failure == REPEAT_REFUSED { PROOFS_OF_REPEAT } else { PROOFS }
    }

    /// An attempt ended without a reason: what the one before failed of is only a suspicion.
    pub(super) fn attempt_unexplained(&mut self) {
        self.blamed = 0;
    }

    /// What the login most likely fails of, when there is no time to prove it.
    pub(super) fn suspects(&self) -> Failure {
        self.blame.filter(|blame| *blame != REPEAT_REFUSED).unwrap_or(Failure::LoginSilent)
    }

    /// Another login died in silence past the first answer; whether that was one too many.
    pub(super) fn silent_login(&mut self) -> bool {
        self.silent_logins += 1;
        let most = match self.way {
            Some(Way::V15(_)) => SILENT_LOGINS_15,
            Some(Way::V20) | None => SILENT_LOGINS,
        };
        self.silent_logins >= most
    }

    /// The BMC has forgotten another login; whether that was one too many.
    pub(super) fn forgotten_login(&mut self) -> bool {
        self.forgotten_logins += 1;
        self.forgotten_logins >= FORGOTTEN_LOGINS
    }

    /// Takes in what the BMC says it speaks; `None` when the profile allows none of it.
    pub(super) fn learn(
        &mut self,
        profile: &Profile,
        said: &AuthenticationCapabilities,
    ) -> Option<Way> {
        if said.offers_2_0() {
            self.kg_set = Some(said.kg_set);
        }
        let way = match profile.version {
            Version::Auto | Version::V20 if said.offers_2_0() => Some(Way::V20),
            Version::V20 => None,
            Version::Auto | Version::V15 => AuthType::BY_STRENGTH
                .into_iter()
                .find(|kind| said.types.contains(*kind) && profile.auth_types.contains(*kind))
                .map(Way::V15),
        };
        self.way = way;
        way
    }

    pub(super) fn guid(&self) -> Option<Guid> {
        self.guid
    }

    pub(super) fn kg_set(&self) -> Option<bool> {
        self.kg_set
    }

    pub(super) fn suite(&self, profile: &Profile) -> Option<Suite> {
        match self.way {
            Some(Way::V20) => profile.suites.get(self.suite_at),
            Some(Way::V15(_)) | None => None,
        }
    }

    /// Whether a BMC with that GUID may be talked to. The first one seen is the one from then on.
    pub(super) fn is_right(&mut self, guid: Guid) -> bool {
        match self.guid {
            Some(pinned) => pinned == guid,
            None => {
                self.guid = Some(guid).filter(Guid::is_pinnable);
                true
            }
        }
    }

    /// The earlier session that may still be alive.
    pub(super) fn ghost(&self, now: Instant) -> Option<Ghost> {
        self.ghost.filter(|ghost| now < ghost.until)
    }

    /// An earlier session, of a run before this one, may still be alive; `id` is the BMC's number
    /// of it, where that is known.
    pub(super) fn remember(&mut self, id: Option<u32>, now: Instant) {
        let hunt = id.map_or(Hunt::Outlast, |_| Hunt::Trace);
        self.ghost = Some(Ghost { id: id.unwrap_or(0), until: now + INACTIVITY, hunt });
    }

    /// Whatever BMC shows itself next is the right one.
    pub(super) fn forget_guid(&mut self) {
        self.guid = None;
        self.way = None;
        self.rest_until = Instant::from_micros(0);
    }

    /// The earlier session is gone for certain.
    pub(super) fn bury(&mut self) {
        self.ghost = None;
    }

    /// What to do next about the earlier session.
    pub(super) fn hunt(&mut self, hunt: Hunt) {
        if let Some(ghost) = &mut self.ghost {
            ghost.hunt = hunt;
        }
    }

    /// A session was left without the BMC's word that it is closed.
    pub(super) fn left_open(&mut self, link: &Link) {
        if link.spent {
            let (id, until) = (link.channel.bmc, link.last_sent + INACTIVITY);
            self.ghost = Some(Ghost { id, until, hunt: Hunt::Trace });
        }
    }
}
