//! How an order is said in NUT's words: a command, and before it the variable with its delay.
//!
//! | order | commands, the first that the UPS has |
//! |---|---|
//! | off until the mains are there | `shutdown.return`, the delay in `ups.delay.shutdown` |
//! | off at once | `load.off` |
//! | off after a delay | `shutdown.stayoff` with the variable, `load.off.delay` with the seconds |
//! | on | `load.on` |
//! | cancel | `shutdown.stop` |
//! | test | `test.battery.start.quick`, `test.battery.start` |
//! | stop the test | `test.battery.stop` |
//!
//! Those for an outlet group begin with `outlet.N.`, and so does the variable.

use core::fmt::Write as _;

use heapless::{String, Vec};

use crate::time::Millis;
use crate::types::{Outlet, UpsOrder};

/// The caller's number of an order; its answer carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderId(pub u64);

/// Longest name of a command or variable that is used here, in bytes.
const MAX_NAME: usize = 40;
/// Most commands that serve one order.
const MAX_WAYS: usize = 2;

/// The name of a command or a variable.
pub(super) type Name = String<MAX_NAME>;

/// A command that carries an order out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Its name.
    pub(super) command: Name,
    /// How it learns of the delay.
    pub(super) delay: Delay,
}

/// How a command learns of its delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delay {
    /// It has none.
    None,
    /// By a variable, in seconds.
    Variable(Name, u32),
    /// By a value that goes with it, in seconds.
    Value(u32),
}

/// The commands that carry an order out, the better one first.
pub(super) fn ways(order: UpsOrder) -> Vec<Way, MAX_WAYS> {
    let mut ways = Vec::new();
    let mut add = |outlet: Outlet, command: &str, delay| {
        // Two commands are the most that any order has.
        let _ = ways.push(Way { command: name(outlet, command), delay });
    };
    match order {
        UpsOrder::OffUntilMains { outlet, delay } => {
            add(outlet, "shutdown.return", variable(outlet, delay));
        }
        UpsOrder::Off { outlet, delay } if delay == Millis::new(0) => {
            add(outlet, "load.off", Delay::None);
        }
        UpsOrder::Off { outlet, delay } => {
            add(outlet, "shutdown.stayoff", variable(outlet, delay));
            add(outlet, "load.off.delay", Delay::Value(delay.secs_up()));
        }
        UpsOrder::On { outlet } => add(outlet, "load.on", Delay::None),
        UpsOrder::Cancel { outlet } => add(outlet, "shutdown.stop", Delay::None),
        UpsOrder::Test => {
            add(Outlet::WHOLE, "test.battery.start.quick", Delay::None);
            add(Outlet::WHOLE, "test.battery.start", Delay::None);
        }
        UpsOrder::StopTest => add(Outlet::WHOLE, "test.battery.stop", Delay::None),
    }
    ways
}

fn variable(outlet: Outlet, delay: Millis) -> Delay {
    let of = if outlet == Outlet::WHOLE { "ups.delay.shutdown" } else { "delay.shutdown" };
    Delay::Variable(name(outlet, of), delay.secs_up())
}

/// Every name that is made here fits: the longest has 27 bytes.
fn name(outlet: Outlet, of: &str) -> Name {
    let mut name = Name::new();
    let prefix =
        if outlet == Outlet::WHOLE { Ok(()) } else { write!(name, "outlet.{}.", outlet.number()) };
    let _ = prefix.and_then(|()| name.write_str(of));
    name
}

/// A number as text.
pub(super) fn digits(number: u32) -> String<10> {
    let mut digits = String::new();
    // Ten digits hold every such number.
    let _ = write!(digits, "{number}");
    digits
}
