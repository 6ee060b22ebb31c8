//! The promises, and which of them was broken.

use std::fmt;
use std::time::Duration;

/// A battery with less than that is at its end: from there on cards call it low.
pub(super) const END: Duration = Duration::from_secs(120);

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The promise.
    pub promise: &'static str,
    /// How it was broken.
    pub how: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken: {}: {}", self.promise, self.how)
    }
}

/// What is watched over.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) broken: Option<Broken>,
    pub(super) done: bool,
    pub(super) downs: u64,
    /// The mains were gone at least once, or were said to be, or somebody has ordered a stop.
    pub(super) outage: bool,
    /// Servers that the machine has said it gives up, before everything healed.
    dropped: Vec<usize>,
    /// The run of the connector whose durable plan was looked at.
    pub(super) looked: Option<u64>,
}

impl Checks {
    pub(super) fn is_over(&self) -> bool {
        self.done || self.broken.is_some()
    }

    pub(super) fn breaks(&mut self, promise: &'static str, how: String) {
        self.broken.get_or_insert(Broken { promise, how });
    }

    pub(super) fn holds(&mut self, promise: &'static str, held: bool, how: impl Fn() -> String) {
        if !held {
            self.breaks(promise, how());
        }
    }

    pub(super) fn cut_while_on(&mut self, server: usize, ups: usize, left: Duration, mains: bool) {
        self.holds(
            "an output is not cut while a server on it may run, but at the battery's end",
            !mains && left <= END,
            || match left {
                Duration::MAX => format!("UPS {ups} was cut with server {server} on, on mains"),
                left => {
                    format!("UPS {ups} was cut with server {server} on, {left:?} before its end")
                }
            },
        );
    }

    pub(super) fn drop_server(&mut self, server: usize) {
        self.dropped.push(server);
    }

    pub(super) fn given_up(&self, server: usize) -> bool {
        self.dropped.contains(&server)
    }
}
