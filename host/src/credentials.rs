//! Passwords and BMC keys: where they come from, and what makes one unfit.
//!
//! They come from files, from the environment, from the configuration file or from the terminal,
//! never from the command line. What is read here is wiped as soon as the core's key holds it.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use komainu_core::limits::{
    CLUSTER_KEY_LEN, KG_LEN, MAX_PASSWORD_15, MAX_PASSWORD_20, STATUS_KEY_LEN,
};
use komainu_core::secret::{Key, Secret};
use komainu_core::wire::command::lan_alert::Community;
use zeroize::{Zeroize, Zeroizing};

use crate::exit::Exit;
use crate::private;

/// Variables that may hold the password, the first one first.
const PASSWORD_VARIABLES: [&str; 2] = ["KOMAINU_PASSWORD", "IPMI_PASSWORD"];
/// Variable that may hold Kg.
const KG_VARIABLE: &str = "KOMAINU_KG";
/// Most bytes that are read of a file; more is no password.
const MAX_FILE: u64 = 4096;

/// What a secret is, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// A user's password.
    Password,
    /// The BMC's key.
    Kg,
    /// The SNMP community of alerts.
    Community,
    /// The key of a cluster.
    ClusterKey,
    /// The token of a control socket.
    Token,
    /// The key of who may look at an appliance.
    StatusKey,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "password",
            Self::Kg => "Kg",
            Self::Community => "community",
            Self::ClusterKey => "cluster's key",
            Self::Token => "service's token",
            Self::StatusKey => "appliance's status key",
        })
    }
}

/// Why there is no secret. Never holds any of it.
#[derive(Debug)]
pub(crate) enum CredentialError {
    /// Nothing names a password, and nobody can be asked.
    Missing,
    /// The file cannot be read.
    Unreadable(What, PathBuf, io::Error),
    /// Other users of this machine may read the file.
    Exposed(PathBuf),
    /// The variable holds something other than text.
    Variable(String),
    /// The variable that is to hold it is not set.
    Unset(What, String),
    /// It is a credential of systemd, but nobody handed any over.
    NoCredentials(What, String),
    /// It does not fit: so many bytes are allowed for it.
    TooLong(What, usize),
    /// SNMP version 3 wants so many bytes.
    TooShort(What, usize),
    /// It is no hexadecimal number though it begins with 0x, or it has characters it must not have.
    Unfit(What),
    /// The terminal failed.
    Terminal(io::Error),
}

impl CredentialError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::TooLong(..) => Exit::TooLong,
            _ => Exit::Credentials,
        }
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str(
                "there is no password\n  Give one with --password-file FILE or in \
                 KOMAINU_PASSWORD (empty for none).",
            ),
            Self::Unreadable(what, path, error) => {
                write!(f, "the {what} cannot be read from {}: {error}", path.display())
            }
            Self::Exposed(path) => write!(
                f,
                "other users may read {}\n  Take it from them: {}; and change what is in it, for \
                 it may have been read.",
                path.display(),
                private::remedy(path)
            ),
            Self::Variable(name) => write!(f, "{name} does not hold text"),
            Self::Unset(what, name) => write!(
                f,
                "the {what} is to be in the variable {name}, which is not set\n  Set it where the \
                 service is started."
            ),
            Self::NoCredentials(what, name) => write!(
                f,
                "the {what} is the credential {name}, but systemd handed none over\n  Start the \
                 service by its unit, with LoadCredential={name}:FILE in it."
            ),
            Self::TooLong(What::Password, MAX_PASSWORD_15) => write!(
                f,
                "the password is longer than the {MAX_PASSWORD_15} bytes that IPMI 1.5 allows\n  \
                 Set a shorter one on the BMC, or use --ipmi 2.0."
            ),
            Self::TooLong(what, limit) => write!(
                f,
                "the {what} is longer than the {limit} bytes that IPMI allows\n  Set a shorter one \
                 on the BMC; a cut one would be another."
            ),
            Self::TooShort(what, least) => write!(
                f,
                "the {what} is shorter than the {least} bytes that SNMP version 3 wants\n  Set a \
                 longer one on the card."
            ),
            Self::Unfit(What::Kg) => {
                write!(f, "Kg begins with 0x, but hexadecimal digits in pairs do not follow")
            }
            Self::Unfit(what @ (What::ClusterKey | What::StatusKey)) => write!(
                f,
                "the {what} is not 64 hexadecimal digits\n  Make one with 'komainu key new \
                 FILE'."
            ),
            Self::Unfit(what) => write!(f, "the {what} is empty or has characters it may not have"),
            Self::Terminal(error) => write!(f, "the password could not be asked for: {error}"),
        }
    }
}

