//! Tests that each need something of this machine: they run when it is there, and else one line
//! says what is missing.

use libtest_mimic::{Arguments, Completion, Trial};

/// How many tests run at once, where the command line does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtOnce {
    /// One, whatever the command line says: each has the machine for itself.
    One,
    /// So many: they mostly wait.
    Up(usize),
}

/// Runs the tests; without any, `suite` is shown as ignored, with what it `needs`.
pub fn run(suite: &'static str, needs: &'static str, at_once: AtOnce, trials: Option<Vec<Trial>>) {
    let mut arguments = Arguments::from_args();
    match at_once {
        AtOnce::One => arguments.test_threads = Some(1),
        AtOnce::Up(most) => drop(arguments.test_threads.get_or_insert(most)),
    }
    let ignored = move || Ok(Completion::ignored_with(needs));
    let trials = trials.unwrap_or_else(|| vec![Trial::ignorable_test(suite, ignored)]);
    libtest_mimic::run(&arguments, trials).exit();
}
