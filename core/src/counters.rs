//! What happened to datagrams that were not what they should be: one counter per cause.

/// Declares the causes of a kind of datagram and the counters over them.
macro_rules! counted {
    (
        $(#[$about:meta])* $cause:ident { $($(#[$what:meta])* $variant:ident,)+ }
        $(#[$counts:meta])* $counters:ident
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum $cause { $($(#[$what])* $variant,)+ }

        impl $cause {
            /// All causes, in the order in which they are counted.
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];
        }

        $(#[$counts])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $counters {
            discarded: [u32; $cause::ALL.len()],
        }

        impl $counters {
            /// Counts one dropped datagram.
            pub fn discard(&mut self, cause: $cause) {
                if let Some(count) = self.discarded.get_mut(cause as usize) {
                    *count = count.saturating_add(1);
                }
            }

            /// How many datagrams were dropped for that cause.
            pub fn discarded(&self, cause: $cause) -> u32 {
                self.discarded.get(cause as usize).copied().unwrap_or(0)
            }

            /// How many datagrams were dropped in all.
            pub fn total(&self) -> u32 {
                self.discarded.iter().fold(0, |sum, count| sum.saturating_add(*count))
            }
        }
    };
}

counted! {
    /// Why a datagram of a BMC was dropped.
    Discard {
        /// It is no RMCP, no session header, or shorter than it says.
        Malformed,
        /// It belongs to no session of ours, or to an earlier one.
        NotOurs,
        /// Its authentication code, trailer or padding is wrong.
        BadCode,
        /// Its session sequence number was seen before, or lies outside the window.
        Replayed,
        /// It answers nothing that is being waited for.
        Unexpected,
        /// Its message checksums are wrong.
        Checksum,
        /// It is good in itself, but names algorithms or a party other than agreed.
        Mismatch,
    }
    /// Saturating counters, one per [`Discard`].
    Counters
}

/// More than a healthy network drops between two messages about it.
const MANY: u32 = 100;

counted! {
    /// Why a datagram of the reset path, or what it says, was dropped: in the order of the checks.
    ResetDiscard {
        /// It is shorter than an empty message, or longer than 512 bytes.
        Length,
        /// It does not begin as this version of the protocol does.
        Magic,
        /// The length of its body is not what it says.
        BodyLength,
        /// It is of another cluster.
        Cluster,
        /// It went out to many, of the other class: hosts, or connectors.
        Broadcast,
        /// It is for somebody else, or for many though its kind is not.
        Destination,
        /// It names this very party as its sender.
        OwnSender,
        /// It was made with a key that is not accepted.
        Key,
        /// Its tag is wrong: made without the key, or changed on its way.
        Tag,
        /// No party of the cluster is known by its sender's number.
        Sender,
        /// No such kind, or one that a party like its sender does not send to one like this.
        Class,
        /// It is of an earlier start of its sender.
        Epoch,
        /// Its sequence was seen before, or is too old to tell.
        Replayed,
        /// Its body has bytes left over, a bad length or a value that is not listed.
        Body,
        /// It counts only as the newest of its sender, and a newer one came before.
        Overtaken,
        /// It counts only as an answer to a recent datagram of ours, and is none.
        Stale,
        /// It counts only from a connector that has proved its start, and this one has not.
        Unverified,
    }
    /// Saturating counters, one per [`ResetDiscard`].
    ResetCounters
}

impl ResetDiscard {
    /// Whether an operator is to be told, when so many were dropped for this cause since the last
    /// time. Delay, loss and restarts drop a few in a healthy network, and broadcasts reach all.
    pub const fn is_worth_telling(self, count: u32) -> bool {
        match self {
            Self::Broadcast => false,
            Self::Epoch | Self::Replayed | Self::Overtaken | Self::Stale | Self::Unverified => {
                count >= MANY
            }
            Self::Length
            | Self::Magic
            | Self::BodyLength
            | Self::Cluster
            | Self::Destination
            | Self::OwnSender
            | Self::Key
            | Self::Tag
            | Self::Sender
            | Self::Class
            | Self::Body => count > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_counted_by_itself() {
        let mut counters = ResetCounters::default();
        for (count, cause) in ResetDiscard::ALL.into_iter().enumerate() {
            for _ in 0..count {
                counters.discard(cause);
            }
        }
        for (count, cause) in (0..).zip(ResetDiscard::ALL) {
            assert_eq!(counters.discarded(cause), count, "{cause:?}");
        }
        assert_eq!(counters.total(), (0..ResetDiscard::ALL.len() as u32).sum::<u32>());
    }
}