impl std::error::Error for CredentialError {}

/// A password from `file`, which may be "-" for standard input.
pub(crate) fn password_from(file: &Path) -> Result<Key, CredentialError> {
    password(&line_of(What::Password, file)?)
}

/// A password, checked for its length.
pub(crate) fn password(bytes: &[u8]) -> Result<Key, CredentialError> {
    Key::new(bytes).map_err(|_| CredentialError::TooLong(What::Password, MAX_PASSWORD_20))
}

/// A password from the environment, if it holds one.
pub(crate) fn password_from_environment() -> Result<Option<Key>, CredentialError> {
    for name in PASSWORD_VARIABLES {
        if let Some(text) = variable(name)? {
            return password(text.as_bytes()).map(Some);
        }
    }
    Ok(None)
}

/// A password from whoever sits at the terminal.
pub(crate) fn password_from_terminal(user: &str) -> Result<Key, CredentialError> {
    if !io::stdin().is_terminal() {
        return Err(CredentialError::Missing);
    }
    let typed = rpassword::prompt_password(format!("Password of {user:?} on the BMC: "));
    let typed = Zeroizing::new(typed.map_err(CredentialError::Terminal)?);
    password(typed.as_bytes())
}

/// Kg from `file`, which may be "-" for standard input.
pub(crate) fn kg_from(file: &Path) -> Result<Key, CredentialError> {
    kg(&line_of(What::Kg, file)?)
}

/// Kg from the environment, if it holds one.
pub(crate) fn kg_from_environment() -> Result<Option<Key>, CredentialError> {
    variable(KG_VARIABLE)?.map(|text| kg(text.as_bytes())).transpose()
}

/// The SNMP community in `file`.
pub(crate) fn community_from(file: &Path) -> Result<Community, CredentialError> {
    let text = line_of(What::Community, file)?;
    let text = str::from_utf8(&text).map_err(|_| CredentialError::Unfit(What::Community))?;
    if text.len() > 18 {
        return Err(CredentialError::TooLong(What::Community, 18));
    }
    Community::new(text).ok_or(CredentialError::Unfit(What::Community))
}

/// The key of a cluster, from its 64 hexadecimal digits.
pub(crate) fn cluster_key(text: &[u8]) -> Result<Secret<CLUSTER_KEY_LEN>, CredentialError> {
    key_of(What::ClusterKey, text)
}

/// The token of a control socket, from the service's file.
pub(crate) fn token_from(path: &Path) -> Result<Secret<CLUSTER_KEY_LEN>, CredentialError> {
    token(&line_of(What::Token, path)?)
}

/// The token of a control socket, from its 64 hexadecimal digits.
pub(crate) fn token(text: &[u8]) -> Result<Secret<CLUSTER_KEY_LEN>, CredentialError> {
    key_of(What::Token, text)
}

/// The key of who may look at an appliance, from its 64 hexadecimal digits.
pub(crate) fn status_key(text: &[u8]) -> Result<Secret<STATUS_KEY_LEN>, CredentialError> {
    key_of(What::StatusKey, text)
}

fn key_of(what: What, text: &[u8]) -> Result<Secret<CLUSTER_KEY_LEN>, CredentialError> {
    let unfit = || CredentialError::Unfit(what);
    let bytes = digits(text).filter(|bytes| bytes.len() == CLUSTER_KEY_LEN).ok_or_else(unfit)?;
    Secret::new(&bytes).map_err(|_| unfit())
}

/// What a variable holds.
pub(crate) fn in_variable(what: What, name: &str) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    let text = variable(name)?.ok_or_else(|| CredentialError::Unset(what, name.to_owned()))?;
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// Kg: text, or 0x and hexadecimal digits.
pub(crate) fn kg(text: &[u8]) -> Result<Key, CredentialError> {
    let too_long = |_| CredentialError::TooLong(What::Kg, KG_LEN);
    let Some(digits_of_kg) = text.strip_prefix(b"0x") else {
        return Key::new(text).map_err(too_long);
    };
    let bytes = digits(digits_of_kg).filter(|bytes| !bytes.is_empty());
    Key::new(&bytes.ok_or(CredentialError::Unfit(What::Kg))?).map_err(too_long)
}

