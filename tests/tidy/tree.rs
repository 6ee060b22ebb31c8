//! The files of the tree.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing written by hand.
const GENERATED: [&str; 4] = ["target", "corpus", "artifacts", "coverage"];

/// One text file.
pub(crate) struct Source {
    /// Relative to the top of the tree, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// A file that exists only in a self-check.
    pub(crate) fn fixture(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// `path:line: what`, as compilers say it; lines count from 1.
    pub(crate) fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }

    /// Whether the file is only ever compiled for tests, benchmarks or fuzzing.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| {
            matches!(part, "tests" | "tests.rs" | "benches" | "fuzz") || part.ends_with("_tests.rs")
        })
    }
}

/// The top of the tree.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the tree")
}

/// Every file of the tree whose name ends in one of `suffixes`, in the order of the paths.
pub(crate) fn files(suffixes: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(root(), &mut paths);
    paths.sort();
    let wanted =
        |path: &PathBuf| suffixes.iter().any(|suffix| path.to_string_lossy().ends_with(suffix));
    paths.into_iter().filter(wanted).map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a folder entry can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || path.is_symlink() {
            continue;
        }
        if !path.is_dir() {
            paths.push(path);
        } else if !GENERATED.contains(&name.as_str()) {
            collect(&path, paths);
        }
    }
}

fn read(path: PathBuf) -> Source {
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let relative = path.strip_prefix(root()).expect("collected below the root");
    Source { path: relative.to_string_lossy().replace('\\', "/"), text }
}

#[test]
fn the_tree_is_found() {
    let manifests = files(&["Cargo.toml"]);
    assert!(manifests.iter().any(|file| file.path == "Cargo.toml"));
    assert!(manifests.iter().any(|file| file.path == "core/Cargo.toml"));
    assert!(files(&[".rs"]).iter().any(|file| file.path == "tests/tidy/tree.rs"));
}

#[test]
fn tests_are_told_from_the_product() {
    for test in ["tests/tidy/main.rs", "core/src/session/tests.rs", "fuzz/fuzz_targets/wire.rs"] {
        assert!(Source::fixture(test, "").is_test(), "{test}");
    }
    assert!(!Source::fixture("core/src/wire/rakp.rs", "").is_test());
}
