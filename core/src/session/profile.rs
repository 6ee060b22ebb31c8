//! What a session is told about its BMC: who to be, what to offer, what to forgive.

use core::fmt;

use heapless::Vec;

use crate::limits::{MAX_SUITES, MAX_USER_NAME};
use crate::secret::{KeyId, TooLong};
use crate::suite::Suite;
use crate::time::Millis;
use crate::wire::command::Privilege;
use crate::wire::command::channel::AuthTypes;
use crate::wire::command::device::Guid;
use crate::wire::command::session::AuthType;

/// A user name of 0 to 16 bytes; empty is the null user.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct UserName(Vec<u8, MAX_USER_NAME>);

impl UserName {
    /// A name. [`TooLong`] above 16 bytes, which is never cut: it would be another user.
    pub fn new(name: &str) -> Result<Self, TooLong> {
        Vec::from_slice(name.as_bytes()).map(Self).map_err(|_| TooLong { limit: MAX_USER_NAME })
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its bytes, filled up with NUL to 16, as IPMI 1.5 sends them.
    pub fn padded(&self) -> [u8; MAX_USER_NAME] {
        let mut padded = [0; MAX_USER_NAME];
        for (to, from) in padded.iter_mut().zip(&self.0) {
            *to = *from;
        }
        padded
    }
}

/// Which version of IPMI a session uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Version {
    /// Ask the BMC; 2.0 where it is offered.
    #[default]
    Auto,
    /// Only 1.5.
    V15,
    /// Only 2.0, without asking first.
    V20,
}

/// Deviations of real BMCs that are met only when asked for, since each one forgives something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Workaround {
    /// Ask for privilege 0 ("highest") in Open Session: suites tied to one level (early Tyan).
    OpenHighest,
    /// Look the user up by name and privilege: the name-only bit must be 0 (Intel SE7520AF2).
    NameAndPrivilege,
    /// Codes and keys leave the name-only bit out (Intel 82571 pass-through).
    RoleWithoutBit,
    /// The code of RAKP 3 is over the bare privilege (several Intel boards).
    Rakp3BarePrivilege,
    /// The check value of RAKP 4 follows the integrity algorithm (Intel SE7520AF2).
    Rakp4ByIntegrity,
    /// The name is padded to 16 in the code of RAKP 2 and in SIK, RAKP 3 is over the bare
    /// privilege, passwords are cut to 16 for HMAC-MD5 (Intel SE7520AF2).
    PaddedName,
    /// Codes may be longer than they should (Supermicro H8QME, Sun Fire 4100).
    LongCodes,
    /// The trailer is keyed with SIK instead of K1.
    SikIntegrity,
    /// HMAC-MD5-128 is keyed with the password, and K1 and K2 come of 16-byte constants for MD5
    /// (ipmi_sim).
    Md5Dialect,
    /// Session sequence numbers of 1.5 in the wrong byte order in answers (Sun ILOM 1.0 and 2.0).
    SwappedSequence,
    /// Answers inside a 1.5 session carry session id 0 (Tyan S2882).
    ZeroSessionId,
    /// Answers inside a 1.5 session carry wrong or empty codes (Xyratex, Quanta): forgeries pass.
    UncheckedCodes,
    /// Message checksums may be wrong inside a trailer that verifies (Supermicro X9).
    UncheckedSums,
}

impl Workaround {
    /// All of them, with the names that operators use.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::OpenHighest, "open-highest"),
        (Self::NameAndPrivilege, "name-and-privilege"),
        (Self::RoleWithoutBit, "role-without-bit"),
        (Self::Rakp3BarePrivilege, "rakp3-bare-privilege"),
        (Self::Rakp4ByIntegrity, "rakp4-by-integrity"),
        (Self::PaddedName, "padded-name"),
        (Self::LongCodes, "long-codes"),
        (Self::SikIntegrity, "sik-integrity"),
        (Self::Md5Dialect, "md5-dialect"),
        (Self::SwappedSequence, "swapped-sequence"),
        (Self::ZeroSessionId, "zero-session-id"),
        (Self::UncheckedCodes, "unchecked-codes"),
        (Self::UncheckedSums, "unchecked-sums"),
    ];
}

/// A set of [`Workaround`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Workarounds(u16);

impl Workarounds {
    /// This set and one more.
    pub const fn with(self, one: Workaround) -> Self {
        Self(self.0 | 1 << one as u8)
    }

    /// Whether the set holds it.
    pub const fn has(self, one: Workaround) -> bool {
        self.0 & 1 << one as u8 != 0
    }
}

/// The cipher suites that a session offers, in order.
#[derive(Clone, PartialEq, Eq)]
pub struct Suites(Vec<Suite, MAX_SUITES>);

impl Suites {
    /// These suites, by number. `None` when there are none, too many, or one is not spoken.
    pub fn new(ids: &[u8]) -> Option<Self> {
        let mut suites = Vec::new();
        for id in ids {
            suites.push(Suite::from_id(*id)?).ok()?;
        }
        (!suites.is_empty()).then_some(Self(suites))
    }

    /// Their numbers, in order.
    pub fn ids(&self) -> impl Iterator<Item = u8> {
        let id =
            |suite: &Suite| Suite::IDS.into_iter().find(|id| Suite::from_id(*id) == Some(*suite));
        self.0.iter().filter_map(id)
    }

    pub(super) fn get(&self, at: u8) -> Option<Suite> {
        self.0.get(usize::from(at)).copied()
    }
}

impl Default for Suites {
    /// 17, then 3: the best that exists, then what every BMC has.
    fn default() -> Self {
        Self::new(&[17, 3]).unwrap_or(Self(Vec::new()))
    }
}

impl fmt::Debug for Suites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Everything a session is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Who to log in as.
    pub user: UserName,
    /// The user's password; `None` = empty.
    pub password: Option<KeyId>,
    /// The BMC key, where one is set.
    pub kg: Option<KeyId>,
    /// Version of IPMI.
    pub version: Version,
    /// Suites to offer for 2.0; those without authentication only when named here.
    pub suites: Suites,
    /// Authentication types allowed for 1.5; the strongest that the BMC offers is used.
    pub auth_types: AuthTypes,
    /// Highest privilege of the session. A request that wants more is refused by the BMC.
    pub privilege: Privilege,
    /// What to forgive.
    pub workarounds: Workarounds,
    /// The BMC's GUID, once it is known for sure.
    pub guid: Option<Guid>,
    /// Keep a session open and read the chassis status this often; `None` = only on request. A
    /// BMC that answers slowly is read less often: it is busy with us for a twentieth of its time
    /// at most. It is read every 30 s at least.
    pub keep_warm: Option<Millis>,
}

impl Profile {
    /// A profile with the defaults: version by asking, suites 17 and 3, MD5 or MD2 for 1.5,
    /// Operator privilege, nothing forgiven, no keep-warm.
    pub fn new(user: UserName, password: Option<KeyId>) -> Self {
        Self {
            user,
            password,
            kg: None,
            version: Version::Auto,
            suites: Suites::default(),
            auth_types: AuthTypes::default().with(AuthType::Md5).with(AuthType::Md2),
            privilege: Privilege::Operator,
            workarounds: Workarounds::default(),
            guid: None,
            keep_warm: None,
        }
    }
}
