//! Sealing and opening the packets of one session that is set up (IPMI 2.0, sections 13.6 and
//! 13.28 to 13.29; 22.17.1 for IPMI 1.5).

use crate::counters::Discard;
use crate::crypto::{
    AES_BLOCK, Digest, Hash, HmacKey, codes_match, decrypt_cbc, encrypt_cbc, hmac, md2, md5,
};
use crate::limits::{MAX_PASSWORD_15, MAX_PASSWORD_20};
use crate::rng::Chance;
use crate::secret::{Key, KeyRing, Secret};
use crate::suite::{Confidentiality, Integrity, Suite};
use crate::wire::command::session::AuthType;
use crate::wire::rmcp::{self, Class};
use crate::wire::session20::{self, PayloadType};
use crate::wire::{Full, Writer, ipmb, session15};

use super::profile::{Profile, Workaround};
use super::window::{AHEAD_CODED, AHEAD_PLAIN, AHEAD_SEALED, Window};

/// What a channel is lent for each packet: the profile, the long-lived keys, chance.
pub(super) struct Means<'a> {
    pub(super) profile: &'a Profile,
    pub(super) ring: KeyRing<'a>,
    pub(super) chance: &'a mut dyn Chance,
}

impl<'a> Means<'a> {
    fn password(&self) -> Option<&'a Key> {
        self.profile.password.and_then(|id| self.ring.get(id))
    }
}

/// How packets are protected.
pub(super) enum Protection {
    /// IPMI 1.5.
    V15 {
        auth_type: AuthType,
        /// The BMC said that it does not authenticate packet by packet.
        bare: bool,
    },
    /// IPMI 2.0.
    V20 {
        suite: Suite,
        /// K1, made ready, where the trailer is keyed with it.
        k1: Option<HmacKey>,
        aes_key: Secret<AES_BLOCK>,
    },
}

/// One session's two directions.
pub(super) struct Channel {
    /// Session id of packets to us.
    pub(super) console: u32,
    /// Session id of packets to the BMC.
    pub(super) bmc: u32,
    /// Sequence number of the next packet to the BMC.
    next: u32,
    window: Window,
    protection: Protection,
}

/// A packet that proved good: its payload's kind, and its place in the datagram.
pub(super) struct Opened {
    pub(super) kind: PayloadType,
    pub(super) at: usize,
    pub(super) len: usize,
    /// A code over the whole packet was verified.
    pub(super) authentic: bool,
}

impl Channel {
    /// A channel of IPMI 2.0, whose sequence numbers begin at 1 in both directions.
    pub(super) fn v20(console: u32, bmc: u32, suite: Suite, k1: &Digest, aes: [u8; 16]) -> Self {
        let k1 = hash_of(suite.integrity).map(|hash| HmacKey::new(hash, k1.expose()));
        let aes_key = Secret::from(aes);
        let authentic = !matches!(suite.integrity, Integrity::None);
        let window = Window::new(1, if authentic { AHEAD_SEALED } else { AHEAD_PLAIN });
        Self { console, bmc, next: 1, window, protection: Protection::V20 { suite, k1, aes_key } }
    }

    /// A channel of IPMI 1.5: one id for both directions, sequence numbers as agreed.
    pub(super) fn v15(id: u32, next: u32, first: u32, auth_type: AuthType, bare: bool) -> Self {
        let authentic = !matches!(auth_type, AuthType::None | AuthType::Straight) && !bare;
        let window = Window::new(first, if authentic { AHEAD_CODED } else { AHEAD_PLAIN });
        let protection = Protection::V15 { auth_type, bare };
        Self { console: id, bmc: id, next, window, protection }
    }

    /// Writes a whole datagram with `message` into `out`; returns its length.
    pub(super) fn seal(
        &mut self,
        means: &mut Means<'_>,
        message: &ipmb::Message<'_>,
        out: &mut [u8],
    ) -> Result<usize, Full> {
        let mut out = Writer::new(out);
        rmcp::Header::new(Class::Ipmi).emit(&mut out)?;
        match &self.protection {
            Protection::V15 { auth_type, .. } => {
                emit_v15(means, *auth_type, (self.next, self.bmc), message, &mut out)?;
            }
            Protection::V20 { suite, k1, aes_key } => {
                let header = session20::Header {
                    encrypted: matches!(suite.confidentiality, Confidentiality::AesCbc128),
                    authenticated: !matches!(suite.integrity, Integrity::None),
                    payload_type: PayloadType::Ipmi,
                    session: self.bmc,
                    sequence: self.next,
                };
                header.emit(&mut out)?;
                match suite.confidentiality {
                    Confidentiality::None => message.emit(&mut out)?,
                    Confidentiality::AesCbc128 => {
                        emit_encrypted(aes_key, means.chance, message, &mut out)?;
                    }
                }
                let packet = out.written_mut().get_mut(rmcp::HEADER_LEN..).ok_or(Full)?;
                session20::set_payload_len(packet)?;
                if header.authenticated {
                    session20::emit_trailer(&mut out, rmcp::HEADER_LEN)?;
                    let covered = out.written().get(rmcp::HEADER_LEN..).ok_or(Full)?;
                    let code = trailer_code(means, suite.integrity, k1.as_ref(), covered);
                    out.bytes(code.truncated(suite.integrity.code_len()))?;
                }
            }
        }
        // 0 marks packets outside a session.
        self.next = self.next.checked_add(1).unwrap_or(1);
        Ok(out.len())
    }

