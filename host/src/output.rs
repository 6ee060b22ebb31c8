//! Results: one line or one JSON object per host as soon as it is known, and a summary.

mod progress;
mod text;

pub(crate) use progress::Progress;
pub(crate) use text::{Report, Text, Tone, hex};

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Stdout, Write};
use std::time::Duration;

use serde::Serialize;

use crate::cli::{Output, When};
use crate::exit::Exit;
use crate::problem::Problem;

/// Width that names are padded to at most; a longer one moves its own line only.
const MAX_WIDTH: usize = 40;

/// Writes results, and counts them.
pub(crate) struct Printer {
    out: io::BufWriter<Stdout>,
    json: bool,
    quiet: bool,
    color: bool,
    width: usize,
    /// Failures that wait for the next flush, so that they do not run into a progress bar.
    failures: String,
    tally: Tally,
}

/// What the results were.
#[derive(Debug, Default)]
struct Tally {
    ok: usize,
    exit: Option<Exit>,
    /// How often each short result came.
    words: BTreeMap<&'static str, usize>,
    /// What helps against each kind of failure that came, and how often it did.
    failures: BTreeMap<&'static str, (usize, &'static str)>,
}

/// What every JSON object of a host begins with.
#[derive(Serialize)]
struct Line<'a, R: Serialize> {
    host: &'a str,
    ok: bool,
    #[serde(flatten)]
    report: &'a R,
}

#[derive(Serialize)]
struct Failed<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    id: String,
    kind: &'static str,
    text: String,
    remedy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_code: Option<u8>,
}

#[derive(Serialize)]
struct Summary {
    summary: Totals,
}

#[derive(Serialize)]
struct Totals {
    hosts: usize,
    ok: usize,
    failed: BTreeMap<&'static str, usize>,
    seconds: f64,
    dropped_datagrams: u64,
    interrupted: bool,
}

impl Printer {
    /// A printer for hosts whose longest name has `width` characters.
    pub(crate) fn new(output: Output, width: usize) -> Self {
        Self {
            out: io::BufWriter::new(io::stdout()),
            json: output.json,
            quiet: output.quiet,
            color: color(output.color, io::stdout().is_terminal()),
            width: width.min(MAX_WIDTH),
            failures: String::new(),
            tally: Tally::default(),
        }
    }

    /// Tells the result of a host.
    pub(crate) fn result<R: Report>(&mut self, host: &str, result: Result<R, Problem>) {
        match result {
            Ok(report) => self.ok(host, &report),
            Err(problem) => self.failed(host, &problem),
        }
    }

    fn ok<R: Report>(&mut self, host: &str, report: &R) {
        self.tally.ok += 1;
        self.tally.exit = Some(self.tally.exit.unwrap_or(Exit::Ok));
        if self.json {
            self.object(&Line { host, ok: true, report });
            return;
        }
        let (width, color) = (self.width, self.color);
        // A closed pipe is no reason to stop: the BMCs are still to be dealt with in order.
        let _ = match report.text() {
            Text::Word(word, tone) => {
                *self.tally.words.entry(word).or_default() += 1;
                let (on, off) = tone.codes(color);
                writeln!(self.out, "{host:width$}  {on}{word}{off}")
            }
            Text::Line(line) => writeln!(self.out, "{host:width$}  {line}"),
            Text::Block(lines) => {
                let (on, off) = Tone::Strong.codes(color);
                let head = writeln!(self.out, "{on}{host}{off}");
                lines.iter().fold(head, |_, line| writeln!(self.out, "  {line}"))
            }
        };
    }

    /// Tells that a host has no result.
    pub(crate) fn failed(&mut self, host: &str, problem: &Problem) {
        let exit = problem.exit();
        self.tally.exit = Some(self.tally.exit.map_or(exit, |before| before.and(exit)));
        self.tally.failures.entry(exit.word()).or_insert((0, problem.remedy())).0 += 1;
        if self.json {
            let completion_code = problem.completion_code();
            let (id, kind, text) = (exit.id(), exit.word(), problem.to_string());
            let remedy = problem.remedy();
            let report = &Failed { error: Error { id, kind, text, remedy, completion_code } };
            self.object(&Line { host, ok: false, report });
            return;
        }
        let (on, off) = Tone::Bad.codes(self.color && io::stderr().is_terminal());
        let width = self.width;
        let id = exit.id();
        self.failures.push_str(&format!("{host:width$}  {on}{id} {problem}{off}\n"));
    }

