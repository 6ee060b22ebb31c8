//! Keys, codes and encryption of RMCP+ (sections 13.20 to 13.32), authentication codes of IPMI 1.5
//! (section 22.17.1).

use aes::Aes128;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use hmac::{Hmac, Mac};
use md2::Md2;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

use super::quirks::Quirks;
use super::suite::{Authentication, Confidentiality, Integrity, Suite};

/// A digest of up to 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    bytes: [u8; 32],
    len: usize,
}

impl Code {
    const EMPTY: Self = Self { bytes: [0; 32], len: 0 };

    fn new(digest: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes[..digest.len()].copy_from_slice(digest);
        Self { bytes, len: digest.len() }
    }

    fn cut(self, len: usize) -> Self {
        Self { len: len.min(self.len), ..self }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// A keyed digest with the key already absorbed, so that a message costs no key set-up.
#[derive(Clone)]
enum Keyed {
    Sha1(Hmac<Sha1>),
    Md5(Hmac<Md5>),
    Sha256(Hmac<Sha256>),
}

fn finish<'a, M: Mac + Clone>(keyed: &M, parts: impl Iterator<Item = &'a [u8]>) -> Code {
    let mut mac = keyed.clone();
    parts.for_each(|part| mac.update(part));
    Code::new(&mac.finalize().into_bytes())
}

impl Keyed {
    fn new(algorithm: Authentication, key: &[u8]) -> Option<Self> {
        const ANY: &str = "HMAC takes keys of any length";
        Some(match algorithm {
            Authentication::None => return None,
            Authentication::HmacSha1 => Self::Sha1(Hmac::new_from_slice(key).expect(ANY)),
            Authentication::HmacMd5 => Self::Md5(Hmac::new_from_slice(key).expect(ANY)),
            Authentication::HmacSha256 => Self::Sha256(Hmac::new_from_slice(key).expect(ANY)),
        })
    }

    fn code<'a>(&self, parts: impl Iterator<Item = &'a [u8]>) -> Code {
        match self {
            Self::Sha1(mac) => finish(mac, parts),
            Self::Md5(mac) => finish(mac, parts),
            Self::Sha256(mac) => finish(mac, parts),
        }
    }
}

/// What both sides of a RAKP exchange know.
pub(super) struct Exchange<'a> {
    pub(super) suite: Suite,
    /// As on the wire: the console's and the BMC's session id.
    pub(super) console_id: [u8; 4],
    pub(super) bmc_id: [u8; 4],
    pub(super) console_random: [u8; 16],
    pub(super) bmc_random: [u8; 16],
    pub(super) guid: [u8; 16],
    /// RAKP 1's role byte.
    pub(super) role: u8,
    /// The privilege that Open Session asked for.
    pub(super) open_privilege: u8,
    pub(super) name: &'a [u8],
    pub(super) password: &'a [u8; 20],
    pub(super) kg: Option<&'a [u8; 20]>,
    pub(super) quirks: &'a Quirks,
}

impl Exchange<'_> {
    /// RAKP 2's key exchange code (section 13.21).
    pub(super) fn rakp2(&self) -> Code {
        let (console, bmc) = (&self.console_random, &self.bmc_random);
        let head: [&[u8]; 5] = [&self.console_id, &self.bmc_id, console, bmc, &self.guid];
        self.over_name(self.password, self.role(), &head, Name::Padded)
    }

    /// RAKP 3's key exchange code (section 13.22).
    pub(super) fn rakp3(&self) -> Code {
        let bare = if self.quirks.rakp3_bare_privilege { 0x0f } else { 0xff };
        let head: [&[u8]; 2] = [&self.bmc_random, &self.console_id];
        self.over_name(self.password, self.role() & bare, &head, Name::Trimmed)
    }

    /// The session's keys (sections 13.31 and 13.32).
    pub(super) fn keys(&self) -> SessionKeys {
        let key = self.kg.unwrap_or(self.password);
        let head: [&[u8]; 2] = [&self.console_random, &self.bmc_random];
        SessionKeys::new(self, &self.over_name(key, self.role(), &head, Name::Padded))
    }

    /// The role that goes into the hashes.
    fn role(&self) -> u8 {
        let bits = if self.quirks.role_without_name_bit { 0 } else { self.role & 0xf0 };
        let level = if self.quirks.open_privilege_keys { self.open_privilege } else { self.role };
        bits | level & 0x0f
    }

    /// A code over the head, then role, name length and name.
    fn over_name(&self, key: &[u8], role: u8, head: &[&[u8]], name: Name) -> Code {
        let mut full = [0; 16];
        full[..self.name.len()].copy_from_slice(self.name);
        let used = self.name.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let name = match name {
            _ if !self.quirks.name_padded => self.name,
            Name::Padded => &full[..],
            Name::Trimmed => &self.name[..used],
        };
        let user = [role, name.len() as u8];
        let parts = head.iter().copied().chain([&user[..], name]);
        Keyed::new(self.suite.authentication, key).map_or(Code::EMPTY, |keyed| keyed.code(parts))
    }
}

