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
    test: Box<dyn FnOnce() -> Outcome + Send>,
}

impl Case {
    pub(crate) fn new(
        name: impl Into<String>,
        needs: impl IntoIterator<Item = Program>,
        test: impl FnOnce() -> Outcome + Send + 'static,
    ) -> Self {
        Self { name: name.into(), needs: needs.into_iter().collect(), test: Box::new(test) }
    }

    /// The test that the runner runs or skips.
    pub(crate) fn trial(self) -> Trial {
        Trial::ignorable_test(self.name, move || {
            if env::var_os("KOMAINU_INTEROP").is_none() {
                return Ok(Completion::ignored_with("needs KOMAINU_INTEROP=1, see ./test interop"));
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