/// The bytes that pairs of hexadecimal digits stand for.
fn digits(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = text.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for [high, low] in pairs {
        bytes.push(digit(*high)? << 4 | digit(*low)?);
    }
    rest.is_empty().then_some(bytes)
}

fn variable(name: &str) -> Result<Option<Zeroizing<String>>, CredentialError> {
    match env::var(name) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(CredentialError::Variable(name.to_owned())),
    }
}

/// The first line of a file, without its end.
pub(crate) fn line_of(what: What, path: &Path) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    let unreadable = |error| CredentialError::Unreadable(what, path.to_owned(), error);
    // Room for everything at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize + 1));
    if path.as_os_str() == "-" {
        io::stdin().lock().take(MAX_FILE).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let file = File::open(path).map_err(unreadable)?;
        guarded(&file, path)?;
        file.take(MAX_FILE).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    bytes[end..].zeroize();
    bytes.truncate(end);
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(bytes)
}

/// Refuses a file that other users of this machine may read. Pipes and the like are passed, so
/// that a shell may hand over what a password manager prints.
pub(crate) fn guarded(file: &File, path: &Path) -> Result<(), CredentialError> {
    let unreadable = |error| CredentialError::Unreadable(What::Password, path.to_owned(), error);
    match private::others_may_read(file).map_err(unreadable)? {
        true => Err(CredentialError::Exposed(path.to_owned())),
        false => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    fn file(content: &[u8], mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), content).expect("written");
        fs::set_permissions(file.path(), Permissions::from_mode(mode)).expect("rights");
        file
    }

    fn password_in(content: &[u8]) -> Result<Vec<u8>, CredentialError> {
        password_from(file(content, 0o600).path()).map(|key| key.expose().to_vec())
    }

    #[test]
    fn the_first_line_counts() {
        assert_eq!(password_in(b"secret").expect("read"), b"secret");
        assert_eq!(password_in(b"secret\r\nuser: x\n").expect("read"), b"secret");
        assert_eq!(password_in(b" a b \n").expect("read"), b" a b ");
        assert_eq!(password_in(b"\n").expect("read"), b"");
    }

    #[test]
    fn twenty_bytes_fit_and_no_more() {
        assert_eq!(password_in(&[b'x'; 20]).expect("read").len(), 20);
        let error = password_in(b"swordfish-swordfish-x").expect_err("21 bytes");
        assert_eq!(error.exit(), Exit::TooLong);
        assert!(!error.to_string().contains("swordfish"));
        assert!(!format!("{error:?}").contains("swordfish"));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let file = file(b"secret", 0o604);
        let error = password_from(file.path()).expect_err("exposed");
        assert!(matches!(error, CredentialError::Exposed(_)));
        assert!(error.to_string().contains("chmod"));
        assert_eq!(error.exit(), Exit::Credentials);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = password_from(Path::new("/nonexistent/pw")).expect_err("missing");
        assert!(error.to_string().contains("/nonexistent/pw"));
    }

    #[test]
    fn kg_is_text_or_hexadecimal() {
        let bytes = |text: &[u8]| kg(text).map(|key| key.expose().to_vec());
        assert_eq!(bytes(b"text").expect("text"), b"text");
        assert_eq!(bytes(b"0x00Ff10").expect("hexadecimal"), [0x00, 0xff, 0x10]);
        assert!(matches!(bytes(b"0x1"), Err(CredentialError::Unfit(What::Kg))));
        assert!(matches!(bytes(b"0xzz"), Err(CredentialError::Unfit(What::Kg))));
        assert!(matches!(bytes(&[b'k'; 21]), Err(CredentialError::TooLong(What::Kg, 20))));
    }

    #[test]
    fn a_community_has_up_to_18_characters() {
        assert!(community_from(file(b"public\n", 0o600).path()).is_ok());
        let error = community_from(file(&[b'c'; 19], 0o600).path()).expect_err("19");
        assert_eq!(error.exit(), Exit::TooLong);
        assert!(community_from(file(b"", 0o600).path()).is_err());
    }
}
