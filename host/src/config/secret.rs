//! Where a secret of the file comes from.

use std::env;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::field::Field;
use super::finding::Notes;
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

/// The three fields that may name a source.
type Fields = (&'static Field<FilePath>, &'static Field<Label>, &'static Field<Label>);

impl Source {
    /// The source that must be there.
    pub(super) fn required(
        reader: &mut Reader<'_>,
        notes: &Notes<'_>,
        fields: Fields,
        folder: &Path,
    ) -> Option<Self> {
        let any = reader.finds(fields.0) || reader.finds(fields.1) || reader.finds(fields.2);
        if !any {
            let path = reader.path(fields.0);
            let remedy =
                format!("add '{}', '{}' or '{}'", fields.0.name, fields.1.name, fields.2.name);
            notes.wrong(reader.at(), &path, "nothing says where the secret is", remedy);
        }
        Self::optional(reader, notes, fields, folder)
    }

    /// The source, if one is named. One that is named here hides what would be inherited.
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
        match (file, variable, credential) {
            (Some(file), None, None) => Some(Self::File(folder.join(file))),
            (None, Some(name), None) => Some(Self::Environment(name)),
            (None, None, Some(name)) => Some(Self::Credential(name)),
            (None, None, None) => None,
            _ => {
                let text = "more than one field says where the secret is";
                notes.wrong(reader.place(fields.0), &reader.path(fields.0), text, "keep one");
                None
            }
        }
    }

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

    /// Whether this machine alone tells what it holds, whoever asks.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }
}
