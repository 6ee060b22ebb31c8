//! Measurements of Komainu, alone and beside its peers.
