//! The keys of a cluster, and how a new one takes the place of an old one.

use core::fmt;

use crate::limits::CLUSTER_KEY_LEN;
use crate::secret::Secret;
use crate::types::KeyNumber;

#[derive(Debug)]
struct Numbered {
    number: KeyNumber,
    key: Secret<CLUSTER_KEY_LEN>,
}

/// One or two keys that are accepted, of which one is sent with.
///
/// A new key is first only accepted. The connector names it in its PathStatus, and so all send
/// with it, when every host has shown in its PathCheck that it accepts it
/// ([`ClusterKeys::successor`]), or when the operator says so.
#[derive(Debug)]
pub struct ClusterKeys {
    first: Numbered,
    second: Option<Numbered>,
    sends_with: KeyNumber,
}

impl ClusterKeys {
    /// A cluster with one key.
    pub const fn new(number: KeyNumber, key: Secret<CLUSTER_KEY_LEN>) -> Self {
        Self { first: Numbered { number, key }, second: None, sends_with: number }
    }

    /// Accepts a second key, which is not yet sent with.
    ///
    /// [`KeyTaken`] when the first has that number: the new one needs another.
    pub fn accept(self, number: KeyNumber, key: Secret<CLUSTER_KEY_LEN>) -> Result<Self, KeyTaken> {
        if number == self.first.number {
            return Err(KeyTaken(number));
        }
        Ok(Self { second: Some(Numbered { number, key }), ..self })
    }

    /// The numbers of the keys that are accepted, as a PathCheck tells them.
    pub fn accepted(&self) -> [Option<KeyNumber>; 2] {
        [Some(self.first.number), self.second.as_ref().map(|second| second.number)]
    }

    /// The number of the key that is sent with, as a connector's PathStatus names it.
    pub const fn sends_with(&self) -> KeyNumber {
        self.sends_with
    }

    /// Sends with that key from now on; says whether it can, which it cannot with a key that is
    /// not accepted here.
    pub fn send_with(&mut self, number: KeyNumber) -> bool {
        let known = self.get(number).is_some();
        if known {
            self.sends_with = number;
        }
        known
    }

    /// The second key, when it is not yet sent with and every host accepts it, `hosts` being what
    /// each has last told: the connector should name it.
    pub fn successor(
        &self,
        hosts: impl IntoIterator<Item = [Option<KeyNumber>; 2]>,
    ) -> Option<KeyNumber> {
        let next = self.second.as_ref()?.number;
        let ready = hosts.into_iter().all(|accepted| accepted.contains(&Some(next)));
        (next != self.sends_with && ready).then_some(next)
    }

    /// The key of that number.
    pub(crate) fn get(&self, number: KeyNumber) -> Option<&Secret<CLUSTER_KEY_LEN>> {
        [Some(&self.first), self.second.as_ref()]
            .into_iter()
            .flatten()
            .find(|numbered| numbered.number == number)
            .map(|numbered| &numbered.key)
    }

    /// The key that is sent with.
    pub(super) fn sending(&self) -> &Secret<CLUSTER_KEY_LEN> {
        match &self.second {
            Some(second) if second.number == self.sends_with => &second.key,
            _ => &self.first.key,
        }
    }
}

/// Both keys of a cluster have the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTaken(pub KeyNumber);

impl fmt::Display for KeyTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key number {} is taken: give the new key another number", self.0)
    }
}

impl core::error::Error for KeyTaken {}
