//! Simulated BMCs and networks.
