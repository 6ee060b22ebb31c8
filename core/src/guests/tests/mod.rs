//! The guests of a host, on a virtual clock.

extern crate std;

mod any_order;
mod config;
mod record;
mod start;
mod stop;
mod time;
mod world;
