//! Komainu on Linux.
fn main() {}
