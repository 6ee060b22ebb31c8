//! Who to be on which BMC: command line before configuration before defaults.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use komainu_core::limits::{MAX_PASSWORD_15, MAX_SUITES};
use komainu_core::secret::{Key, KeyId};
use komainu_core::session::{Profile, Suites, UserName, Version, Workarounds};
use komainu_core::suite::{Authentication, Suite};
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::channel::AuthTypes;
use komainu_core::wire::command::session::AuthType;

use crate::cli::Connect;
use crate::config::{Config, Settings};
use crate::credentials::{self, CredentialError, What};
use crate::exit::Exit;

/// Time for a host when nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

/// What a verb needs of a login.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// The privilege that it asks for when the user names none.
    pub(crate) privilege: Privilege,
    /// It watches its own time, when the user sets no limit.
    pub(crate) unlimited: bool,
    /// It does not log in at all.
    pub(crate) anonymous: bool,
}

impl Need {
    /// Logs in with that privilege.
    pub(crate) const fn level(privilege: Privilege) -> Self {
        Self { privilege, unlimited: false, anonymous: false }
    }

    /// Does not log in.
    pub(crate) const ANONYMOUS: Self =
        Self { privilege: Privilege::User, unlimited: false, anonymous: true };

    /// The same, with as much time as it takes.
    pub(crate) const fn unlimited(self) -> Self {
        Self { unlimited: true, ..self }
    }
}

/// Where a key came from, so that each source is read once.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Environment,
    Terminal,
    File(PathBuf),
    /// The configuration, for this host.
    Inline(Box<str>),
}

/// Makes the profile of each host, and keeps the keys.
pub(crate) struct Access<'a> {
    connect: &'a Connect,
    config: Config,
    need: Need,
    keys: Vec<Key>,
    known: Vec<(What, Source, KeyId)>,
    /// The profile of all hosts, where the configuration makes no difference between them.
    common: Option<(Profile, Option<Duration>)>,
}

impl<'a> Access<'a> {
    /// Access as the command line and the configuration have it.
    pub(crate) fn new(connect: &'a Connect, config: Config, need: Need) -> Self {
        Self { connect, config, need, keys: Vec::new(), known: Vec::new(), common: None }
    }

    /// The keys that the profiles name.
    pub(crate) fn into_keys(self) -> Vec<Key> {
        self.keys
    }

    /// How to log in to a host, and how much time it has.
    pub(crate) fn of(&mut self, host: &str) -> Result<(Profile, Option<Duration>), AccessError> {
        if let Some(common) = &self.common {
            return Ok(common.clone());
        }
        let settings = self.config.of(host);
        let profile = self.profile(host, &settings)?;
        let limit = self.connect.timeout.or(settings.timeout.map(|seconds| seconds.0));
        let timeout = if self.need.unlimited { limit } else { limit.or(Some(DEFAULT_TIMEOUT)) };
        if self.config.is_uniform() {
            self.common = Some((profile.clone(), timeout));
        }
        Ok((profile, timeout))
    }

    fn profile(&mut self, host: &str, settings: &Settings) -> Result<Profile, AccessError> {
        let connect = self.connect;
        if self.need.anonymous {
            return Ok(Profile::new(UserName::default(), None));
        }
        let user = connect.user.as_deref().or(settings.user.as_deref());
        let user = user.ok_or(AccessError::NoUser)?;
        let mut profile =
            Profile::new(UserName::new(user).map_err(|_| AccessError::UserTooLong)?, None);
        let suites = chosen(&connect.suite, settings.suite.as_deref());
        if !suites.is_empty() {
            profile.suites = Suites::new(suites).ok_or(AccessError::TooManySuites)?;
        }
        let auth = chosen(&connect.auth, settings.auth.as_deref());
        if !auth.is_empty() {
            profile.auth_types =
                auth.iter().fold(AuthTypes::default(), |set, auth| set.with(AuthType::from(*auth)));
        }
        let ipmi = connect.ipmi.or(settings.ipmi);
        profile.version = ipmi.map_or(Version::Auto, Version::from);
        let level = connect.privilege.or(settings.privilege);
        profile.privilege = level.map_or(self.need.privilege, Privilege::from);
        let workarounds = chosen(&connect.workaround, settings.workaround.as_deref());
        profile.workarounds =
            workarounds.iter().fold(Workarounds::default(), |set, one| set.with(*one));
        profile.guid = settings.guid;
        profile.password = match self.password(host, user, settings) {
            Err(AccessError::Credential(CredentialError::Missing)) if needs_none(suites) => None,
            found => Some(found?),
        };
        profile.kg = self.kg(settings)?;
        self.fit_version(&mut profile)?;
        Ok(profile)
    }

