//! The shell that Linux and Windows share.

mod cli;
mod clock;
mod config;
mod credentials;
mod exit;
mod host_list;
mod names;
mod problem;
mod workarounds;
