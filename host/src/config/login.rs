//! The configuration file: how to log in where, so that the command line can be short.

mod fields;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use komainu_core::session::Workaround;
use komainu_core::wire::command::device::Guid;
use serde::Deserialize;

use super::file::system_file;
use crate::cli::{Auth, Ipmi, Level};
use crate::credentials::{self, CredentialError};
use crate::exit::Exit;
use fields::Pattern;

pub(crate) use fields::{Password, Seconds};

/// The name of the file of all users.
const SYSTEM_FILE: &str = "config.toml";

/// How to log in; what is not said is left to the next source.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Settings {
    /// Hosts that the section is about; only in `[[host]]`.
    r#match: Option<Pattern>,
    /// User name.
    pub(crate) user: Option<String>,
    /// The password itself; the file must not be readable by others then.
    pub(crate) password: Option<Password>,
    /// File with the password.
    pub(crate) password_file: Option<PathBuf>,
    /// File with Kg.
    pub(crate) kg_file: Option<PathBuf>,
    /// Cipher suites in order.
    #[serde(deserialize_with = "fields::suites")]
    pub(crate) suite: Option<Vec<u8>>,
    /// Version of IPMI.
    pub(crate) ipmi: Option<Ipmi>,
    /// Authentication types of IPMI 1.5.
    pub(crate) auth: Option<Vec<Auth>>,
    /// Highest privilege.
    pub(crate) privilege: Option<Level>,
    /// Time for the host.
    pub(crate) timeout: Option<Seconds>,
    /// What to forgive.
    #[serde(deserialize_with = "fields::workarounds")]
    pub(crate) workaround: Option<Vec<Workaround>>,
    /// The BMC's GUID.
    #[serde(deserialize_with = "fields::guid")]
    pub(crate) guid: Option<Guid>,
}

impl Settings {
    /// Takes over what `other` says.
    fn overlay(&mut self, other: &Self) {
        fn take<T: Clone>(to: &mut Option<T>, from: &Option<T>) {
            if from.is_some() {
                to.clone_from(from);
            }
        }
        // Two ways to say one thing: the later one replaces both.
        if other.password.is_some() || other.password_file.is_some() {
            self.password.clone_from(&other.password);
            self.password_file.clone_from(&other.password_file);
        }
        take(&mut self.user, &other.user);
        take(&mut self.kg_file, &other.kg_file);
        take(&mut self.suite, &other.suite);
        take(&mut self.ipmi, &other.ipmi);
        take(&mut self.auth, &other.auth);
        take(&mut self.privilege, &other.privilege);
        take(&mut self.timeout, &other.timeout);
        take(&mut self.workaround, &other.workaround);
        take(&mut self.guid, &other.guid);
    }

    /// Paths are relative to the folder of the file that names them.
    fn resolve(&mut self, folder: &Path) {
        for path in [&mut self.password_file, &mut self.kg_file].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
}

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Config {
    defaults: Settings,
    host: Vec<Settings>,
}

impl Config {
    /// The file that is named, or the first one that exists where it is looked for; without any,
    /// a configuration that says nothing.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        if let Some(path) = named {
            return Self::read(path);
        }
        for path in places() {
            match Self::read(&path) {
                Err(ConfigError::Unreadable(_, error))
                    if error.kind() == io::ErrorKind::NotFound => {}
                result => return result,
            }
        }
        Ok(Self::default())
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |error| ConfigError::Unreadable(path.to_owned(), error);
        let mut file = File::open(path).map_err(unreadable)?;
        let mut text = zeroize::Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(unreadable)?;
        let mut config = Self::parse(&text).map_err(|wrong| wrong.in_file(path))?;
        if config.sections().any(|section| section.password.is_some()) {
            credentials::guarded(&file, path).map_err(ConfigError::Credentials)?;
        }
        // Where the link leads, so that what stands beside the file is found.
        let real = fs::canonicalize(path).map_err(unreadable)?;
        let folder = real.parent().unwrap_or(Path::new("/"));
        config.defaults.resolve(folder);
        config.host.iter_mut().for_each(|section| section.resolve(folder));
        Ok(config)
    }

    fn parse(text: &str) -> Result<Self, Wrong> {
        let config: Self = toml::from_str(text).map_err(|error| Wrong::of(text, &error))?;
        if config.defaults.r#match.is_some() {
            return Err(Wrong::without_place("[defaults] is for all hosts and has no match"));
        }
        if config.host.iter().any(|section| section.r#match.is_none()) {
            return Err(Wrong::without_place("a [[host]] section needs match = \"HOSTS\""));
        }
        Ok(config)
    }

    fn sections(&self) -> impl Iterator<Item = &Settings> {
        self.host.iter().chain([&self.defaults])
    }

    /// What the file says about a host: the defaults, then each section that matches, in order.
    pub(crate) fn of(&self, host: &str) -> Settings {
        let mut settings = self.defaults.clone();
        for section in &self.host {
            if section.r#match.as_ref().is_some_and(|pattern| pattern.matches(host)) {
                settings.overlay(section);
            }
        }
        settings
    }

    /// Whether every host has the same settings.
    pub(crate) fn is_uniform(&self) -> bool {
        self.host.is_empty()
    }
}

/// Where a file is looked for, in order.
fn places() -> Vec<PathBuf> {
    let own = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".config")));
    let own = own.map(|folder| folder.join("komainu").join("config.toml"));
    own.into_iter().chain([system_file(SYSTEM_FILE)]).collect()
}

/// What is wrong in a file, and where. The line itself is not shown: it may hold a password.
#[derive(Debug)]
struct Wrong {
    line: Option<usize>,
    field: Option<String>,
    message: String,
}

impl Wrong {
    fn of(text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().and_then(|span| text.get(..span.start)).map(|before| {
            before.lines().count() + usize::from(before.is_empty() || before.ends_with('\n'))
        });
        let field = line.and_then(|line| text.lines().nth(line - 1)).and_then(|line| {
            let (key, _) = line.split_once('=')?;
            Some(key.trim().to_owned())
        });
        Self { line, field, message: error.message().to_owned() }
    }

    fn without_place(message: &str) -> Self {
        Self { line: None, field: None, message: message.to_owned() }
    }

    fn in_file(self, path: &Path) -> ConfigError {
        ConfigError::Wrong(path.to_owned(), self.to_string())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
            if let Some(field) = &self.field {
                write!(f, ", {field}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// A configuration that cannot be used.
#[derive(Debug)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// The file is not understood.
    Wrong(PathBuf, String),
    /// The file holds a password, and is not safe.
    Credentials(CredentialError),
}

impl ConfigError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Unreadable(..) => Exit::Local,
            Self::Wrong(..) => Exit::Usage,
            Self::Credentials(error) => error.exit(),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => {
                write!(f, "{} cannot be read: {error}", path.display())
            }
            Self::Wrong(path, wrong) => write!(f, "{}: {wrong}", path.display()),
            Self::Credentials(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests;
