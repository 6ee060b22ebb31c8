//! Why datagrams came to nothing.

/// Why a datagram was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discard {
    /// The BMC was set deaf, or is silent after a power action.
    Deaf,
    /// Not an RMCP datagram for a BMC, or its lengths do not fit.
    Malformed,
    /// The format of a version, or a payload, that this BMC does not serve.
    Unsupported,
    /// No session has this id, or it is at another stage.
    UnknownSession,
    /// The packet lacks the code or the encryption that its session demands.
    Unprotected,
    /// The authentication code or the session trailer is wrong.
    BadCode,
    /// The session sequence number was seen before.
    Repeated,
    /// The session sequence number is outside the window.
    OutsideWindow,
    /// The decrypted payload has a wrong padding.
    BadPadding,
    /// The message is no request, or a checksum is wrong.
    Message,
    /// A quirk says so.
    Quirk,
}

const CAUSES: usize = Discard::Quirk as usize + 1;

/// How many datagrams came, went, and came to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams received.
    pub received: u64,
    /// Datagrams sent.
    pub sent: u64,
    /// Answers not sent because the BMC was set mute.
    pub muted: u64,
    discarded: [u64; CAUSES],
}

impl Counters {
    /// How many datagrams were discarded for this cause.
    #[must_use]
    pub fn discarded(&self, cause: Discard) -> u64 {
        self.discarded[cause as usize]
    }

    /// How many datagrams were discarded, whatever the cause.
    #[must_use]
    pub fn discarded_total(&self) -> u64 {
        self.discarded.iter().sum()
    }

    pub(super) fn count(&mut self, cause: Discard) {
        self.discarded[cause as usize] += 1;
    }
}
