//! Codes and keys of RAKP (IPMI 2.0, sections 13.28.1 to 13.32).

use crate::crypto::{AES_BLOCK, Digest, Hash, hmac};
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

impl Deriver<'_> {
    /// The code that RAKP 2 must carry.
    pub(super) fn rakp2(&self, of: &Exchanged) -> Digest {
        let role = self.role(of.role);
        self.with_user_key(&[
            &of.console.to_le_bytes(),
            &of.bmc.to_le_bytes(),
            &of.console_random,
            &of.bmc_random,
            &of.guid,
            &[role, self.name_len()],
            self.name(&mut [0; MAX_USER_NAME]),
        ])
    }

    /// The code of RAKP 3. Boards that pad the name elsewhere do not pad it here, and want the bare
    /// privilege.
    pub(super) fn rakp3(&self, of: &Exchanged) -> Digest {
        let forgiven = self.profile.workarounds;
        let bare = forgiven.has(Workaround::Rakp3BarePrivilege)
            || forgiven.has(Workaround::PaddedName)
            || forgiven.has(Workaround::RoleWithoutBit);
        let role = if bare { of.role & !NAME_ONLY } else { of.role };
        self.with_user_key(&[
            &of.bmc_random,
            &of.console.to_le_bytes(),
            &[role, self.name_len()],
            self.profile.user.as_bytes(),
        ])
    }

    /// The session integrity key SIK, under Kg or, without one, the user's key.
    pub(super) fn sik(&self, of: &Exchanged) -> Digest {
        let role = self.role(of.role);
        let kg = self.profile.kg.and_then(|id| self.ring.get(id));
        let key = kg.map_or_else(|| self.user_key(), |kg| kg.expose());
        self.keyed(
            key,
            &[
                &of.console_random,
                &of.bmc_random,
                &[role, self.name_len()],
                self.name(&mut [0; MAX_USER_NAME]),
            ],
        )
    }

    /// The check value that RAKP 4 must carry, not yet cut to its length.
    pub(super) fn rakp4(&self, of: &Exchanged, sik: &Digest) -> Digest {
        let parts: [&[u8]; 3] = [&of.console_random, &of.bmc.to_le_bytes(), &of.guid];
        self.keyed(sik.expose(), &parts)
    }

    /// K1, the key of the trailer.
    pub(super) fn k1(&self, sik: &Digest) -> Digest {
        if self.profile.workarounds.has(Workaround::SikIntegrity) {
            return self.copy(sik);
        }
        self.keyed(sik.expose(), &[self.constant(&[1; 20])])
    }

    /// The AES key: the first 16 bytes of K2.
    pub(super) fn aes_key(&self, sik: &Digest) -> [u8; AES_BLOCK] {
        let k2 = self.keyed(sik.expose(), &[self.constant(&[2; 20])]);
        k2.expose().first_chunk().copied().unwrap_or([0; AES_BLOCK])
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

    fn with_user_key(&self, parts: &[&[u8]]) -> Digest {
        self.keyed(self.user_key(), parts)
    }

    fn keyed(&self, key: &[u8], parts: &[&[u8]]) -> Digest {
        match hash_of(self.suite.authentication) {
            Some(hash) => hmac(hash, key, parts),
            None => Digest::empty(),
        }
    }

    fn copy(&self, digest: &Digest) -> Digest {
        Digest::copied(digest.expose())
    }
}
