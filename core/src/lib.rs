//! Komainu's core.
#![no_std]
#![forbid(unsafe_code)]