/// What the quirk makes of the name, which otherwise is hashed as it was sent.
#[derive(Clone, Copy)]
enum Name {
    Padded,
    Trimmed,
}

/// What seals and opens the packets of one RMCP+ session.
#[derive(Clone)]
pub(super) struct SessionKeys {
    rakp4: Code,
    trailer: Trailer,
    cipher: Option<Aes128>,
    #[cfg(test)]
    pub(super) derived: [Vec<u8>; 3],
}

#[derive(Clone)]
enum Trailer {
    None,
    Keyed(Box<Keyed>, usize),
    Md5([u8; 20]),
}

impl SessionKeys {
    fn new(exchange: &Exchange<'_>, sik: &Code) -> Self {
        let (suite, quirks) = (exchange.suite, exchange.quirks);
        let short = quirks.md5_short_constants && suite.authentication == Authentication::HmacMd5;
        let len = if short { 16 } else { 20 };
        let keyed = Keyed::new(suite.authentication, sik.as_bytes());
        let derive = |constant: u8| match &keyed {
            Some(keyed) => keyed.code([&[constant; 20][..len]].into_iter()),
            None => Code::EMPTY,
        };
        let (k1, k2) = (derive(1), derive(2));
        let integrity_key = if quirks.integrity_sik { sik } else { &k1 };
        Self {
            rakp4: rakp4(exchange, sik),
            trailer: trailer(exchange, integrity_key.as_bytes()),
            cipher: match suite.confidentiality {
                Confidentiality::None => None,
                Confidentiality::AesCbc128 => k2.bytes.first_chunk::<16>().map(cipher),
            },
            #[cfg(test)]
            derived: [sik, &k1, &k2].map(|key| key.as_bytes().to_vec()),
        }
    }

    /// RAKP 4's integrity check value (section 13.23).
    pub(super) fn rakp4(&self) -> Code {
        self.rakp4
    }

    /// The code of the session trailer over the packet from its authentication type on; empty
    /// without integrity.
    pub(super) fn trailer(&self, packet: &[u8]) -> Code {
        match &self.trailer {
            Trailer::None => Code::EMPTY,
            Trailer::Keyed(keyed, len) => keyed.code([packet].into_iter()).cut(*len),
            Trailer::Md5(key) => Code::new(
                &Md5::new().chain_update(key).chain_update(packet).chain_update(key).finalize(),
            ),
        }
    }

    /// Length of [`Self::trailer`].
    pub(super) fn trailer_len(&self) -> usize {
        match &self.trailer {
            Trailer::None => 0,
            Trailer::Keyed(_, len) => *len,
            Trailer::Md5(_) => 16,
        }
    }

    /// Whether payloads of this session are encrypted.
    pub(super) fn encrypts(&self) -> bool {
        self.cipher.is_some()
    }

    /// Appends the encrypted payload (section 13.29): initialization vector, then the message
    /// padded with 1, 2, ... n and n.
    pub(super) fn encrypt(&self, vector: [u8; 16], message: &[u8], out: &mut Vec<u8>) {
        let Some(cipher) = &self.cipher else {
            out.extend_from_slice(message);
            return;
        };
        out.extend_from_slice(&vector);
        let start = out.len();
        out.extend_from_slice(message);
        let pad = 15 - message.len() % 16;
        out.extend((1..=pad).map(|byte| byte as u8));
        out.push(pad as u8);
        let mut mode = cbc::Encryptor::inner_iv_init(cipher.clone(), &vector.into());
        for block in out[start..].as_chunks_mut::<16>().0 {
            mode.encrypt_block(block.into());
        }
    }

