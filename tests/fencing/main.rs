//! A fencing, its session and a simulated BMC, on a virtual clock.

mod driver;
mod judge;
mod lossy;
mod outcomes;
mod rules;
mod worst_case;
