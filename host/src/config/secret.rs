//! Where a secret of the file comes from.

use std::env;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::field::Field;
use super::finding::{Finding, Notes, Place, Severity};
use super::kind::{FilePath, Label};
use super::reader::Reader;
use crate::credentials::{self, CredentialError, What};

/// Where systemd puts the credentials of a service.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A credential of systemd.
    Credential(String),
}

/// A secret that the file names: where it comes from, and where that stands.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    /// Where it comes from.
    pub(crate) source: Source,
    place: Place,
    field: String,
}

/// The three fields that may name a source.
type Fields = (&'static Field<FilePath>, &'static Field<Label>, &'static Field<Label>);

impl Secret {
    /// The secret that must be named.
    pub(super) fn required(
        reader: &mut Reader<'_>,
        notes: &Notes<'_>,
        fields: Fields,
        folder: &Path,
    ) -> Option<Self> {
        let (file, variable, credential) = fields;
        if !(reader.finds(file) || reader.finds(variable) || reader.finds(credential)) {
            let names = (file.name, variable.name, credential.name);
            let remedy = format!("add '{}', '{}' or '{}'", names.0, names.1, names.2);
            let text = "nothing says where the secret is";
            notes.wrong(reader.at(), &reader.path(file), text, remedy);
        }
        Self::optional(reader, notes, fields, folder)
    }

    /// The secret, if one is named. One that is named here hides what would be inherited.
    pub(super) fn optional(
        reader: &mut Reader<'_>,
        notes: &Notes<'_>,
        fields: Fields,
        folder: &Path,
    ) -> Option<Self> {
        let own = reader.has(fields.0) || reader.has(fields.1) || reader.has(fields.2);
        let file = if own { reader.own(fields.0) } else { reader.get(fields.0) };
        let variable = if own { reader.own(fields.1) } else { reader.get(fields.1) };
        let credential = if own { reader.own(fields.2) } else { reader.get(fields.2) };
        let (source, (place, field)) = match (file, variable, credential) {
            (Some(file), None, None) => (Source::File(folder.join(file)), reader.stands(fields.0)),
            (None, Some(name), None) => (Source::Environment(name), reader.stands(fields.1)),
            (None, None, Some(name)) => (Source::Credential(name), reader.stands(fields.2)),
            (None, None, None) => return None,
            _ => {
                let (place, field) = reader.stands(fields.0);
                notes.wrong(
                    place,
                    &field,
                    "more than one field says where the secret is",
                    "keep one",
                );
                return None;
            }
        };
        Some(Self { source, place, field })
    }

    /// A warning or error about it, still without a remedy.
    pub(super) fn about(&self, severity: Severity, text: String) -> Finding {
        let (place, field) = (self.place, self.field.clone());
        Finding { severity, place, field, text, remedy: String::new() }
    }

    /// What is told of a secret that is not to be had, or of no use.
    pub(super) fn finding(&self, severity: Severity, error: &CredentialError) -> Finding {
        let text = error.to_string();
        let (text, remedy) = text.split_once("\n  ").unwrap_or((&text, ""));
        Finding { remedy: remedy.to_owned(), ..self.about(severity, text.to_owned()) }
    }

    /// The same, as an error.
    pub(super) fn wrong(&self, error: &CredentialError) -> Finding {
        self.finding(Severity::Error(error.exit()), error)
    }
}

impl Source {
    /// The secret's bytes.
    pub(crate) fn read(&self, what: What) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
        match self {
            Self::File(path) => credentials::line_of(what, path),
            Self::Environment(name) => credentials::in_variable(what, name),
            Self::Credential(name) => {
                let folder = env::var_os(CREDENTIALS)
                    .ok_or_else(|| CredentialError::NoCredentials(what, name.clone()))?;
                credentials::line_of(what, &Path::new(&folder).join(name))
            }
        }
    }
}