    /// Writes one JSON object on a line of its own.
    pub(crate) fn object(&mut self, object: &impl Serialize) {
        // A closed pipe again; serialising to memory cannot fail.
        let _ = serde_json::to_writer(&mut self.out, object);
        let _ = writeln!(self.out);
    }

    /// Whether results are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether nothing but results is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Writes a line of text as it is.
    pub(crate) fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}");
    }

    /// Shows what was written so far.
    pub(crate) fn flush(&mut self) {
        let _ = self.out.flush();
        if !self.failures.is_empty() {
            let _ = io::stderr().write_all(self.failures.as_bytes());
            self.failures.clear();
        }
    }

    /// Tells how it went as a whole, and what helps; the exit code.
    pub(crate) fn summary(&mut self, took: Duration, interrupted: bool, dropped: u64) -> Exit {
        let exit = match self.tally.exit {
            _ if interrupted => Exit::Interrupted,
            exit => exit.unwrap_or(Exit::Ok),
        };
        if self.json {
            if !self.quiet {
                let failed = self.tally.failures.iter().map(|(kind, (count, _))| (*kind, *count));
                let summary = Totals {
                    hosts: self.tally.hosts(),
                    ok: self.tally.ok,
                    failed: failed.collect(),
                    seconds: took.as_secs_f64(),
                    dropped_datagrams: dropped,
                    interrupted,
                };
                self.object(&Summary { summary });
            }
            self.flush();
            return exit;
        }
        self.flush();
        for (kind, (count, remedy)) in &self.tally.failures {
            let many = self.tally.hosts() > 1;
            let which = if many { format!(" ({kind}, {count})") } else { String::new() };
            eprintln!("  help{which}: {remedy}");
        }
        if interrupted {
            eprintln!("interrupted");
        }
        if self.tally.hosts() > 1 && !self.quiet {
            eprintln!("{}", self.tally.line(took));
        }
        exit
    }
}

impl Tally {
    fn hosts(&self) -> usize {
        self.ok + self.failures.values().map(|(count, _)| count).sum::<usize>()
    }

    /// `64 hosts: 62 on, 1 off, 1 failed; 0.04 s`.
    fn line(&self, took: Duration) -> String {
        let failed = self.hosts() - self.ok;
        let mut parts: Vec<_> =
            self.words.iter().map(|(word, count)| format!("{count} {word}")).collect();
        if parts.is_empty() {
            parts.push(format!("{} done", self.ok));
        }
        parts.push(format!("{failed} failed"));
        format!("{} hosts: {}; {:.2} s", self.hosts(), parts.join(", "), took.as_secs_f64())
    }
}

/// Whether to colour what goes to a stream.
pub(crate) fn color(when: When, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        // Windows terminals show colours only once a program has asked them to.
        When::Auto => {
            let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
            cfg!(unix) && terminal && !dumb && std::env::var_os("NO_COLOR").is_none()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_was_said() {
        let mut tally = Tally { ok: 3, ..Tally::default() };
        tally.words.insert("on", 2);
        tally.words.insert("off", 1);
        tally.failures.insert("silent", (1, ""));
        let line = tally.line(Duration::from_millis(41));
        assert_eq!(line, "4 hosts: 1 off, 2 on, 1 failed; 0.04 s");
    }

    #[test]
    fn a_json_line_begins_with_the_host() {
        #[derive(Serialize)]
        struct Power {
            power: &'static str,
        }
        let line = Line { host: "a", ok: true, report: &Power { power: "on" } };
        let text = serde_json::to_string(&line).expect("json");
        assert_eq!(text, r#"{"host":"a","ok":true,"power":"on"}"#);
    }
}
