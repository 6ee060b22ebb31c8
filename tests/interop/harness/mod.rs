//! Starts peers, runs clients, and tells which tests could not run.

pub(crate) mod address;
pub(crate) mod bmc;
pub(crate) mod client;
pub(crate) mod login;
pub(crate) mod program;
pub(crate) mod run;

use std::env;

use libtest_mimic::{Completion, Failed, Trial};
use program::Program;

/// What a test says when it fails.
pub(crate) type Outcome = Result<(), Failed>;

/// One row of a table: a name, the programs it needs, and what it does.
pub(crate) struct Case {
    name: String,
    needs: Vec<Program>,
    obstacle: Option<&'static str>,
    test: Box<dyn FnOnce() -> Outcome + Send>,
}

impl Case {
    pub(crate) fn new(
        name: impl Into<String>,
        needs: impl IntoIterator<Item = Program>,
        test: impl FnOnce() -> Outcome + Send + 'static,
    ) -> Self {
        let needs = needs.into_iter().collect();
        Self { name: name.into(), needs, obstacle: None, test: Box::new(test) }
    }

    /// The same, skipped for this reason unless it can run here.
    pub(crate) fn only_if(mut self, possible: bool, reason: &'static str) -> Self {
        self.obstacle = (!possible).then_some(reason);
        self
    }

    /// The test that the runner runs or skips.
    pub(crate) fn trial(self) -> Trial {
        Trial::ignorable_test(self.name, move || {
            if let Some(reason) = self.obstacle {
                return Ok(Completion::ignored_with(reason));
            }
            let missing: Vec<_> = self.needs.iter().filter(|need| need.find().is_none()).collect();
            let Some(first) = missing.first() else {
                return (self.test)().map(|()| Completion::Completed);
            };
            let reason = format!("{} is missing: {}", first.name(), first.remedy());
            if first.is_ours() || env::var("CI").is_ok_and(|ci| ci == "true") {
                Err(reason.into())
            } else {
                Ok(Completion::ignored_with(reason))
            }
        })
    }
}
