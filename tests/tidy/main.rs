//! The house rules, held over the whole tree. Every rule has a self-check that it can fail.

mod imports;
mod lengths;
mod links;
mod manifests;
mod mask;
mod reach;
mod tree;
mod unsafety;
mod words;

/// Fails with every violation at once, so that one run shows all the work.
#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
