"""Komainu beside its peers, on the same simulated BMCs, in one run."""
