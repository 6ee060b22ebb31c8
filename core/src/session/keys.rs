//! Codes and keys of RAKP (IPMI 2.0, sections 13.28.1 to 13.32).

use crate::crypto::{AES_BLOCK, Digest, Hash, HmacKey};
use crate::limits::{MAX_PASSWORD_15, MAX_PASSWORD_20, MAX_USER_NAME};
use crate::secret::KeyRing;
use crate::suite::{Authentication, Suite};
use crate::wire::rakp::RANDOM_LEN;

use super::profile::{Profile, Workaround};

/// What both sides know once RAKP 2 has come, apart from the keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchanged {
    pub(super) console: u32,
    pub(super) bmc: u32,
    pub(super) console_random: [u8; RANDOM_LEN],
    pub(super) bmc_random: [u8; RANDOM_LEN],
    pub(super) guid: [u8; RANDOM_LEN],
    /// The role byte of RAKP 1.
    pub(super) role: u8,
}

/// The bit of the role byte that looks a user up by name alone.
pub(super) const NAME_ONLY: u8 = 0x10;

/// The hash of a RAKP algorithm; `None` for RAKP-none, which has no codes.
pub(super) const fn hash_of(authentication: Authentication) -> Option<Hash> {
    match authentication {
        Authentication::None => None,
        Authentication::HmacSha1 => Some(Hash::Sha1),
        Authentication::HmacMd5 => Some(Hash::Md5),
        Authentication::HmacSha256 => Some(Hash::Sha256),
    }
}

/// Derives codes and keys for one profile and one suite.
pub(super) struct Deriver<'a> {
    pub(super) profile: &'a Profile,
    pub(super) ring: KeyRing<'a>,
    pub(super) suite: Suite,
}

/// What follows from the user's key.
pub(super) struct OfUser {
    /// The code that RAKP 2 must carry.
    pub(super) rakp2: Digest,
    /// The code of RAKP 3.
    pub(super) rakp3: Digest,
    /// The session integrity key SIK.
    pub(super) sik: Digest,
}

/// What follows from SIK.
pub(super) struct OfSession {
    /// The check value that RAKP 4 must carry, not yet cut to its length.
    pub(super) rakp4: Digest,
    /// K1, the key of the trailer.
    pub(super) k1: Digest,
    /// The AES key: the first 16 bytes of K2.
    pub(super) aes_key: [u8; AES_BLOCK],
}

impl Deriver<'_> {
    /// The codes and SIK, all at once: they share a key, which is half of their work. Out of line,
    /// so that the keys leave a small stack before what follows.
    #[inline(never)]
    pub(super) fn of_user(&self, of: &Exchanged) -> OfUser {
        let Some(hash) = hash_of(self.suite.authentication) else {
            let (rakp2, rakp3, sik) = (Digest::empty(), Digest::empty(), Digest::empty());
            return OfUser { rakp2, rakp3, sik };
        };
        let key = HmacKey::new(hash, self.user_key());
        let kg = self.profile.kg.and_then(|id| self.ring.get(id));
        let kg = kg.map(|kg| HmacKey::new(hash, kg.expose()));
        let sik = self.sik(kg.as_ref().unwrap_or(&key), of);
        OfUser { rakp2: self.rakp2(&key, of), rakp3: self.rakp3(&key, of), sik }
    }

    fn rakp2(&self, key: &HmacKey, of: &Exchanged) -> Digest {
        key.code(&[
            &of.console.to_le_bytes(),
            &of.bmc.to_le_bytes(),
            &of.console_random,
            &of.bmc_random,
            &of.guid,
            &[self.role(of.role), self.name_len()],
            self.name(&mut [0; MAX_USER_NAME]),
        ])
    }

    /// Boards that pad the name elsewhere do not pad it here, and want the bare privilege.
    fn rakp3(&self, key: &HmacKey, of: &Exchanged) -> Digest {
        let forgiven = self.profile.workarounds;
        let bare = forgiven.has(Workaround::Rakp3BarePrivilege)
            || forgiven.has(Workaround::PaddedName)
            || forgiven.has(Workaround::RoleWithoutBit);
        let role = if bare { of.role & !NAME_ONLY } else { of.role };
        key.code(&[
            &of.bmc_random,
            &of.console.to_le_bytes(),
            &[role, self.name_len()],
            self.profile.user.as_bytes(),
        ])
    }

    /// Under Kg or, without one, the user's key.
    fn sik(&self, key: &HmacKey, of: &Exchanged) -> Digest {
        key.code(&[
            &of.console_random,
            &of.bmc_random,
            &[self.role(of.role), self.name_len()],
            self.name(&mut [0; MAX_USER_NAME]),
        ])
    }

    /// The check value and the keys of the session, all at once and out of line, for the same
    /// reasons.
    #[inline(never)]
    pub(super) fn of_session(&self, of: &Exchanged, sik: &Digest) -> OfSession {
        let Some(hash) = hash_of(self.suite.authentication) else {
            let (rakp4, k1) = (Digest::empty(), Digest::empty());
            return OfSession { rakp4, k1, aes_key: [0; AES_BLOCK] };
        };
        let key = HmacKey::new(hash, sik.expose());
        let k1 = match self.profile.workarounds.has(Workaround::SikIntegrity) {
            true => Digest::copied(sik.expose()),
            false => key.code(&[self.constant(&[1; 20])]),
        };
        let k2 = key.code(&[self.constant(&[2; 20])]);
        OfSession {
            rakp4: key.code(&[&of.console_random, &of.bmc.to_le_bytes(), &of.guid]),
            k1,
            aes_key: k2.expose().first_chunk().copied().unwrap_or([0; AES_BLOCK]),
        }
    }

    /// K1 and K2 come of 20 bytes for every algorithm; the dialect cuts them to the digest.
    fn constant<'c>(&self, constant: &'c [u8; 20]) -> &'c [u8] {
        let md5 = matches!(self.suite.authentication, Authentication::HmacMd5);
        let len = if md5 && self.profile.workarounds.has(Workaround::Md5Dialect) { 16 } else { 20 };
        constant.get(..len).unwrap_or(constant)
    }

    fn role(&self, role: u8) -> u8 {
        match self.profile.workarounds.has(Workaround::RoleWithoutBit) {
            true => role & !NAME_ONLY,
            false => role,
        }
    }

    fn name<'n>(&'n self, padded: &'n mut [u8; MAX_USER_NAME]) -> &'n [u8] {
        if self.profile.workarounds.has(Workaround::PaddedName) {
            *padded = self.profile.user.padded();
            return padded;
        }
        self.profile.user.as_bytes()
    }

    fn name_len(&self) -> u8 {
        // At most 16 by the type of the name.
        self.profile.user.as_bytes().len().min(MAX_USER_NAME) as u8
    }

    /// The user's key: the password without padding. HMAC pads keys with NUL, so the 20-byte form
    /// of the specification gives the same codes.
    fn user_key(&self) -> &[u8] {
        let password = self.profile.password.and_then(|id| self.ring.get(id));
        let key = password.map_or(&[][..], |password| password.expose());
        let cut = matches!(self.suite.authentication, Authentication::HmacMd5)
            && self.profile.workarounds.has(Workaround::PaddedName);
        let most = if cut { MAX_PASSWORD_15 } else { MAX_PASSWORD_20 };
        key.get(..most.min(key.len())).unwrap_or(key)
    }
}
