//! Whether the secrets that the file names can be had and are of use, where this machine can
//! tell.

use std::collections::HashSet;
use std::env;
use std::io::ErrorKind;

use super::finding::{Finding, Misfit, Severity};
use super::secret::{Secret, Source};
use super::setup;
use super::site::{Bmc, Site, SnmpAccess, Speaker};
use crate::credentials::{self, CredentialError, What};
use crate::ups::snmp;

/// What is wrong with the secrets, in the order of the file. One that is not on this machine is a
/// warning: a member needs no password of a BMC.
pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for cluster in &site.clusters {
        for key in &cluster.keys {
            found.extend(one(&key.secret, What::ClusterKey, |bytes| {
                credentials::cluster_key(bytes).map(|_| ())
            }));
        }
        for server in &cluster.servers {
            let bmc = &server.bmc;
            // The same password may be too long for one BMC only.
            if seen.insert((bmc.password.source.clone(), bmc.profile.version as u8)) {
                found.extend(one(&bmc.password, What::Password, |bytes| fits(bmc, bytes)));
            }
            if let Some(kg) = bmc.kg.as_ref().filter(|kg| seen.insert((kg.source.clone(), u8::MAX)))
            {
                found.extend(one(kg, What::Kg, |bytes| credentials::kg(bytes).map(|_| ())));
            }
        }
    }
    for (secret, what, least) in site.supplies.ups.iter().flat_map(|ups| supplies(&ups.speaker)) {
        if seen.insert((secret.source.clone(), u8::MAX)) {
            found.extend(one(secret, what, |bytes| match bytes.len() < least {
                true => Err(CredentialError::TooShort(what, least)),
                false => Ok(()),
            }));
        }
    }
    for user in site.supplies.nut_server.iter().flat_map(|server| &server.users) {
        found.extend(one(&user.password, What::Password, |_| Ok(())));
    }
    let appliances = site.connectors.iter().filter_map(|connector| connector.appliance.as_ref());
    for key in appliances.filter_map(|appliance| appliance.status_key.as_ref()) {
        found.extend(one(key, What::StatusKey, |bytes| credentials::status_key(bytes).map(|_| ())));
    }
    if let Some(password) = site.notices.password() {
        found.extend(one(password, What::Password, |_| Ok(())));
    }
    found.sort_by_key(|finding| finding.place);
    found
}

/// The secrets of whoever speaks for a UPS, and how many bytes each has at least.
fn supplies(speaker: &Speaker) -> Vec<(&Secret, What, usize)> {
    match speaker {
        Speaker::Nut(nut) => {
            nut.login.iter().map(|(_, password)| (password, What::Password, 0)).collect()
        }
        Speaker::Snmp(snmp) => match &snmp.access {
            SnmpAccess::Community { community, .. } => vec![(community, What::Community, 0)],
            SnmpAccess::User { password, privacy_password, .. } => {
                let both = std::iter::once(password).chain(privacy_password);
                both.map(|secret| (secret, What::Password, snmp::MIN_PASSWORD)).collect()
            }
        },
        Speaker::Apcupsd(_) => Vec::new(),
    }
}

fn fits(bmc: &Bmc, bytes: &[u8]) -> Result<(), CredentialError> {
    setup::version(bmc, &credentials::password(bytes)?).map(|_| ())
}

fn one(
    secret: &Secret,
    what: What,
    check: impl FnOnce(&[u8]) -> Result<(), CredentialError>,
) -> Option<Finding> {
    match &secret.source {
        // Set where the service is started, which need not be here.
        Source::Environment(name) if env::var_os(name).is_none() => return None,
        Source::Credential(_) => return None,
        Source::Environment(_) | Source::File(_) => {}
    }
    let error = secret.source.read(what).and_then(|bytes| check(&bytes)).err()?;
    let elsewhere = match &error {
        CredentialError::Unreadable(_, _, error) => {
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied)
        }
        _ => false,
    };
    Some(if elsewhere {
        secret.finding(Severity::Warning(Misfit::SecretElsewhere), &error)
    } else {
        secret.wrong(&error)
    })
}
