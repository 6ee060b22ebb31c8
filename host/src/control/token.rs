//! The token of the control socket: who can read its file may give orders.

use std::fs;
use std::io;
use std::path::Path;

use axum::http::HeaderValue;
use komainu_core::limits::CLUSTER_KEY_LEN;
use komainu_core::secret::Secret;
use zeroize::Zeroizing;

use crate::credentials::{self, CredentialError};
use crate::fresh;
use crate::private;

/// Its file in the state folder.
pub(crate) const TOKEN: &str = "control.token";
/// What stands before it in the header.
const SCHEME: &str = "Bearer ";

/// A token.
pub(crate) struct Token(Secret<CLUSTER_KEY_LEN>);

impl Token {
    /// A new token in the folder, for its owner alone.
    ///
    /// Every start makes another one: whoever listened in the service's place while it was down,
    /// and was shown the one before, has nothing.
    pub(super) fn renew(folder: &Path) -> io::Result<Self> {
        let (path, next) = (folder.join(TOKEN), folder.join("control.token.new"));
        let left_over = fs::remove_file(&next);
        left_over.or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        fresh::write(&next)?;
        private::replace(&next, &path)?;
        Self::read(&path).map_err(|error| io::Error::other(error.to_string()))
    }

    /// The token in a file.
    pub(crate) fn read(path: &Path) -> Result<Self, CredentialError> {
        credentials::token_from(path).map(Self)
    }

    /// Whether a header shows this token.
    pub(super) fn admits(&self, header: Option<&HeaderValue>) -> bool {
        let shown = header.and_then(|value| value.as_bytes().strip_prefix(SCHEME.as_bytes()));
        let shown = shown.and_then(|text| credentials::token(text).ok());
        shown.is_some_and(|shown| shown.ct_eq(&self.0))
    }

    /// The header that shows it.
    pub(super) fn header(&self) -> HeaderValue {
        let digits = self.0.expose().iter().map(|byte| format!("{byte:02x}"));
        let text = Zeroizing::new(digits.fold(SCHEME.to_owned(), |text, byte| text + &byte));
        // Letters, digits and a space alone cannot be wrong.
        let mut value =
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(SCHEME));
        value.set_sensitive(true);
        value
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn every_start_has_a_token_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Token::renew(folder.path()).expect("made");
        let path = folder.path().join(TOKEN);
        let read = Token::read(&path).expect("readable");
        assert!(first.admits(Some(&read.header())));
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        fs::write(folder.path().join("control.token.new"), "torn").expect("written");
        let second = Token::renew(folder.path()).expect("made");
        assert!(!second.admits(Some(&first.header())), "the one before is of no use");
    }

    #[test]
    fn nothing_else_is_admitted() {
        let folder = tempfile::tempdir().expect("a folder");
        let token = Token::renew(folder.path()).expect("made");
        let good = token.header();
        let good = good.to_str().expect("text");
        assert!(token.admits(Some(&HeaderValue::from_str(good).expect("text"))));
        let digits = good.strip_prefix(SCHEME).expect("a scheme");
        let mut other = digits.to_owned();
        other.replace_range(0..1, if other.starts_with('0') { "1" } else { "0" });
        let wrong = [
            String::new(),
            digits.to_owned(),
            format!("Basic {digits}"),
            format!("{SCHEME}{other}"),
            format!("{SCHEME}{}", &digits[2..]),
            format!("{SCHEME}{digits}00"),
        ];
        for wrong in wrong {
            let header = HeaderValue::from_str(&wrong).expect("text");
            assert!(!token.admits(Some(&header)), "{wrong}");
        }
        assert!(!token.admits(None));
    }

    #[test]
    fn it_does_not_show_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let token = Token::renew(folder.path()).expect("made");
        let text = fs::read_to_string(folder.path().join(TOKEN)).expect("readable");
        assert!(!format!("{:?}", token.header()).contains(text.trim()));
    }
}
