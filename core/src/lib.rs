//! Everything in Komainu that decides, and nothing that does I/O.
//!
//! The core holds IPMI sessions with BMCs ([`session`]) and fencings of servers ([`fence`]), and
//! seals and opens what hosts and connectors tell one another ([`reset_path`]). It neither
//! allocates nor reads a clock, opens no socket and needs no operating system, so the same code
//! runs in a service and in a microcontroller. Each machine is driven by the same verbs:
//!
//! | verb | law |
//! |---|---|
//! | `handle` | takes any bytes or answer in any order; never fails, never panics |
//! | `poll` | the next thing to do; call until it has nothing |
//! | `deadline` | when to poll again if nothing arrives |
//! | `snapshot` and the like | a picture by value, computed when asked for |
//!
//! After `poll` has returned `None` it returns `None` again at that moment, and the deadline lies
//! later. Outputs follow from the state when they are asked for, so nothing is queued and nothing
//! overflows. The same inputs at the same instants with the same seed give the same outputs.
//!
//! # Layers
//!
//! Words and limits ([`types`], [`time`], [`limits`], [`failure`], [`suite`], [`secret`],
//! [`counters`], [`backoff`], [`timers`], [`journal`]) know nothing else. [`crypto`], [`rng`] and
//! [`wire`] know those. The machines ([`session`], [`reset_path`], [`cluster`], [`fence`],
//! [`guests`], [`power`], [`ups`]) know these, and never one another; they meet in [`connector`]
//! and [`member`], and the connector meets the plan of [`power`] in [`site`]. [`block`] is a site's
//! configuration in the flash of an appliance, [`inquiry`] tells how
//! one is, and [`replay`] plays recorded runs to one.
#![no_std]
#![forbid(unsafe_code)]

pub mod backoff;
pub mod block;
pub mod cluster;
pub mod connector;
pub mod counters;
pub mod crypto;
pub mod failure;
pub mod fence;
pub mod guests;
pub mod inquiry;
pub mod journal;
mod laws;
pub mod limits;
pub mod member;
pub mod power;
pub mod replay;
pub mod reset_path;
pub mod rng;
pub mod secret;
pub mod session;
pub mod site;
pub mod suite;
pub mod time;
pub mod timers;
pub mod types;
pub mod ups;
pub mod wire;

/// The run loop of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