    /// Puts the decrypted message into `out`; false when length or padding are wrong.
    pub(super) fn decrypt(&self, payload: &[u8], out: &mut Vec<u8>) -> bool {
        out.clear();
        let Some(cipher) = &self.cipher else {
            out.extend_from_slice(payload);
            return true;
        };
        let Some((vector, text)) = payload.split_first_chunk::<16>() else { return false };
        if text.is_empty() || text.len() % 16 != 0 {
            return false;
        }
        out.extend_from_slice(text);
        let mut mode = cbc::Decryptor::inner_iv_init(cipher.clone(), vector.into());
        for block in out.as_chunks_mut::<16>().0 {
            mode.decrypt_block(block.into());
        }
        strip_padding(out)
    }
}

fn strip_padding(out: &mut Vec<u8>) -> bool {
    let Some(pad) = out.pop() else { return false };
    let Some(message_len) = out.len().checked_sub(usize::from(pad)) else { return false };
    let right = pad < 16 && (1..=pad).eq(out[message_len..].iter().copied());
    out.truncate(message_len);
    right
}

fn cipher(key: &[u8; 16]) -> Aes128 {
    Aes128::new(key.into())
}

fn rakp4(exchange: &Exchange<'_>, sik: &Code) -> Code {
    let suite = exchange.suite;
    let by_suite = match suite.authentication {
        Authentication::None if exchange.quirks.rakp4_unasked_code => {
            return Code::new(&[0x5a; 12]);
        }
        Authentication::None => return Code::EMPTY,
        Authentication::HmacSha1 => (Authentication::HmacSha1, 12),
        Authentication::HmacMd5 => (Authentication::HmacMd5, 16),
        Authentication::HmacSha256 => (Authentication::HmacSha256, 16),
    };
    let by_integrity = match suite.integrity {
        Integrity::None => (Authentication::None, 0),
        Integrity::Md5_128 => by_suite,
        Integrity::HmacSha1_96 => (Authentication::HmacSha1, 12),
        Integrity::HmacMd5_128 => (Authentication::HmacMd5, 16),
        Integrity::HmacSha256_128 => (Authentication::HmacSha256, 16),
    };
    let (algorithm, len) = if exchange.quirks.rakp4_by_integrity { by_integrity } else { by_suite };
    let parts: [&[u8]; 3] = [&exchange.console_random, &exchange.bmc_id, &exchange.guid];
    Keyed::new(algorithm, sik.as_bytes())
        .map_or(Code::EMPTY, |keyed| keyed.code(parts.into_iter()).cut(len))
}

fn trailer(exchange: &Exchange<'_>, key: &[u8]) -> Trailer {
    let keyed = |algorithm, key: &[u8], len| match Keyed::new(algorithm, key) {
        Some(keyed) => Trailer::Keyed(Box::new(keyed), len),
        None => Trailer::None,
    };
    match exchange.suite.integrity {
        Integrity::None => Trailer::None,
        Integrity::HmacSha1_96 => keyed(Authentication::HmacSha1, key, 12),
        Integrity::HmacMd5_128 if exchange.quirks.md5_128_password => {
            keyed(Authentication::HmacMd5, exchange.password, 16)
        }
        Integrity::HmacMd5_128 => keyed(Authentication::HmacMd5, key, 16),
        Integrity::Md5_128 => Trailer::Md5(*exchange.password),
        Integrity::HmacSha256_128 => keyed(Authentication::HmacSha256, key, 16),
    }
}

/// The authentication type of an IPMI 1.5 session (table 13-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum AuthType {
    None = 0,
    Md2 = 1,
    Md5 = 2,
    Straight = 4,
}

impl AuthType {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        [Self::None, Self::Md2, Self::Md5, Self::Straight]
            .into_iter()
            .find(|auth_type| *auth_type as u8 == number)
    }

    /// The authentication code of a 1.5 packet; all zero for none.
    pub(super) fn code(
        self,
        password: &[u8; 16],
        session_id: [u8; 4],
        message: &[u8],
        sequence: [u8; 4],
    ) -> [u8; 16] {
        let parts: [&[u8]; 5] = [password, &session_id, message, &sequence, password];
        match self {
            Self::None => [0; 16],
            Self::Straight => *password,
            Self::Md2 => digest(Md2::new(), &parts),
            Self::Md5 => digest(Md5::new(), &parts),
        }
    }
}

fn digest<D: Digest>(mut state: D, parts: &[&[u8]]) -> [u8; 16] {
    parts.iter().for_each(|part| state.update(part));
    let mut code = [0; 16];
    code.copy_from_slice(&state.finalize());
    code
}
