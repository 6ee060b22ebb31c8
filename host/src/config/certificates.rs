//! Whether the certificates and keys that the file names are of use, where this machine can tell.

use super::field::Field;
use super::finding::{Finding, Misfit, Severity};
use super::reader::Marks;
use super::site::{Nut, NutServer, ServingTls, Site, Speaker, Tls, Ups};
use super::table::{notice, nut_server, ups};
use crate::exit::Exit;
use crate::tls::{self, TlsClient, TlsError, TlsServer, Trust};

/// What is wrong with them, in the order of the file. A file that is not on this machine is a
/// warning: only the connector needs it.
pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let mut found = Vec::new();
    for ups in &site.supplies.ups {
        if let Speaker::Nut(nut) = &ups.speaker {
            found.extend(trusted(ups, nut));
        }
    }
    found.extend(site.supplies.nut_server.as_ref().and_then(serving));
    if let Some((marks, path)) = site.notices.authorities() {
        found.extend(told(marks, &notice::CA_FILE, tls::certificates(path)));
    }
    found.sort_by_key(|finding| finding.place);
    found
}

fn trusted(ups: &Ups, nut: &Nut) -> Option<Finding> {
    let trust = nut.trust.as_ref().filter(|_| nut.tls != Tls::Off)?;
    let field = match trust {
        Trust::Authority(_) => &ups::CA_FILE,
        Trust::Certificate(_) => &ups::CERTIFICATE_FILE,
    };
    told(&ups.marks, field, TlsClient::new(&nut.place.at.ip().to_string(), trust))
}

fn serving(server: &NutServer) -> Option<Finding> {
    let (certificate, key) = server.identity.as_ref().filter(|_| server.tls != ServingTls::Off)?;
    let made = TlsServer::new(certificate, key);
    let of_key = made.as_ref().is_err_and(|error| error.path() == Some(key.as_path()));
    let field = if of_key { &nut_server::KEY_FILE } else { &nut_server::CERTIFICATE_FILE };
    told(&server.marks, field, made)
}

fn told<T, K>(marks: &Marks, field: &Field<K>, made: Result<T, TlsError>) -> Option<Finding> {
    let error = made.err()?;
    let severity = match error.is_elsewhere() {
        true => Severity::Warning(Misfit::SecretElsewhere),
        false => Severity::Error(Exit::Credentials),
    };
    let text = error.to_string();
    let (text, remedy) = text.split_once("\n  ").unwrap_or((&text, ""));
    let (place, field) = (marks.of(field), marks.path(field));
    Some(Finding { severity, place, field, text: text.to_owned(), remedy: remedy.to_owned() })
}

#[cfg(all(test, unix))]
mod tests;
