//! `komainu key`.

use std::io::{self, ErrorKind};
use std::path::Path;

use komainu_core::types::KeyNumber;

use super::Stop;
use super::manual::print;
use crate::cli::KeyVerb;
use crate::exit::Exit;
use crate::fresh;

/// Runs the verb.
pub(super) fn run(verb: &KeyVerb) -> Result<Exit, Stop> {
    match verb {
        KeyVerb::New { number, file } => new(*number, file),
    }
}

fn new(number: KeyNumber, path: &Path) -> Result<Exit, Stop> {
    fresh::write(path).map_err(|error| refusal(path, &error))?;
    let shown = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let text = format!(
        "# Copy the file to every machine of the cluster, and into the configuration of all:\n\
         [[cluster.key]]\nnumber = {number}\nfile = {:?}\n",
        shown.to_string_lossy()
    );
    print(text.as_bytes())
}

fn refusal(path: &Path, error: &io::Error) -> Stop {
    let path = path.display();
    let text = match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{path} exists already, and is left as it is\n  Choose another name.")
        }
        _ => format!("{path}: {error}"),
    };
    Stop::new(Exit::Local, text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::credentials::{self, What};

    #[test]
    fn a_new_key_is_read_again_and_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        let number = KeyNumber::new(1).expect("not 0");
        assert!(matches!(new(number, &one), Ok(Exit::Ok)));
        assert!(matches!(new(number, &other), Ok(Exit::Ok)));
        let key = |path: &Path| {
            let bytes = credentials::line_of(What::ClusterKey, path).expect("readable");
            credentials::cluster_key(&bytes).expect("a key")
        };
        assert!(!key(&one).ct_eq(&key(&other)), "chance");
        assert_eq!(fs::metadata(&one).expect("there").permissions().mode() & 0o777, 0o600);
        let before = fs::read(&one).expect("readable");
        let stop = new(number, &one).expect_err("it exists");
        assert_eq!((stop.exit, fs::read(&one).expect("readable")), (Exit::Local, before));
    }
}
