//! The progress bar: on a terminal, on standard error, and only when it takes a while.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use komainu_core::time::Instant;

use super::Printer;
use crate::engine::Observer;

/// How long a run is quiet before the bar appears.
const QUIET: Duration = Duration::from_millis(300);
/// How often the bar is drawn while nothing happens.
const REFRESH: Duration = Duration::from_millis(250);

/// Shows results as they come, and how far a run is.
pub(crate) struct Progress<'a> {
    printer: &'a RefCell<Printer>,
    hosts: usize,
    bar: Bar,
}

enum Bar {
    /// There is nobody to see it.
    Never,
    /// It appears at that time.
    From(Instant),
    /// It is there.
    Shown(ProgressBar),
}

impl<'a> Progress<'a> {
    /// For a run over `hosts` hosts that begins now.
    pub(crate) fn new(printer: &'a RefCell<Printer>, hosts: usize, now: Instant) -> Self {
        let printing = printer.borrow();
        let seen = io::stderr().is_terminal() && !printing.is_quiet() && !printing.is_json();
        drop(printing);
        let bar = if seen && hosts > 1 { Bar::From(now + QUIET) } else { Bar::Never };
        Self { printer, hosts, bar }
    }

    fn show(&self) -> ProgressBar {
        let target = ProgressDrawTarget::stderr_with_hz(10);
        let bar = ProgressBar::with_draw_target(Some(self.hosts as u64), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} hosts, {elapsed}");
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }
}

impl Observer for Progress<'_> {
    fn pause(&mut self, now: Instant, done: usize) -> Option<Instant> {
        match &self.bar {
            Bar::Shown(bar) => {
                bar.suspend(|| self.printer.borrow_mut().flush());
                bar.set_position(done as u64);
                bar.tick();
            }
            Bar::Never | Bar::From(_) => self.printer.borrow_mut().flush(),
        }
        if done == self.hosts {
            if let Bar::Shown(bar) = &self.bar {
                bar.finish_and_clear();
            }
            self.bar = Bar::Never;
        }
        match self.bar {
            Bar::Never => None,
            Bar::From(at) if now < at => Some(at),
            Bar::From(_) => {
                self.bar = Bar::Shown(self.show());
                Some(now + REFRESH)
            }
            Bar::Shown(_) => Some(now + REFRESH),
        }
    }
}