    fn password(
        &mut self,
        host: &str,
        user: &str,
        settings: &Settings,
    ) -> Result<KeyId, AccessError> {
        let what = What::Password;
        if let Some(file) = &self.connect.password_file {
            return self
                .once(what, Source::File(file.clone()), || credentials::password_from(file));
        }
        if let Some(id) = self.recall(what, &Source::Environment) {
            return Ok(id);
        }
        if let Some(key) = credentials::password_from_environment()? {
            return self.once(what, Source::Environment, || Ok(key));
        }
        if let Some(password) = &settings.password {
            return self.once(what, Source::Inline(host.into()), || {
                credentials::password(password.expose())
            });
        }
        if let Some(file) = &settings.password_file {
            return self
                .once(what, Source::File(file.clone()), || credentials::password_from(file));
        }
        self.once(what, Source::Terminal, || credentials::password_from_terminal(user))
    }

    fn kg(&mut self, settings: &Settings) -> Result<Option<KeyId>, AccessError> {
        if let Some(file) = &self.connect.kg_file {
            let key = || credentials::kg_from(file);
            return self.once(What::Kg, Source::File(file.clone()), key).map(Some);
        }
        if let Some(id) = self.recall(What::Kg, &Source::Environment) {
            return Ok(Some(id));
        }
        if let Some(key) = credentials::kg_from_environment()? {
            return self.once(What::Kg, Source::Environment, || Ok(key)).map(Some);
        }
        let Some(file) = &settings.kg_file else { return Ok(None) };
        self.once(What::Kg, Source::File(file.clone()), || credentials::kg_from(file)).map(Some)
    }

    fn recall(&self, what: What, source: &Source) -> Option<KeyId> {
        let known = self.known.iter().find(|(of, from, _)| *of == what && from == source);
        known.map(|(_, _, id)| *id)
    }

    fn once(
        &mut self,
        what: What,
        source: Source,
        read: impl FnOnce() -> Result<Key, CredentialError>,
    ) -> Result<KeyId, AccessError> {
        if let Some(id) = self.recall(what, &source) {
            return Ok(id);
        }
        let key = read()?;
        let id = u16::try_from(self.keys.len()).map(KeyId).map_err(|_| AccessError::TooManyKeys)?;
        self.keys.push(key);
        self.known.push((what, source, id));
        Ok(id)
    }

    /// A password that IPMI 1.5 would cut is another password there.
    fn fit_version(&self, profile: &mut Profile) -> Result<(), AccessError> {
        let key = profile.password.and_then(|id| self.keys.get(usize::from(id.0)));
        if key.is_some_and(|key| key.expose().len() > MAX_PASSWORD_15) {
            match profile.version {
                Version::V15 => {
                    let error = CredentialError::TooLong(What::Password, MAX_PASSWORD_15);
                    return Err(error.into());
                }
                Version::Auto => profile.version = Version::V20,
                Version::V20 => {}
            }
        }
        Ok(())
    }
}

/// What the command line names, or else the configuration.
fn chosen<'v, T>(line: &'v [T], settings: Option<&'v [T]>) -> &'v [T] {
    if line.is_empty() { settings.unwrap_or_default() } else { line }
}

/// Whether none of the suites named has anything to do with a password.
fn needs_none(suites: &[u8]) -> bool {
    let unauthenticated = |id: &u8| {
        Suite::from_id(*id).is_some_and(|suite| suite.authentication == Authentication::None)
    };
    !suites.is_empty() && suites.iter().all(unauthenticated)
}

/// Why nobody can log in.
#[derive(Debug)]
pub(crate) enum AccessError {
    /// Nothing names a user.
    NoUser,
    /// The name is longer than 16 bytes.
    UserTooLong,
    /// More suites than fit.
    TooManySuites,
    /// More different keys than can be told apart.
    TooManyKeys,
    /// The password or Kg.
    Credential(CredentialError),
}

impl From<CredentialError> for AccessError {
    fn from(error: CredentialError) -> Self {
        Self::Credential(error)
    }
}

impl AccessError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoUser => Exit::Credentials,
            Self::UserTooLong | Self::TooManySuites | Self::TooManyKeys => Exit::Usage,
            Self::Credential(error) => error.exit(),
        }
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUser => f.write_str(
                "there is no user name\n  Give one with --user NAME ('' is the null user), or in \
                 the configuration.",
            ),
            Self::UserTooLong => f.write_str("the user name is longer than 16 bytes"),
            Self::TooManySuites => write!(f, "at most {MAX_SUITES} suites are offered"),
            Self::TooManyKeys => f.write_str("there are more than 65,536 different passwords"),
            Self::Credential(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AccessError {}