    /// Verifies an answer, behind its RMCP header, and decrypts it in place. Its number counts as
    /// seen.
    pub(super) fn open(&mut self, means: &Means<'_>, packet: &mut [u8]) -> Result<Opened, Discard> {
        let (opened, sequence) = self.verify(means, packet)?;
        refuse_reflected(&opened, packet)?;
        self.window.mark(sequence);
        Ok(opened)
    }

    /// Verifies a datagram from either side, and decrypts it; with its session sequence number.
    pub(super) fn verify(
        &self,
        means: &Means<'_>,
        packet: &mut [u8],
    ) -> Result<(Opened, u32), Discard> {
        let (mut opened, sequence) = match &self.protection {
            Protection::V15 { auth_type, bare } => {
                open_v15(means, self.console, *auth_type, *bare, packet)?
            }
            Protection::V20 { suite, k1, .. } => {
                verify_v20(means, self.console, *suite, k1.as_ref(), packet)?
            }
        };
        if !self.window.is_new(sequence) {
            return Err(Discard::Replayed);
        }
        if let Protection::V20 { suite, aes_key, .. } = &self.protection
            && matches!(suite.confidentiality, Confidentiality::AesCbc128)
        {
            decrypt(aes_key, &mut opened, packet)?;
        }
        Ok((opened, sequence))
    }
}

/// Keys are the same both ways, and in IPMI 1.5 the session id is too. So a request of ours that
/// is sent back to us verifies, and its sequence number must not count as the BMC's.
fn refuse_reflected(opened: &Opened, packet: &[u8]) -> Result<(), Discard> {
    let net_fn = packet.get(opened.at + 1).map_or(0, |byte| byte >> 2);
    let request = opened.len > 1 && net_fn & 1 == 0;
    if opened.kind == PayloadType::Ipmi && request { Err(Discard::Unexpected) } else { Ok(()) }
}

/// The authentication code of IPMI 1.5 over a message (section 22.17.1).
pub(super) fn code_v15(
    auth_type: AuthType,
    password: Option<&Key>,
    (sequence, session): (u32, u32),
    message: &[u8],
) -> Option<[u8; session15::CODE_LEN]> {
    let none = [0; MAX_PASSWORD_20];
    let padded = password.map_or(&none, |password| password.expose_padded());
    let key = padded.first_chunk::<MAX_PASSWORD_15>()?;
    let (session, sequence) = (session.to_le_bytes(), sequence.to_le_bytes());
    let parts: [&[u8]; 5] = [key, &session, message, &sequence, key];
    match auth_type {
        AuthType::Md2 => md2(&parts).expose().first_chunk().copied(),
        AuthType::Md5 => md5(&parts).expose().first_chunk().copied(),
        AuthType::Straight => Some(*key),
        AuthType::None | AuthType::Oem | AuthType::RmcpPlus | AuthType::Other(_) => None,
    }
}

/// Writes a packet of IPMI 1.5 with its code, behind the RMCP header.
pub(super) fn emit_v15(
    means: &Means<'_>,
    auth_type: AuthType,
    (sequence, session): (u32, u32),
    message: &ipmb::Message<'_>,
    out: &mut Writer<'_>,
) -> Result<(), Full> {
    let mut buffer = [0; crate::limits::MAX_REQUEST_DATA + ipmb::MIN_RESPONSE];
    let mut body = Writer::new(&mut buffer);
    message.emit(&mut body)?;
    let code = code_v15(auth_type, means.password(), (sequence, session), body.written());
    let message = body.written();
    session15::Packet { auth_type, sequence, session, code, message }.emit(out)
}

fn open_v15(
    means: &Means<'_>,
    id: u32,
    agreed: AuthType,
    bare: bool,
    bytes: &[u8],
) -> Result<(Opened, u32), Discard> {
    let packet = session15::Packet::parse(bytes).map_err(|_| Discard::Malformed)?;
    let forgiven = means.profile.workarounds;
    let zero = forgiven.has(Workaround::ZeroSessionId) && packet.session == 0;
    if packet.session != id && !zero {
        return Err(Discard::NotOurs);
    }
    let plain = packet.auth_type == AuthType::None;
    if packet.auth_type != agreed && !(bare && plain) {
        return Err(Discard::Mismatch);
    }
    let numbers = (packet.sequence, packet.session);
    let code = code_v15(packet.auth_type, means.password(), numbers, packet.message);
    let good = match (&code, &packet.code) {
        (Some(ours), Some(theirs)) => codes_match(ours, theirs),
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    };
    if !good && !forgiven.has(Workaround::UncheckedCodes) {
        return Err(Discard::BadCode);
    }
    let at = if plain { 10 } else { 10 + session15::CODE_LEN };
    let authentic = good && matches!(packet.auth_type, AuthType::Md2 | AuthType::Md5);
    let opened = Opened { kind: PayloadType::Ipmi, at, len: packet.message.len(), authentic };
    Ok((opened, swapped(means.profile, packet.sequence)))
}

