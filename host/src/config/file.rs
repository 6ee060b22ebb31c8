//! Where the file of all parties is, and which machine this is.

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::finding::{Finding, Severity};
use super::site::{Read, Site};
use crate::exit::Exit;
use crate::private;

/// Where the files of all users are, unless somebody says otherwise.
#[cfg(not(windows))]
const SYSTEM_FOLDER: &str = "/etc/komainu";
/// Variable that says otherwise.
const VARIABLE: &str = "KOMAINU_CONFIG";

/// The file of that name for all users of this machine.
pub(crate) fn system_file(name: &str) -> PathBuf {
    #[cfg(not(windows))]
    let folder = PathBuf::from(SYSTEM_FOLDER);
    #[cfg(windows)]
    let folder = private::data_folder();
    folder.join(name)
}

/// The file that is named, or that in the variable, or the system's.
pub(crate) fn place(named: Option<&Path>) -> PathBuf {
    let variable = || env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    named.map(Path::to_owned).or_else(variable).unwrap_or_else(|| system_file("komainu.toml"))
}

/// Reads the file at a [`place`]; tells everything that is found in it.
pub(crate) fn read(path: &Path) -> Result<Read, FileError> {
    let unreadable = |error| FileError::Unreadable(path.to_owned(), error);
    parse(File::open(path).map_err(unreadable)?, path)
}

fn parse(mut file: File, path: &Path) -> Result<Read, FileError> {
    let unreadable = |error| FileError::Unreadable(path.to_owned(), error);
    // It may hold a secret that is refused.
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(unreadable)?;
    // Where the link leads, so that what stands beside the file is found.
    let real = fs::canonicalize(path).map_err(unreadable)?;
    Ok(Site::parse(&text, real.parent().unwrap_or(Path::new("/"))))
}

/// Reads the file that is named, or the one that is found where it is looked for.
pub(crate) fn load(named: Option<&Path>) -> Result<Site, FileError> {
    let path = place(named);
    let Read { site, findings } = read(&path)?;
    site.ok_or(FileError::Wrong(path, findings))
}

/// Reads it for a service. What the file names is run with the rights of the service, so a file
/// that others may change, or put another in the place of, is refused.
pub(crate) fn load_for_service(named: Option<&Path>) -> Result<Site, FileError> {
    let path = place(named);
    let unreadable = |error| FileError::Unreadable(path.clone(), error);
    // What is judged is what is read, whatever has the name meanwhile.
    let file = File::open(&path).map_err(unreadable)?;
    if private::others_may_write(&file).map_err(unreadable)? {
        return Err(FileError::Shared(path));
    }
    if let Some(place) = private::others_may_replace(&path).map_err(unreadable)? {
        return Err(FileError::Shared(place));
    }
    let Read { site, findings } = parse(file, &path)?;
    site.ok_or(FileError::Wrong(path, findings))
}

/// What this machine is called, its domain included if it has one; empty if nobody knows.
pub(crate) fn machine_name() -> String {
    #[cfg(unix)]
    let name = nix::unistd::gethostname().ok();
    #[cfg(not(unix))]
    let name = env::var_os("COMPUTERNAME");
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A file that cannot be used.
#[derive(Debug)]
pub(crate) enum FileError {
    /// It cannot be read.
    Unreadable(PathBuf, io::Error),
    /// Other users of this machine may change it.
    Shared(PathBuf),
    /// It is wrong, or what it names is not to be had: at least one finding, each with its place.
    Wrong(PathBuf, Vec<Finding>),
}

impl FileError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Unreadable(..) => Exit::Local,
            Self::Shared(_) => Exit::Credentials,
            Self::Wrong(_, findings) => exit_of(findings),
        }
    }
}

/// The exit code of all findings: that of the first error.
pub(crate) fn exit_of(findings: &[Finding]) -> Exit {
    let exits = findings.iter().filter_map(|finding| match finding.severity {
        Severity::Error(exit) => Some(exit),
        Severity::Warning(_) => None,
    });
    exits.min_by_key(|exit| *exit as u8).unwrap_or(Exit::Ok)
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(
                f,
                "{}: {error}\n  Name the configuration with --config FILE or in {VARIABLE}; \
                 'komainu config example' prints one to begin with.",
                path.display()
            ),
            Self::Shared(path) => write!(
                f,
                "other users may change {}, and with it what the service runs\n  Take it from \
                 them: {}; and look at what is in it.",
                path.display(),
                private::remedy(path)
            ),
            Self::Wrong(path, findings) => {
                let mut gap = "";
                for finding in findings {
                    write!(f, "{gap}{}: {finding}", path.display())?;
                    gap = "\n";
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for FileError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_is_named_with_the_remedy() {
        let error = load(Some(Path::new("/nonexistent/komainu.toml"))).expect_err("missing");
        assert_eq!(error.exit(), Exit::Local);
        let text = error.to_string();
        assert!(text.contains("/nonexistent/komainu.toml") && text.contains("config example"));
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("komainu.toml");
        fs::write(&path, "[member]\nstat = 1\n").expect("written");
        let error = load(Some(&path)).expect_err("wrong");
        assert_eq!(error.exit(), Exit::Usage);
        let text = error.to_string();
        assert!(text.contains("komainu.toml: line 2, column 1, member.stat"), "{text}");
        assert!(text.contains("there is no [[cluster]]"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn a_service_refuses_a_file_that_others_may_change() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("komainu.toml");
        fs::write(&path, "").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("set");
        let error = load_for_service(Some(&path)).expect_err("shared");
        assert_eq!(error.exit(), Exit::Credentials);
        assert!(error.to_string().contains("chmod o-rwx"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        let error = load_for_service(Some(&path)).expect_err("empty");
        assert_eq!(error.exit(), Exit::Usage);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("set");
        let error = load_for_service(Some(&path)).expect_err("anybody may put another there");
        let remedy = format!("chmod o-w {}", folder.path().display());
        assert!(error.to_string().contains(&remedy), "{error}");
    }

    #[test]
    fn a_machine_has_a_name() {
        assert!(!machine_name().is_empty());
    }
}
