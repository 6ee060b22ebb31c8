//! What a connector says of itself, once for each change.

use crate::cluster::LetBe;
use crate::counters::ResetDiscard;
use crate::fence::Stage;
use crate::types::{BmcState, Cause, HostAddress, Mode, PowerState, Reason, Source, Term, Token};

use super::{ClusterIndex, How, ServerIndex};

/// What changed. For log and history; the shell adds message ids and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Tell {
    /// A host asks for a reset, with a new question.
    Asked {
        /// In which cluster.
        cluster: ClusterIndex,
        /// Who asks.
        from: HostAddress,
        /// For whose reset.
        target: HostAddress,
        /// Why.
        reason: Reason,
    },
    /// A host's question was refused.
    Refused {
        /// In which cluster.
        cluster: ClusterIndex,
        /// Who asked.
        from: HostAddress,
        /// For whose reset; `None` when there is no such system.
        target: Option<HostAddress>,
        /// Why it is refused.
        cause: Cause,
    },
    /// A fencing has come that far.
    Fencing {
        /// Of which server.
        server: ServerIndex,
        /// How far.
        stage: Stage,
    },
    /// A server is fenced.
    Fenced {
        /// Which.
        server: ServerIndex,
        /// The proof, numbered.
        token: Token,
        /// How.
        how: How,
    },
    /// A fencing has failed.
    FenceFailed {
        /// Of which server.
        server: ServerIndex,
        /// Why.
        cause: Cause,
    },
    /// A server is not shot that was to be: nothing of its fencing has left in this run.
    LetBe {
        /// Which server.
        server: ServerIndex,
        /// Why not.
        why: LetBe,
    },
    /// A server's power is another than before.
    Power {
        /// Which server.
        server: ServerIndex,
        /// The power now.
        power: PowerState,
        /// What made us read it.
        source: Source,
    },
    /// A server's BMC behaves otherwise than before.
    Bmc {
        /// Which server.
        server: ServerIndex,
        /// How it behaves.
        bmc: BmcState,
    },
    /// Nothing is heard of a member any more.
    PathLost {
        /// Whose.
        server: ServerIndex,
    },
    /// A member is heard, for the first time or again.
    PathBack {
        /// Whose.
        server: ServerIndex,
    },
    /// A member begins with a start before its last one: its clock or its store went back.
    WentBack {
        /// Whose.
        server: ServerIndex,
    },
    /// The connector works otherwise than before.
    Mode {
        /// In which cluster.
        cluster: ClusterIndex,
        /// How.
        mode: Mode,
        /// With which term.
        term: Term,
    },
    /// Datagrams were dropped; said at most once a minute for each cause.
    Discarded {
        /// In which cluster.
        cluster: ClusterIndex,
        /// Why.
        cause: ResetDiscard,
        /// How many since it was last said; 65535 may be more.
        count: u32,
    },
    /// A member's configuration of the cluster differs from ours.
    DigestDiffers {
        /// Whose.
        server: ServerIndex,
    },
    /// All send with that key from now on.
    KeyChanged {
        /// In which cluster.
        cluster: ClusterIndex,
        /// Which key.
        number: u8,
    },
}