pub(super) fn swapped(profile: &Profile, sequence: u32) -> u32 {
    match profile.workarounds.has(Workaround::SwappedSequence) {
        true => sequence.swap_bytes(),
        false => sequence,
    }
}

fn verify_v20(
    means: &Means<'_>,
    console: u32,
    suite: Suite,
    k1: Option<&HmacKey>,
    bytes: &[u8],
) -> Result<(Opened, u32), Discard> {
    let packet = session20::Packet::parse(bytes).map_err(|_| Discard::Malformed)?;
    let header = packet.header;
    if header.session != console {
        return Err(Discard::NotOurs);
    }
    let authentic = !matches!(suite.integrity, Integrity::None);
    let encrypted = matches!(suite.confidentiality, Confidentiality::AesCbc128);
    if header.authenticated != authentic || header.encrypted != encrypted {
        return Err(Discard::Mismatch);
    }
    if authentic {
        // The pad is covered by the code, so its length need not be checked; some BMCs count it
        // differently.
        let covered = bytes.len().checked_sub(suite.integrity.code_len());
        let covered = covered.filter(|at| *at >= packet.payload_at + packet.payload.len());
        let (covered, theirs) =
            covered.and_then(|at| bytes.split_at_checked(at)).ok_or(Discard::Malformed)?;
        let ours = trailer_code(means, suite.integrity, k1, covered);
        if !codes_match(ours.truncated(suite.integrity.code_len()), theirs) {
            return Err(Discard::BadCode);
        }
    }
    let (at, len) = (packet.payload_at, packet.payload.len());
    Ok((Opened { kind: header.payload_type, at, len, authentic }, header.sequence))
}

/// The hash of the trailer, where it is keyed.
const fn hash_of(integrity: Integrity) -> Option<Hash> {
    match integrity {
        Integrity::None | Integrity::Md5_128 => None,
        Integrity::HmacSha1_96 => Some(Hash::Sha1),
        Integrity::HmacMd5_128 => Some(Hash::Md5),
        Integrity::HmacSha256_128 => Some(Hash::Sha256),
    }
}

fn trailer_code(
    means: &Means<'_>,
    integrity: Integrity,
    k1: Option<&HmacKey>,
    covered: &[u8],
) -> Digest {
    let dialect = means.profile.workarounds.has(Workaround::Md5Dialect);
    match integrity {
        Integrity::None => Digest::empty(),
        Integrity::HmacMd5_128 if dialect => {
            let key = means.password().map_or(&[][..], |password| password.expose());
            hmac(Hash::Md5, key, &[covered])
        }
        Integrity::HmacSha1_96 | Integrity::HmacSha256_128 | Integrity::HmacMd5_128 => {
            k1.map_or_else(Digest::empty, |k1| k1.code(&[covered]))
        }
        Integrity::Md5_128 => {
            let none = [0; MAX_PASSWORD_20];
            let key = means.password().map_or(&none, |password| password.expose_padded());
            md5(&[key, covered, key])
        }
    }
}

fn emit_encrypted(
    key: &Secret<AES_BLOCK>,
    chance: &mut dyn Chance,
    message: &ipmb::Message<'_>,
    out: &mut Writer<'_>,
) -> Result<(), Full> {
    let mut iv = [0; AES_BLOCK];
    chance.fill(&mut iv);
    out.bytes(&iv)?;
    let start = out.len();
    message.emit(out)?;
    let len = out.len() - start + 1;
    let pad = len.next_multiple_of(AES_BLOCK) - len;
    for byte in 1..=u8::try_from(pad).map_err(|_| Full)? {
        out.u8(byte)?;
    }
    out.u8(u8::try_from(pad).map_err(|_| Full)?)?;
    let plain = out.written_mut().get_mut(start..).ok_or(Full)?;
    encrypt_cbc(key.expose_padded(), &iv, plain);
    Ok(())
}

fn decrypt(key: &Secret<AES_BLOCK>, opened: &mut Opened, packet: &mut [u8]) -> Result<(), Discard> {
    let payload = packet.get_mut(opened.at..opened.at + opened.len).ok_or(Discard::Malformed)?;
    let (iv, data) = payload.split_first_chunk_mut::<AES_BLOCK>().ok_or(Discard::Malformed)?;
    if data.is_empty() || !data.len().is_multiple_of(AES_BLOCK) {
        return Err(Discard::Malformed);
    }
    decrypt_cbc(key.expose_padded(), iv, data);
    let (pad, data) = data.split_last().ok_or(Discard::Malformed)?;
    let len = data.len().checked_sub(usize::from(*pad)).ok_or(Discard::BadCode)?;
    let padding = data.get(len..).unwrap_or_default();
    if !padding.iter().zip(1..).all(|(byte, want): (&u8, u8)| *byte == want) {
        return Err(Discard::BadCode);
    }
    opened.at += AES_BLOCK;
    opened.len = len;
    Ok(())
}
