//! The side of whoever asks.

use super::{
    Cookie, HEAD_LEN, Item, Kind, MAX_INQUIRY, NONCE_LEN, Nonce, Opened, TAG_LEN, emit_head, seal,
};
use crate::crypto::{Hash, HmacKey};
use crate::limits::STATUS_KEY_LEN;
use crate::rng::{Chance, Drbg, Seed};
use crate::secret::Secret;
use crate::wire::{Full, Writer};

/// Asks an appliance until it has told everything. Repeating a question that is not answered is
/// its owner's work: [`Asker::question`] may be sent as often as is wanted.
#[derive(Debug)]
pub struct Asker {
    key: HmacKey,
    chance: Drbg,
    nonce: Nonce,
    cookie: Cookie,
    first: u16,
}

/// What came of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing: it is no answer to the question that stands.
    Stray,
    /// Ask on.
    More,
    /// Everything was told.
    All,
}

impl Asker {
    /// Asks with that key.
    pub fn new(key: &Secret<STATUS_KEY_LEN>, seed: &Seed) -> Self {
        let mut asker = Self {
            key: HmacKey::new(Hash::Sha256, key.expose()),
            chance: Drbg::new(seed),
            nonce: [0; NONCE_LEN],
            cookie: Cookie::default(),
            first: 0,
        };
        asker.chance.fill(&mut asker.nonce);
        asker
    }

    /// Writes the question that stands: always [`MAX_INQUIRY`] bytes.
    pub fn question(&self, out: &mut [u8; MAX_INQUIRY]) -> Result<(), Full> {
        out.fill(0);
        let mut writer = Writer::new(out);
        emit_head(Kind::Question, self.first, &self.nonce, &self.cookie, &mut writer)?;
        writer.bytes(&[0; MAX_INQUIRY - HEAD_LEN - TAG_LEN])?;
        seal(&self.key, &mut writer).map(drop)
    }

    /// Takes a datagram; what it tells is given to `take`, in order.
    pub fn handle(&mut self, datagram: &[u8], mut take: impl FnMut(Item)) -> Progress {
        let answer = Opened::parse(datagram).filter(|answer| {
            answer.kind != Kind::Question
                && answer.nonce == self.nonce
                && answer.first == self.first
                && answer.is_sealed_with(&self.key)
        });
        let Some(answer) = answer else { return Progress::Stray };
        self.cookie = answer.cookie;
        self.chance.fill(&mut self.nonce);
        if answer.kind == Kind::Again {
            return Progress::More;
        }
        let Some((total, mut rest)) = answer.body.split_first_chunk() else {
            return Progress::Stray;
        };
        let before = self.first;
        while let Some((item, behind)) = Item::parse(rest) {
            rest = behind;
            self.first = self.first.saturating_add(1);
            // What a later release tells is passed over.
            if let Some(item) = item {
                take(item);
            }
        }
        // An answer without progress would be asked for for ever.
        match self.first >= u16::from_be_bytes(*total) || self.first == before {
            true => Progress::All,
            false => Progress::More,
        }
    }
}
