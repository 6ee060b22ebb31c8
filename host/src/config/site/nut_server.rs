//! Reads the NUT server of ours.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use komainu_core::time::Millis;

use super::power::{Known, Referred};
use crate::config::finding::Notes;
use crate::config::reader::{Found, Marks, Reader};
use crate::config::secret::Secret;
use crate::config::table::nut_server::{self, NUT_SERVER};
use crate::ups::setup::NUT_PORT;

/// The NUT server of ours.
#[derive(Debug)]
pub(crate) struct NutServer {
    /// Where it listens.
    pub(crate) listen: Vec<SocketAddr>,
    /// Whether it is encrypted.
    pub(crate) tls: ServingTls,
    /// Certificate and key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Everybody may read.
    pub(crate) anonymous: bool,
    /// Most connections at once.
    pub(crate) clients: u16,
    /// Who may log in.
    pub(crate) users: Vec<NutUser>,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// Encryption of the NUT server of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServingTls {
    /// Nothing in the clear.
    Require,
    /// As the client likes.
    Offer,
    /// None.
    Off,
}

/// Who may log in.
#[derive(Debug)]
pub(crate) struct NutUser {
    /// Its name.
    pub(crate) name: String,
    /// Its password.
    pub(crate) password: Secret,
    /// The place of its stage.
    pub(crate) stage: u8,
    /// Its machines need so long at most.
    pub(crate) stop: Millis,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// Reads it, if there is one.
pub(super) fn read<'r>(
    notes: &'r Notes<'r>,
    file: &Reader<'r>,
    known: &Known,
    folder: &Path,
) -> Option<NutServer> {
    let mut reader = Reader::new(notes, &NUT_SERVER, file.table(&NUT_SERVER)?);
    let listen = reader.get(&nut_server::LISTEN);
    let tls = reader.get(&nut_server::TLS);
    let certificate = reader.get(&nut_server::CERTIFICATE_FILE).map(|path| folder.join(path));
    let key = reader.get(&nut_server::KEY_FILE).map(|path| folder.join(path));
    let anonymous = reader.get(&nut_server::ANONYMOUS);
    let clients = reader.get(&nut_server::CLIENTS);
    let users = reader.tables(&nut_server::USER).into_iter();
    let users: Vec<_> = users.filter_map(|found| user(notes, found, known, folder)).collect();
    let identity = certificate.zip(key);
    let listen: Vec<_> = listen?.iter().map(|at| at.or_port(NUT_PORT)).collect();
    let local = listen.iter().all(|at| at.ip().is_loopback());
    let tls = tls.unwrap_or(if local { ServingTls::Off } else { ServingTls::Require });
    if tls != ServingTls::Off && identity.is_none() {
        let (place, path) = reader.stands(&nut_server::CERTIFICATE_FILE);
        let remedy = "add 'certificate-file' and 'key-file', or say tls = \"off\"";
        notes.wrong(place, &path, "nothing proves to clients who it is", remedy);
    }
    let (marks, _) = reader.finish();
    Some(NutServer {
        listen,
        tls,
        identity,
        anonymous: anonymous?,
        clients: clients?,
        users,
        marks,
    })
}

fn user<'r>(
    notes: &'r Notes<'r>,
    found: Found<'r>,
    known: &Known,
    folder: &Path,
) -> Option<NutUser> {
    let mut reader = Reader::new(notes, &nut_server::USER, found);
    let name = reader.get(&nut_server::NAME);
    let fields =
        (&nut_server::PASSWORD_FILE, &nut_server::PASSWORD_ENV, &nut_server::PASSWORD_CREDENTIAL);
    let password = Secret::required(&mut reader, notes, fields, folder);
    let stage = match reader.get(&nut_server::STAGE) {
        None => (!reader.finds(&nut_server::STAGE)).then_some(0),
        Some(name) => {
            let field = &nut_server::STAGE;
            let place = known.place(notes, &reader, field, Referred::Stage, &name);
            place.and_then(|place| u8::try_from(place).ok())
        }
    };
    let stop = reader.get(&nut_server::STOP);
    let (marks, _) = reader.finish();
    Some(NutUser { name: name?, password: password?, stage: stage?, stop: stop?, marks })
}
